//! The one place of the binary that reads the wall clock, and times as people write them.

use crate::failure::{Failure, USAGE};
use ewtp_federation::Now;
use ewtp_record::UnixTime;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Both clocks of a running node. Monotonic time counts from its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// Starts counting.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// One reading of both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        Now {
            unix: now(),
            ticks: self.started.elapsed(),
        }
    }

    /// Monotonic time, as the runtime's timers take it.
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// The moment of some ticks.
    #[must_use]
    pub fn at(&self, ticks: Duration) -> Instant {
        self.started + ticks
    }
}

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the outermost room reads the clock, here and nowhere else"
)]
pub fn now() -> UnixTime {
    // A clock before 1970 is a clock that was never set; 0 makes every record "not yet valid", which is true for it.
    UnixTime(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs()),
    )
}

/// Reads a time as Unix seconds, `2026-11-22` or `2026-11-22T10:30:00Z` (UTC always).
///
/// # Errors
/// When the text is none of these.
pub fn parse(text: &str) -> anyhow::Result<UnixTime> {
    text.parse()
        .or_else(|_| format!("{text}T00:00:00Z").parse())
        .map_err(|_: ewtp_record::ValueError| {
            Failure::new(USAGE, format!("`{text}` is not a time"))
                .next("Unix seconds, 2026-11-22 or 2026-11-22T10:30:00Z")
                .into()
        })
}

/// The day of a time: `2026-11-22` (UTC).
pub fn date(time: UnixTime) -> String {
    let text = time.to_calendar();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A span as people say it: `45 s`, `12 min`, `3 h`, `9 d`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_seconds_as_a_date_and_as_both() {
        assert_eq!(parse("1795343400").unwrap(), UnixTime(1_795_343_400));
        assert_eq!(parse("1970-01-02").unwrap(), UnixTime(86_400));
        assert_eq!(parse("2026-11-22T10:30:00Z").unwrap(), UnixTime(1_795_343_400));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-13-01",
            "2026-11-22T10:30:00",
            "2026-11-22T24:00:00Z",
            "-5",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
