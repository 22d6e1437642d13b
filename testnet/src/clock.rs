//! The only room of the testnet that reads a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Measures from the moment it was made.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(
        clippy::disallowed_methods,
        reason = "the testnet measures real processes; this is its one clock"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// How long ago that was, in whole milliseconds.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Unix time now.
#[expect(
    clippy::disallowed_methods,
    reason = "charters and sample trade begin when the testnet is laid"
)]
pub fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
