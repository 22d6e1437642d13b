//! The code of a line: the digits under which a schedule lists goods.

use ewtp_record::{HsCode, Inline, ValueError, text_form};
use std::{fmt, str::FromStr};

/// A line's code, 2 to 12 digits: a chapter (`61`), a heading (`6109`), a subheading or a national line (`6109100012`).
///
/// Wider than [`HsCode`], which names goods and has at least six digits: a schedule also has lines above those.
// spec: duty-expression R5
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCode(Inline<12>);

impl LineCode {
    /// The code `00`, which is no chapter: its lines say what holds for all goods.
    // spec: quote R6
    #[must_use]
    pub fn all_goods() -> Self {
        Self(Inline::new("00").expect("two digits"))
    }

    /// The digits, without dots.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The code with a digit less, under which the line lies if the schedule has it; none above a chapter.
    #[must_use]
    pub fn above(&self) -> Option<Self> {
        let (_, shorter) = self.as_str().as_bytes().split_last()?;
        std::str::from_utf8(shorter).ok()?.parse().ok()
    }

    /// Whether the line lies at or below the line `above`: `610910` lies below `6109`.
    #[must_use]
    pub fn is_within(&self, above: &Self) -> bool {
        self.as_str().starts_with(above.as_str())
    }
}

impl FromStr for LineCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_sound = (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let code = is_sound.then(|| Inline::new(text)).flatten();
        code.map(Self).ok_or_else(|| {
            let message = format!("{text:?} is not the code of a line, 2 to 12 digits such as 610910");
            ValueError::new("duty-expression R5", "line-code", message)
        })
    }
}

impl From<HsCode> for LineCode {
    fn from(code: HsCode) -> Self {
        Self(Inline::new(code.as_str()).expect("a goods code has at most twelve digits"))
    }
}

impl fmt::Display for LineCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(LineCode);
