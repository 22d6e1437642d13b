//! The proof of one row: its path in the page, and the page's path in the tree.

use super::{Page, PageError};
use crate::Row;
use ewtp_log::{Hash, InclusionProof, leaf_hash, node_hash};

/// That a row belongs to a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProof {
    /// Which row of its page, from 0.
    pub row_index: u8,
    /// How many rows the page has.
    pub page_rows: u8,
    /// The hashes from the row to the page's id.
    pub row_path: InclusionProof,
    /// Which page of the tree, from 0.
    pub page_index: u32,
    /// How many pages the tree has.
    pub pages: u32,
    /// The hashes from the page to the tree's root.
    pub page_path: InclusionProof,
}

impl RowProof {
    pub(super) fn of(page: &Page, row_index: usize, leaves: &[Hash], page_index: usize) -> Result<Self, PageError> {
        let rows: Vec<_> = page.rows().iter().map(Row::leaf_hash).collect();
        let small = |number: usize| u8::try_from(number).map_err(|_| PageError::RowCount { count: number });
        let large = |number: usize| u32::try_from(number).map_err(|_| PageError::Bounds);
        Ok(Self {
            row_index: small(row_index)?,
            page_rows: small(rows.len())?,
            row_path: InclusionProof {
                path: path(row_index, &rows),
            },
            page_index: large(page_index)?,
            pages: large(leaves.len())?,
            page_path: InclusionProof {
                path: path(page_index, leaves),
            },
        })
    }

    /// Checks that the row is in the tree of that root.
    ///
    /// # Errors
    /// [`PageError::Proof`] when the numbers do not fit, [`PageError::Root`] when the hashes lead elsewhere.
    // spec: tariff-page R7
    pub fn check(&self, row: &Row, root: &Hash) -> Result<(), PageError> {
        if usize::from(self.page_rows) > Page::ROWS_MAX {
            return Err(PageError::RowCount {
                count: self.page_rows.into(),
            });
        }
        let row_leaf = row.leaf_hash();
        let page_id = self
            .row_path
            .root(self.row_index.into(), self.page_rows.into(), &row_leaf)?;
        let page_leaf = leaf_hash(page_id.as_bytes());
        let led_to = self
            .page_path
            .root(self.page_index.into(), self.pages.into(), &page_leaf)?;
        if led_to == *root { Ok(()) } else { Err(PageError::Root) }
    }
}

/// The sibling hashes of a leaf, its own level first (RFC 9162, 2.1.3.1).
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    let Some(split) = split(leaves.len()) else {
        return Vec::new();
    };
    let (left, right) = leaves.split_at(split);
    let (mut inner, sibling) = if index < split {
        (path(index, left), root(right))
    } else {
        (path(index - split, right), root(left))
    };
    inner.push(sibling);
    inner
}

/// The root of one leaf or more.
fn root(leaves: &[Hash]) -> Hash {
    match split(leaves.len()) {
        None => leaves[0],
        Some(split) => node_hash(&root(&leaves[..split]), &root(&leaves[split..])),
    }
}

/// The greatest power of two below the count of two leaves or more.
fn split(count: usize) -> Option<usize> {
    (count > 1).then(|| 1 << (count - 1).ilog2())
}
