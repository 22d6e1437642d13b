//! Whom to ask for the charters of a hub, and when: round robin over the peers that name one which we lack.
//!
//! What a peer names is unproven. So two peers are asked at a time, the one that was asked longest ago first, and whoever
//! brings nothing is left in peace for twice as long as before: one that promises without end uses up its own turns and
//! nobody else's. spec: sync R7

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey};

use crate::limits::{ASK_AGAIN_AFTER, ASKED_FOR_CHARTERS_MAX, PAUSE_MAX};

/// Which charters a peer is to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those that are missing up to this number.
    Missing(u32),
    /// Another one of a number that we know: its hub may have signed two.
    Other(u32),
}

#[derive(Debug)]
struct Promise {
    wanted: Wanted,
    /// The peer was asked for that.
    is_put: bool,
    asked: Option<Duration>,
    is_answered: bool,
    /// It is not asked again before so much has passed since it was asked.
    pause: Duration,
}

impl Promise {
    fn awaits(&self, ticks: Duration) -> bool {
        !self.is_answered && self.asked.is_some_and(|asked| ticks < asked + ASK_AGAIN_AFTER)
    }

    fn not_before(&self) -> Duration {
        self.asked.map_or(Duration::ZERO, |asked| asked + self.pause)
    }

    fn is_due(&self, ticks: Duration) -> bool {
        !self.awaits(ticks) && self.not_before() <= ticks
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct CharterQuestions {
    promises: BTreeMap<HubCode, BTreeMap<NodeKey, Promise>>,
    look_at: Option<Duration>,
}

impl CharterQuestions {
    /// A peer names a charter of a carried hub that we lack.
    pub(crate) fn named(&mut self, hub: HubCode, by: NodeKey, wanted: Wanted, ticks: Duration) {
        let promise = self.promises.entry(hub).or_default().entry(by).or_insert(Promise {
            wanted,
            is_put: false,
            asked: None,
            is_answered: false,
            pause: ASK_AGAIN_AFTER,
        });
        // What may show that a hub signed two is asked for once before the next that builds on it.
        let other_waits = matches!(promise.wanted, Wanted::Other(_)) && !promise.is_put;
        if !other_waits || matches!(wanted, Wanted::Other(_)) {
            (promise.wanted, promise.is_put) = (wanted, false);
        }
        if promise.is_due(ticks) {
            self.look_at = Some(ticks);
        }
    }

    /// Looks at all of them again now: something was answered.
    pub(crate) fn look_again(&mut self, ticks: Duration) {
        if !self.promises.is_empty() {
            self.look_at = Some(ticks);
        }
    }

    /// Who may be asked now of which hub, whoever was asked longest ago first; `None` when it is not time to look. Ask
    /// [`Self::may_ask`] before each, and [`Self::plan`] in the end.
    pub(crate) fn due(&self, ticks: Duration) -> Option<Vec<(HubCode, NodeKey, Wanted)>> {
        if self.look_at.is_none_or(|at| at > ticks) {
            return None;
        }
        let all = self.promises.iter().flat_map(|(hub, peers)| {
            let of_hub = peers.iter();
            of_hub.map(|(node, promise)| (*hub, *node, promise))
        });
        let mut due: Vec<_> = all.filter(|(_, _, promise)| promise.is_due(ticks)).collect();
        due.sort_by_key(|(_, _, promise)| promise.asked);
        let due = due.into_iter();
        Some(due.map(|(hub, node, promise)| (hub, node, promise.wanted)).collect())
    }

    /// Whether one more peer may be asked for a hub's charters now.
    pub(crate) fn may_ask(&self, hub: HubCode, ticks: Duration) -> bool {
        let peers = self.promises.get(&hub).into_iter().flat_map(BTreeMap::values);
        peers.filter(|promise| promise.awaits(ticks)).count() < ASKED_FOR_CHARTERS_MAX
    }

    /// The peer was asked.
    pub(crate) fn asked(&mut self, hub: HubCode, node: NodeKey, ticks: Duration) {
        if let Some(promise) = self.get_mut(hub, node) {
            if promise.asked.is_some() {
                promise.pause = (promise.pause * 2).min(PAUSE_MAX);
            }
            promise.asked = Some(ticks);
            promise.is_put = true;
            promise.is_answered = false;
        }
    }

    /// The peer answered, with charters that were new here or without.
    pub(crate) fn answered(&mut self, hub: HubCode, node: NodeKey, brought_any: bool, ticks: Duration) {
        if let Some(promise) = self.get_mut(hub, node) {
            promise.is_answered = true;
            if brought_any {
                // A long chain comes in several messages.
                (promise.asked, promise.pause) = (None, ASK_AGAIN_AFTER);
            }
        }
        self.look_again(ticks);
    }

    /// What this peer named is known by now, or will not be asked for.
    pub(crate) fn settled(&mut self, hub: HubCode, node: NodeKey) {
        if let Some(peers) = self.promises.get_mut(&hub) {
            peers.remove(&node);
            if peers.is_empty() {
                self.promises.remove(&hub);
            }
        }
    }

    /// The peer is gone.
    pub(crate) fn forget(&mut self, gone: NodeKey, ticks: Duration) {
        self.promises.retain(|_, peers| {
            peers.remove(&gone);
            !peers.is_empty()
        });
        self.look_again(ticks);
    }

    /// Plans when to look again. Who waits for room at its peer is looked at when that peer answers.
    pub(crate) fn plan(&mut self, ticks: Duration) {
        let all = self.promises.values().flat_map(BTreeMap::values);
        let next = all.filter_map(|promise| match promise.asked {
            Some(asked) if promise.awaits(ticks) => Some(asked + ASK_AGAIN_AFTER),
            _ => Some(promise.not_before()).filter(|at| *at > ticks),
        });
        self.look_at = next.min();
    }

    /// When to look again.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.look_at
    }

    fn get_mut(&mut self, hub: HubCode, node: NodeKey) -> Option<&mut Promise> {
        self.promises.get_mut(&hub)?.get_mut(&node)
    }
}

#[cfg(test)]
mod tests;
