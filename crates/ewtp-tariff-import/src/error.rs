//! Why a file is refused.

use ewtp_tariff::{PageError, RowError, ScheduleError};
use std::fmt;
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
    #[error("{place}, {column}: {message}")]
    Row {
        /// Which.
        place: Place,
        /// Which column of it.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A row that does not fit the others.
    #[error("{place}: {error}")]
    Schedule {
        /// Where in the file it comes from.
        place: Place,
        /// What is wrong.
        error: ScheduleError,
    },
    /// More rows than a schedule has.
    #[error(transparent)]
    Pages(#[from] PageError),
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// This row, from 1, however many lines it takes.
    Row(u64),
    /// The row that begins on this line, from 1.
    Line(u64),
    /// No row of it.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(formatter, "row {row}"),
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Nowhere => formatter.write_str("the file"),
        }
    }
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
            Self::Row { place, .. } | Self::Schedule { place, .. } => match place {
                Place::Row(at) | Place::Line(at) => Some(*at),
                Place::Nowhere => None,
            },
            _ => None,
        }
    }

    pub(crate) fn row(row: u64, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(Place::Row(row), column, message)
    }

    pub(crate) fn at(place: Place, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Row {
            place,
            column: column.into(),
            message: message.into(),
        }
    }

    /// A row that its table refuses.
    pub(crate) fn refused(place: Place, column: &str, error: &RowError) -> Self {
        let message = match error {
            RowError::Field(error) => format!("{}: {}", error.field, error.message),
            error => error.to_string(),
        };
        Self::at(place, column, message)
    }
}
