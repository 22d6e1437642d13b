//! The tally of a tree that is being gathered: the rows and bytes of its pages that are here. An edition can name few and sign a
//! root over many; so a tree is refused with the first page for which there is no room, long before all of it lies in memory.
// spec: tariff-sync R8

use std::ops::Range;

use ewtp_federation::tariff::PageFrame;
use ewtp_record::edition::TreeSummary;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    rows: u64,
    bytes: u64,
}

impl Tally {
    /// With those pages of a frame that are not among the pages counted before.
    pub(super) fn with(mut self, frame: &PageFrame, counted: &[Range<u64>]) -> Self {
        let is_new = |index: u64| !counted.iter().any(|pages| pages.contains(&index));
        for (_, page) in frame
            .pages()
            .zip(&frame.run().pages)
            .filter(|(index, _)| is_new(*index))
        {
            self.rows += page.rows().len() as u64;
            self.bytes += page.bytes().len() as u64;
        }
        self
    }

    /// Whether a tree that has so many rows and bytes may have these pages.
    pub(super) fn fits(&self, tree: &TreeSummary) -> bool {
        self.rows <= tree.rows.into() && self.bytes <= tree.bytes
    }
}
