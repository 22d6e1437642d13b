//! Stopwatch and rates.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One turn of a measurement; short enough that a limit and what it limits meet the same machine.
pub(super) const TURN: Duration = Duration::from_millis(300);
/// Turns of each; the best of them counts, since other programs can only make a turn worse.
pub(super) const TURNS: usize = 6;

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

/// Measures `value` and `limit` in turns and keeps the best of each.
pub(super) fn in_turns(mut value: impl FnMut() -> f64, mut limit: impl FnMut() -> f64) -> (f64, f64) {
    let mut best = (0.0_f64, 0.0_f64);
    for _ in 0..TURNS {
        best = (best.0.max(value()), best.1.max(limit()));
    }
    best
}
