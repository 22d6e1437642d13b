//! The disk of a site: what an engine made durable, and what it starts from again.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_log::{CompactRange, Tree, leaf_hash};
use ewtp_record::{HubCode, LogId, Record, RecordKind};

use crate::commit::{Fact, Facts, Item, Restored, RestoredLog};

#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) records: BTreeMap<LogId, Vec<Bytes>>,
    facts: BTreeMap<LogId, Facts>,
    charters: BTreeMap<HubCode, Vec<Bytes>>,
}

impl Disk {
    pub(super) fn commit(&mut self, item: Item) {
        match item {
            Item::Entries {
                log, start, records, ..
            } => {
                let held = self.records.entry(log).or_default();
                assert_eq!(held.len() as u64, start, "entries are committed in log order");
                held.extend(records);
            }
            Item::Fact(Fact::Charter(hub, record)) => self.charters.entry(hub).or_default().push(record),
            Item::Fact(fact) => {
                self.facts.entry(fact.log().unwrap()).or_default().take(&fact);
            }
        }
    }

    pub(super) fn restore(&self) -> Restored {
        let logs: std::collections::BTreeSet<&LogId> = self.records.keys().chain(self.facts.keys()).collect();
        Restored {
            logs: logs.into_iter().map(|log| self.restore_log(*log)).collect(),
            charters: self
                .charters
                .iter()
                .map(|(hub, records)| (*hub, records.clone()))
                .collect(),
            manifests: Vec::new(),
        }
    }

    fn restore_log(&self, log: LogId) -> RestoredLog {
        let records = self.records.get(&log).map_or(&[][..], Vec::as_slice);
        let facts = self.facts.get(&log).cloned().unwrap_or_default();
        let mut tree = Tree::new();
        records.iter().for_each(|record| tree.append(leaf_hash(record)));
        let covered = facts.checkpoint.as_ref().map(|checkpoint| checkpoint.size as usize);
        let checkpoint_range = covered.map(|covered| {
            let mut range = CompactRange::new();
            records[..covered]
                .iter()
                .for_each(|record| range.append(leaf_hash(record)));
            range
        });
        let charter = |bytes: &Bytes| {
            let record = Record::decode(bytes.clone()).ok()?;
            let header = record.header();
            (header.kind == RecordKind::CHARTER).then_some(header.revision)
        };
        RestoredLog {
            log,
            facts,
            checkpoint_range,
            examined_to: tree.size(),
            bytes: records.iter().map(|record| record.len() as u64).sum(),
            charter: records.iter().rev().find_map(charter),
            tree,
        }
    }
}
