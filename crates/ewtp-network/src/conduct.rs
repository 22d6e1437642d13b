//! How peers behaved: points that fade, kept by node key so that a new connection does not wash them away.
//!
//! Gossipsub scores what it sees on gossip; this ledger counts what the node reports and what streams reveal.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::{Misbehaviour, NodeKey};

/// Points halve in this time.
const HALF_LIFE: Duration = Duration::from_secs(600);
/// From here on the peer is disconnected, and may come back.
const DISCONNECT_AT: f64 = 50.0;
/// From here on it is kept away until the points have faded below.
const BAN_AT: f64 = 80.0;
/// Peers remembered. Beyond, the one with the fewest points is forgotten.
const REMEMBERED_MAX: usize = 1024;

/// What follows from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Tolerated,
    Disconnect,
    Banned,
}

/// Points of each peer that has any.
#[derive(Debug, Default)]
pub(crate) struct Conduct {
    points: BTreeMap<NodeKey, (f64, Instant)>,
}

impl Conduct {
    pub(crate) fn report(&mut self, node: NodeKey, misbehaviour: Misbehaviour, now: Instant) -> Standing {
        let points = self.points(node, now) + misbehaviour.points();
        self.points.insert(node, (points, now));
        if self.points.len() > REMEMBERED_MAX {
            self.forget_mildest(now);
        }
        match points {
            points if points >= BAN_AT => Standing::Banned,
            points if points >= DISCONNECT_AT => Standing::Disconnect,
            _ => Standing::Tolerated,
        }
    }

    pub(crate) fn is_banned(&self, node: NodeKey, now: Instant) -> bool {
        self.points(node, now) >= BAN_AT
    }

    /// Points as of now, 0 for an unknown peer.
    pub(crate) fn points(&self, node: NodeKey, now: Instant) -> f64 {
        self.points.get(&node).map_or(0.0, |(points, at)| {
            let lives = now.duration_since(*at).as_secs_f64() / HALF_LIFE.as_secs_f64();
            points * (-lives).exp2()
        })
    }

    fn forget_mildest(&mut self, now: Instant) {
        let mildest = self
            .points
            .keys()
            .copied()
            .min_by(|a, b| self.points(*a, now).total_cmp(&self.points(*b, now)));
        if let Some(node) = mildest {
            self.points.remove(&node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeKey = NodeKey([1; 32]);

    #[tokio::test(start_paused = true)]
    async fn petty_faults_are_tolerated_fifty_times_and_fade() {
        let mut conduct = Conduct::default();
        let start = Instant::now();
        for _ in 0..49 {
            assert_eq!(conduct.report(NODE, Misbehaviour::Petty, start), Standing::Tolerated);
        }
        assert_eq!(conduct.report(NODE, Misbehaviour::Petty, start), Standing::Disconnect);
        assert_eq!(
            conduct.report(NODE, Misbehaviour::Petty, start + HALF_LIFE),
            Standing::Tolerated
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_fatal_fault_bans_until_it_has_faded() {
        let mut conduct = Conduct::default();
        let start = Instant::now();
        assert_eq!(conduct.report(NODE, Misbehaviour::Fatal, start), Standing::Banned);
        assert!(conduct.is_banned(NODE, start + HALF_LIFE / 4));
        assert!(!conduct.is_banned(NODE, start + HALF_LIFE));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_of_faults_is_bounded_and_keeps_the_grave_ones() {
        let mut conduct = Conduct::default();
        let now = Instant::now();
        conduct.report(NODE, Misbehaviour::Fatal, now);
        for number in 0..2 * REMEMBERED_MAX {
            let mut key = [2; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            conduct.report(NodeKey(key), Misbehaviour::Petty, now);
        }
        assert_eq!(conduct.points.len(), REMEMBERED_MAX);
        assert!(conduct.is_banned(NODE, now));
    }
}
