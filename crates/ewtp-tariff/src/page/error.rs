//! What can be wrong with pages, runs of pages and proofs.

use super::Page;
use crate::{RowError, RowKey};
use ewtp_log::{ProofError, RangeError};
use thiserror::Error;

/// Pages or proofs that are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PageError {
    /// Above [`Page::BYTES_MAX`].
    #[error("a page of {size} bytes exceeds the limit of {}", Page::BYTES_MAX)]
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// Not rows, each behind its length.
    #[error("a page is rows, each behind its length in two bytes")]
    Form,
    /// No row, or more than [`Page::ROWS_MAX`].
    #[error("a page has 1 to {} rows, not {count}", Page::ROWS_MAX)]
    RowCount {
        /// How many.
        count: usize,
    },
    /// A row that is none.
    #[error("row {index} of the page: {error}")]
    Row {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        error: RowError,
    },
    /// A row that does not stand behind the one before.
    #[error("the {0} does not stand behind the row before it")]
    Order(RowKey),
    /// A row of another tree.
    #[error("the {0} belongs to another tree than the row before it")]
    Tree(RowKey),
    /// A page that does not stand behind the page before.
    #[error("the page that begins with the {0} overlaps the page before it")]
    Overlap(RowKey),
    /// A page that ends where none should.
    #[error("the page must not end with the {0}")]
    CutEarly(RowKey),
    /// A page that does not end where it should.
    #[error("the page must end with the {0}")]
    CutLate(RowKey),
    /// Beyond the bounds of a tree.
    #[error("the tree has more pages, rows or bytes than a tree may have")]
    Bounds,
    /// A page or row that is not there.
    #[error("there is no such page or row")]
    Absent,
    /// A run whose numbers and hashes do not fit.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A path whose length does not fit.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Sound, but of another tree.
    #[error("the hashes lead to another root")]
    Root,
}

impl PageError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Form => "form",
            Self::RowCount { .. } => "row-count",
            Self::Row { error, .. } => error.code(),
            Self::Order(_) => "order",
            Self::Tree(_) => "tree",
            Self::Overlap(_) => "overlap",
            Self::CutEarly(_) => "cut-early",
            Self::CutLate(_) => "cut-late",
            Self::Bounds => "bounds",
            Self::Absent => "absent",
            Self::Range(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Root => "root-mismatch",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::Form | Self::RowCount { .. } | Self::Order(_) | Self::Tree(_) => {
                "tariff-page R2"
            }
            Self::Row { error, .. } => error.rule(),
            Self::CutEarly(_) | Self::CutLate(_) => "tariff-page R4",
            Self::Overlap(_) => "tariff-page R5",
            Self::Bounds => "edition R7",
            Self::Absent | Self::Proof(_) => "tariff-page R7",
            Self::Range(_) | Self::Root => "tariff-page R6",
        }
    }
}
