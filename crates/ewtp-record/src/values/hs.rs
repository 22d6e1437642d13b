//! Goods as codes of the Harmonized System, and the edition a code is of.

use super::text::{Inline, text_form};
use crate::ValueError;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A goods code of 6 to 12 digits: the first six of the Harmonized System, the rest national. Parses `8471.30` too.
///
/// ```
/// use ewtp_record::HsCode;
/// let code: HsCode = "8471.30".parse()?;
/// assert_eq!((code.as_str(), code.chapter().number()), ("847130", 84));
/// assert!("8471".parse::<HsCode>().is_err());
/// # Ok::<(), ewtp_record::ValueError>(())
/// ```
// spec: values R8
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsCode(Inline<12>);

impl HsCode {
    /// The digits, without dots.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The chapter, the first two digits.
    #[must_use]
    pub fn chapter(&self) -> Chapter {
        self.as_str()[..2]
            .parse()
            .expect("a goods code begins with its chapter")
    }
}

impl FromStr for HsCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let digits = if text.contains('.') {
            Cow::Owned(text.replace('.', ""))
        } else {
            Cow::Borrowed(text)
        };
        let is_sound = (6..=12).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits[..2].parse::<Chapter>().is_ok();
        is_sound
            .then(|| Inline::new(&digits))
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                ValueError::new(
                    "values R8",
                    "hs-code",
                    format!("{text:?} is not a goods code of 6 to 12 digits in a chapter that exists"),
                )
            })
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A chapter of the Harmonized System, or one of the national chapters 98 and 99.
// spec: values R8
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chapter(u8);

impl Chapter {
    /// The chapter of this number: 1 to 99, but for 77, which the system keeps free.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        // The cast keeps the value: it is below 100.
        if matches!(number, 1..=76 | 78..=99) {
            Some(Self(number as u8))
        } else {
            None
        }
    }

    /// The number, 1 to 99.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl FromStr for Chapter {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain
            .then(|| text.parse().ok())
            .flatten()
            .and_then(Self::new)
            .ok_or_else(|| {
                ValueError::new(
                    "values R8",
                    "hs-chapter",
                    format!("{text:?} is not a chapter: 01 to 99, without 77"),
                )
            })
    }
}

impl fmt::Display for Chapter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}", self.0)
    }
}

/// The edition of the Harmonized System that gives a code its meaning.
// spec: values R9
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum HsEdition {
    /// In force from 2017.
    Hs2017,
    /// In force from 2022.
    Hs2022,
    /// In force from 2028.
    Hs2028,
}

impl HsEdition {
    /// The year that names it.
    #[must_use]
    pub const fn year(self) -> u64 {
        match self {
            Self::Hs2017 => 2017,
            Self::Hs2022 => 2022,
            Self::Hs2028 => 2028,
        }
    }
}

impl TryFrom<u64> for HsEdition {
    type Error = ValueError;

    fn try_from(year: u64) -> Result<Self, ValueError> {
        [Self::Hs2017, Self::Hs2022, Self::Hs2028]
            .into_iter()
            .find(|edition| edition.year() == year)
            .ok_or_else(|| {
                ValueError::new(
                    "values R9",
                    "hs-edition",
                    format!("{year} is not an edition: 2017, 2022 or 2028"),
                )
            })
    }
}

impl From<HsEdition> for u64 {
    fn from(edition: HsEdition) -> Self {
        edition.year()
    }
}

text_form!(HsCode, Chapter);
