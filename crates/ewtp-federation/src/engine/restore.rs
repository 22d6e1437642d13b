//! Taking up where the store left off.

use ewtp_record::{HubCode, Record};

use crate::alarm::AlarmCode;
use crate::commit::Restored;
use crate::engine::Engine;
use crate::journal::Journal;
use crate::replica::Replica;
use crate::witness::Collection;

impl Engine {
    pub(super) fn restore(&mut self, restored: Restored) {
        for (hub, records) in restored.charters {
            let records: Result<Vec<Record>, _> = records.into_iter().map(Record::decode).collect();
            // The store checks its bytes; a chain that no longer fits a changed pin is the operator's choice.
            let adopted = records
                .map_err(|_| ())
                .and_then(|chain| self.directory.adopt_chain(hub, &chain).map_err(|_| ()));
            if adopted.is_err() {
                self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix);
            }
        }
        for (_, manifest) in restored.manifests {
            if let Ok(record) = Record::decode(manifest) {
                self.directory.adopt_manifest(&record);
            }
        }
        for log in restored.logs {
            if let Some(guard) = log.facts.cosign_guard {
                self.witness.restore(log.log, guard);
            }
            if log.log.hub == self.hub {
                self.collection = Collection::restore(log.facts.cosigned.clone());
                self.journal = Journal::restore(log);
            } else if self.directory.snapshot().carries(log.log.hub) {
                if log.facts.split.is_some() {
                    self.alarms.raise(AlarmCode::LogSplit, log.log.hub, self.now.unix);
                }
                self.replicas.insert(log.log.hub, Replica::restore(log));
            }
        }
    }

    /// A replica for each carried hub, empty until records come.
    pub(super) fn carry_all(&mut self) {
        let carried: Vec<HubCode> = self
            .directory
            .snapshot()
            .carried()
            .filter(|hub| *hub != self.hub)
            .collect();
        for hub in carried {
            self.replicas.get_or_insert_with(hub, || Replica::new(hub));
        }
    }
}
