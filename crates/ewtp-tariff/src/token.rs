//! Names that a schedule gives: a note, a part of the goods, a measured content.

use ewtp_record::{Inline, ValueError, text_form};
use std::{fmt, str::FromStr};

/// A name of 1 to 32 of `a-z 0-9 -` that begins and ends with a letter or digit: `lead-content`, `strap`, `us-note-20`.
// spec: duty-expression R3
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(Inline<32>);

impl Token {
    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Token {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_sound = !text.is_empty() && text.bytes().all(is_known) && !text.starts_with('-') && !text.ends_with('-');
        let token = is_sound.then(|| Inline::new(text)).flatten();
        token.map(Self).ok_or_else(|| {
            let message = format!("{text:?} is not a name of 1 to 32 letters a-z, digits and inner hyphens");
            ValueError::new("duty-expression R3", "name", message)
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(Token);
