//! Whether examination keeps up with the logs: since when it stands still below what is held of one.
//!
//! A hub may log a charter that never was one. Nobody's chain ever reaches it, so nothing from there on is judged
//! (trust R21), here or elsewhere. That is the hub's doing, and its operator's neighbours are to know of it.

use std::collections::BTreeSet;
use std::time::Duration;

use ewtp_record::{ByHub, HubCode};

use crate::limits::EXAMINED_WITHIN;

#[derive(Debug)]
struct Lag {
    examined_to: u64,
    since: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct ExaminedWatch {
    /// None for a log that keeps up.
    lagging: ByHub<Option<Lag>>,
    /// Those of them that are not overdue, the longest waiting first.
    waiting: BTreeSet<(Duration, HubCode)>,
    /// Since when the first of those waits.
    since: Option<Duration>,
    overdue: BTreeSet<HubCode>,
}

impl ExaminedWatch {
    /// Takes what is held and examined of a log. Each step of examination begins the wait anew. True when it is not overdue any
    /// more.
    pub(crate) fn note(&mut self, hub: HubCode, held: u64, examined_to: u64, ticks: Duration) -> bool {
        let keeps_up = examined_to >= held;
        let lag = self.lagging.get_or_insert_with(hub, || None);
        let moved = lag.as_ref().is_none_or(|lag| lag.examined_to != examined_to);
        if !keeps_up && !moved {
            return false;
        }
        let since = ticks;
        let fresh = (!keeps_up).then_some(Lag { examined_to, since });
        if let Some(lag) = std::mem::replace(lag, fresh) {
            self.waiting.remove(&(lag.since, hub));
        }
        if !keeps_up {
            self.waiting.insert((since, hub));
        }
        self.look_ahead();
        self.overdue.remove(&hub)
    }

    /// Logs that became overdue by now, each once.
    pub(crate) fn take_overdue(&mut self, ticks: Duration) -> Vec<HubCode> {
        let mut fresh = Vec::new();
        while self.next_deadline().is_some_and(|due| due <= ticks)
            && let Some((_, hub)) = self.waiting.pop_first()
        {
            self.overdue.insert(hub);
            fresh.push(hub);
            self.look_ahead();
        }
        fresh
    }

    /// When to look again.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        Some(self.since? + EXAMINED_WITHIN)
    }

    fn look_ahead(&mut self) {
        self.since = self.waiting.first().map(|(since, _)| *since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::code;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_log_whose_examination_stands_still_is_overdue_once_and_until_it_goes_on() {
        let (my, mut watch) = (code("MY"), ExaminedWatch::default());
        watch.note(my, 10, 4, SECOND);
        watch.note(my, 20, 4, 60 * SECOND); // it grows meanwhile
        let due = SECOND + EXAMINED_WITHIN;
        assert_eq!(watch.next_deadline(), Some(due));
        assert_eq!(watch.take_overdue(due - SECOND), []);
        assert_eq!(watch.take_overdue(due), [my]);
        assert_eq!(watch.take_overdue(due + SECOND), []);
        assert_eq!(watch.next_deadline(), None);
        assert!(!watch.note(my, 30, 4, due + SECOND), "it still stands still");
        assert!(watch.note(my, 30, 5, due + SECOND));
        assert_eq!(watch.take_overdue(due + 2 * SECOND), []);
    }

    #[test]
    fn a_long_examination_that_goes_on_is_not_overdue() {
        let (my, mut watch) = (code("MY"), ExaminedWatch::default());
        for step in 0..100 {
            let ticks = step * EXAMINED_WITHIN / 2;
            watch.note(my, 1_000, u64::from(step), ticks);
            assert_eq!(watch.take_overdue(ticks), []);
        }
        watch.note(my, 1_000, 1_000, 50 * EXAMINED_WITHIN);
        assert_eq!(watch.next_deadline(), None);
    }
}
