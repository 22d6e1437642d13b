//! The schedules on this disk, as gathering needs them: what is here, and what becomes of what came.

use std::sync::Arc;

use ewtp_federation::gathering::{Held, Missing, Refused, Settled, Wanted};
use ewtp_federation::tariff::{PackedPatch, PageFrame};
use ewtp_federation::{GatheringInput, Refusal};
use ewtp_log::Hash;
use ewtp_record::edition::{TreeSummary, Trees};
use ewtp_record::{Body, HubCode, Record, RecordId, RecordKind};
use ewtp_store::{Gathered, Kept, LIST_FINDINGS_MAX, Reader, Schedules, StoreError};
use ewtp_tariff::chain::{self, Misplaced};
use ewtp_tariff::{PageError, PageTree, PageTrees, Patch, schedule};

use super::turns::Turns;

/// What the record of an edition names; `None` for any other record.
pub(in crate::runtime) fn wanted(record: &Record) -> Option<Wanted> {
    match record.body() {
        Ok(Body::Edition(edition)) => Some(Wanted::of(record.id(), record.header().issuer, &edition)),
        _ => None,
    }
}

/// See the module. A clone is another handle to the same.
#[derive(Clone)]
pub(super) struct Archive {
    schedules: Schedules,
    reader: Reader,
    turns: Turns,
}

impl Archive {
    pub(super) fn new(schedules: Schedules, reader: Reader) -> Self {
        Self {
            schedules,
            reader,
            turns: Turns::new(),
        }
    }

