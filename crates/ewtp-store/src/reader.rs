//! Reads records, positions, findings and checkpoints; any number of readers on any threads, beside the writers.
//!
//! What a commit made durable is read at once: from the tail while the index has not seen it, from the index after.
//! Every byte that leaves here was checked against its frame's checksum; damage is an error and never another record.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint};
use ewtp_log::{BUNDLE, CompactRange, Hash, Tree, TreeError, leaf_hash};
use ewtp_record::{HubCode, LogId, Position};

use crate::error::StoreError;
use crate::index::follow::runs;
use crate::index::rows::{self, Table};
use crate::ledger::entries::Run;
use crate::ledger::read::read_entries;
use crate::shared::{LogState, Shared};

/// Most records of one call of [`Reader::range`]; a peer is served bundle by bundle.
pub const RANGE_RECORDS_MAX: u64 = 65_536;

/// A reader of one store. A clone is cheap; the folder stays locked while one lives.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The logs held, by hub, oldest epoch first.
    #[must_use]
    pub fn logs(&self) -> Vec<LogId> {
        self.shared.state().logs.keys().copied().collect()
    }

    /// Durable records of a log.
    #[must_use]
    pub fn size(&self, log: LogId) -> u64 {
        self.state(log).size
    }

    /// Records below this index have findings. A revocation lowers it: see
    /// [`IndexWriter::reopen`](crate::IndexWriter::reopen).
    #[must_use]
    pub fn examined_to(&self, log: LogId) -> u64 {
        self.state(log).examined.to
    }

    /// Number of the newest charter of the chain that those findings were made under; 0 while there are none.
    #[must_use]
    pub fn examined_under(&self, log: LogId) -> u32 {
        self.state(log).examined.under_charter
    }

    /// The newest signed checkpoint of the hub's newest log that has one.
    #[must_use]
    pub fn checkpoint(&self, hub: HubCode) -> Option<SignedCheckpoint> {
        self.newest(hub, |state| state.facts.checkpoint.clone())
    }

    /// The newest set of cosignatures of the hub's newest log that has one.
    #[must_use]
    pub fn cosigned(&self, hub: HubCode) -> Option<CosignedCheckpoint> {
        self.newest(hub, |state| state.facts.cosigned.clone())
    }

    /// The exact bytes of a record; `None` beyond the log's end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::IndexDamaged`], [`StoreError::Io`], [`StoreError::Engine`].
    pub fn record(&self, position: &Position) -> Result<Option<Bytes>, StoreError> {
        let (log, index) = (position.log(), position.index);
        if index >= self.size(log) {
            return Ok(None);
        }
        let entries = read_entries(&self.shared.segments, &self.runs(log, index, index + 1)?)?;
        let record = entries.iter().find_map(|entries| entries.record(index));
        // Copied out of its frame, so that keeping one record does not keep its bundle in memory.
        record
            .map(|record| Some(Bytes::copy_from_slice(record)))
            .ok_or_else(|| missing(log, index))
    }

    /// The exact bytes of the records `from..to`, sharing the memory of their frames: one read for a replicated bundle.
    ///
    /// # Errors
    /// [`StoreError::Beyond`] past the log's end or for more than [`RANGE_RECORDS_MAX`] records; and as
    /// [`record`](Self::record).
    pub fn range(&self, log: LogId, from: u64, to: u64) -> Result<Vec<Bytes>, StoreError> {
        let size = self.size(log);
        if from > to || to > size || to - from > RANGE_RECORDS_MAX {
            return Err(StoreError::Beyond { log, size, from, to });
        }
        let entries = read_entries(&self.shared.segments, &self.runs(log, from, to)?)?;
        let mut records = Vec::with_capacity(usize::try_from(to - from).expect("bounded above"));
        let mut next = from;
        for entries in &entries {
            if entries.start > next || entries.end() <= next {
                return Err(missing(log, next));
            }
            let (skip, end) = (next - entries.start, entries.end().min(to));
            let (skip, count) = (usize::try_from(skip), usize::try_from(end - next));
            let (skip, count) = (skip.expect("inside a bundle"), count.expect("inside a bundle"));
            records.extend(entries.records().skip(skip).take(count));
            next = end;
        }
        if next == to {
            Ok(records)
        } else {
            Err(missing(log, next))
        }
    }

    /// The leaf hashes of the records `from..to`, as proofs need them of the bundles at their ends.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub fn leaves(&self, log: LogId, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(self
            .range(log, from, to)?
            .iter()
            .map(|record| leaf_hash(record))
            .collect())
    }

    /// The tree of a log at an earlier or its present size, from bundle roots and the records of one bundle.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub fn tree(&self, log: LogId, size: u64) -> Result<Tree, StoreError> {
        let state = self.state(log);
        if size > state.size {
            return Err(StoreError::Beyond {
                log,
                size: state.size,
                from: 0,
                to: size,
            });
        }
        let bundles = size / BUNDLE;
        let mut roots = self.bundle_roots(&state, bundles)?;
        for bundle in roots.len() as u64..bundles {
            // Not indexed yet: at most as many as the tail holds.
            let leaves = self.leaves(log, bundle * BUNDLE, (bundle + 1) * BUNDLE)?;
            roots.push(ewtp_log::bundle_root(&leaves));
        }
        Tree::from_bundles(&roots, &self.leaves(log, bundles * BUNDLE, size)?).map_err(|error| tree_damaged(&error))
    }

    /// The compact range of a log at a size, given its tree at that size or a larger one.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub fn compact_range(&self, log: LogId, tree: &Tree, size: u64) -> Result<CompactRange, StoreError> {
        let bundle_start = size - size % BUNDLE;
        let range = match tree.range_at(size) {
            Ok(range) => Ok(range),
            Err(_) => tree.range_within(size, &self.leaves(log, bundle_start, size)?),
        };
        range.map_err(|error| tree_damaged(&error))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn state(&self, log: LogId) -> LogState {
        self.shared.state().logs.get(&log).cloned().unwrap_or_default()
    }

    fn newest<T>(&self, hub: HubCode, fact: impl Fn(&LogState) -> Option<T>) -> Option<T> {
        let state = self.shared.state();
        let logs = state
            .logs
            .range(LogId { hub, epoch: 0 }..=LogId { hub, epoch: u32::MAX });
        logs.rev().find_map(|(_, state)| fact(state))
    }

    /// The runs that hold the records `from..to`: of the index up to where the tail begins, then of the tail.
    fn runs(&self, log: LogId, from: u64, to: u64) -> Result<Vec<Run>, StoreError> {
        let (newest, number) = {
            let state = self.shared.state();
            (
                state.tail.runs(&log, from, to),
                state.logs.get(&log).and_then(|log| log.number),
            )
        };
        let indexed_to = newest.first().map_or(to, |run| run.start.max(from));
        let mut runs = match number {
            Some(number) if from < indexed_to => runs(&self.shared.index, log, number, from, indexed_to)?,
            _ => Vec::new(),
        };
        runs.extend(newest);
        Ok(runs)
    }

    fn bundle_roots(&self, state: &LogState, bundles: u64) -> Result<Vec<Hash>, StoreError> {
        let Some(number) = state.number else {
            return Ok(Vec::new());
        };
        let key = |bundle| rows::row_key(Table::Bundle, number, bundle);
        let mut roots = Vec::new();
        self.shared.index.scan(&key(0), &key(bundles), |key, value| {
            let root = Hash::try_from(value)
                .ok()
                .filter(|_| rows::row_index(key) == Some(roots.len() as u64));
            roots.push(root.ok_or_else(|| StoreError::index_damaged("a bundle root is missing"))?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(roots)
    }
}

fn missing(log: LogId, index: u64) -> StoreError {
    StoreError::index_damaged(format!("no row leads to record {}", log.at(index)))
}

fn tree_damaged(error: &TreeError) -> StoreError {
    StoreError::index_damaged(error.to_string())
}

#[cfg(test)]
impl Reader {
    /// Every row of the index, for comparing two of them.
    pub(crate) fn rows(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut rows = Vec::new();
        let gather = |key: &[u8], value: &[u8]| {
            rows.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        };
        self.shared.index.scan(&[], &[u8::MAX], gather).unwrap();
        rows
    }
}
