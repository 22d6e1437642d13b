//! Where a page ends: said by the keys, so that a changed rate moves no boundary.

use super::{Page, PageError};
use crate::{Row, RowKey};
use ewtp_log::leaf_hash;

/// Whether a page ends with the row of this key, however few rows it has: one key of 32.
// spec: tariff-page R4
#[must_use]
pub fn ends_page(key: &RowKey) -> bool {
    const MASK: u8 = 0x1f;
    leaf_hash(&key.encode()).as_bytes()[31] & MASK == 0
}

/// Bytes of a row in its page.
fn size(row: &Row) -> usize {
    2 + row.bytes().len()
}

/// Rows in ascending order, cut into pages.
// spec: tariff-page R4
pub(super) fn cut(rows: impl IntoIterator<Item = Row>) -> Result<Vec<Page>, PageError> {
    let mut pages = Vec::new();
    let (mut open, mut bytes) = (Vec::new(), 0);
    for row in rows {
        if is_full(open.len(), bytes, &row) {
            pages.push(Page::new(std::mem::take(&mut open))?);
            bytes = 0;
        }
        bytes += size(&row);
        let is_end = ends_page(row.key());
        open.push(row);
        if is_end {
            pages.push(Page::new(std::mem::take(&mut open))?);
            bytes = 0;
        }
    }
    if !open.is_empty() {
        pages.push(Page::new(open)?);
    }
    Ok(pages)
}

fn is_full(rows: usize, bytes: usize, next: &Row) -> bool {
    rows == Page::ROWS_MAX || bytes + size(next) > Page::BYTES_MAX
}

/// Checks that a page is cut where the rule says, given the first row of the page behind it; `None` at the end of the tree.
// spec: tariff-page R4
pub(super) fn inspect(page: &Page, next: Option<&Row>) -> Result<(), PageError> {
    let [inner @ .., last] = page.rows() else {
        return Err(PageError::RowCount { count: 0 });
    };
    if let Some(row) = inner.iter().find(|row| ends_page(row.key())) {
        return Err(PageError::CutLate(*row.key()));
    }
    let is_due = |next: &Row| ends_page(last.key()) || is_full(page.rows().len(), page.bytes().len(), next);
    match next {
        Some(next) if !is_due(next) => Err(PageError::CutEarly(*last.key())),
        _ => Ok(()),
    }
}

/// Checks that two pages stand in this order and do not overlap.
// spec: tariff-page R5
pub(super) fn inspect_neighbours(left: &Page, right: &Page) -> Result<(), PageError> {
    if left.first().tree() != right.first().tree() {
        return Err(PageError::Tree(*right.first()));
    }
    if left.last() >= right.first() {
        return Err(PageError::Overlap(*right.first()));
    }
    inspect(left, right.rows().first())
}
