//! What can be wrong with an expression's text, and why an expression gives no amount.

use super::{Basis, Expression, Measured, Reference};
use crate::Token;
use ewtp_record::{Currency, ValueError};
use thiserror::Error;

/// A text that is not an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at character {at}: {fault} ({})", fault.rule())]
pub struct ExpressionError {
    /// Characters before the place of the fault.
    pub at: usize,
    /// What is wrong there.
    pub fault: ExpressionFault,
}

impl ExpressionError {
    /// The stable code of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.fault.rule()
    }
}

/// A rule that an expression breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionFault {
    /// Above [`Expression::BYTES_MAX`].
    #[error("an expression has at most {} characters", Expression::BYTES_MAX)]
    TooLong,
    /// Something else than printable ASCII.
    #[error("only printable ASCII characters stand in an expression")]
    Character,
    /// Sound, but spelt otherwise than its meaning is.
    #[error("is spelt {canonical:?}")]
    Spelling {
        /// The one spelling.
        canonical: String,
    },
    /// Something else than the grammar has here.
    #[error("here stands {0}")]
    Syntax(&'static str),
    /// A number, unit, currency, name, kind, code or base that breaks its rule.
    #[error("{0}")]
    Value(ValueError),
    /// `free` beside another term.
    #[error("free stands alone: nothing is added to it or taken off")]
    FreeInSum,
    /// `min` or `max` of fewer than two.
    #[error("min and max choose between two or more")]
    Arguments,
    /// A component within a component.
    #[error("a component has no components of its own")]
    NestedComponent,
    /// A base within a component.
    #[error("a percentage within a component is of the component's value, and of no other base")]
    ComponentBase,
    /// Above [`Expression::DEPTH_MAX`].
    #[error("parentheses lie at most {} deep, the whole counted as one", Expression::DEPTH_MAX)]
    TooDeep,
    /// Above [`Expression::TERMS_MAX`].
    #[error("an expression has at most {} terms", Expression::TERMS_MAX)]
    TooManyTerms,
}

impl ExpressionFault {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Character => "character",
            Self::Spelling { .. } => "spelling",
            Self::Syntax(_) => "syntax",
            Self::Value(error) => error.code,
            Self::FreeInSum => "free",
            Self::Arguments => "arguments",
            Self::NestedComponent => "nested-component",
            Self::ComponentBase => "component-base",
            Self::TooDeep => "too-deep",
            Self::TooManyTerms => "too-many-terms",
        }
    }

    /// The rule of the specification that is broken, such as `duty-expression R6`.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Character | Self::Spelling { .. } => "duty-expression R6",
            Self::Syntax(_) => "duty-expression R7",
            Self::Value(error) => error.rule,
            Self::FreeInSum => "duty-expression R8",
            Self::Arguments => "duty-expression R11",
            Self::NestedComponent | Self::ComponentBase => "duty-expression R14",
            Self::TooLong | Self::TooDeep | Self::TooManyTerms => "duty-expression R17",
        }
    }

    /// The same fault at a place in a text.
    pub(super) const fn at(self, at: usize) -> ExpressionError {
        ExpressionError { at, fault: self }
    }
}

/// Why an expression gives no amount. Never a guess: either a person must read the note, or an input is missing.
// spec: duty-expression R22
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ComputeError {
    /// The law says it in words.
    #[error("needs a person: see the note {0}")]
    NeedsPerson(Token),
    /// A value of the goods was not given.
    #[error("the value {0} is not given")]
    Basis(Basis),
    /// A quantity was not given.
    #[error("the quantity in {0} is not given")]
    Quantity(Measured),
    /// A part of the goods was not given.
    #[error("the value of the component {0} is not given")]
    Component(Token),
    /// A percentage that a component's duty refers to speaks of the whole goods.
    #[error("a duty on the component {0} refers to {1}, which only the whole goods have")]
    WholeGoods(Token, &'static str),
    /// How many subheadings the consignment has was not given.
    #[error("the number of distinct subheadings of the consignment is not given")]
    Subheadings,
    /// An amount is in a currency without a rate.
    #[error("the exchange rate of {0} is not given")]
    ExchangeRate(Currency),
    /// The line referred to says no such duty.
    #[error("{0} is not to be found in the schedule")]
    Duty(Reference),
    /// It is a percentage of an amount that only a person can give.
    #[error("it is computed from an amount that only a person can give")]
    Depends,
    /// References that go too far, or round in a circle.
    #[error("references lead too far, or round in a circle")]
    References,
    /// A number beyond [`Exact::BITS_MAX`](crate::Exact::BITS_MAX).
    #[error("a number on the way to the amount has more than {} bits", crate::Exact::BITS_MAX)]
    Bits,
}

impl ComputeError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NeedsPerson(_) => "needs-person",
            Self::Basis(_) => "no-value",
            Self::Quantity(_) => "no-quantity",
            Self::Component(_) => "no-component",
            Self::WholeGoods(..) => "whole-goods",
            Self::Subheadings => "no-subheadings",
            Self::ExchangeRate(_) => "no-exchange-rate",
            Self::Duty(_) => "no-duty",
            Self::Depends => "depends",
            Self::References => "references",
            Self::Bits => "too-many-bits",
        }
    }

    /// The rule of the specification that says so.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NeedsPerson(_) => "duty-expression R16",
            Self::Basis(_) | Self::Depends => "duty-expression R9",
            Self::Quantity(_) => "duty-expression R10",
            Self::Component(_) | Self::WholeGoods(..) => "duty-expression R14",
            Self::Subheadings => "duty-expression R15",
            Self::ExchangeRate(_) => "duty-expression R19",
            Self::Duty(_) => "duty-expression R13",
            Self::References => "duty-expression R21",
            Self::Bits => "duty-expression R23",
        }
    }
}
