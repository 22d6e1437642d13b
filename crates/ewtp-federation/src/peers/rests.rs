//! Which peers are left in peace about which logs, and until when, since they failed us.
//!
//! Few are at any time, so they stand here and not with each peer: that none of them may be asked again is known without
//! a look at any peer.

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey};

use crate::limits::{PAUSE_MAX, PEER_REST};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Rests {
    until: BTreeMap<(NodeKey, HubCode), Duration>,
    /// When the first of them ends: asked on every turn.
    first_ends: Option<Duration>,
    /// Of which logs a peer sent something that we cannot check, and how often a request ended in that.
    unchecked: BTreeMap<(NodeKey, HubCode), u8>,
}

impl Rests {
    pub(super) fn is_resting(&self, node: NodeKey, hub: HubCode) -> bool {
        self.until.contains_key(&(node, hub))
    }

    /// Leaves a peer in peace about a log until then.
    pub(super) fn rest(&mut self, node: NodeKey, hub: HubCode, until: Duration) {
        self.until.insert((node, hub), until);
        self.look_ahead();
    }

    /// A range request to the peer ended too early, or with nothing.
    pub(super) fn failed(&mut self, node: NodeKey, hub: HubCode, ticks: Duration) {
        let pause = match self.unchecked.get_mut(&(node, hub)) {
            None => PEER_REST,
            Some(times) => {
                *times = times.saturating_add(1);
                let doubled = PEER_REST.saturating_mul(1 << (*times - 1).min(15));
                doubled.min(PAUSE_MAX)
            }
        };
        self.rest(node, hub, ticks + pause);
    }

    /// The peer brought records of a log that we could check.
    pub(super) fn delivered(&mut self, node: NodeKey, hub: HubCode) {
        self.unchecked.remove(&(node, hub));
    }

    /// What the peer sent of a log cannot be checked.
    pub(super) fn cannot_be_checked(&mut self, node: NodeKey, hub: HubCode) {
        self.unchecked.entry((node, hub)).or_default();
    }

    /// More charters of a hub are known: whoever served what could not be checked is asked again at once.
    pub(super) fn trust_again(&mut self, hub: HubCode) {
        let Self { until, unchecked, .. } = self;
        for ((node, _), times) in unchecked.extract_if(.., |(_, of), _| *of == hub) {
            if times > 0
                && let Some(until) = until.get_mut(&(node, hub))
            {
                *until = Duration::ZERO;
            }
        }
        self.look_ahead();
    }

    /// The peer is gone, or begins afresh.
    pub(super) fn forget(&mut self, gone: NodeKey) {
        self.until.retain(|(node, _), _| *node != gone);
        self.unchecked.retain(|(node, _), _| *node != gone);
        self.look_ahead();
    }

    /// The logs that some peer may be asked for again.
    pub(super) fn take_rested(&mut self, ticks: Duration) -> Vec<HubCode> {
        if self.first_ends.is_none_or(|first| first > ticks) {
            return Vec::new();
        }
        let rested = self.until.extract_if(.., |_, until| *until <= ticks);
        let hubs = rested.map(|((_, hub), _)| hub).collect();
        self.look_ahead();
        hubs
    }

    /// When the next peer may be asked again.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.first_ends
    }

    fn look_ahead(&mut self) {
        self.first_ends = self.until.values().min().copied();
    }
}
