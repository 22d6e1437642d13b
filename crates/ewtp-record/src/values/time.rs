//! Time as the mesh writes it: whole seconds since 1970, UTC.

use super::date::{civil_from_days, days_from_civil, numbers};
use crate::ValueError;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds. Parses from a number or from `2026-11-22T08:30:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct UnixTime(pub u64);

const DAY: u64 = 86_400;

impl UnixTime {
    /// The last second of the year 9999: no record says a later time.
    pub const MAX: Self = Self(253_402_300_799);

    /// This time and `seconds` more.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The seconds from `earlier` to this time; 0 when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time as a person reads it: `2026-11-22T08:30:00Z`.
    #[must_use]
    pub fn to_calendar(self) -> String {
        let (year, month, day) = civil_from_days(self.0 / DAY);
        let second = self.0 % DAY;
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

/// As [`UnixTime::to_calendar`] has it: whatever prints a time prints it for a person. Records and JSON hold the number.
impl fmt::Display for UnixTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.to_calendar())
    }
}

impl FromStr for UnixTime {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let number = text
            .parse::<u64>()
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        number
            .or_else(|| parse_calendar(text))
            .map(Self)
            .filter(|time| *time <= Self::MAX)
            .ok_or_else(|| {
                ValueError::new(
                    "values R4",
                    "time",
                    format!(
                        "{text:?} is neither seconds since 1970 nor a time such as 2026-11-22T08:30:00Z or 2026-11-22"
                    ),
                )
            })
    }
}

/// Reads `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`.
fn parse_calendar(text: &str) -> Option<u64> {
    let (date, clock) = match text.len() {
        10 => (text, "00:00:00"),
        20 if text.is_ascii() && text.as_bytes()[10] == b'T' => (&text[..10], text[11..].strip_suffix('Z')?),
        _ => return None,
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let days = days_from_civil(year, month, day)?;
    (hour < 24 && minute < 60 && second < 60).then_some(days * DAY + hour * 3600 + minute * 60 + second)
}
