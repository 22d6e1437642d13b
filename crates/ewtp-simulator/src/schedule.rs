//! Virtual time: what happens next, in an order that depends on nothing but the seed.
//!
//! Most events are gossip that arrives within the next hundred milliseconds, tens of millions of them in a run. Only
//! those of the current millisecond are kept in order; later ones wait unsorted in the box of their millisecond.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// Events in order of time; events of one moment in the order in which they were planned.
#[derive(Debug)]
pub(crate) struct Schedule<E> {
    /// What happens up to the end of `current_ms`, the earliest first.
    current: BinaryHeap<Reverse<Planned<E>>>,
    current_ms: u64,
    later: BTreeMap<u64, Vec<Planned<E>>>,
    /// Emptied boxes, to be filled again: letting each grow anew to hundreds of events costs more than filling it.
    emptied: Vec<Vec<Planned<E>>>,
    planned: u64,
    now: Duration,
}

#[derive(Debug)]
struct Planned<E> {
    at: Duration,
    order: u64,
    event: E,
}

impl<E> Schedule<E> {
    pub(crate) fn new() -> Self {
        Self {
            current: BinaryHeap::new(),
            current_ms: 0,
            later: BTreeMap::new(),
            emptied: Vec::new(),
            planned: 0,
            now: Duration::ZERO,
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// Plans an event, not before now.
    pub(crate) fn plan(&mut self, at: Duration, event: E) {
        self.planned += 1;
        let at = at.max(self.now);
        let planned = Planned {
            at,
            order: self.planned,
            event,
        };
        let at_ms = milliseconds(at);
        if at_ms <= self.current_ms {
            self.current.push(Reverse(planned));
        } else {
            let fresh = || self.emptied.pop().unwrap_or_default();
            self.later.entry(at_ms).or_insert_with(fresh).push(planned);
        }
    }

    /// The next event not after `end`; time moves to it.
    pub(crate) fn next(&mut self, end: Duration) -> Option<E> {
        if self.current.is_empty()
            && self
                .later
                .first_key_value()
                .is_some_and(|(ms, _)| *ms <= milliseconds(end))
        {
            let (ms, mut events) = self.later.pop_first().expect("the first was just looked at");
            self.current_ms = ms;
            self.current.extend(events.drain(..).map(Reverse));
            self.emptied.push(events);
        }
        if self.current.peek().is_none_or(|Reverse(first)| first.at > end) {
            self.now = self.now.max(end);
            return None;
        }
        let Reverse(first) = self.current.pop().expect("it was just looked at");
        self.now = first.at;
        Some(first.event)
    }
}

fn milliseconds(at: Duration) -> u64 {
    at.as_secs() * 1_000 + u64::from(at.subsec_millis())
}

impl<E> PartialEq for Planned<E> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl<E> Eq for Planned<E> {}

impl<E> PartialOrd for Planned<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Planned<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_happen_in_order_of_time_and_of_planning() {
        let mut schedule = Schedule::new();
        let micros = [5_000, 1, 900, 901, 900, 2_500_000, 5_000, 1_000];
        for (index, at) in micros.into_iter().enumerate() {
            schedule.plan(Duration::from_micros(at), index);
        }
        let mut happened = Vec::new();
        while let Some(event) = schedule.next(Duration::from_secs(2)) {
            happened.push(event);
            if event == 2 {
                schedule.plan(Duration::ZERO, 100); // the past is now
            }
        }
        assert_eq!(happened, [1, 2, 4, 100, 3, 7, 0, 6]);
        assert_eq!(schedule.now(), Duration::from_secs(2));
        assert_eq!(schedule.next(Duration::from_secs(3)), Some(5));
        assert_eq!(schedule.next(Duration::from_secs(3)), None);
    }
}
