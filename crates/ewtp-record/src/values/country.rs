//! Countries as ISO 3166-1 alpha-2 codes.

use super::code_lists::is_country;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A country: an assigned ISO 3166-1 alpha-2 code, or `XK`.
// spec: values R7
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode(Inline<2>);

impl CountryCode {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for CountryCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        is_country(text)
            .then(|| Inline::new(text))
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                ValueError::new(
                    "values R7",
                    "country",
                    format!("{text:?} is not an ISO 3166-1 alpha-2 code"),
                )
            })
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(CountryCode);
