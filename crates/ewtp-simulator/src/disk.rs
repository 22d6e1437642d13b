//! The disk of a simulated hub: items become durable some milliseconds after they were written, in order, and a crash
//! keeps any prefix of what was on its way.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_federation::{Fact, Facts, Item, Restored, RestoredLog};
use ewtp_log::{Tree, leaf_hash};
use ewtp_record::{HubCode, LogId, Position, Record, RecordKind};

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    /// Boxed, so that finding one of hundreds goes through little memory.
    pub(crate) logs: BTreeMap<LogId, Box<LogOnDisk>>,
    pub(crate) charters: BTreeMap<HubCode, Vec<Bytes>>,
}

/// One log on a disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LogOnDisk {
    pub(crate) records: Vec<Bytes>,
    facts: Facts,
}

impl Disk {
    /// Makes one item durable.
    pub(crate) fn apply(&mut self, item: Item) {
        match item {
            Item::Entries {
                log, start, records, ..
            } => {
                let held = &mut self.log_mut(log).records;
                assert_eq!(held.len() as u64, start, "entries are committed in log order");
                held.extend(records);
            }
            Item::Fact(Fact::Charter(hub, record)) => self.charters.entry(hub).or_default().push(record),
            Item::Fact(fact) => {
                let log = fact.log().expect("every other fact is about a log");
                self.log_mut(log).facts.take(&fact);
            }
        }
    }

    pub(crate) fn log_mut(&mut self, log: LogId) -> &mut LogOnDisk {
        self.logs.entry(log).or_default()
    }

    /// The record at a position.
    pub(crate) fn record(&self, position: &Position) -> Option<&Bytes> {
        let Position { hub, epoch, index } = *position;
        let log = self.logs.get(&LogId { hub, epoch })?;
        log.records.get(usize::try_from(index).ok()?)
    }

    /// What an engine starts from after a crash.
    pub(crate) fn restore(&self) -> Restored {
        let logs = self.logs.iter().map(|(log, held)| held.restore(*log)).collect();
        let charters = self
            .charters
            .iter()
            .map(|(hub, records)| (*hub, records.clone()))
            .collect();
        Restored {
            logs,
            charters,
            manifests: Vec::new(),
        }
    }
}

impl LogOnDisk {
    fn restore(&self, log: LogId) -> RestoredLog {
        let mut tree = Tree::new();
        let mut checkpoint_range = None;
        let wanted = self.facts.checkpoint.as_ref().map(|checkpoint| checkpoint.size);
        for record in &self.records {
            tree.append(leaf_hash(record));
            if Some(tree.size()) == wanted {
                checkpoint_range = Some(tree.head().clone());
            }
        }
        let mut facts = self.facts.clone();
        facts.checkpoint.take_if(|_| checkpoint_range.is_none());
        RestoredLog {
            log,
            facts,
            checkpoint_range,
            examined_to: tree.size(),
            charter: self.newest_charter(),
            bytes: self.records.iter().map(|record| record.len() as u64).sum(),
            tree,
        }
    }

    fn newest_charter(&self) -> Option<u32> {
        let charter = |bytes: &Bytes| {
            let record = Record::decode(bytes.clone()).ok()?;
            let header = record.header();
            (header.kind == RecordKind::CHARTER).then_some(header.revision)
        };
        self.records.iter().rev().find_map(charter)
    }
}
