//! What the ledger writer, the index writer and the readers share.
//!
//! The state of each log is small and in memory; records and positions are on disk. The order that keeps readers right:
//! a commit is durable before [`Shared::publish`] shows it; a row is in the index before [`Shared::indexed`] takes it
//! out of the tail; a reader looks at the tail first and at the index second.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use ewtp_federation::Facts;
use ewtp_record::{HubCode, LogId};

use crate::changes::Changes;
use crate::error::StoreError;
use crate::index::Index;
use crate::index::lookup::Folding;
use crate::ledger::segment::Segments;
use crate::ledger::walk::Cursor;
use crate::tail::{TAIL_RECORDS_MAX, Tail, TailRun};

/// How long a commit waits for an index that does not move, before it is refused.
const INDEX_PATIENCE: Duration = Duration::from_secs(30);

/// How far a log is examined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Examined {
    /// Records below this index have findings that hold. Rows of findings may lie above it: what a revocation took back
    /// stays until it is judged again, and nobody is told of it.
    pub(crate) to: u64,
    /// The newest charter of the chain they were judged under: its revocations are counted in.
    pub(crate) under_charter: u32,
}

/// What is known of one log without reading the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogState {
    /// Durable records.
    pub(crate) size: u64,
    /// Bytes of those records.
    pub(crate) bytes: u64,
    /// The number that index rows use for it; `None` until the index has seen it.
    pub(crate) number: Option<u32>,
    pub(crate) examined: Examined,
    /// Records that lookup rows cover: those indexed of our own log, those examined of another's, also when they are to
    /// be examined again.
    pub(crate) looked_up: u64,
    pub(crate) facts: Facts,
}

/// The part of the shared state that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) logs: BTreeMap<LogId, LogState>,
    pub(crate) tail: Tail,
    /// Behind the last durable commit.
    pub(crate) durable: Cursor,
}

/// One open folder.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) segments: Segments,
    pub(crate) index: Index,
    /// The hub whose log this node appends to: its documents are found at once.
    pub(crate) own: Option<HubCode>,
    state: RwLock<State>,
    /// Records taken out of the tail since the start, for commits that wait.
    drained: Mutex<usize>,
    moved: Condvar,
    lookups: RwLock<()>,
    /// Held open, so that the folder stays ours while any end of the store lives.
    _lock: File,
}

impl Shared {
    pub(crate) fn new(segments: Segments, index: Index, own: Option<HubCode>, state: State, lock: File) -> Self {
        let (drained, moved) = (Mutex::new(0), Condvar::new());
        Self {
            segments,
            index,
            own,
            state: RwLock::new(state),
            drained,
            moved,
            lookups: RwLock::new(()),
            _lock: lock,
        }
    }

    /// A look at the state. Keep it short and take no other lock under it.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        // No code panics while it holds this lock half-way through a change, so a poisoned lock guards a whole state.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Shows readers a commit that has become durable.
    pub(crate) fn publish(&self, changes: Changes, runs: impl Iterator<Item = TailRun>, durable: Cursor) {
        self.change(|state| {
            runs.for_each(|run| state.tail.push(run));
            for (document, id, position) in changes.own {
                state.tail.push_own(document, id, position);
            }
            for (log, new) in changes.logs {
                // What the index writer counts may have moved on meanwhile.
                let old = state.logs.entry(log).or_default();
                *old = LogState {
                    number: old.number,
                    examined: old.examined,
                    looked_up: old.looked_up,
                    ..new
                };
            }
            state.durable = durable;
        });
    }

    /// The index holds everything before `indexed`: of each log, under that number, that many records.
    pub(crate) fn indexed(&self, indexed: Cursor, logs: impl Iterator<Item = (LogId, u32, u64)>) {
        let mut drained = 0;
        self.change(|state| {
            for (log, number, size) in logs {
                let state = state.logs.entry(log).or_default();
                state.number = Some(number);
                if self.own == Some(log.hub) {
                    state.looked_up = size;
                }
            }
            let before = state.tail.records();
            state.tail.drop_before(indexed.place);
            drained = before - state.tail.records();
        });
        *self.drained.lock().unwrap_or_else(PoisonError::into_inner) += drained;
        self.moved.notify_all();
    }

    /// The index says that a log is examined that far. Lookup rows of another's log come with examination and stay.
    pub(crate) fn examined(&self, log: LogId, examined: Examined) {
        self.change(|state| {
            let state = state.logs.entry(log).or_default();
            state.examined = examined;
            if self.own != Some(log.hub) {
                state.looked_up = state.looked_up.max(examined.to);
            }
        });
    }

    /// Held while a batch that folds lookup rows is written and counted, so that no reader misses what moves.
    pub(crate) fn fold(&self, folding: Folding) -> Option<RwLockWriteGuard<'_, ()>> {
        (folding == Folding::Folds).then(|| self.lookups.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Held while lookup rows are read.
    pub(crate) fn look_up(&self) -> RwLockReadGuard<'_, ()> {
        self.lookups.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the tail has room, as long as the index moves.
    pub(crate) fn wait_for_room(&self) -> Result<(), StoreError> {
        loop {
            let seen = self.drained.lock().unwrap_or_else(PoisonError::into_inner);
            let records = self.state().tail.records();
            if records < TAIL_RECORDS_MAX {
                return Ok(());
            }
            let before = *seen;
            let waited = self
                .moved
                .wait_timeout_while(seen, INDEX_PATIENCE, |drained| *drained == before);
            if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
                return Err(StoreError::IndexBehind { records });
            }
        }
    }
}
