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
    #[error("{}: {error}", Places(.places))]
    Schedule {
        /// Where in the file the fault lies, ascending: each row that has a share in it.
        places: Vec<Place>,
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

impl Place {
    /// The row or line, from 1.
    const fn number(&self) -> Option<u64> {
        match self {
            Self::Row(at) | Self::Line(at) => Some(*at),
            Self::Nowhere => None,
        }
    }
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

/// How many places a message names; a circle may have thousands.
const PLACES_MAX: usize = 8;

/// Several places in one file: `lines 3, 5 and 9`.
struct Places<'a>(&'a [Place]);

impl fmt::Display for Places<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last, between) = match self.0 {
            [] => return Place::Nowhere.fmt(formatter),
            [place] => return place.fmt(formatter),
            [first, between @ .., last] => (first, last, between),
        };
        let kind = if matches!(first, Place::Row(_)) {
            "rows"
        } else {
            "lines"
        };
        write!(formatter, "{kind} {}", first.number().unwrap_or_default())?;
        for place in between.iter().take(PLACES_MAX - 2) {
            write!(formatter, ", {}", place.number().unwrap_or_default())?;
        }
        match between.len().checked_sub(PLACES_MAX - 2) {
            Some(rest @ 1..) => write!(formatter, " and {} more", rest + 1),
            _ => write!(formatter, " and {}", last.number().unwrap_or_default()),
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

    /// The row or line of the file to look at first, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Form { line, .. } => Some(*line),
            Self::Row { place, .. } => place.number(),
            Self::Schedule { places, .. } => places.first().and_then(Place::number),
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
