//! What goes into the room and what comes out of it.

use std::ops::Range;
use std::sync::Arc;

use ewtp_record::edition::{PatchSummary, TreeSummary, Trees};
use ewtp_record::{Edition, HubCode, NodeKey, RecordId, UnixTime};
use ewtp_tariff::chain::Link;
use ewtp_tariff::{Page, ScheduleError, ScheduleFault, TreeKind};

use crate::run::Fault;
use crate::tariff::{PageFrame, Refusal};

/// The schedule of an edition, as far as gathering must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The edition's record, judged valid.
    pub record: RecordId,
    /// Who published it.
    pub hub: HubCode,
    /// Of which customs territory.
    pub territory: String,
    /// Which edition of the territory.
    pub number: u32,
    /// The record of the edition before.
    pub previous: Option<RecordId>,
    /// What the schedule is.
    pub trees: Trees,
    /// What leads to it from the edition before.
    pub patch: Option<PatchSummary>,
}

impl Wanted {
    /// The schedule that this edition of a hub names.
    #[must_use]
    pub fn of(record: RecordId, hub: HubCode, edition: &Edition) -> Self {
        Self {
            record,
            hub,
            territory: edition.territory.clone(),
            number: edition.number,
            previous: edition.previous,
            trees: edition.trees,
            patch: edition.patch,
        }
    }

    /// As the edition before it is found.
    #[must_use]
    pub fn link(&self) -> Link<'_> {
        Link {
            id: self.record,
            hub: self.hub,
            territory: &self.territory,
            number: self.number,
            previous: self.previous,
        }
    }

    /// The three trees.
    #[must_use]
    pub const fn each_tree(&self) -> [TreeSummary; 3] {
        [self.trees.rates, self.trees.texts, self.trees.notes]
    }

    /// Whether pages that lead to the root of one of its trees belong there: rates that stood among the texts would take
    /// thirty times the memory that texts are charged with. The rows of a page are of one kind (tariff-page R2).
    ///
    /// # Errors
    /// The first row that belongs elsewhere: the publisher's fault.
    // spec: tariff-sync R8
    pub fn check_kind(&self, tree: &TreeSummary, frame: &PageFrame) -> Result<(), Refusal> {
        let kinds = [TreeKind::Rates, TreeKind::Texts, TreeKind::Notes];
        let mut named = kinds.into_iter().zip(self.each_tree());
        let Some((kind, _)) = named.find(|(_, named)| named == tree) else {
            return Ok(());
        };
        let mut rows = frame.run().pages.iter().map(Page::first);
        let stray = rows.find(|row| row.tree() != kind);
        stray.map_or(Ok(()), |row| {
            let (row, fault) = (*row, ScheduleFault::Tree(kind));
            Err(Refusal::Schedule(ScheduleError { row, fault }))
        })
    }

    /// How many pages its trees have.
    pub(super) fn pages(&self) -> u64 {
        self.each_tree().iter().map(|tree| u64::from(tree.pages)).sum()
    }

    /// Whether its patch, if it has one, is no larger than all of it. spec: tariff-sync R10
    pub(super) fn patch_is_small(&self) -> bool {
        self.patch.is_some_and(|patch| patch.bytes <= self.bytes())
    }

    /// How many bytes its trees have.
    pub(super) fn bytes(&self) -> u64 {
        self.each_tree().iter().map(|tree| tree.bytes).sum()
    }

    pub(super) fn patch_bytes(&self) -> u64 {
        self.patch.map_or(0, |patch| patch.bytes)
    }
}

/// Names one of our requests between the room and whoever drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// Pages of a tree that are not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which tree.
    pub tree: TreeSummary,
    /// Which pages of it, at least one.
    pub pages: Range<u32>,
}

/// How much of a schedule is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// All of it, checked.
    Whole,
    /// Nothing that need be looked at: the edition is out of its chain, or its schedule was found to be none before.
    Refused(Refused),
    /// Not all, or not checked.
    Part {
        /// Whether the schedule of the edition before is held, so that the patch is enough.
        before: bool,
        /// What is missing, apart and ascending in each tree.
        missing: Vec<Missing>,
    },
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The edition's patch.
    Patch,
    /// Pages of one of its trees.
    Pages(Missing),
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskEnd {
    /// With the frame that says so, after some pages at least.
    Done,
    /// Busy, or not here.
    Busy,
    /// It broke off, or what came could not be kept.
    Failed,
    /// The peer sent what no honest node sends.
    Fault(Fault),
    /// It sent what the edition signed, and that is no schedule.
    Refused(Refusal),
}

