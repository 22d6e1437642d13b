//! Days of the Gregorian calendar: when a tariff is in force, when a quote is asked for.

use crate::ValueError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

use super::UnixTime;

const DAY_SECONDS: u64 = 86_400;

/// A day, counted from 1970-01-01. Parses from `2026-07-01` and prints the same; on the wire the number of days.
///
/// ```
/// use ewtp_record::Date;
/// let day: Date = "2026-07-01".parse()?;
/// assert_eq!((day.days(), day.to_string().as_str()), (20_635, "2026-07-01"));
/// assert!("2026-02-29".parse::<Date>().is_err());
/// # Ok::<(), ewtp_record::ValueError>(())
/// ```
// spec: values R18
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(u32);

impl Date {
    /// 9999-12-31: nothing says a later day.
    pub const MAX: Self = Self(2_932_896);

    /// The day that lies `days` after 1970-01-01.
    ///
    /// # Errors
    /// When it is later than the year 9999.
    pub fn from_days(days: u64) -> Result<Self, ValueError> {
        let days = u32::try_from(days).ok().filter(|days| *days <= Self::MAX.0);
        days.map(Self).ok_or_else(|| fault("a day after the year 9999"))
    }

    /// The day, in UTC, that holds this second.
    #[must_use]
    pub const fn of(time: UnixTime) -> Self {
        let days = time.0 / DAY_SECONDS;
        // The cast keeps the value: it is below that of the last day.
        if days < Self::MAX.0 as u64 {
            Self(days as u32)
        } else {
            Self::MAX
        }
    }

    /// Its first second, in UTC.
    #[must_use]
    pub const fn midnight(self) -> UnixTime {
        UnixTime(self.0 as u64 * DAY_SECONDS)
    }

    /// Its year, and its month from 1.
    #[must_use]
    pub fn month(self) -> (u64, u64) {
        let (year, month, _) = civil_from_days(self.0.into());
        (year, month)
    }

    /// Days since 1970-01-01, 0 to 2,932,896.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.0
    }
}

fn fault(text: &str) -> ValueError {
    let message = format!("{text:?} is not a day of the years 1970 to 9999, such as 2026-07-01");
    ValueError::new("values R18", "date", message)
}

impl FromStr for Date {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let days = numbers(text, '-', [4, 2, 2]).and_then(|[year, month, day]| days_from_civil(year, month, day));
        days.ok_or_else(|| fault(text)).and_then(Self::from_days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.into());
        formatter.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Date({self})")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let date = if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse()
        } else {
            Self::from_days(u64::deserialize(deserializer)?)
        };
        date.map_err(de::Error::custom)
    }
}

/// The three numbers of a text such as `2026-07-01`, each of exactly so many digits.
pub(super) fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split(separator);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts
            .next()
            .filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Days since 1970-01-01 of a day that exists in the Gregorian calendar from 1970 on.
pub(super) fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Years are counted from March, so that the leap day is the last of its year.
    let years = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + day_of_year - 719_468;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

/// The inverse: year, month and day of a day since 1970-01-01.
pub(super) fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}
