//! Whether our wall clock is to be believed when we state its time in a cosignature.
//!
//! A witness's times never go back, so one cosignature with a time far ahead would bind all later ones to it. The engine gets
//! two clocks with each turn. When they disagree the wall clock was set, or it is wrong; then we state nothing until it has
//! been steady for a while. spec: cosignature R8

use std::time::Duration;

use ewtp_record::UnixTime;
use ewtp_trust::CharterChain;

use crate::limits::{CLOCK_JUMP_MAX_SECONDS, CLOCK_STEADY_AFTER};
use crate::now::Now;

/// See the module.
#[derive(Debug)]
pub(crate) struct WallClock {
    last: Now,
    /// It jumped, and is not believed before this time.
    unsteady_until: Option<Duration>,
    /// Whether our witness key may sign at the time that was looked at last.
    in_window: Option<(UnixTime, bool)>,
}

impl WallClock {
    pub(crate) fn new(now: Now) -> Self {
        Self {
            last: now,
            unsteady_until: None,
            in_window: None,
        }
    }

    /// Whether it is known already if our witness key may sign at this time: asked on every turn, and a second has many.
    pub(crate) fn has_looked_at(&self, unix: UnixTime) -> bool {
        self.in_window.is_some_and(|(at, _)| at == unix)
    }

    /// Looks whether it may. `own` is the chain of our hub.
    pub(crate) fn look_at(&mut self, unix: UnixTime, own: &CharterChain) {
        self.in_window = Some((unix, is_in_window(unix, own)));
    }

    /// Our hub has another charter: what was looked at does not count any more.
    pub(crate) fn look_again(&mut self) {
        self.in_window = None;
    }

    /// Takes the reading of a turn.
    pub(crate) fn note(&mut self, now: Now) {
        let passed = now.ticks.saturating_sub(self.last.ticks).as_secs();
        let jump = now.unix.0.abs_diff(self.last.unix.0.saturating_add(passed));
        self.unsteady_until = if jump > CLOCK_JUMP_MAX_SECONDS {
            Some(now.ticks + CLOCK_STEADY_AFTER)
        } else {
            self.unsteady_until.filter(|until| now.ticks < *until)
        };
        self.last = now;
    }

    /// Whether no time of it is to be stated.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.unsteady_until.is_some() || self.in_window.is_some_and(|(_, within)| !within)
    }

    /// When to look again while it is doubtful.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let outside = self.in_window.is_some_and(|(_, within)| !within);
        let recheck = outside.then(|| self.last.ticks + CLOCK_STEADY_AFTER);
        self.unsteady_until.into_iter().chain(recheck).min()
    }
}

/// Whether our newest charter has begun and not ended, a little apart, and our witness key may sign.
fn is_in_window(unix: UnixTime, own: &CharterChain) -> bool {
    let body = own.newest().body();
    let (early, late) = (
        unix.plus(CLOCK_JUMP_MAX_SECONDS),
        unix.0.saturating_sub(CLOCK_JUMP_MAX_SECONDS),
    );
    let in_force = body.issued_at <= early && late <= body.expires_at.0;
    in_force && own.witness_keys_at(unix).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{T0, found};

    const DAY: u64 = 86_400;

    fn reading(unix: u64, ticks: u64) -> Now {
        Now {
            unix: T0.plus(unix),
            ticks: Duration::from_secs(ticks),
        }
    }

    /// Whether a clock is doubtful after each of these readings, in seconds of wall and of monotonic time.
    fn doubts<const N: usize>(readings: [(u64, u64); N]) -> [bool; N] {
        let [my, _] = found(["MY", "SG"]);
        let (unix, ticks) = readings[0];
        let mut clock = WallClock::new(reading(unix, ticks));
        readings.map(|(unix, ticks)| {
            let now = reading(unix, ticks);
            clock.look_at(now.unix, &my.chain);
            clock.note(now);
            clock.is_doubtful()
        })
    }

    #[test]
    fn a_clock_that_keeps_pace_is_believed() {
        assert_eq!(
            doubts([(0, 0), (50, 50), (90_000, 90_000), (90_120, 90_000)]),
            [false; 4]
        );
    }

    #[test]
    fn a_jump_ahead_or_back_is_doubted_until_the_clock_was_steady_for_a_minute() {
        for to in [1_000 + 121, 1_000 - 121] {
            let seen = doubts([(1_000, 0), (to, 0), (to + 59, 59), (to + 60, 60)]);
            assert_eq!(seen, [false, true, true, false], "to {to}");
        }
    }

    #[test]
    fn each_further_jump_begins_the_minute_anew() {
        let seen = doubts([(0, 0), (10_000, 0), (50, 50), (109, 109), (110, 110)]);
        assert_eq!(seen, [false, true, true, true, false]);
    }

    #[test]
    fn a_time_outside_of_charter_and_key_is_doubted_however_steady() {
        let years = 3 * 365 * DAY;
        assert_eq!(doubts([(years, 0), (years + 3_600, 3_600)]), [true; 2]);
        let [my, _] = found(["MY", "SG"]);
        let before = Now {
            unix: UnixTime(T0.0 - DAY),
            ticks: Duration::ZERO,
        };
        let mut clock = WallClock::new(before);
        assert!(!clock.has_looked_at(before.unix));
        clock.look_at(before.unix, &my.chain);
        clock.note(before);
        assert!(clock.has_looked_at(before.unix));
        assert!(clock.is_doubtful());
        assert_eq!(clock.next_deadline(), Some(CLOCK_STEADY_AFTER));
    }

    #[test]
    fn another_charter_of_ours_is_looked_at_within_the_second() {
        let [my, _] = found(["MY", "SG"]);
        let mut clock = WallClock::new(reading(0, 0));
        clock.look_at(T0, &my.chain);
        clock.look_again();
        assert!(!clock.has_looked_at(T0));
    }
}
