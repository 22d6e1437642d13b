//! Reads records, positions, findings and checkpoints; any number of readers on any threads, beside the writers.
//!
//! What a commit made durable is read at once: from the tail while the index has not seen it, from the index after.
//! Every byte that leaves here was checked against its frame's checksum; damage is an error and never another record.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint};
use ewtp_log::{BUNDLE, CompactRange, Hash, Tree, TreeError, leaf_hash};
use ewtp_record::{HubCode, LogId, Position, Record, RecordId, RecordKind, Subject};
use ewtp_trust::Finding;

use crate::document::Document;
use crate::error::StoreError;
use crate::index::findings;
use crate::index::follow::runs;
use crate::index::rows::{self, Lookup, Table};
use crate::ledger::entries::Run;
use crate::ledger::read::read_entries;
use crate::shared::{LogState, Shared};

/// Most records of one call of [`Reader::range`]; a peer is served bundle by bundle.
pub const RANGE_RECORDS_MAX: u64 = 65_536;

/// Most findings of one call of [`Reader::list`].
pub const LIST_FINDINGS_MAX: usize = 10_000;

/// Bytes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// The ledger's segments.
    pub ledger_bytes: u64,
    /// The index.
    pub index_bytes: u64,
}

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

    /// Records below this index have findings.
    #[must_use]
    pub fn examined_to(&self, log: LogId) -> u64 {
        self.state(log).examined_to
    }

    /// The newest signed checkpoint of the hub's newest log that has one.
    #[must_use]
    pub fn checkpoint(&self, hub: HubCode) -> Option<SignedCheckpoint> {
        self.newest(hub, |state| state.checkpoint.clone())
    }

    /// The newest set of cosignatures of the hub's newest log that has one.
    #[must_use]
    pub fn cosigned(&self, hub: HubCode) -> Option<CosignedCheckpoint> {
        self.newest(hub, |state| state.cosigned.clone())
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

    /// Where a record is logged: in its issuer's own log and found sound, if there is such a place.
    ///
    /// Records of our own log are found at once, others when they are examined.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn find(&self, id: &RecordId) -> Result<Option<Position>, StoreError> {
        if let Some(position) = self.shared.state().tail.own_id(&Hash(id.0)) {
            return Ok(Some(position));
        }
        let digest = *id.0.first_chunk().expect("an id has 32 bytes");
        self.best(Lookup::Id, digest, |found| found.id == *id)
    }

    /// Where a document's revision is logged: found sound, if there is such a place, else the first.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn by_subject(
        &self,
        hub: HubCode,
        kind: RecordKind,
        subject: Subject,
        revision: u32,
    ) -> Result<Option<Position>, StoreError> {
        let document = Document {
            hub,
            kind,
            subject,
            revision,
        };
        // The index first: when a document was logged twice, the older place is the answer.
        let indexed = self.best(Lookup::Document, document.digest(), |found| found.document == document)?;
        if indexed.is_some() {
            return Ok(indexed);
        }
        if let Some(position) = self.shared.state().tail.own_document(&document) {
            return Ok(Some(position));
        }
        // It may have moved from the tail to the index between the two looks.
        self.best(Lookup::Document, document.digest(), |found| found.document == document)
    }

    /// What examination found about a record; `None` while it is unknown or not examined.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn finding(&self, id: &RecordId) -> Result<Option<Finding>, StoreError> {
        let Some(position) = self.find(id)? else {
            return Ok(None);
        };
        self.finding_at(&position)
    }

    /// What examination found at a position; `None` while it is not examined.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn finding_at(&self, position: &Position) -> Result<Option<Finding>, StoreError> {
        let (log, index) = (position.log(), position.index);
        let Some(number) = self.state(log).number else {
            return Ok(None);
        };
        let bundle = index / BUNDLE;
        let value = self.shared.index.get(&rows::row_key(Table::Finding, number, bundle))?;
        let Some(value) = value else { return Ok(None) };
        findings::nth(log, bundle * BUNDLE, index, &value).ok_or_else(finding_damaged)
    }

    /// Findings in the order of their positions, behind `after`, at most `limit` and [`LIST_FINDINGS_MAX`].
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn list(
        &self,
        hub: Option<HubCode>,
        kind: Option<RecordKind>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let limit = limit.min(LIST_FINDINGS_MAX);
        let mut found = Vec::new();
        for log in self.logs() {
            let begins = after.map_or(0, |after| if after.log() == log { after.index + 1 } else { 0 });
            let passed = after.is_some_and(|after| log < after.log());
            if !passed && hub.is_none_or(|hub| hub == log.hub) {
                self.list_log(log, kind, begins, limit, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Bytes on disk.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Engine`].
    pub fn disk_usage(&self) -> Result<DiskUsage, StoreError> {
        let last = self.shared.state().durable.place.segment;
        let ledger_bytes = (1..=last)
            .map(|number| file_bytes(&self.shared.segments.path(number)))
            .sum::<Result<u64, _>>()?;
        Ok(DiskUsage {
            ledger_bytes,
            index_bytes: self.shared.index.disk_bytes()?,
        })
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

    /// The best of the candidates that a lookup row names: sound before unexamined before faulty, then the first.
    fn best(
        &self,
        what: Lookup,
        digest: [u8; 8],
        matches: impl Fn(&Candidate) -> bool,
    ) -> Result<Option<Position>, StoreError> {
        let mut best: Option<(u8, Position)> = None;
        for position in self.candidates(what, digest)? {
            let Some(candidate) = self.candidate(position)? else {
                continue;
            };
            if matches(&candidate) && best.is_none_or(|(rank, _)| candidate.rank < rank) {
                best = Some((candidate.rank, position));
            }
        }
        Ok(best.map(|(_, position)| position))
    }

    fn candidates(&self, what: Lookup, digest: [u8; 8]) -> Result<Vec<Position>, StoreError> {
        let low = rows::lookup_key(what, digest, 0, 0);
        let high = [rows::lookup_key(what, digest, u32::MAX, u64::MAX).as_slice(), &[0]].concat();
        let mut targets = Vec::new();
        self.shared.index.scan(&low, &high, |key, _| {
            targets.extend(rows::lookup_target(key));
            Ok(ControlFlow::Continue(()))
        })?;
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.shared.state();
        let numbers: BTreeSet<u32> = targets.iter().map(|(number, _)| *number).collect();
        let logs: Vec<(u32, LogId)> = state
            .logs
            .iter()
            .filter_map(|(log, state)| {
                state
                    .number
                    .filter(|number| numbers.contains(number))
                    .map(|number| (number, *log))
            })
            .collect();
        let position = |(number, index): (u32, u64)| {
            logs.iter()
                .find(|(candidate, _)| *candidate == number)
                .map(|(_, log)| log.at(index))
        };
        Ok(targets.into_iter().filter_map(position).collect())
    }

    /// What stands at a place that a lookup row names: its finding, or while there is none the record itself.
    fn candidate(&self, position: Position) -> Result<Option<Candidate>, StoreError> {
        if let Some(finding) = self.finding_at(&position)? {
            let rank = if finding.is_sound() { 0 } else { 2 };
            return Ok(Some(Candidate {
                rank,
                id: finding.id,
                document: Document::of_finding(&finding),
            }));
        }
        let record = self.record(&position)?.and_then(|bytes| Record::decode(bytes).ok());
        Ok(record.map(|record| Candidate {
            rank: 1,
            id: record.id(),
            document: Document::of_record(&record),
        }))
    }

    fn list_log(
        &self,
        log: LogId,
        kind: Option<RecordKind>,
        begins: u64,
        limit: usize,
        found: &mut Vec<Finding>,
    ) -> Result<(), StoreError> {
        let Some(number) = self.state(log).number else {
            return Ok(());
        };
        let key = |bundle| rows::row_key(Table::Finding, number, bundle);
        self.shared
            .index
            .scan(&key(begins / BUNDLE), &key(u64::MAX), |key, value| {
                let bundle = rows::row_index(key).ok_or_else(finding_damaged)?;
                let row = findings::decode(log, bundle * BUNDLE, value).ok_or_else(finding_damaged)?;
                let wanted = |finding: &Finding| {
                    finding.position.index >= begins && kind.is_none_or(|kind| kind == finding.kind)
                };
                found.extend(row.into_iter().filter(wanted).take(limit - found.len()));
                Ok(if found.len() < limit {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            })
    }
}

/// A place that may be the one looked for.
struct Candidate {
    /// 0 sound, 1 not examined, 2 faulty or unsupported.
    rank: u8,
    id: RecordId,
    document: Document,
}

fn missing(log: LogId, index: u64) -> StoreError {
    StoreError::index_damaged(format!("no row leads to record {}", log.at(index)))
}

fn finding_damaged() -> StoreError {
    StoreError::index_damaged("a finding row cannot be read")
}

fn tree_damaged(error: &TreeError) -> StoreError {
    StoreError::index_damaged(error.to_string())
}

fn file_bytes(path: &Path) -> Result<u64, StoreError> {
    Ok(path.metadata().map_err(StoreError::io("measure", path))?.len())
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
