//! The unique consignment reference.

use super::code_lists::is_country;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// One consignment, from order to delivery, as the WCO writes it: last digit of the year, country, and up to 32 characters
/// of company id and reference. `6CN91330100-4711`.
// spec: values R14
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ucr(Inline<35>);

impl Ucr {
    /// The reference, 4 to 35 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Ucr {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-()".contains(&byte);
        let is_sound = (4..=35).contains(&text.len())
            && text.is_ascii()
            && text.as_bytes()[0].is_ascii_digit()
            && is_country(&text[1..3])
            && text[3..].bytes().all(allowed);
        is_sound.then(|| Inline::new(text)).flatten().map(Self).ok_or_else(|| {
            let message =
                format!("{text:?} is not a year digit, a country code and 1 to 32 of A-Z, 0-9, '-', '(' and ')'");
            ValueError::new("values R14", "ucr", message)
        })
    }
}

impl fmt::Display for Ucr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(Ucr);
