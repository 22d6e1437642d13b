//! Cosignatures on their way through others, which anyone may have forged: whose are checked, and which are passed on.
//!
//! What fails counts against whoever sent it and never against the witness in whose name it was forged: else four forgeries
//! would keep the true one out. spec: announcement R13, R14

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey, PlainHash};

use crate::limits::{COSIGN_EVERY, COSIGNATURE_TRIES_MAX, RELAYED_COSIGNATURES_MAX};

/// How a cosignature came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// Straight from a node of the witness. Nobody else can use up what that node may try.
    Direct(NodeKey),
    /// By gossip, through this node.
    Gossip(NodeKey),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Duration,
    count: u8,
}

impl Count {
    fn new(ticks: Duration) -> Self {
        Self { since: ticks, count: 0 }
    }

    /// Counts one more, unless there were so many in this stretch of time.
    fn take(&mut self, max: u8, ticks: Duration) -> bool {
        if self.is_over(ticks) {
            *self = Self::new(ticks);
        }
        let free = self.count < max;
        self.count += u8::from(free);
        free
    }

    fn is_over(&self, ticks: Duration) -> bool {
        ticks >= self.since + COSIGN_EVERY
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Relayed {
    /// What was passed on, by log and witness: more of these come than of anything else.
    passed: HashMap<(HubCode, HubCode), Count, PlainHash>,
    /// What did not hold or could not be checked, by who brought it, log and witness.
    failed: BTreeMap<(Way, HubCode, HubCode), Count>,
    swept_at: Duration,
}

impl Relayed {
    /// Whether it is the only one of its witness on a log lately. An honest one is, and is passed on without a check. The
    /// caller has looked that the witness is on the hub's panel, which bounds what is remembered.
    pub(crate) fn is_first(&mut self, hub: HubCode, witness: HubCode, ticks: Duration) -> bool {
        self.sweep(ticks);
        self.passed(hub, witness, ticks).take(1, ticks)
    }

    /// Whether one more that was checked and holds is passed on. Only the witness can make those.
    pub(crate) fn may_pass(&mut self, hub: HubCode, witness: HubCode, ticks: Duration) -> bool {
        self.passed(hub, witness, ticks).take(RELAYED_COSIGNATURES_MAX, ticks)
    }

    /// Whether what comes this way is still worth a check.
    pub(crate) fn may_try(&self, way: Way, hub: HubCode, witness: HubCode, ticks: Duration) -> bool {
        let failed = self.failed.get(&(way, hub, witness));
        failed.is_none_or(|failed| failed.is_over(ticks) || failed.count < COSIGNATURE_TRIES_MAX)
    }

    /// What came this way did not hold, or could not be checked.
    pub(crate) fn failed(&mut self, way: Way, hub: HubCode, witness: HubCode, ticks: Duration) {
        self.sweep(ticks);
        let failed = self.failed.entry((way, hub, witness));
        failed
            .or_insert_with(|| Count::new(ticks))
            .take(COSIGNATURE_TRIES_MAX, ticks);
    }

    fn passed(&mut self, hub: HubCode, witness: HubCode, ticks: Duration) -> &mut Count {
        self.passed.entry((hub, witness)).or_insert_with(|| Count::new(ticks))
    }

    fn sweep(&mut self, ticks: Duration) {
        if ticks >= self.swept_at + COSIGN_EVERY {
            self.swept_at = ticks;
            self.passed.retain(|_, count| !count.is_over(ticks));
            self.passed.shrink_to(2 * self.passed.len()); // the room that a rush took
            self.failed.retain(|_, count| !count.is_over(ticks));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{code, found};

    #[test]
    fn the_first_of_a_witness_passes_unchecked_and_few_more_that_hold() {
        let [my, sg] = ["MY", "SG"].map(code);
        let mut relayed = Relayed::default();
        assert!(relayed.is_first(my, sg, Duration::ZERO));
        assert!(!relayed.is_first(my, sg, Duration::ZERO));
        assert!(relayed.is_first(sg, my, Duration::ZERO), "another log");
        let passed = (0..100).filter(|_| relayed.may_pass(my, sg, Duration::ZERO)).count();
        assert_eq!(passed, usize::from(RELAYED_COSIGNATURES_MAX) - 1);
        assert!(relayed.is_first(my, sg, COSIGN_EVERY));
    }

    #[test]
    fn forgeries_count_against_who_sent_them_and_for_a_while() {
        let [my, sg, rw] = found(["MY", "SG", "RW"]);
        let mut relayed = Relayed::default();
        let forger = Way::Gossip(rw.node);
        for _ in 0..100 {
            relayed.failed(forger, my.code, sg.code, Duration::ZERO);
        }
        let may_try = |way, hub, ticks| relayed.may_try(way, my.code, hub, ticks);
        assert!(!may_try(forger, sg.code, Duration::ZERO));
        assert!(
            may_try(forger, rw.code, Duration::ZERO),
            "another witness is not to suffer"
        );
        assert!(may_try(Way::Gossip(sg.node), sg.code, Duration::ZERO));
        assert!(may_try(Way::Direct(rw.node), sg.code, Duration::ZERO));
        assert!(may_try(forger, sg.code, COSIGN_EVERY));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let [my, sg] = found(["MY", "SG"]);
        let mut relayed = Relayed::default();
        for number in 0..100 {
            relayed.failed(Way::Gossip(NodeKey([number; 32])), my.code, sg.code, Duration::ZERO);
        }
        relayed.is_first(my.code, sg.code, 2 * COSIGN_EVERY);
        assert!(relayed.failed.is_empty());
    }
}
