//! Which rows a quote asked for.

use super::{ProvenPage, ReceiptError};
use crate::quote::{QuoteError, Rows};
use crate::{PageTree, PageTrees, Row, RowKey};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A row's place in its tree: page, and row of the page.
type Place = (usize, usize);

/// A schedule that remembers what it was asked for, with the neighbours of what it does not have.
pub(super) struct Recorder<'a> {
    tree: &'a PageTree,
    seen: RefCell<BTreeSet<Place>>,
}

impl<'a> Recorder<'a> {
    pub(super) const fn new(trees: &'a PageTrees) -> Self {
        Self {
            tree: &trees.rates,
            seen: RefCell::new(BTreeSet::new()),
        }
    }

    /// The first row at or behind the key; behind the last row, the page that is not there.
    fn place(&self, key: &RowKey) -> Place {
        let pages = self.tree.pages();
        let page = pages.partition_point(|page| page.last() < key);
        let row = pages
            .get(page)
            .map_or(0, |page| page.rows().partition_point(|row| row.key() < key));
        (page, row)
    }

    fn row(&self, (page, row): Place) -> Option<&'a Row> {
        self.tree.pages().get(page)?.rows().get(row)
    }

    fn next(&self, (page, row): Place) -> Place {
        let is_last = self
            .tree
            .pages()
            .get(page)
            .is_some_and(|page| row + 1 >= page.rows().len());
        if is_last { (page + 1, 0) } else { (page, row + 1) }
    }

    fn before(&self, (page, row): Place) -> Option<Place> {
        if row > 0 {
            return Some((page, row - 1));
        }
        let page = page.checked_sub(1)?;
        Some((page, self.tree.pages().get(page)?.rows().len() - 1))
    }

    fn see(&self, place: Place) {
        if self.row(place).is_some() {
            self.seen.borrow_mut().insert(place);
        }
    }

    /// The pages of the rows that were asked for, with what proves them.
    pub(super) fn into_pages(self) -> Result<Vec<ProvenPage>, ReceiptError> {
        let mut by_page: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (page, row) in self.seen.into_inner() {
            by_page.entry(page).or_default().insert(row);
        }
        by_page
            .into_iter()
            .map(|(page, rows)| ProvenPage::of(self.tree, page, &rows))
            .collect()
    }
}

impl Rows for Recorder<'_> {
    fn range(&self, from: &RowKey, to: &RowKey) -> Result<Vec<&Row>, QuoteError> {
        let mut place = self.place(from);
        let mut rows: Vec<&Row> = Vec::new();
        if self.row(place).is_none_or(|row| row.key() != from)
            && let Some(before) = self.before(place)
        {
            self.see(before);
        }
        while let Some(row) = self.row(place).filter(|row| row.key() <= to) {
            self.see(place);
            rows.push(row);
            place = self.next(place);
        }
        if rows.last().is_none_or(|row| row.key() != to) {
            self.see(place);
        }
        Ok(rows)
    }

    fn last_to(&self, key: &RowKey) -> Result<Option<&Row>, QuoteError> {
        let at = self.place(key);
        if let Some(row) = self.row(at).filter(|row| row.key() == key) {
            self.see(at);
            return Ok(Some(row));
        }
        self.see(at);
        let Some(before) = self.before(at) else { return Ok(None) };
        self.see(before);
        Ok(self.row(before))
    }
}
