//! Turns what lies in the ledger into rows. It is told commits in their order, once each, and keeps of every log its
//! number, its size, its newest facts and the leaf hashes of its open bundle.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::Fact;
use ewtp_log::{BUNDLE, Hash, bundle_root, leaf_hash};
use ewtp_record::{Document, HubCode, LogId, Record};

use crate::error::StoreError;
use crate::index::engine::Rows;
use crate::index::lookup::{self, Digester, Digests, Folding};
use crate::index::rows::{self, META_CURSOR, Table};
use crate::index::{Index, put};
use crate::ledger::entries::{Entries, Run};
use crate::ledger::fact;
use crate::ledger::frame::FrameKind;
use crate::ledger::read::read_entries;
use crate::ledger::segment::{Place, Segments};
use crate::ledger::walk::{Cursor, Step, Stored, Walk};
use crate::shared::LogState;

/// Ledger bytes that are followed before their rows are written.
const BATCH_BYTES: u64 = 8 << 20;

/// What the index knows of a log.
#[derive(Debug, Default)]
pub(crate) struct IndexedLog {
    pub(crate) number: u32,
    /// `size` counts records indexed here.
    pub(crate) state: LogState,
    /// Leaf hashes of the open bundle, fewer than 256.
    pub(crate) open: Vec<Hash>,
}

/// What a batch of rows stands for.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    /// Bytes of the ledger.
    pub(crate) bytes: u64,
    pub(crate) folding: Folding,
}

impl Followed {
    fn fold(&mut self, folding: Folding) {
        if folding == Folding::Folds {
            self.folding = folding;
        }
    }
}

/// Follows the ledger.
#[derive(Debug)]
pub(crate) struct Follower {
    own: Option<HubCode>,
    pub(crate) cursor: Cursor,
    pub(crate) logs: BTreeMap<LogId, IndexedLog>,
}

impl Follower {
    /// Takes up where the index stands.
    pub(crate) fn load(index: &Index, segments: &Segments, own: Option<HubCode>) -> Result<Self, StoreError> {
        let mut logs = BTreeMap::new();
        let (low, high) = rows::whole(Table::Log);
        index.scan(&low, &high, |key, value| {
            let number = rows::log_number(key);
            let row = number.zip(rows::log_of(value));
            let (number, (log, size, bytes)) =
                row.ok_or_else(|| StoreError::index_damaged("a log row cannot be read"))?;
            let state = LogState {
                size,
                bytes,
                number: Some(number),
                ..LogState::default()
            };
            logs.insert(
                log,
                IndexedLog {
                    number,
                    state,
                    open: Vec::new(),
                },
            );
            Ok(ControlFlow::Continue(()))
        })?;
        for (log, indexed) in &mut logs {
            load_facts(index, indexed)?;
            if own == Some(log.hub) {
                indexed.state.looked_up = indexed.state.size;
            }
            indexed.open = open_leaves(index, segments, *log, indexed)?;
        }
        Ok(Self {
            own,
            cursor: index.cursor()?,
            logs,
        })
    }

    /// Follows the ledger to `end`, in batches that `write` puts in the index.
    ///
    /// Answers how the walk ended: [`Step::End`] or [`Step::Torn`].
    pub(crate) fn catch_up(
        &mut self,
        (index, segments): (&Index, &Segments),
        end: Place,
        leaves: impl Fn(&LogId, u64) -> Option<Arc<[Hash]>>,
        mut write: impl FnMut(&Self, &Rows, &Followed) -> Result<(), StoreError>,
    ) -> Result<Step, StoreError> {
        let mut walk = Walk::new(segments, self.cursor, end)?;
        loop {
            let (mut batch, mut followed) = (Rows::new(), Followed::default());
            let outcome = loop {
                match walk.step()? {
                    Step::Commit(items) => self.take_commit(index, &items, &leaves, &mut batch, &mut followed)?,
                    ended => break Some(ended),
                }
                if followed.bytes >= BATCH_BYTES {
                    break None;
                }
            };
            if walk.cursor() != self.cursor {
                self.cursor = walk.cursor();
                put(&mut batch, META_CURSOR.to_vec(), rows::cursor_value(self.cursor));
                write(self, &batch, &followed)?;
            }
            if let Some(ended) = outcome {
                return Ok(ended);
            }
        }
    }

    /// Adds the rows of one commit.
    fn take_commit(
        &mut self,
        index: &Index,
        items: &[Stored],
        leaves: &impl Fn(&LogId, u64) -> Option<Arc<[Hash]>>,
        batch: &mut Rows,
        followed: &mut Followed,
    ) -> Result<(), StoreError> {
        for item in items {
            match item {
                Stored::Fact(fact) => self.take_fact(fact, batch),
                Stored::Entries(run, entries) => {
                    let leaves = leaves(&run.log, run.start).filter(|leaves| leaves.len() == usize::from(run.count));
                    let leaves = leaves.unwrap_or_else(|| entries.records().map(|record| leaf_hash(&record)).collect());
                    self.take_entries(run, &leaves, batch)?;
                    if self.own == Some(run.log.hub) {
                        let digests = own_digests(index.digester, entries, &leaves);
                        let indexed = self.log(run.log, batch);
                        indexed.state.looked_up = run.end();
                        let number = indexed.number;
                        followed.fold(lookup::append(index, batch, number, run.start, &digests)?);
                    }
                    followed.bytes += u64::from(run.frame_bytes);
                }
            }
        }
        Ok(())
    }