    /// Does something for a hub's schedule that waits for the disk, when it is the hub's turn; `None` when it could not be done to
    /// its end.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        hub: HubCode,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let turn = self.turns.take(hub).await;
        let archive = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&archive)
        });
        done.await
            .inspect_err(|error| tracing::error!(%error, "work on a schedule broke off"))
            .ok()
    }

    /// Sees to an edition; what could not be done to its end is begun again later.
    pub(super) async fn see_to(
        &self,
        edition: Arc<Wanted>,
        work: impl FnOnce(&Self, Arc<Wanted>) -> GatheringInput + Send + 'static,
    ) -> GatheringInput {
        let again = GatheringInput::Settled {
            edition: Arc::clone(&edition),
            settled: Settled::NotKept,
        };
        let worked = self.run(edition.hub, move |archive| work(archive, edition));
        worked.await.unwrap_or(again)
    }

    /// Tells of every edition that examination found sound, until `tell` wants no more.
    pub(super) fn editions(&self, mut tell: impl FnMut(Arc<Wanted>) -> bool) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let found = self
                .reader
                .list(None, Some(RecordKind::TARIFF_EDITION), after, LIST_FINDINGS_MAX)?;
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(last.position);
            for finding in found.iter().filter(|finding| finding.is_sound()) {
                if let Some(edition) = self.named(&finding.id)?
                    && !tell(Arc::new(edition))
                {
                    return Ok(());
                }
            }
        }
    }

    fn named(&self, id: &RecordId) -> Result<Option<Wanted>, StoreError> {
        let Some(position) = self.reader.find(id)? else {
            return Ok(None);
        };
        let record = self
            .reader
            .record(&position)?
            .and_then(|bytes| Record::decode(bytes).ok());
        Ok(record.as_ref().and_then(wanted))
    }

    /// The schedule of the edition before, if that one is known and its schedule is held.
    // spec: edition R4
    fn before(&self, edition: &Wanted) -> Result<Option<Trees>, Misplaced> {
        let named = edition.previous.and_then(|previous| {
            self.named(&previous).unwrap_or_else(|error| {
                tracing::error!(%error, "an edition cannot be read");
                None
            })
        });
        chain::place(&edition.link(), named.as_ref().map(Wanted::link).as_ref())?;
        let trees = named.map(|before| before.trees);
        Ok(trees.filter(|trees| self.schedules.holds(trees)))
    }

    /// How much of a schedule is here.
    pub(super) fn look(&self, edition: &Wanted) -> Held {
        let before = match self.before(edition) {
            Err(misplaced) => return Held::Refused(Refused::from(&Refusal::from(misplaced))),
            Ok(_) if self.schedules.holds(&edition.trees) => return Held::Whole,
            Ok(before) => before,
        };
        if let Some(refused) = self.refusal(edition) {
            return Held::Refused(refused);
        }
        // A tree that did not change since the edition before needs nothing from anybody.
        let changed = edition
            .each_tree()
            .into_iter()
            .filter(|tree| !has(before.as_ref(), tree));
        Held::Part {
            before: before.is_some(),
            missing: changed.flat_map(|tree| self.missing(tree)).collect(),
        }
    }

    fn refusal(&self, edition: &Wanted) -> Option<Refused> {
        let found = self.schedules.refusal(&Hash(edition.record.0));
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "a schedule that was refused is looked at again");
            None
        })
    }

    /// Remembers that the schedule of an edition is none, so that the next start does not find it out again.
    pub(super) fn refuse(&self, edition: &Wanted, refusal: &Refusal) {
        let kept = self.schedules.refuse(&Hash(edition.record.0), &refusal.into());
        if let Err(error) = kept {
            tracing::error!(%error, "that a schedule is refused was not kept");
        }
    }

    fn missing(&self, tree: TreeSummary) -> Vec<Missing> {
        let here = match self.schedules.gathered(&tree) {
            Gathered::Whole => return Vec::new(),
            Gathered::Part(here) => here,
        };
        let starts = std::iter::once(0).chain(here.iter().map(|pages| pages.end));
        let ends = here.iter().map(|pages| pages.start).chain([u64::from(tree.pages)]);
        let gaps = starts.zip(ends).filter(|(start, end)| start < end);
        gaps.map(|(start, end)| Missing {
            tree,
            pages: small(start)..small(end),
        })
        .collect()
    }

    /// Keeps pages that lead to the root of a tree of the edition, in the frame in which they came.
    // spec: tariff-sync R8
    pub(super) fn keep(&self, edition: &Wanted, tree: &TreeSummary, frame: &PageFrame) -> Result<(), NotKept> {
        edition.check_kind(tree, frame)?;
        match self.schedules.keep_frame(tree, frame)? {
            Kept::Part | Kept::Whole => Ok(()),
            // All hashes lead to the root, so the summary beside it is what does not fit.
            Kept::Refused(PageError::Root) => Err(NotKept::Refused(Refusal::Summary)),
            Kept::Refused(error) => Err(NotKept::Refused(Refusal::Page(error))),
        }
    }

    /// Checks and keeps what a patch makes of the edition before.
    pub(super) fn apply(&self, edition: &Wanted, patch: &PackedPatch) -> Settled {
        self.settled(edition, self.try_apply(edition, patch))
    }

    // spec: tariff-sync R8
    fn try_apply(&self, edition: &Wanted, patch: &PackedPatch) -> Result<(), NotKept> {
        let before = self.before(edition)?.ok_or(NotKept::Gone)?;
        let old = self.schedules.trees(&before)?.ok_or(NotKept::Gone)?;
        let named = edition.patch.as_ref().ok_or(NotKept::Gone)?;
        let new =
            Patch::decode_as(patch.patch(), named, &edition.trees).and_then(|patch| patch.apply(&old, &edition.trees));
        let new = new.map_err(Refusal::Patch)?;
        schedule::check(&new).map_err(Refusal::Schedule)?;
        Ok(self.schedules.keep_patch(&before, &new, patch)?)
    }

    /// Checks and keeps a schedule all of whose pages are here.
    pub(super) fn settle(&self, edition: &Wanted) -> Settled {
        self.settled(edition, self.try_settle(edition))
    }

    // spec: tariff-sync R8
    fn try_settle(&self, edition: &Wanted) -> Result<(), NotKept> {
        let before = self.before(edition)?;
        let gathered = |tree: TreeSummary| if has(before.as_ref(), &tree) { empty() } else { tree };
        let Trees { rates, texts, notes } = edition.trees;
        let came = Trees {
            rates: gathered(rates),
            texts: gathered(texts),
            notes: gathered(notes),
        };
        self.check_kinds(edition, &came)?;
        let mut whole = self.schedules.whole(&came)?.ok_or(NotKept::Gone)?;
        if let Some(before) = before.filter(|_| came != edition.trees) {
            let old = self.schedules.trees(&before)?.ok_or(NotKept::Gone)?;
            take_over(&mut whole, &old, &edition.trees);
        }
        schedule::check(&whole).map_err(Refusal::Schedule)?;
        Ok(self.schedules.keep(&whole)?)
    }

    /// Trees that came for another edition were looked at as that one named them. All pages of a tree are of one kind, so the
    /// first tells, before all of them are loaded. What the disk damaged is found as it is loaded.
    fn check_kinds(&self, edition: &Wanted, came: &Trees) -> Result<(), NotKept> {
        for tree in [came.rates, came.texts, came.notes] {
            let first = self.schedules.frame(&Hash(tree.root.0), u64::from(tree.pages), 0..1)?;
            if let Some(Ok(frame)) = first.map(|(bytes, _)| PageFrame::decode(bytes)) {
                edition.check_kind(&tree, &frame)?;
            }
        }
        Ok(())
    }

    fn settled(&self, edition: &Wanted, kept: Result<(), NotKept>) -> Settled {
        match kept {
            Ok(()) => Settled::Held,
            Err(NotKept::Refused(refusal)) => {
                self.refuse(edition, &refusal);
                Settled::Refused(refusal)
            }
            Err(NotKept::Gone) => Settled::NotKept,
            Err(NotKept::Store(error)) => {
                tracing::error!(%error, "a schedule was not kept");
                Settled::NotKept
            }
        }
    }
}

/// Fills in the trees that did not change.
fn take_over(new: &mut PageTrees, old: &PageTrees, signed: &Trees) {
    let old = [&old.rates, &old.texts, &old.notes];
    let new = [&mut new.rates, &mut new.texts, &mut new.notes];
    for (new, signed) in new.into_iter().zip([signed.rates, signed.texts, signed.notes]) {
        if new.summary() != signed
            && let Some(same) = old.iter().find(|old| old.summary() == signed)
        {
            *new = (*same).clone();
        }
    }
}

fn has(trees: Option<&Trees>, tree: &TreeSummary) -> bool {
    trees.is_some_and(|trees| [trees.rates, trees.texts, trees.notes].contains(tree))
}

fn empty() -> TreeSummary {
    PageTree::default().summary()
}

fn small(page: u64) -> u32 {
    u32::try_from(page).expect("a tree has at most 16,384 pages")
}

/// Why something was not kept.
#[derive(Debug)]
pub(super) enum NotKept {
    /// The publisher's fault.
    Refused(Refusal),
    /// A part that was here is not here any more.
    Gone,
    /// The disk's.
    Store(StoreError),
}

impl From<StoreError> for NotKept {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Misplaced> for NotKept {
    fn from(misplaced: Misplaced) -> Self {
        Self::Refused(misplaced.into())
    }
}

impl From<Refusal> for NotKept {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
