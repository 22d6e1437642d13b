//! One edition on its way: how far it is, what is missing, and who was asked.

use std::sync::Arc;
use std::time::Duration;

use ewtp_record::NodeKey;

use super::sources::Sources;
use super::{ASK_PAGES_MAX, Missing, PATCH_TRIES, STALLED_AFTER, Wanted};

/// How far an edition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// An earlier one of its territory comes first.
    Waiting,
    /// It waits for a place.
    InLine {
        /// After it had one, and nobody gave anything for it.
        again: bool,
    },
    /// The store is looked at.
    Looking,
    /// Its patch is asked for.
    Patch,
    /// Its pages are asked for.
    Pages,
    /// All is here, and is being checked and kept.
    Settling,
    /// To be looked at again at this time.
    Again(Duration),
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    Patch,
    Pages(Missing),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) wanted: Arc<Wanted>,
    pub(super) stage: Stage,
    pub(super) sources: Sources,
    /// When it was asked for last, counted in asks.
    pub(super) asked: u64,
    /// What is not here and not asked for.
    missing: Vec<Missing>,
    /// When something last came of it.
    progress_at: Duration,
    pages_moved: u64,
}

impl Gathering {
    pub(super) fn new(wanted: Arc<Wanted>, now: Duration) -> Self {
        Self {
            wanted,
            stage: Stage::Waiting,
            sources: Sources::default(),
            asked: 0,
            missing: Vec::new(),
            progress_at: now,
            pages_moved: 0,
        }
    }

    pub(super) fn begin(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        self.progress_at = now;
    }

    pub(super) fn looked(&mut self, before: bool, missing: Vec<Missing>, now: Duration) {
        let by_patch = before && self.wanted.patch_is_small() && !missing.is_empty();
        self.missing = missing;
        self.begin(if by_patch { Stage::Patch } else { Stage::Pages }, now);
    }

    pub(super) fn moved(&mut self, pages: u64, now: Duration) {
        self.pages_moved += pages;
        self.progress_at = now;
    }

    pub(super) fn pages_saved(&self) -> u64 {
        self.wanted.pages().saturating_sub(self.pages_moved)
    }

    pub(super) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether nothing is left to be asked for. Requests may still run.
    pub(super) fn is_complete(&self) -> bool {
        self.stage == Stage::Pages && self.missing.is_empty()
    }

    /// What to ask for next. There is something.
    pub(super) fn next_errand(&mut self) -> Errand {
        if self.stage == Stage::Patch {
            return Errand::Patch;
        }
        let first = &mut self.missing[0];
        let end = first.pages.end.min(first.pages.start.saturating_add(ASK_PAGES_MAX));
        let pages = first.pages.start..end;
        let tree = first.tree;
        first.pages.start = end;
        if first.pages.is_empty() {
            self.missing.remove(0);
        }
        Errand::Pages(Missing { tree, pages })
    }

    /// What a request that ended did not bring.
    pub(super) fn take_back(&mut self, errand: Errand, peers: impl Iterator<Item = NodeKey>) {
        match errand {
            Errand::Pages(missing) if !missing.pages.is_empty() => self.missing.insert(0, missing),
            Errand::Pages(_) => {}
            Errand::Patch => self.prefer_pages_if_vain(peers),
        }
    }

    /// A patch that nobody gives may have been gathered as pages by everybody.
    fn prefer_pages_if_vain(&mut self, peers: impl Iterator<Item = NodeKey>) {
        let mut peers = peers.peekable();
        let somebody = peers.peek().is_some();
        if self.stage == Stage::Patch && somebody && peers.all(|peer| self.sources.failures(peer) >= PATCH_TRIES) {
            self.stage = Stage::Pages;
            self.sources = Sources::default();
        }
    }

    /// Whether nobody gives anything for it, so that a later one of its territory goes ahead.
    pub(super) fn is_stalled(&self, now: Duration) -> bool {
        match self.stage {
            Stage::InLine { again } => again,
            Stage::Patch | Stage::Pages => now >= self.progress_at + STALLED_AFTER,
            _ => false,
        }
    }

    /// When something last came of it.
    pub(super) const fn progress_at(&self) -> Duration {
        self.progress_at
    }

    /// From now on it waits for a place, and knows nothing of whom to ask when it gets one.
    pub(super) fn stand_in_line(&mut self) {
        let again = self.stage != Stage::Waiting;
        self.stage = Stage::InLine { again };
        self.sources = Sources::default();
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        matches!(self.stage, Stage::Again(at) if at <= now)
    }

    /// When something may be to be done for it.
    pub(super) fn deadlines(&self, now: Duration) -> impl Iterator<Item = Duration> {
        let depends_on_peers = matches!(self.stage, Stage::Patch | Stage::Pages);
        let stalled = depends_on_peers.then_some(self.progress_at + STALLED_AFTER);
        let rested = depends_on_peers.then(|| self.sources.next_rested(now)).flatten();
        let again = match self.stage {
            Stage::Again(at) => Some(at),
            _ => None,
        };
        [stalled, rested, again].into_iter().flatten()
    }
}
