//! What an operator lets a node keep for others. A full cap refuses; it never evicts.

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::HubCode;
use ewtp_trust::CharterError;

use crate::limits::{CARRY_REFUSED_TOLD_FOR, FRONTIER_HUBS_MAX, UNCOMMITTED_BYTES_MAX, WINDOW_BYTES_MAX};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Hubs carried beside our own. Further ones are not carried.
    pub carried_hubs: usize,
    /// Bytes of records kept of one carried hub's log, durable or on their way there. What would pass them is not taken:
    /// that log stands still here, and what is held of it is served.
    pub carried_bytes_each: u64,
    /// Bytes of verified bundles of all logs that wait for an earlier one. When they are full, each log pulls only what it
    /// waits for. One log never has more than [`WINDOW_BYTES_MAX`].
    pub window_bytes: usize,
    /// Bytes handed to the store and not yet durable, with what it costs to keep them. Above it nothing more is pulled;
    /// above four times as much, what comes all the same is dropped and pulled later.
    pub uncommitted_bytes: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            carried_hubs: FRONTIER_HUBS_MAX - 1,
            carried_bytes_each: 64 << 30,
            window_bytes: 8 * WINDOW_BYTES_MAX,
            uncommitted_bytes: UNCOMMITTED_BYTES_MAX,
        }
    }
}

impl Caps {
    /// The same with memory for windows and for what is uncommitted taken from so many bytes: an eighth for the first; for
    /// the second a sixteenth, and so a quarter at the very most.
    #[must_use]
    pub fn within_memory(self, bytes: u64) -> Self {
        let part = |parts: u64| usize::try_from(bytes / parts).unwrap_or(usize::MAX);
        Self {
            window_bytes: part(8),
            uncommitted_bytes: part(16).min(UNCOMMITTED_BYTES_MAX),
            ..self
        }
    }

    /// Above this nothing that still comes in is taken.
    pub(crate) const fn uncommitted_bytes_hard(&self) -> usize {
        self.uncommitted_bytes.saturating_mul(4)
    }
}

/// What the windows of all logs cost together, kept up with each change: asking each of two hundred logs for every run that
/// comes in would cost more than the run.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Those that hold something.
    costs: BTreeMap<HubCode, usize>,
    total: usize,
}

impl Windows {
    /// The window of that log costs so much now.
    pub(crate) fn note(&mut self, hub: HubCode, cost: usize) {
        let before = if cost == 0 {
            self.costs.remove(&hub)
        } else {
            self.costs.insert(hub, cost)
        };
        self.total = self.total + cost - before.unwrap_or(0);
    }

    /// What the largest of them costs.
    pub(crate) fn largest(&self) -> usize {
        self.costs.values().max().copied().unwrap_or(0)
    }

    /// What is left for them.
    pub(crate) fn room(&self, caps: &Caps) -> usize {
        caps.window_bytes.saturating_sub(self.total)
    }
}

/// Until when it is told that a hub was refused. The operator who asked was answered; others who look after the node read it
/// for a while.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    told_until: Option<Duration>,
}

impl Refusals {
    pub(crate) fn refused(&mut self, ticks: Duration) {
        self.told_until = Some(ticks + CARRY_REFUSED_TOLD_FOR);
    }

    /// True once, when the last one was told for long enough.
    pub(crate) fn end(&mut self, ticks: Duration) -> bool {
        self.told_until.take_if(|until| *until <= ticks).is_some()
    }

    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.told_until
    }
}

/// Why a hub is not carried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// Its genesis does not fit what is pinned.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// As many hubs as may be are carried.
    #[error("{max} hubs are carried, and that is as many as this node was told to carry")]
    Full {
        /// The cap.
        max: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::code;

    #[test]
    fn the_windows_of_all_logs_share_one_room() {
        let caps = Caps {
            window_bytes: 100,
            ..Caps::default()
        };
        let (my, sg) = (code("MY"), code("SG"));
        let mut windows = Windows::default();
        let mut room_after = |hub, cost| {
            windows.note(hub, cost);
            windows.room(&caps)
        };
        assert_eq!(room_after(my, 30), 70);
        assert_eq!(room_after(sg, 60), 10);
        assert_eq!(room_after(my, 50), 0, "more than the room is no less than nothing");
        assert_eq!(room_after(sg, 0), 50);
        assert_eq!(room_after(sg, 0), 50);
        assert_eq!(room_after(my, 0), 100);
    }
}
