//! Pages: rows by the dozen, cut by their keys, each page checked alone against the root of its tree.
//!
//! [`PageTree::of`] cuts rows into pages; [`PageTree::prove`] makes the proof of one row, [`RowProof::check`] checks it
//! with nothing but a root at hand. [`PageRun::check`] checks pages from a peer.
// spec: tariff-page

mod cut;
mod error;
mod memory;
mod proof;
mod run;
mod tree;
mod trees;

pub use cut::ends_page;
pub use error::PageError;
pub use memory::{MEMORY_MAX, TooLarge, check_size, memory};
pub use proof::RowProof;
pub use run::PageRun;
pub use tree::PageTree;
pub use trees::PageTrees;

use crate::{Row, RowKey};
use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, bundle_entries, entry_bundle};
use std::sync::Arc;

/// Up to 128 rows, in the order of their keys. A clone shares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    rows: Arc<[Row]>,
    bytes: Bytes,
    id: Hash,
}

impl Page {
    /// How many rows a page has.
    pub const ROWS_MAX: usize = 128;
    /// How many bytes a page has.
    pub const BYTES_MAX: usize = 48 * 1024;

    /// The page of these rows.
    ///
    /// # Errors
    /// No row, too many, too many bytes, or rows out of order.
    pub fn new(rows: Vec<Row>) -> Result<Self, PageError> {
        if !(1..=Self::ROWS_MAX).contains(&rows.len()) {
            return Err(PageError::RowCount { count: rows.len() });
        }
        let encoded: Vec<_> = rows.iter().map(Row::bytes).collect();
        let bytes = Bytes::from(entry_bundle(&encoded).map_err(|_| PageError::Form)?);
        let entries = bundle_entries(&bytes).map_err(|_| PageError::Form)?;
        // The rows let go of the memory in which they came: their bytes are those of the page.
        let rows = rows
            .into_iter()
            .zip(entries)
            .map(|(row, entry)| row.within(bytes.slice_ref(entry)));
        let rows = rows.collect();
        Self::sealed(rows, bytes)
    }

    /// Reads a page: rows, each behind its length in two bytes.
    ///
    /// # Errors
    /// Another form, a row that breaks a rule, rows out of order, a page beyond its bounds.
    // spec: tariff-page R2
    pub fn decode(bytes: Bytes) -> Result<Self, PageError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(PageError::TooLarge { size: bytes.len() });
        }
        let entries = bundle_entries(&bytes).map_err(|_| PageError::Form)?;
        if entries.len() > Self::ROWS_MAX {
            return Err(PageError::RowCount { count: entries.len() });
        }
        let rows = entries.into_iter().enumerate().map(|(index, entry)| {
            let row = Row::decode(bytes.slice_ref(entry));
            row.map_err(|error| PageError::Row { index, error })
        });
        let rows = rows.collect::<Result<_, _>>()?;
        Self::sealed(rows, bytes)
    }

    fn sealed(rows: Vec<Row>, bytes: Bytes) -> Result<Self, PageError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(PageError::TooLarge { size: bytes.len() });
        }
        let mut neighbours = rows.iter().zip(rows.iter().skip(1));
        if let Some((_, later)) = neighbours.find(|(row, later)| row.key() >= later.key()) {
            return Err(PageError::Order(*later.key()));
        }
        let tree = rows[0].key().tree();
        if let Some(other) = rows.iter().find(|row| row.key().tree() != tree) {
            return Err(PageError::Tree(*other.key()));
        }
        let mut range = CompactRange::new();
        rows.iter().for_each(|row| range.append(row.leaf_hash()));
        let id = range.root();
        let rows = rows.into();
        Ok(Self { rows, bytes, id })
    }

    /// The Merkle root over the leaf hashes of its rows.
    // spec: tariff-page R3
    #[must_use]
    pub const fn id(&self) -> Hash {
        self.id
    }

    /// Its rows, ascending.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Its exact bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The key of its first row.
    #[must_use]
    pub fn first(&self) -> &RowKey {
        self.rows[0].key()
    }

    /// The key of its last row.
    #[must_use]
    pub fn last(&self) -> &RowKey {
        self.rows[self.rows.len() - 1].key()
    }
}

#[cfg(test)]
mod tests;
