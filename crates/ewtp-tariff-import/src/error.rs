//! Why a file is refused.

use ewtp_tariff::{PageError, RowError, ScheduleError};
use thiserror::Error;

/// Why there is no schedule. Rows are counted from 1, as the file has them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// More bytes than a schedule has.
    #[error("the file has more than {max} bytes{}", if *.inflated { " when it is unpacked" } else { "" })]
    TooLarge {
        /// How many it may have.
        max: usize,
        /// Whether the packed file was short enough.
        inflated: bool,
    },
    /// A packed file that does not unpack.
    #[error("the file is packed, and does not unpack: {0}")]
    Packed(String),
    /// Not text, or not the form that was named.
    #[error("line {line}, column {column}: {message}")]
    Form {
        /// The line, from 1.
        line: u64,
        /// The place in it, from 1.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// A row that says something impossible.
    #[error("row {row}, {column}: {message}")]
    Row {
        /// Which, from 1.
        row: u64,
        /// Which column of it.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A row that does not fit the others.
    #[error("row {row}: {error}")]
    Schedule {
        /// The row of the file that the row of the schedule comes from, from 1; 0 when it comes from none.
        row: u64,
        /// What is wrong.
        error: ScheduleError,
    },
    /// More rows than a schedule has.
    #[error(transparent)]
    Pages(#[from] PageError),
}

impl ImportError {
    /// The stable code, as programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Packed(_) => "packed",
            Self::Form { .. } => "form",
            Self::Row { .. } => "row",
            Self::Schedule { error, .. } => error.code(),
            Self::Pages(error) => error.code(),
        }
    }

    /// The row or line of the file to look at, from 1.
    #[must_use]
    pub const fn line(&self) -> Option<u64> {
        match self {
            Self::Form { line, .. } => Some(*line),
            Self::Row { row, .. } | Self::Schedule { row, .. } if *row > 0 => Some(*row),
            _ => None,
        }
    }

    pub(crate) fn row(row: u64, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Row {
            row,
            column: column.into(),
            message: message.into(),
        }
    }

    /// A row that its table refuses.
    pub(crate) fn refused(row: u64, column: &str, error: &RowError) -> Self {
        let message = match error {
            RowError::Field(error) => format!("{}: {}", error.field, error.message),
            error => error.to_string(),
        };
        Self::row(row, column, message)
    }
}
