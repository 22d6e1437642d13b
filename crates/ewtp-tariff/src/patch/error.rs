//! What can be wrong with a patch.

use crate::{PageError, RowError, RowKey};
use ewtp_record::DecodeError;
use ewtp_record::cbor::CborError;
use thiserror::Error;

/// A patch that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatchError {
    /// Not deterministic CBOR, too long, or not two lists of byte strings.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Another number of rows than the edition names.
    #[error("the patch changes {rows} rows, the edition names {named}")]
    Rows {
        /// As the edition says.
        named: u32,
        /// As its lists say.
        rows: usize,
    },
    /// A key or a row that is none.
    #[error(transparent)]
    Row(#[from] RowError),
    /// A key that does not stand behind the one before.
    #[error("the {0} does not stand behind the row before it")]
    Order(RowKey),
    /// A row to be removed that is not there.
    #[error("the {0} is to be removed and is not there")]
    Absent(RowKey),
    /// A row that is set to what it was, or removed and set.
    #[error("the {0} is set to what it was, or is removed as well")]
    Needless(RowKey),
    /// The rows make no trees.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The rows make other trees than the edition signed.
    #[error("the patch leads to other roots than the edition has")]
    Roots,
}

impl PatchError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(error) => error.fault.code(),
            Self::Row(error) => error.code(),
            Self::Rows { .. } => "rows",
            Self::Order(_) => "order",
            Self::Absent(_) => "absent",
            Self::Needless(_) => "needless",
            Self::Page(error) => error.code(),
            Self::Roots => "root-mismatch",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Cbor(error) => DecodeError::from(error.clone()).rule(),
            Self::Row(error) => error.rule(),
            Self::Rows { .. } | Self::Order(_) => "tariff-page R8",
            Self::Absent(_) | Self::Needless(_) | Self::Roots => "tariff-page R9",
            Self::Page(error) => error.rule(),
        }
    }
}
