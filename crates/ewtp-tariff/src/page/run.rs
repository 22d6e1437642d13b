//! A run of pages as a peer sends it, checked alone against the root.

use super::tree::leaf;
use super::{Page, PageError, cut};
use ewtp_log::{CompactRange, Hash, RangeError, range_root, right_levels};
use std::ops::Range;

/// Neighbouring pages of a tree, with the hashes of what lies left and right of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRun {
    /// The index of the first page.
    pub start: u64,
    /// The compact range of the pages before.
    pub left: Vec<Hash>,
    /// The pages, at least one.
    pub pages: Vec<Page>,
    /// The blocks that cover the pages behind.
    pub right: Vec<Hash>,
}

impl PageRun {
    pub(super) fn of(pages: &[Page], leaves: &[Hash], range: Range<usize>) -> Result<Self, PageError> {
        let run = pages
            .get(range.clone())
            .filter(|run| !run.is_empty())
            .ok_or(PageError::Absent)?;
        let mut left = CompactRange::new();
        leaves[..range.start].iter().for_each(|leaf| left.append(*leaf));
        let mut next = range.end;
        let right = right_levels(range.end as u64, leaves.len() as u64).map(|level| {
            let mut block = CompactRange::new();
            leaves[next..next + (1 << level)]
                .iter()
                .for_each(|leaf| block.append(*leaf));
            next += 1 << level;
            block.root()
        });
        Ok(Self {
            start: range.start as u64,
            right: right.collect(),
            left: left.hashes().to_vec(),
            pages: run.to_vec(),
        })
    }

    /// Checks that these pages are those of a tree of that root and that many pages, in order and rightly cut.
    ///
    /// Where the last page ends is known only with the page behind it: [`PageTree::of_pages`](super::PageTree::of_pages) checks that.
    ///
    /// # Errors
    /// [`PageError::Root`] for other pages; pages that hash right but overlap or are cut wrongly are the publisher's fault.
    // spec: tariff-page R6
    pub fn check(&self, pages: u64, root: &Hash) -> Result<(), PageError> {
        let last = self.pages.last().ok_or(PageError::Absent)?;
        let leaves: Vec<_> = self.pages.iter().map(leaf).collect();
        if range_root(self.start, &self.left, &leaves, pages, &self.right)? != *root {
            return Err(PageError::Root);
        }
        let mut neighbours = self.pages.iter().zip(self.pages.iter().skip(1));
        neighbours.try_for_each(|(left, right)| cut::inspect_neighbours(left, right))?;
        cut::inspect(last, None)
    }

    /// The pages of this range with what proves them, out of those of this run of a tree of that many pages.
    ///
    /// # Errors
    /// [`PageError::Absent`] when the range is empty or not within this run; a run that would not pass [`PageRun::check`].
    // spec: tariff-page R6
    pub fn narrowed(&self, range: Range<u64>, pages: u64) -> Result<Self, PageError> {
        let index = |page: u64| {
            page.checked_sub(self.start)
                .and_then(|index| usize::try_from(index).ok())
        };
        let (Some(from), Some(to)) = (index(range.start), index(range.end)) else {
            return Err(PageError::Absent);
        };
        let kept = self.pages.get(from..to).filter(|kept| !kept.is_empty());
        let kept = kept.ok_or(PageError::Absent)?.to_vec();
        let mut left = CompactRange::from_parts(self.start, self.left.clone()).map_err(RangeError::from)?;
        self.pages[..from].iter().for_each(|page| left.append(leaf(page)));
        Ok(Self {
            start: range.start,
            left: left.hashes().to_vec(),
            pages: kept,
            right: self.right_of(to, range.end, pages)?,
        })
    }

    /// The blocks behind page `end` of the tree, the `behind`th of this run: of its own pages first, then of its blocks.
    fn right_of(&self, behind: usize, end: u64, pages: u64) -> Result<Vec<Hash>, PageError> {
        let own = self.pages[behind..].iter().map(|page| (0, leaf(page)));
        let own_end = self.start + self.pages.len() as u64;
        let mut rest = own.chain(right_levels(own_end, pages).zip(self.right.iter().copied()));
        let block = |level: u32| {
            let mut block = CompactRange::new();
            while block.size() < 1 << level {
                let (level, hash) = rest.next().ok_or(PageError::Root)?;
                block.append_block(level, hash).map_err(RangeError::from)?;
            }
            Ok(block.root())
        };
        right_levels(end, pages).map(block).collect()
    }
}
