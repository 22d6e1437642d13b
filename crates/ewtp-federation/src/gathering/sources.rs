//! Who was asked for an edition, and with what success: who gave nothing rests, ever longer.

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::NodeKey;

use crate::limits::{PAUSE_MAX, PEER_REST};

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// In a row.
    failures: u32,
    rests_until: Duration,
    has_brought: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<NodeKey, Source>);

impl Sources {
    /// It gave nothing, or not enough.
    // spec: tariff-sync R12
    pub(super) fn rest(&mut self, peer: NodeKey, now: Duration) {
        let source = self.0.entry(peer).or_default();
        let pause = PEER_REST.saturating_mul(1 << source.failures.min(16)).min(PAUSE_MAX);
        source.failures += 1;
        source.rests_until = now + pause;
    }

    pub(super) fn brought(&mut self, peer: NodeKey) {
        let source = self.0.entry(peer).or_default();
        *source = Source {
            has_brought: true,
            ..Source::default()
        };
    }

    pub(super) fn forget(&mut self, peer: NodeKey) {
        self.0.remove(&peer);
    }

    pub(super) fn failures(&self, peer: NodeKey) -> u32 {
        self.0.get(&peer).map_or(0, |source| source.failures)
    }

    pub(super) fn has_brought(&self, peer: NodeKey) -> bool {
        self.0.get(&peer).is_some_and(|source| source.has_brought)
    }

    pub(super) fn is_resting(&self, peer: NodeKey, now: Duration) -> bool {
        self.0.get(&peer).is_some_and(|source| now < source.rests_until)
    }

    /// When the next one may be asked again.
    pub(super) fn next_rested(&self, now: Duration) -> Option<Duration> {
        let resting = self.0.values().map(|source| source.rests_until);
        resting.filter(|until| *until > now).min()
    }
}
