//! Places of trade as UN/LOCODE.

use super::code_lists::is_country;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A place: country and three letters or digits 2 to 9. `MYPKG`. Its form is checked; whether it exists, tables say.
// spec: values R10
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locode(Inline<5>);

impl Locode {
    /// The five characters, without the customary space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The country the place lies in.
    #[must_use]
    pub fn country(&self) -> super::CountryCode {
        self.as_str()[..2].parse().expect("a LOCODE begins with a country code")
    }
}

impl FromStr for Locode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_sound = text.len() == 5
            && text.is_ascii()
            && is_country(&text[..2])
            && text[2..]
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'9').contains(&byte));
        is_sound.then(|| Inline::new(text)).flatten().map(Self).ok_or_else(|| {
            let message =
                format!("{text:?} is not a UN/LOCODE: a country code and three capital letters or digits 2 to 9");
            ValueError::new("values R10", "locode", message)
        })
    }
}

impl fmt::Display for Locode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(Locode);
