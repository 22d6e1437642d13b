//! Customs regimes: a procedure code, and whose code it is.

use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A customs procedure and the scheme that defines it, so that codes of two states never collide: `CN:9610`, `EU:4000`.
// spec: values R17
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Regime {
    scheme: Inline<8>,
    code: Inline<12>,
}

impl Regime {
    /// Whose code it is: `CN`, `EU`, `WCO`; 2 to 8 capital letters.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.scheme.as_str()
    }

    /// The code: 1 to 12 capital letters or digits.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// The regime of these two parts.
    ///
    /// # Errors
    /// When a part is too short, too long or of other characters.
    pub fn new(scheme: &str, code: &str) -> Result<Self, ValueError> {
        let scheme_is_sound = (2..=8).contains(&scheme.len()) && scheme.bytes().all(|byte| byte.is_ascii_uppercase());
        let code_is_sound = (1..=12).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let (scheme_text, code_text) = (scheme, code);
        let parts = Inline::new(scheme)
            .zip(Inline::new(code))
            .filter(|_| scheme_is_sound && code_is_sound);
        parts
            .map(|(scheme, code)| Self { scheme, code })
            .ok_or_else(|| fault(&format!("{scheme_text}:{code_text}")))
    }
}

fn fault(text: &str) -> ValueError {
    let message =
        format!("{text:?} is not a scheme, ':' and a procedure code in capital letters and digits, such as CN:9610");
    ValueError::new("values R17", "regime", message)
}

impl FromStr for Regime {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (scheme, code) = text.split_once(':').ok_or_else(|| fault(text))?;
        Self::new(scheme, code)
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.scheme(), self.code())
    }
}

text_form!(Regime);
