//! Duty expressions: how a duty follows from a value and from quantities, as one line of canonical text.
//!
//! To take what a schedule says, parse it: one meaning has one spelling, and every other is refused with its place. To
//! take what a person wrote, call [`Expression::read`]. To get the duty, call [`Expression::compute`].
//!
//! ```
//! use ewtp_tariff::Expression;
//!
//! let written = Expression::read("14.50 % + 0.40 usd per ltr")?;
//! assert_eq!(written.to_string(), "14.5% + 0.4 USD/LTR");
//! assert_eq!("14.5% + 0.4 USD/LTR".parse(), Ok(written));
//!
//! let refused = "14.50%".parse::<Expression>().expect_err("a needless zero");
//! assert_eq!((refused.code(), refused.at), ("spelling", 4));
//! # Ok::<(), ewtp_tariff::ExpressionError>(())
//! ```
// spec: duty-expression R6

mod applied;
mod base;
mod compute;
mod error;
mod inputs;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod walk;

pub use applied::Applied;
pub use base::{Base, Basis, Earlier};
pub use compute::REFERENCES_MAX;
pub use error::{ComputeError, ExpressionError, ExpressionFault};
pub use inputs::{DutyOf, Inputs, Part, Quantities};
pub use walk::Measured;

use crate::{Exact, LineCode, Token};
use ewtp_record::edition::MeasureKind;
use ewtp_record::{Currency, UnitCode, text_form};

/// A sum of terms within all bounds. Parses its canonical text, and prints it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expression {
    /// At least one; the first is added.
    terms: Vec<(Sign, Term)>,
}

/// Whether a term is added or taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`, for "less 5 USD".
    Minus,
}

impl Sign {
    /// What a part with this sign is to the whole, as a part of what has `self`: taken off from what is taken off, it is added.
    fn times(self, inner: Self) -> Self {
        if self == inner { Self::Plus } else { Self::Minus }
    }
}

/// One term of a sum. Numbers are 0 or more, within [`Exact::DIGITS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// `free`: nothing is due. Stands alone.
    // spec: duty-expression R8
    Free,
    /// `16.5%`, `20% of cif+duties`
    // spec: duty-expression R9
    Percent {
        /// How many hundredths.
        rate: Exact,
        /// Of which value.
        base: Base,
    },
    /// `93.1 EUR/100 KGM`, `2 EUR`
    // spec: duty-expression R10
    Amount {
        /// In whole units of the currency.
        amount: Exact,
        /// The currency.
        currency: Currency,
        /// For how much of the goods; `None` is once for the line of the consignment.
        per: Option<Per>,
    },
    /// `min(5%, 2 EUR/KGM)`: the least of two or more.
    // spec: duty-expression R11
    Min(Vec<Expression>),
    /// `max(5%, 2 EUR/KGM)`: the greatest of two or more.
    // spec: duty-expression R11
    Max(Vec<Expression>),
    /// `70% x (13% + 2 CNY)`: a part of another duty.
    // spec: duty-expression R12
    Share {
        /// How many hundredths.
        percent: Exact,
        /// Of what.
        of: Box<Expression>,
    },
    /// `duty(99038815, additional)`: what another line says.
    // spec: duty-expression R13
    Duty(Reference),
    /// `component(strap, 14%)`: a duty on a part of the goods.
    // spec: duty-expression R14
    Component {
        /// The part.
        name: Token,
        /// The duty on its value and quantities.
        duty: Box<Expression>,
    },
    /// `subheadings(3 EUR)`: an amount for each distinct subheading of the consignment.
    // spec: duty-expression R15
    Subheadings {
        /// In whole units of the currency.
        amount: Exact,
        /// The currency.
        currency: Currency,
    },
    /// `text(us-note-20)`: the law says it in words; only a person can answer.
    // spec: duty-expression R16
    Text(Token),
}

/// For how much of the goods an amount is due: `100 KGM`, `KGM on lead-content`.
// spec: duty-expression R10
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Per {
    /// How many units, above 0.
    pub count: Exact,
    /// The unit.
    pub unit: UnitCode,
    /// The measured content, when the amount is not on the goods as a whole.
    pub on: Option<Token>,
}

/// Which line's duty is meant.
// spec: duty-expression R13
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `duty()`: the `mfn` duty of the line that is computed, "the duty provided in the applicable subheading".
    OwnLine,
    /// `duty(6109, vat)`: the measure of this kind on that line.
    Line {
        /// The line.
        code: LineCode,
        /// The kind; `mfn` is not written.
        kind: MeasureKind,
    },
}

impl Expression {
    /// Bytes of its canonical text.
    pub const BYTES_MAX: usize = 512; // the longest of a real schedule has about 200

    /// How deep parentheses lie in each other, the whole counted as 1.
    pub const DEPTH_MAX: usize = 8;

    /// Terms in all, those within parentheses too.
    pub const TERMS_MAX: usize = 32;

    /// The sum of these terms.
    ///
    /// # Errors
    /// When the sum breaks a bound or a rule: no term, a first term taken off, `free` beside another, a number below 0.
    // spec: duty-expression R17
    pub fn new(mut terms: Vec<(Sign, Term)>) -> Result<Self, ExpressionFault> {
        // A schedule keeps a hundred thousand of one term each.
        terms.shrink_to_fit();
        let expression = Self { terms };
        expression.check().map(|()| expression)
    }

    /// The sum of one term.
    ///
    /// # Errors
    /// When the term breaks a bound or a rule.
    pub fn of(term: Term) -> Result<Self, ExpressionFault> {
        Self::new(vec![(Sign::Plus, term)])
    }

    /// The greatest of these, as no schedule writes it: it may have more bytes and terms than a text has.
    pub(crate) fn greatest(of: Vec<Self>) -> Self {
        let terms = vec![(Sign::Plus, Term::Max(of))];
        Self { terms }
    }

    /// The least of these, as no schedule writes it either.
    pub(crate) fn least(of: Vec<Self>) -> Self {
        let terms = vec![(Sign::Plus, Term::Min(of))];
        Self { terms }
    }

    /// The terms in their order, at least one.
    #[must_use]
    pub fn terms(&self) -> &[(Sign, Term)] {
        &self.terms
    }
}

text_form!(Expression);
