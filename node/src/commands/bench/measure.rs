//! Stopwatch and rates.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One turn of a measurement; short enough that a limit and what it limits meet the same machine.
pub(super) const TURN: Duration = Duration::from_millis(300);
/// Turns of each; the best of them counts, since other programs can only make a turn worse.
pub(super) const TURNS: usize = 6;

/// When a measurement must be over, so that the whole run ends in time on a slow machine too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub(super) fn within(time: Duration) -> Self {
        Self(stopwatch() + time)
    }

    /// What is left; zero when it is over.
    pub(super) fn left(self) -> Duration {
        self.0.saturating_duration_since(stopwatch())
    }

    pub(super) fn is_over(self) -> bool {
        self.left().is_zero()
    }

    /// The end of the first of so many equal parts of what is left.
    pub(super) fn part_of(self, parts: usize) -> Self {
        Self::within(self.left() / u32::try_from(parts.max(1)).unwrap_or(u32::MAX))
    }
}

/// A rate and its limit, both a second.
pub(super) struct Measured {
    pub(super) value: f64,
    pub(super) limit: f64,
    pub(super) limit_name: &'static str,
}

/// The cores that work is spread over.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// A time to measure from.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures time; nothing it measures reads a clock"
)]
pub(super) fn stopwatch() -> Instant {
    Instant::now()
}

/// How often a second `work` can be done on all cores together, measured for one turn. Each thread gets its number and
/// says how many pieces one call did.
pub(super) fn rate(work: impl Fn(usize) -> u64 + Sync) -> f64 {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let start = stopwatch();
    std::thread::scope(|scope| {
        for thread in 0..cores() {
            let (stop, done, work) = (&stop, &done, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    done.fetch_add(work(thread), Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(TURN);
        stop.store(true, Ordering::Relaxed);
    });
    done.into_inner() as f64 / start.elapsed().as_secs_f64()
}

/// Measures `value` and `limit` in turns and keeps the best of each: once at least, and no more when the time is over.
pub(super) fn in_turns(
    deadline: Deadline,
    mut value: impl FnMut() -> f64,
    mut limit: impl FnMut() -> f64,
) -> (f64, f64) {
    let mut best = (0.0_f64, 0.0_f64);
    for turn in 0..TURNS {
        if turn > 0 && deadline.left() < 2 * TURN {
            break;
        }
        best = (best.0.max(value()), best.1.max(limit()));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_end_with_the_time_and_one_is_always_taken() {
        let mut turns = 0;
        let measured = in_turns(
            Deadline::within(Duration::ZERO),
            || 3.0,
            || {
                turns += 1;
                2.0
            },
        );
        assert_eq!((measured, turns), ((3.0, 2.0), 1));
    }

    #[test]
    fn a_part_is_never_longer_than_what_is_left() {
        let whole = Deadline::within(Duration::from_secs(40));
        assert!(whole.part_of(4).left() <= Duration::from_secs(10));
        assert!(Deadline::within(Duration::ZERO).part_of(4).is_over());
    }
}
