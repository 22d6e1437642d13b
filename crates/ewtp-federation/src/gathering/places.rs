//! Places: how many editions of one hub are gathered at a time, and which comes next.
//!
//! What nobody has would hold its place for ever, and a hub can sign as many such editions as it likes. So one that brought
//! nothing for [`STALLED_AFTER`](super::STALLED_AFTER) leaves its place when others of its hub wait, and stands behind them.

use std::collections::{BTreeMap, VecDeque};

use ewtp_record::HubCode;

use super::Key;

/// Editions of one hub that are gathered at a time: more than the requests that may be open for it, and few enough that what
/// one input costs does not grow with what a hub has signed.
pub const PLACES_PER_HUB: usize = 4;

/// Who waits for a place, by hub.
#[derive(Debug, Default)]
pub(super) struct Places {
    waiting: BTreeMap<HubCode, Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// Those that had no place yet, in the order in which they came.
    first: VecDeque<Key>,
    /// Those that had one in vain: after all others.
    again: VecDeque<Key>,
}

impl Places {
    /// An edition waits for its first place.
    pub(super) fn wait(&mut self, key: Key) {
        self.waiting.entry(key.0.0).or_default().first.push_back(key);
    }

    /// An edition had a place and nobody gave it anything.
    pub(super) fn wait_again(&mut self, key: Key) {
        self.waiting.entry(key.0.0).or_default().again.push_back(key);
    }

    /// The hubs of which an edition waits.
    pub(super) fn hubs(&self) -> Vec<HubCode> {
        self.waiting.keys().copied().collect()
    }

    /// Whether an edition of this hub waits.
    pub(super) fn has_waiting(&self, hub: HubCode) -> bool {
        self.waiting.contains_key(&hub)
    }

    /// The next of this hub, which waits no longer.
    pub(super) fn next(&mut self, hub: HubCode) -> Option<Key> {
        let line = self.waiting.get_mut(&hub)?;
        let next = line.first.pop_front().or_else(|| line.again.pop_front());
        if line.first.is_empty() && line.again.is_empty() {
            self.waiting.remove(&hub);
        }
        next
    }
}
