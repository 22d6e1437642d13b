//! What examination says of the logs, and whether it keeps up with them.

use ewtp_record::{HubCode, LogId, Record};

use crate::alarm::AlarmCode;
use crate::engine::Engine;

impl Engine {
    pub(super) fn examined(&mut self, log: LogId, to: u64, manifests: &[Record]) {
        if log.hub == self.hub {
            self.journal.examined_to = to;
        } else if let Some(replica) = self.replicas.get_mut(&log.hub) {
            replica.examined_to = to;
        }
        self.note_examined(log.hub);
        manifests
            .iter()
            .for_each(|manifest| self.directory.adopt_manifest(manifest));
    }

    /// What is held or examined of a log changed.
    pub(super) fn note_examined(&mut self, hub: HubCode) {
        let (held, examined_to) = if hub == self.hub {
            (self.journal.durable(), self.journal.examined_to)
        } else {
            let replica = self.replicas.get(&hub);
            replica.map_or((0, 0), |replica| (replica.durable(), replica.examined_to))
        };
        if self.examined_watch.note(hub, held, examined_to, self.now.ticks) {
            self.alarms.clear(AlarmCode::Undecided, hub);
        }
    }

    pub(super) fn watch_examination(&mut self) {
        for hub in self.examined_watch.take_overdue(self.now.ticks) {
            self.alarms.raise(AlarmCode::Undecided, hub, self.now.unix);
        }
    }
}
