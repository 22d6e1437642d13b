//! Rows with their proof, and the schedule that they are a part of.

use super::ReceiptError;
use crate::quote::{QuoteError, Rows};
use crate::{Page, PageError, PageTree, Row, RowKey};
use ewtp_log::{CompactRange, Hash, InclusionProof, leaf_hash};
use ewtp_record::edition::TreeSummary;
use std::collections::{BTreeMap, BTreeSet};

/// A page of which some rows are told, and the others are only hashes.
// spec: duty-receipt R3
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPage {
    /// Which page of the rates tree, from 0.
    pub index: u32,
    /// The hashes from the page to the root.
    pub path: Vec<Hash>,
    /// The rows that are told, with their index in the page, ascending.
    pub rows: Vec<(u8, Row)>,
    /// The leaf hashes of the other rows, in their order.
    pub others: Vec<Hash>,
}

impl ProvenPage {
    pub(super) fn of(tree: &PageTree, index: usize, told: &BTreeSet<usize>) -> Result<Self, ReceiptError> {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let fault = |error| ReceiptError::Page { index: number, error };
        let page = tree.pages().get(index).ok_or_else(|| fault(PageError::Absent))?;
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        for (at, row) in page.rows().iter().enumerate() {
            if told.contains(&at) {
                let at = u8::try_from(at).map_err(|_| fault(PageError::RowCount { count: at }))?;
                rows.push((at, row.clone()));
            } else {
                others.push(row.leaf_hash());
            }
        }
        let InclusionProof { path } = tree.prove_page(index).map_err(fault)?;
        Ok(Self {
            index: number,
            path,
            rows,
            others,
        })
    }

    /// How many rows the page has.
    fn len(&self) -> usize {
        self.rows.len() + self.others.len()
    }

    /// Checks that this is the page of that index in the tree.
    fn check(&self, tree: &TreeSummary) -> Result<(), PageError> {
        let count = self.len();
        if !(1..=Page::ROWS_MAX).contains(&count) {
            return Err(PageError::RowCount { count });
        }
        let mut others = self.others.iter();
        let mut told = self.rows.iter().peekable();
        let mut range = CompactRange::new();
        for at in 0..count {
            let is_told = told.peek().is_some_and(|(index, _)| usize::from(*index) == at);
            let leaf = if is_told {
                told.next().map(|(_, row)| row.leaf_hash())
            } else {
                others.next().copied()
            };
            range.append(leaf.ok_or(PageError::Form)?);
        }
        // What is told twice, out of order or beyond the page is left over.
        if told.next().is_some() {
            return Err(PageError::Form);
        }
        let leaf = leaf_hash(range.root().as_bytes());
        let path = InclusionProof {
            path: self.path.clone(),
        };
        let root = path.root(self.index.into(), tree.pages.into(), &leaf)?;
        if root.0 == tree.root.0 {
            Ok(())
        } else {
            Err(PageError::Root)
        }
    }
}

/// A place in the tree, and whether a page or the tree ends there.
#[derive(Debug, Clone, Copy)]
struct Place {
    page: u32,
    row: u8,
    is_last_of_page: bool,
}

impl Place {
    /// Whether no row stands between.
    fn is_before(&self, next: &Self) -> bool {
        let same_page = self.page == next.page && u16::from(self.row) + 1 == u16::from(next.row);
        let next_page = self.is_last_of_page && next.row == 0 && self.page.checked_add(1) == Some(next.page);
        same_page || next_page
    }
}

/// Rows of a tree that are proved, and the gaps between them that are proved to be empty.
pub(super) struct ProvenRows {
    rows: BTreeMap<RowKey, (Place, Row)>,
    pages: u32,
}

impl ProvenRows {
    /// Checks every page against the tree, and that all rows ascend.
    // spec: duty-receipt R3
    pub(super) fn check(pages: &[ProvenPage], tree: &TreeSummary) -> Result<Self, ReceiptError> {
        let mut rows = BTreeMap::new();
        let mut last: Option<RowKey> = None;
        let mut before: Option<u32> = None;
        for page in pages {
            let fault = |error| ReceiptError::Page {
                index: page.index,
                error,
            };
            if before.is_some_and(|before| before >= page.index) {
                return Err(fault(PageError::Absent));
            }
            page.check(tree).map_err(fault)?;
            before = Some(page.index);
            for (at, row) in &page.rows {
                if last.is_some_and(|last| last >= *row.key()) {
                    return Err(ReceiptError::Order(*row.key()));
                }
                last = Some(*row.key());
                let is_last_of_page = usize::from(*at) + 1 == page.len();
                rows.insert(
                    *row.key(),
                    (
                        Place {
                            page: page.index,
                            row: *at,
                            is_last_of_page,
                        },
                        row.clone(),
                    ),
                );
            }
        }
        Ok(Self {
            rows,
            pages: tree.pages,
        })
    }

    /// The last row before the key; `None` when the tree has none. Unproven when the rows do not show either.
    fn starts(&self, place: &Place) -> bool {
        (place.page, place.row) == (0, 0)
    }

    fn ends(&self, place: &Place) -> bool {
        place.is_last_of_page && place.page.checked_add(1) == Some(self.pages)
    }
}

impl Rows for ProvenRows {
    // spec: duty-receipt R5
    fn range(&self, from: &RowKey, to: &RowKey) -> Result<Vec<&Row>, QuoteError> {
        if self.pages == 0 {
            return Ok(Vec::new());
        }
        let unproven = || QuoteError::Unproven(*from);
        let within: Vec<_> = self.rows.range(*from..=*to).collect();
        let left = match within.first() {
            Some((key, _)) if *key == from => None,
            _ => Some(self.rows.range(..from).next_back()),
        };
        let right = match within.last() {
            Some((key, _)) if *key == to => None,
            _ => Some(
                self.rows
                    .range((std::ops::Bound::Excluded(to), std::ops::Bound::Unbounded))
                    .next(),
            ),
        };
        // Each row of the chain must stand right behind the one before; what begins or ends it, at an end of the tree.
        let chain: Vec<&Place> = left
            .flatten()
            .into_iter()
            .chain(within.iter().copied())
            .chain(right.flatten())
            .map(|(_, (place, _))| place)
            .collect();
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
            return Err(unproven());
        };
        let is_joined = chain.windows(2).all(|pair| pair[0].is_before(pair[1]));
        let is_begun = left.is_none_or(|left| left.is_some()) || self.starts(first);
        let is_ended = right.is_none_or(|right| right.is_some()) || self.ends(last);
        if is_joined && is_begun && is_ended {
            Ok(within.into_iter().map(|(_, (_, row))| row).collect())
        } else {
            Err(unproven())
        }
    }

    // spec: duty-receipt R5
    fn last_to(&self, key: &RowKey) -> Result<Option<&Row>, QuoteError> {
        if self.pages == 0 {
            return Ok(None);
        }
        let unproven = || QuoteError::Unproven(*key);
        let last = self.rows.range(..=key).next_back();
        if let Some((found, (_, row))) = last
            && found == key
        {
            return Ok(Some(row));
        }
        let next = self
            .rows
            .range((std::ops::Bound::Excluded(key), std::ops::Bound::Unbounded))
            .next();
        let is_proven = match (last, next) {
            (Some((_, (last, _))), Some((_, (next, _)))) => last.is_before(next),
            (Some((_, (last, _))), None) => self.ends(last),
            (None, Some((_, (next, _)))) => self.starts(next),
            (None, None) => false,
        };
        if is_proven {
            Ok(last.map(|(_, (_, row))| row))
        } else {
            Err(unproven())
        }
    }
}