    fn log(&mut self, log: LogId, batch: &mut Rows) -> &mut IndexedLog {
        let next = u32::try_from(self.logs.len()).expect("carried logs are counted in hundreds");
        self.logs.entry(log).or_insert_with(|| {
            put(batch, rows::log_key(Table::Log, next), rows::log_value(log, 0, 0));
            let state = LogState {
                number: Some(next),
                ..LogState::default()
            };
            IndexedLog {
                number: next,
                state,
                open: Vec::new(),
            }
        })
    }

    fn take_fact(&mut self, fact: &Fact, batch: &mut Rows) {
        if let Fact::Charter(hub, record) = fact {
            let number = Record::decode(record.clone()).map_or(0, |record| record.header().revision);
            put(
                batch,
                rows::charter_key(*hub, number, &leaf_hash(record)),
                record.to_vec(),
            );
        }
        let Some(log) = fact.log() else { return };
        let indexed = self.log(log, batch);
        if indexed.state.facts.take(fact) {
            let mut value = Vec::new();
            fact::encode(fact, &mut value);
            put(batch, rows::fact_key(indexed.number, fact::kind(fact) as u8), value);
        }
    }

    fn take_entries(&mut self, run: &Run, leaves: &[Hash], batch: &mut Rows) -> Result<(), StoreError> {
        let indexed = self.log(run.log, batch);
        if indexed.state.size != run.start {
            return Err(StoreError::Discontinuous {
                log: run.log,
                expected: indexed.state.size,
                start: run.start,
            });
        }
        indexed.state.size = run.end();
        indexed.state.bytes += run.record_bytes();
        put(
            batch,
            rows::log_key(Table::Log, indexed.number),
            rows::log_value(run.log, run.end(), indexed.state.bytes),
        );
        put(
            batch,
            rows::row_key(Table::Run, indexed.number, run.start),
            rows::run_value(run),
        );
        take_leaves(indexed, leaves, batch);
        Ok(())
    }
}

fn load_facts(index: &Index, indexed: &mut IndexedLog) -> Result<(), StoreError> {
    let number = indexed.number;
    for kind in FrameKind::ALL {
        let Some(value) = index.get(&rows::fact_key(number, kind as u8))? else {
            continue;
        };
        let fact = fact::decode(kind, &Bytes::from(value));
        let fact = fact.ok_or_else(|| StoreError::index_damaged("a fact row cannot be read"))?;
        indexed.state.facts.take(&fact);
    }
    if let Some(value) = index.get(&rows::log_key(Table::Examined, number))? {
        let row =
            rows::examined_of(&value).ok_or_else(|| StoreError::index_damaged("an examined row cannot be read"))?;
        (indexed.state.examined, indexed.state.looked_up) = row;
    }
    Ok(())
}

fn open_leaves(index: &Index, segments: &Segments, log: LogId, indexed: &IndexedLog) -> Result<Vec<Hash>, StoreError> {
    let size = indexed.state.size;
    let start = size - size % BUNDLE;
    let runs = runs(index, log, indexed.number, start, size)?;
    let entries = read_entries(segments, &runs)?;
    let leaves: Vec<Hash> = entries
        .iter()
        .flat_map(Entries::records)
        .map(|record| leaf_hash(&record))
        .collect();
    if leaves.len() as u64 != size - start {
        return Err(StoreError::index_damaged("rows of an open bundle are missing"));
    }
    Ok(leaves)
}

/// The indexed runs that hold any of the records `from..to`, in order.
pub(crate) fn runs(index: &Index, log: LogId, number: u32, from: u64, to: u64) -> Result<Vec<Run>, StoreError> {
    let unreadable = || StoreError::index_damaged("a run row cannot be read");
    let mut runs = Vec::new();
    if from >= to {
        return Ok(runs);
    }
    let key = |at| rows::row_key(Table::Run, number, at);
    if let Some((key, value)) = index.floor(&key(0), &key(from))? {
        runs.push(rows::run_of(log, &key, &value).ok_or_else(unreadable)?);
    }
    if runs.last().is_some_and(|run| run.end() >= to) {
        return Ok(runs);
    }
    index.scan(&key(from + 1), &key(to), |key, value| {
        runs.push(rows::run_of(log, key, value).ok_or_else(unreadable)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(runs)
}

fn take_leaves(indexed: &mut IndexedLog, leaves: &[Hash], batch: &mut Rows) {
    let mut bundle = (indexed.state.size - leaves.len() as u64) / BUNDLE;
    for leaf in leaves {
        indexed.open.push(*leaf);
        if indexed.open.len() as u64 == BUNDLE {
            let root = bundle_root(&indexed.open);
            put(
                batch,
                rows::row_key(Table::Bundle, indexed.number, bundle),
                root.as_bytes().to_vec(),
            );
            indexed.open.clear();
            bundle += 1;
        }
    }
}

/// By what our own records are looked up. One that cannot be opened, which we never log, would be found by id only.
fn own_digests(digester: Digester, entries: &Entries, leaves: &[Hash]) -> Digests {
    let document = |bytes| Record::decode(bytes).map_or(0, |record| digester.document(&Document::of(record.header())));
    Digests {
        ids: leaves.iter().map(|leaf| digester.id(leaf.as_bytes())).collect(),
        documents: entries.records().map(document).collect(),
    }
}
