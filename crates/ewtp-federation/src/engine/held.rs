//! What we hold of each hub, as our frontier states it: kept up with each change, never computed anew.

use std::time::Duration;

use ewtp_record::HubCode;

use crate::engine::Engine;
use crate::frontier::{Frontier, FrontierEntry};
use crate::outbox::Source;

impl Engine {
    /// What we hold durably, of every hub that we carry.
    #[must_use]
    pub fn frontier(&self) -> &Frontier {
        self.held.get()
    }

    /// States in our frontier what we hold of each hub.
    pub(super) fn compute_frontier(&mut self) {
        let hubs: Vec<HubCode> = self.directory.snapshot().carried().collect();
        for hub in hubs {
            self.changed(hub);
            self.note_examined(hub);
        }
    }

    /// What we hold of a hub may have changed; true when it has.
    pub(super) fn changed(&mut self, hub: HubCode) -> bool {
        let changed = self.entry(hub).is_some_and(|entry| self.held.set(hub, entry));
        if changed {
            // Who missed what brought us this learns of it soon, and not when idle nodes compare next. spec: sync R5
            self.digest_at = self.digest_at.min(self.now.ticks + self.digest_period(true));
        }
        changed
    }

    /// The same, where what came by pulling is told to peers after a time. spec: sync R4
    pub(super) fn changed_by(&mut self, source: Source, hub: HubCode, push_after: Duration) {
        if self.changed(hub) && source == Source::Pull {
            let at = self.now.ticks + push_after;
            self.push_at = Some(self.push_at.map_or(at, |planned| planned.min(at)));
        }
    }

    /// Our frontier computed anew, to show in tests that no change was forgotten.
    pub(super) fn held_as_computed(&self) -> Frontier {
        let carried = self.directory.snapshot().carried();
        Frontier {
            entries: carried.filter_map(|hub| Some((hub, self.entry(hub)?))).collect(),
        }
    }

    pub(super) fn entry(&self, hub: HubCode) -> Option<FrontierEntry> {
        let charter = self.directory.charter_number(hub)?;
        let (covered, cosigned) = if hub == self.hub {
            (self.journal.signed(), self.collection.best())
        } else {
            let replica = self.replicas.get(&hub)?;
            (replica.served(), replica.cosigned())
        };
        let (epoch, size, root) = covered.map_or((0, 0, ewtp_log::EMPTY_ROOT), |covered| {
            (
                covered.checkpoint.epoch,
                covered.checkpoint.size,
                covered.checkpoint.root,
            )
        });
        let (cosigned_size, cosignatures) = cosigned.map_or((0, 0), |set| {
            (set.checkpoint.size, u32::try_from(set.cosignatures.len()).unwrap_or(0))
        });
        Some(FrontierEntry {
            charter,
            epoch,
            size,
            root,
            cosigned_size,
            cosignatures,
        })
    }
}
