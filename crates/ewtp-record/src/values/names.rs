//! Who and what a record speaks of: hub codes, network names, subjects.

use super::code_lists::is_country;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// The code of a hub: a country, and where a country has several hubs a part of it. `MY`, `CN-HGH`.
///
/// ```
/// use ewtp_record::HubCode;
/// let hub: HubCode = "CN-HGH".parse()?;
/// assert_eq!(hub.country().as_str(), "CN");
/// assert!("cn".parse::<HubCode>().is_err());
/// # Ok::<(), ewtp_record::ValueError>(())
/// ```
// spec: values R2
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubCode(Inline<11>);

impl HubCode {
    /// The code as text, 2 to 11 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The country it begins with.
    #[must_use]
    pub fn country(&self) -> super::CountryCode {
        self.as_str()[..2]
            .parse()
            .expect("a hub code begins with a country code")
    }
}

impl FromStr for HubCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (country, part) = text
            .split_once('-')
            .map_or((text, None), |(country, part)| (country, Some(part)));
        let part_is_sound = part.is_none_or(|part| {
            (1..=8).contains(&part.len())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        });
        (is_country(country) && part_is_sound)
            .then(|| Inline::new(text))
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                ValueError::new(
                    "values R2",
                    "hub-code",
                    format!("{text:?} is not a country code, alone or with '-' and 1 to 8 capital letters or digits"),
                )
            })
    }
}

/// The name of a network: `ewtp`, or `test:` and a name for one whose keys must never count elsewhere.
// spec: values R3
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetName(Inline<16>);

impl NetName {
    /// The name as text, at most 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether keys of this network are good for tests only.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.as_str().starts_with("test:")
    }
}

impl FromStr for NetName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_sound = text == "ewtp"
            || text.strip_prefix("test:").is_some_and(|name| {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            });
        is_sound.then(|| Inline::new(text)).flatten().map(Self).ok_or_else(|| {
            ValueError::new(
                "values R3",
                "net-name",
                format!(
                    "{text:?} is neither \"ewtp\" nor \"test:\" and small letters, digits or '-', at most 16 in all"
                ),
            )
        })
    }
}

/// What a record is about, in its issuer's own words: a certificate number, a merchant id. Never personal data.
// spec: record R9
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Inline<64>);

impl Subject {
    /// The subject as text, 1 to 64 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Subject {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_sound.then(|| Inline::new(text)).flatten().map(Self).ok_or_else(|| {
            ValueError::new(
                "record R9",
                "subject",
                format!("{text:?} is not 1 to 64 printable ASCII characters without spaces"),
            )
        })
    }
}

macro_rules! display_as_str {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    )+};
}

display_as_str!(HubCode, NetName, Subject);
text_form!(HubCode, NetName, Subject);
