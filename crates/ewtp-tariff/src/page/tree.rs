//! The tree of an edition's pages.

use super::{Page, PageError, PageRun, RowProof, cut};
use crate::{Row, RowKey};
use ewtp_log::TILE_WIDTH;
use ewtp_log::{Hash, InclusionProof, Tree, leaf_hash};
use ewtp_record::Edition;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::TreeSummary;
use std::collections::BTreeMap;
use std::ops::Range;

/// Pages in order, cut where the rule says, with the Merkle tree over their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageTree {
    pages: Vec<Page>,
    tree: Tree,
}

impl PageTree {
    /// The tree of these rows, whatever their order; of two with one key the later counts.
    ///
    /// # Errors
    /// Rows of several trees, or more than a tree may have.
    pub fn of(rows: impl IntoIterator<Item = Row>) -> Result<Self, PageError> {
        let sorted: BTreeMap<RowKey, Row> = rows.into_iter().map(|row| (*row.key(), row)).collect();
        Self::sealed(cut::cut(sorted.into_values())?)
    }

    /// The tree of all its pages, as a peer sent them.
    ///
    /// # Errors
    /// Pages that overlap, are out of order, or are cut otherwise than the rule says.
    pub fn of_pages(pages: Vec<Page>) -> Result<Self, PageError> {
        if let Some(last) = pages.last() {
            cut::inspect(last, None)?;
        }
        Self::sealed(pages)
    }

    fn sealed(pages: Vec<Page>) -> Result<Self, PageError> {
        let mut neighbours = pages.iter().zip(pages.iter().skip(1));
        neighbours.try_for_each(|(left, right)| cut::inspect_neighbours(left, right))?;
        let mut tree = Tree::new();
        pages.iter().for_each(|page| tree.append(leaf(page)));
        let made = Self { pages, tree };
        let summary = made.summary();
        let is_within = summary.pages <= Edition::PAGES_MAX
            && summary.rows <= Edition::ROWS_MAX
            && summary.bytes <= Edition::TREE_BYTES_MAX;
        if is_within { Ok(made) } else { Err(PageError::Bounds) }
    }

    /// The root over the ids of the pages.
    // spec: tariff-page R6
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The pages, ascending.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// All rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.pages.iter().flat_map(Page::rows)
    }

    /// The row of this key.
    #[must_use]
    pub fn get(&self, key: &RowKey) -> Option<&Row> {
        let page = &self.pages[self.page_of(key)?];
        let row = page.rows().binary_search_by(|row| row.key().cmp(key)).ok()?;
        page.rows().get(row)
    }

    /// The rows from this key on, ascending.
    pub fn rows_from<'t>(&'t self, key: &RowKey) -> impl Iterator<Item = &'t Row> + use<'t> {
        let page = self.pages.partition_point(|page| page.last() < key);
        let within = self
            .pages
            .get(page)
            .map_or(0, |page| page.rows().partition_point(|row| row.key() < key));
        self.pages[page..].iter().flat_map(Page::rows).skip(within)
    }

    /// The last row at or before this key.
    #[must_use]
    pub fn last_to(&self, key: &RowKey) -> Option<&Row> {
        let pages = self.pages.partition_point(|page| page.first() <= key);
        let page = self.pages.get(pages.checked_sub(1)?)?;
        page.rows()
            .get(page.rows().partition_point(|row| row.key() <= key).checked_sub(1)?)
    }

    /// The page that holds this key, if the tree does.
    fn page_of(&self, key: &RowKey) -> Option<usize> {
        let page = self.pages.partition_point(|page| page.last() < key);
        self.pages.get(page).filter(|page| page.first() <= key).map(|_| page)
    }

    /// As an edition names it.
    #[must_use]
    pub fn summary(&self) -> TreeSummary {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        TreeSummary {
            root: Octets(self.root().0),
            pages: count(self.pages.len()),
            rows: count(self.rows().count()),
            bytes: self.pages.iter().map(|page| page.bytes().len() as u64).sum(),
        }
    }

    /// The proof of a row.
    ///
    /// # Errors
    /// [`PageError::Absent`] when the tree has no such row.
    // spec: tariff-page R7
    pub fn prove(&self, key: &RowKey) -> Result<RowProof, PageError> {
        let page_index = self.page_of(key).ok_or(PageError::Absent)?;
        let page = &self.pages[page_index];
        let row_index = page.rows().binary_search_by(|row| row.key().cmp(key));
        let row_index = row_index.map_err(|_| PageError::Absent)?;
        RowProof::of(page, row_index, &self.ids(), page_index)
    }

    /// The path of a page to the root.
    ///
    /// # Errors
    /// [`PageError::Absent`] when the tree has no such page.
    // spec: tariff-page R7
    pub fn prove_page(&self, index: usize) -> Result<InclusionProof, PageError> {
        const BUNDLE: usize = TILE_WIDTH as usize; // the tree keeps its nodes from here up
        let start = index - index % BUNDLE;
        let end = self.pages.len().min(start + BUNDLE);
        let leaves: Vec<_> = self
            .pages
            .get(start..end)
            .ok_or(PageError::Absent)?
            .iter()
            .map(leaf)
            .collect();
        let path = self.tree.inclusion(index as u64, self.tree.head(), &leaves);
        path.map_err(|_| PageError::Absent)
    }

    /// The pages of this range with what proves them, for a peer.
    ///
    /// # Errors
    /// [`PageError::Absent`] when the range is empty or ends beyond the tree.
    // spec: tariff-page R6
    pub fn run(&self, range: Range<usize>) -> Result<PageRun, PageError> {
        PageRun::of(&self.pages, &self.ids(), range)
    }

    fn ids(&self) -> Vec<Hash> {
        self.pages.iter().map(leaf).collect()
    }
}

/// The leaf of a page in its tree.
pub(super) fn leaf(page: &Page) -> Hash {
    leaf_hash(page.id().as_bytes())
}
