//! What can be wrong with a row.

use super::{Row, RowKey};
use ewtp_record::cbor::CborError;
use ewtp_record::{DecodeError, FieldError, Unsupported};
use thiserror::Error;

/// Bytes or values that are not a row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RowError {
    /// Above [`Row::BYTES_MAX`].
    #[error("a row of {size} bytes exceeds the limit of {}", Row::BYTES_MAX)]
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// Not deterministic CBOR, or of another form than its table has.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Not an array that begins with a table.
    #[error("is not an array that begins with the number of a table")]
    Form,
    /// A table that this version does not know.
    #[error("table {0} is not understood by this version")]
    Table(u64),
    /// The entry is of another table than the key.
    #[error("the entry of {0} is of another table")]
    Entry(RowKey),
    /// A field breaks its rule.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A number or key that a later version may define.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// It says more than this version understands.
    #[error("it says more than this version understands, or says it in a second spelling")]
    NotUnderstood,
}

impl RowError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Cbor(error) => error.fault.code(),
            Self::Form => "form",
            Self::Table(_) => "unsupported-table",
            Self::Entry(_) => "entry",
            Self::Field(error) => error.code,
            Self::Unsupported(unsupported) => unsupported.code(),
            Self::NotUnderstood => "unsupported-key",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::Form | Self::NotUnderstood => "tariff-row R3",
            Self::Cbor(error) => DecodeError::from(error.clone()).rule(),
            Self::Table(_) | Self::Entry(_) => "tariff-row R1",
            Self::Field(error) => error.rule,
            Self::Unsupported(Unsupported::Key(_)) => "tariff-row R3",
            Self::Unsupported(unsupported) => unsupported.rule(),
        }
    }

    /// Whether a later version may accept these bytes; all other errors are the fault of whoever made them.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Table(_) | Self::Unsupported(_) | Self::NotUnderstood)
    }

    /// The same error, of a field that lies inside `parent`.
    pub(super) fn inside(self, parent: impl std::fmt::Display) -> Self {
        match self {
            Self::Field(error) => error.inside(parent).into(),
            other => other,
        }
    }
}

/// Refuses a map with a key that this version does not know.
// spec: tariff-row R3
pub(super) fn understood(unsupported: Option<u64>) -> Result<(), RowError> {
    unsupported.map_or(Ok(()), |key| Err(Unsupported::Key(key).into()))
}
