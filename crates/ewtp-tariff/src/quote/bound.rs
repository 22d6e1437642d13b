//! How much work one quote is: more than any law asks for, and little enough that no schedule keeps a reader busy.

use super::QuoteError;
use crate::Exact;
use std::fmt;

/// Something of which one quote has only so much.
// spec: quote R19
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Measures on the lines of one code and of those above it.
    Measures,
    /// Amounts that are computed one after the other.
    Steps,
    /// Lines and kinds that its duties refer to.
    References,
    /// Terms that are computed, in all expressions together.
    Terms,
    /// Bits of a sum of exact amounts.
    Bits,
}

impl Bound {
    /// How much of it one quote has.
    #[must_use]
    pub const fn max(self) -> usize {
        match self {
            Self::Measures => 1_024, // four full lines; the most of a published schedule are below a hundred
            Self::Steps => 64,       // a surcharge each for ten laws, and every tax
            Self::References => 32,
            Self::Terms => 1_024, // a few hundred for goods with fifty preferences
            Self::Bits => Exact::BITS_MAX as usize,
        }
    }

    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Measures => "too-many-measures",
            Self::Steps => "too-many-steps",
            Self::References => "too-many-references",
            Self::Terms => "too-many-terms",
            Self::Bits => "too-many-bits",
        }
    }

    /// Refuses a quote with more of it.
    pub(super) const fn check(self, count: usize) -> Result<(), QuoteError> {
        if count > self.max() {
            return Err(QuoteError::TooMuch(self));
        }
        Ok(())
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let max = self.max();
        match self {
            Self::Measures => write!(formatter, "the lines of one code have more than {max} measures"),
            Self::Steps => write!(formatter, "more than {max} amounts are due one after the other"),
            Self::References => write!(formatter, "the duties refer to more than {max} others"),
            Self::Terms => write!(formatter, "the duties have more than {max} terms to compute"),
            Self::Bits => write!(formatter, "a sum of exact amounts has more than {max} bits"),
        }
    }
}