/// What became of a schedule of which all was here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was checked and is durable.
    Held,
    /// It is none: the publisher's fault.
    Refused(Refusal),
    /// The disk refused it, or lost a part of it.
    NotKept,
}

/// What the room is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatheringInput {
    /// Time passed.
    Tick,
    /// A node can be asked.
    Connected {
        /// Which.
        node: NodeKey,
        /// Whose it is, if that is known.
        hub: Option<HubCode>,
    },
    /// A node can no longer be asked. Requests to it are ended besides.
    Disconnected {
        /// Which.
        node: NodeKey,
    },
    /// The record of an edition was judged valid, now or before this start. Told again, it adds nothing.
    Edition(Arc<Wanted>),
    /// Answers [`GatheringOutput::Look`].
    Looked {
        /// Which edition.
        edition: Arc<Wanted>,
        /// What the store holds of it.
        held: Held,
    },
    /// Pages of a request are durable.
    Kept {
        /// Which request.
        ask: AskId,
        /// The pages below this one are here, from where it began.
        to: u32,
        /// Bytes of the frame.
        bytes: u64,
    },
    /// A patch came whole and is being applied: [`GatheringInput::Settled`] follows.
    Arrived {
        /// Which request.
        ask: AskId,
        /// Bytes of its frames.
        bytes: u64,
    },
    /// A request ended.
    Ended {
        /// Which.
        ask: AskId,
        /// How.
        end: AskEnd,
    },
    /// Answers [`GatheringOutput::Settle`], or follows [`GatheringInput::Arrived`].
    Settled {
        /// Which edition.
        edition: Arc<Wanted>,
        /// What became of it.
        settled: Settled,
    },
}

/// What the room wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatheringOutput {
    /// See what the store holds of a schedule; answered by [`GatheringInput::Looked`].
    Look {
        /// Which edition.
        edition: Arc<Wanted>,
    },
    /// Ask a peer; ends with [`GatheringInput::Ended`], or with [`GatheringInput::Arrived`] for a patch.
    Ask {
        /// Names the request.
        ask: AskId,
        /// Whom.
        to: NodeKey,
        /// For which edition.
        edition: Arc<Wanted>,
        /// For what.
        wish: Wish,
    },
    /// End a request: nothing more of it is awaited.
    GiveUp {
        /// Which.
        ask: AskId,
    },
    /// All pages are here: check the schedule and keep it; answered by [`GatheringInput::Settled`].
    Settle {
        /// Which edition.
        edition: Arc<Wanted>,
    },
    /// A peer broke a rule that every honest node keeps.
    Blame {
        /// Which.
        node: NodeKey,
        /// How.
        fault: Fault,
    },
    /// An edition's schedule is none: its operator must know.
    Refused(RefusedEdition),
}

/// Why a schedule is refused, as it is told and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The stable code of the reason.
    pub code: String,
    /// The reason, in words.
    pub why: String,
}

impl Refused {
    /// A reason with this code, in these words.
    #[must_use]
    pub fn new(code: &str, why: impl Into<String>) -> Self {
        let (code, why) = (code.to_owned(), why.into());
        Self { code, why }
    }
}

impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}

/// An edition whose record is good and whose schedule is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEdition {
    /// Its record.
    pub record: RecordId,
    /// Who signed it.
    pub hub: HubCode,
    /// Of which territory.
    pub territory: String,
    /// Which edition of the territory.
    pub number: u32,
    /// Why.
    pub refused: Refused,
    /// When it was found, by this process.
    pub since: UnixTime,
}

impl RefusedEdition {
    /// The code of an edition beyond what is kept of one hub's schedules: nothing is wrong with it.
    pub const FULL: &str = "full";
}

/// What the room did since it began, and what is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Editions whose schedules are held.
    pub held: u64,
    /// Editions whose schedules are being gathered, or wait for it.
    pub wanted: u64,
    /// Pages that came.
    pub pages_moved: u64,
    /// Pages of the schedules gathered that did not need to come: they were here, or follow from a patch.
    pub pages_saved: u64,
    /// Bytes of all frames that came and were good.
    pub bytes_moved: u64,
}
