//! What can be wrong with a duty receipt.

use crate::quote::{QuoteError, RequestError};
use crate::{PageError, RowKey};
use ewtp_record::DecodeError;
use ewtp_record::cbor::CborError;
use thiserror::Error;

/// A receipt that is none, or that does not say what the schedule says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// More than [`Receipt::BYTES_MAX`](super::Receipt::BYTES_MAX).
    #[error("a receipt has at most {} bytes", super::Receipt::BYTES_MAX)]
    TooLarge,
    /// Not deterministic CBOR of a receipt's form.
    #[error("not a duty receipt: {0}")]
    Cbor(#[from] CborError),
    /// Another format.
    #[error("the file says it is {0:?}, which this version does not read")]
    Format(String),
    /// A record that is none, or an edition that breaks a rule.
    #[error("the record of the edition: {0}")]
    Record(#[from] DecodeError),
    /// A record of another kind.
    #[error("the record is no tariff edition")]
    Kind,
    /// Rows of another edition.
    #[error("the rows at hand are not those of the edition")]
    Trees,
    /// A request that is none.
    #[error("the request: {0}")]
    Request(#[from] RequestError),
    /// A page whose rows do not lead to the root of the edition, or a list of pages out of order.
    #[error("page {index}: {error}")]
    Page {
        /// Which page of the tree.
        index: u32,
        /// What is wrong with it.
        error: PageError,
    },
    /// A row that does not stand behind the one before.
    #[error("the {0} does not stand behind the row before it")]
    Order(RowKey),
    /// A text of the answer that is none.
    #[error("the answer: {0} is not well formed")]
    Answer(&'static str),
    /// No quote can be computed from what it holds.
    #[error("it cannot be computed again: {0}")]
    Quote(#[from] QuoteError),
    /// What it says differs from what follows.
    #[error("{at}: the receipt says {said}, the schedule gives {given}")]
    Differs {
        /// Where.
        at: String,
        /// What the receipt says.
        said: String,
        /// What follows from its rows and inputs.
        given: String,
    },
}

impl ReceiptError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Cbor(error) => error.fault.code(),
            Self::Format(_) => "format",
            Self::Record(error) => error.code(),
            Self::Kind => "kind",
            Self::Trees => "root-mismatch",
            Self::Request(error) => error.code(),
            Self::Page { error, .. } => error.code(),
            Self::Order(_) => "order",
            Self::Answer(_) => "answer",
            Self::Quote(error) => error.code(),
            Self::Differs { .. } => "differs",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::Format(_) | Self::Kind => "duty-receipt R1",
            Self::Cbor(_) => "record R2",
            Self::Record(error) => error.rule(),
            Self::Request(error) => error.rule(),
            Self::Trees | Self::Page { .. } | Self::Order(_) => "duty-receipt R3",
            Self::Answer(_) => "duty-receipt R4",
            Self::Quote(QuoteError::Unproven(_)) => "duty-receipt R5",
            Self::Quote(error) => error.rule(),
            Self::Differs { .. } => "duty-receipt R6",
        }
    }
}
