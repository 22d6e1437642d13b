//! Whose range requests are served next when more are asked for than places are free.
//!
//! While places are free every request begins at once, and nobody is limited. When all are taken, requests wait by hub, and
//! a place that becomes free goes to the hub that cost us least: start-time fair queueing over hubs, so that a hub with many
//! nodes or many requests gets no more bytes than one with few. All guests together count as one hub.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey};

use crate::bundle::RangeRequest;
use crate::input::ServingId;
use crate::limits::{
    PLACE_BYTES_A_SECOND, SERVING_PLACE_HELD_MAX, SERVINGS_MAX, SERVINGS_WAITING_PER_HUB_MAX, SERVINGS_WAITING_TIME_MAX,
};

/// Whose account a serving is on; none for guests.
pub(crate) type Account = Option<HubCode>;

/// A request that has no place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) serving: ServingId,
    pub(crate) from: NodeKey,
    pub(crate) request: RangeRequest,
}

#[derive(Debug)]
struct Running {
    account: Account,
    began: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Servings {
    running: BTreeMap<ServingId, Running>,
    waiting: BTreeMap<Account, VecDeque<(Duration, Asked)>>,
    /// What each hub cost since places became short, in bytes.
    costs: BTreeMap<Account, u64>,
}

impl Servings {
    /// Takes a request; false when too many of its hub wait already, and the answer is "busy".
    pub(crate) fn ask(&mut self, account: Account, asked: Asked, ticks: Duration) -> bool {
        self.settle_account(account, ticks);
        let queue = self.waiting.entry(account).or_default();
        let room = queue.len() < SERVINGS_WAITING_PER_HUB_MAX;
        if room {
            queue.push_back((ticks, asked));
        }
        room
    }

    /// A hub that comes now begins where the others stand: nobody saves up for later.
    fn settle_account(&mut self, account: Account, ticks: Duration) {
        let is_active = |other: &Account| {
            self.waiting.contains_key(other) || self.running.values().any(|running| running.account == *other)
        };
        if is_active(&account) {
            return;
        }
        let others = self.costs.keys().filter(|other| is_active(other));
        let least = others.map(|other| self.cost_so_far(other, ticks)).min().unwrap_or(0);
        let cost = self.costs.entry(account).or_default();
        *cost = least.max(*cost);
    }

    /// The next request that gets a place, if one is free.
    pub(crate) fn next(&mut self, ticks: Duration) -> Option<Asked> {
        if self.waiting.is_empty() || self.taken(ticks) >= SERVINGS_MAX {
            return None;
        }
        let account = *self
            .waiting
            .keys()
            .min_by_key(|account| self.cost_so_far(account, ticks))?;
        let queue = self.waiting.get_mut(&account)?;
        let (_, asked) = queue.pop_front()?;
        if queue.is_empty() {
            self.waiting.remove(&account);
        }
        let began = ticks;
        self.running.insert(asked.serving, Running { account, began });
        Some(asked)
    }

    /// Requests that waited for so long that their asker should ask elsewhere.
    pub(crate) fn take_overdue(&mut self, ticks: Duration) -> Vec<Asked> {
        self.take_waiting(|since, _| ticks >= since + SERVINGS_WAITING_TIME_MAX)
    }

    /// Requests of a node that is gone.
    pub(crate) fn take_of(&mut self, gone: NodeKey) -> Vec<Asked> {
        self.take_waiting(|_, asked| asked.from == gone)
    }

    fn take_waiting(&mut self, which: impl Fn(Duration, &Asked) -> bool) -> Vec<Asked> {
        let mut taken = Vec::new();
        if self.waiting.is_empty() {
            return taken;
        }
        self.waiting.retain(|_, queue| {
            taken.extend(
                queue
                    .iter()
                    .filter(|(since, asked)| which(*since, asked))
                    .map(|(_, asked)| *asked),
            );
            queue.retain(|(since, asked)| !which(*since, asked));
            !queue.is_empty()
        });
        taken
    }

    /// A serving ended after so many bytes.
    pub(crate) fn end(&mut self, serving: ServingId, bytes: u64, ticks: Duration) {
        if let Some(running) = self.running.remove(&serving) {
            let cost = bytes.max(held(running.began, ticks));
            let total = self.costs.entry(running.account).or_default();
            *total = total.saturating_add(cost);
        }
        if self.running.is_empty() && self.waiting.is_empty() {
            self.costs.clear();
        }
    }

    /// When to look again, while requests wait.
    pub(crate) fn next_deadline(&self, ticks: Duration) -> Option<Duration> {
        let overdue = self.waiting.values().filter_map(VecDeque::front);
        let overdue = overdue.map(|(since, _)| *since + SERVINGS_WAITING_TIME_MAX).min()?;
        let freed = self
            .running
            .values()
            .map(|running| running.began + SERVING_PLACE_HELD_MAX);
        freed.filter(|free| *free > ticks).chain([overdue]).min()
    }

    /// Places taken. A serving that lasts waits for its reader and not for us, so it takes none any more.
    fn taken(&self, ticks: Duration) -> usize {
        let young = |running: &&Running| ticks < running.began + SERVING_PLACE_HELD_MAX;
        self.running.values().filter(young).count()
    }

    /// What a hub cost, and will have cost at least by what is running.
    fn cost_so_far(&self, account: &Account, ticks: Duration) -> u64 {
        let running = self.running.values().filter(|running| running.account == *account);
        let unfinished: u64 = running
            .map(|running| held(running.began, ticks).max(PLACE_BYTES_A_SECOND))
            .sum();
        self.costs.get(account).copied().unwrap_or(0).saturating_add(unfinished)
    }
}

/// What holding a place costs, in bytes: who reads slowly keeps others from it.
fn held(since: Duration, until: Duration) -> u64 {
    let milliseconds = u64::try_from(until.saturating_sub(since).as_millis()).unwrap_or(u64::MAX);
    (milliseconds / 1_000).saturating_mul(PLACE_BYTES_A_SECOND)
}

#[cfg(test)]
mod tests;
