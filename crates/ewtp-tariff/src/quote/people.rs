//! How many people a firm has: a number, or the band of numbers that its credential discloses.

use crate::row::Compare;
use ewtp_record::{ValueError, text_form};
use std::{fmt, str::FromStr};

/// A number of people, or a band of them, both ends included: `12`, `10-29`, `250+`.
// spec: quote R2
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct People {
    least: u32,
    /// [`u32::MAX`] is no end.
    most: u32,
}

impl People {
    /// Of a firm of which nothing is known.
    pub const ANY: Self = Self {
        least: 0,
        most: u32::MAX,
    };

    /// So many.
    #[must_use]
    pub const fn exactly(count: u32) -> Self {
        Self {
            least: count,
            most: count,
        }
    }

    /// The part of the band that compares so, and the part that does not; a part without a number is none.
    // spec: quote R10
    #[must_use]
    pub fn split(self, compare: Compare, count: u32) -> (Option<Self>, Option<Self>) {
        let up_to = |most: Option<u32>| self.within(Some(0), most);
        let from = |least: Option<u32>| self.within(least, Some(u32::MAX));
        let (below, above) = (count.checked_sub(1), count.checked_add(1));
        match compare {
            Compare::AtMost => (up_to(Some(count)), from(above)),
            Compare::AtLeast => (from(Some(count)), up_to(below)),
            Compare::Below => (up_to(below), from(Some(count))),
            Compare::Above => (from(above), up_to(Some(count))),
        }
    }

    /// What lies between two ends as well; an end of none has nothing beyond it.
    fn within(self, least: Option<u32>, most: Option<u32>) -> Option<Self> {
        let (least, most) = (least?.max(self.least), most?.min(self.most));
        (least <= most).then_some(Self { least, most })
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(least) = text.strip_suffix('+') {
            let least = least.parse().ok()?;
            return Some(Self { least, most: u32::MAX });
        }
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let (least, most) = (least.parse().ok()?, most.parse().ok()?);
        (least <= most).then_some(Self { least, most })
    }
}

impl FromStr for People {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // What does not print back to itself is a second spelling: `029`, `12-12`.
        Self::read(text)
            .filter(|people| people.to_string() == text)
            .ok_or_else(|| {
                let message = format!("{text:?} is no number of people and no band of them, such as 12, 10-29 or 250+");
                ValueError::new("quote R2", "people", message)
            })
    }
}

impl fmt::Display for People {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most } = self;
        match most {
            most if most == least => write!(formatter, "{least}"),
            &u32::MAX => write!(formatter, "{least}+"),
            most => write!(formatter, "{least}-{most}"),
        }
    }
}

text_form!(People);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::When;

    fn split(band: &str, when: &str) -> [Option<String>; 2] {
        let When::People { compare, count } = when.parse().unwrap() else {
            panic!("{when} is of people")
        };
        let (holds, does_not) = band.parse::<People>().unwrap().split(compare, count);
        [holds, does_not].map(|part| part.map(|part| part.to_string()))
    }

    #[test]
    fn a_comparison_cuts_a_band_in_two() {
        let cut = |holds: &str, does_not: &str| {
            [holds, does_not].map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()))
        };
        assert_eq!(split("10-49", "people<30"), cut("10-29", "30-49"));
        assert_eq!(split("10-49", "people<=30"), cut("10-30", "31-49"));
        assert_eq!(split("10-49", "people>=30"), cut("30-49", "10-29"));
        assert_eq!(split("10-49", "people>30"), cut("31-49", "10-30"));
        assert_eq!(split("10-29", "people<30"), cut("10-29", ""));
        assert_eq!(split("250+", "people<30"), cut("", "250+"));
        assert_eq!(split("0+", "people<0"), cut("", "0+"));
        assert_eq!(split("0+", "people>4294967295"), cut("", "0+"));
        assert_eq!(split("0+", "people>=4294967295"), cut("4294967295", "0-4294967294"));
    }

    #[test]
    fn the_bands_of_credentials_are_bands() {
        for band in ["1", "2-9", "10-29", "30-49", "50-249", "250+"] {
            assert_eq!(band.parse::<People>().unwrap().to_string(), band);
        }
        for refused in [
            "",
            "-",
            "29-10",
            "10-10",
            "010-29",
            "+",
            "10-",
            "10 - 29",
            "few",
            "10-4294967295",
        ] {
            assert_eq!(
                refused.parse::<People>().map_err(|error| error.code),
                Err("people"),
                "{refused}"
            );
        }
    }
}
