//! Why there is no quote, and why a quote leaves something to a person.

use super::Bound;
use crate::row::GroupId;
use crate::{ComputeError, LineCode, RowKey, Token};
use ewtp_record::edition::MeasureKind;
use ewtp_record::{CountryCode, Currency, Date, FieldError, UnixTime};
use thiserror::Error;

/// Why no quote can be given: the request must be mended first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// The request breaks a bound.
    #[error(transparent)]
    Request(#[from] FieldError),
    /// The edition is of another territory.
    #[error("the edition is of {edition}, the goods go to {to}")]
    Territory {
        /// Whose edition it is.
        edition: String,
        /// Where the goods go.
        to: String,
    },
    /// The goods come from the territory itself.
    #[error("goods from {origin} are at home in {territory}: they are no import, and no duty of entry is due")]
    NoImport {
        /// Where the goods come from.
        origin: CountryCode,
        /// Whose edition it is.
        territory: String,
    },
    /// The edition was not in force on the day.
    #[error("the edition is in force from {in_force}, the quote is for {on}")]
    NotInForce {
        /// From when it holds.
        in_force: Date,
        /// The day of the quote.
        on: Date,
    },
    /// The edition was not published at the time.
    #[error("the edition was published at {}, which was not known at {}", published.to_calendar(), known.to_calendar())]
    NotPublished {
        /// When it was published.
        published: UnixTime,
        /// As known when.
        known: UnixTime,
    },
    /// No line of that code on that day.
    #[error("the schedule has no line {0} on that day")]
    UnknownLine(LineCode),
    /// Goods are declared further below.
    #[error("goods are not declared under {0} itself")]
    NotDeclarable(LineCode),
    /// An input is missing: which, and for what.
    #[error("{}{missing}", needing.map(|kind| format!("for the measure {kind}: ")).unwrap_or_default())]
    Missing {
        /// The measure that needs it; none is a relief.
        needing: Option<MeasureKind>,
        /// What is missing.
        missing: ComputeError,
    },
    /// How many items there are is not said, and a relief counts what each is worth.
    #[error("for a relief up to what one item is worth: the number of items is not given")]
    Items,
    /// A value is stated in a currency for which the schedule has no rate on that day.
    #[error("the schedule has no exchange rate of {0} on that day: state the value in the currency of the edition")]
    ExchangeRate(Currency),
    /// An amount beyond what money can say.
    #[error("an amount is beyond {} minor units", i64::MAX)]
    Bounds,
    /// More work than one quote is.
    #[error("{0}: nobody computes that")]
    TooMuch(Bound),
    /// The rows at hand do not say what they have at this key, or that they have nothing.
    #[error("what the schedule has from the {0} on is not proved")]
    Unproven(RowKey),
}

impl QuoteError {
    /// Whether an input is missing: with it there is a quote.
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Items)
    }

    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Request(error) => error.code,
            Self::Territory { .. } => "territory",
            Self::NoImport { .. } => "no-import",
            Self::NotInForce { .. } => "not-in-force",
            Self::NotPublished { .. } => "not-published",
            Self::UnknownLine(_) => "unknown-line",
            Self::NotDeclarable(_) => "not-declarable",
            Self::Missing { missing, .. } => missing.code(),
            Self::Items => "no-items",
            Self::ExchangeRate(_) => "no-exchange-rate",
            Self::Bounds => "amount",
            Self::TooMuch(bound) => bound.code(),
            Self::Unproven(_) => "unproven",
        }
    }

    /// The rule of the specification that says so.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Request(error) => error.rule,
            Self::Territory { .. } | Self::NoImport { .. } | Self::NotInForce { .. } | Self::NotPublished { .. } => {
                "quote R1"
            }
            Self::Unproven(_) => "quote R3",
            Self::ExchangeRate(_) => "quote R5",
            Self::UnknownLine(_) | Self::NotDeclarable(_) => "quote R6",
            Self::Missing { missing, .. } => missing.rule(),
            Self::Items => "quote R13",
            Self::Bounds => "quote R14",
            Self::TooMuch(_) => "quote R19",
        }
    }
}

/// What only a person can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedsPerson {
    /// The measure; none is the line as a whole, or a relief.
    pub kind: Option<MeasureKind>,
    /// Why.
    pub reason: Reason,
    /// The row that says so.
    pub row: RowKey,
}

/// Why only a person can decide.
// spec: quote R15
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// The law says it in words.
    #[error("read the note {0}")]
    Note(Token),
    /// The schedule does not say who belongs to a group.
    #[error("the schedule does not say which countries belong to {0}")]
    Membership(GroupId),
    /// Whether the quota still has enough is not known.
    #[error("whether the quota {0} still has enough is not known")]
    Quota(Token),
    /// Duties that depend on an additional code, and none of the goods' code.
    #[error("the duty depends on an additional code; none that is listed was given")]
    AdditionalCode,
    /// It is said for other members of the territory only.
    #[error("the schedule does not say what is due in {0}, only for other members of the territory")]
    Member(String),
    /// Two measures of which nothing says which counts.
    #[error("two measures apply and nothing says which counts")]
    Ambiguous,
    /// The line says no duty at all.
    #[error("the schedule says no duty for these goods")]
    NoDuty,
    /// The duty leads to something that the schedule does not have.
    #[error("{0}")]
    Duty(ComputeError),
    /// It is computed from an amount that is open.
    #[error("it is computed from an amount that only a person can give")]
    Depends,
    /// The goods may not be brought in.
    #[error("these goods may not be brought in")]
    Prohibited,
}

impl Reason {
    /// The stable code, as programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(_) => "needs-person",
            Self::Membership(_) => "unknown-membership",
            Self::Quota(_) => "unknown-balance",
            Self::AdditionalCode => "additional-code",
            Self::Member(_) => "unknown-member",
            Self::Ambiguous => "ambiguous",
            Self::NoDuty => "no-duty",
            Self::Duty(error) => error.code(),
            Self::Depends => "depends",
            Self::Prohibited => "prohibited",
        }
    }
}
