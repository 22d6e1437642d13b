//! The legal entity identifier of ISO 17442.

use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A legal entity: 18 letters or digits and two check digits (ISO 7064, mod 97-10).
// spec: values R15
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei(Inline<20>);

impl Lei {
    /// The 20 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Lei {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let has_form = text.len() == 20
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text.bytes().skip(18).all(|byte| byte.is_ascii_digit());
        if !has_form {
            let message = format!("{text:?} is not 18 capital letters or digits and two check digits");
            return Err(ValueError::new("values R15", "lei", message));
        }
        if remainder_97(text) != 1 {
            return Err(ValueError::new(
                "values R15",
                "lei-check",
                format!("the check digits of {text} do not fit"),
            ));
        }
        Ok(Self(Inline::new(text).expect("20 ASCII characters fit")))
    }
}

/// The number that the text spells, with A as 10 to Z as 35, modulo 97.
fn remainder_97(text: &str) -> u32 {
    text.chars()
        .filter_map(|character| character.to_digit(36))
        .fold(0, |sum, digit| {
            let shift = if digit < 10 { 10 } else { 100 };
            (sum * shift + digit) % 97
        })
}

impl fmt::Display for Lei {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(Lei);
