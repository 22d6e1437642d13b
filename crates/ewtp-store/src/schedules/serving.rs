//! Serving: page frames as they lie, and the few that do not lie as they are asked for.

use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
use ewtp_federation::tariff::{Effort, PageFrame, pages_that_fit};
use ewtp_log::Hash;

use super::Shared;
use super::file::Facts;
use super::tree_file::Place;
use crate::error::StoreError;

impl Shared {
    /// The next frame of these pages of the tree with this root and so many pages, and where it ends.
    pub(super) fn frame(
        &self,
        root: &Hash,
        tree_pages: u64,
        pages: Range<u64>,
    ) -> Result<Option<(Bytes, u64)>, StoreError> {
        if pages.is_empty() {
            return Ok(None);
        }
        let lying = self.catalog().place_of(root, tree_pages, pages.start);
        match lying {
            Some((facts, place)) => self.lying_frame(&facts, tree_pages, &place, pages),
            None => self.made_frame(root, tree_pages, pages),
        }
    }

    /// A frame as it lies; where another range is asked for, the part of it that is.
    fn lying_frame(
        &self,
        facts: &Facts,
        tree_pages: u64,
        place: &Place,
        pages: Range<u64>,
    ) -> Result<Option<(Bytes, u64)>, StoreError> {
        let file = match File::open(self.folder.path_of(facts)) {
            Ok(file) => file,
            // The tree became whole in between, and what was gathered of it is gone.
            Err(_) if !self.catalog().has(facts) => return Ok(None),
            Err(error) => return Err(self.set_aside(facts, error.into())),
        };
        let end = pages.end.min(place.pages.end);
        let bytes = if place.pages == (pages.start..end) {
            place.bytes(&file)
        } else {
            place
                .cut(&file, pages.start..end, tree_pages)
                .map(|frame| frame.bytes().clone())
        };
        match bytes {
            Ok(bytes) => Ok(Some((bytes, end))),
            Err(damage) => Err(self.set_aside(facts, damage)),
        }
    }

    /// A frame of a tree that is kept as patches only.
    fn made_frame(&self, root: &Hash, tree_pages: u64, pages: Range<u64>) -> Result<Option<(Bytes, u64)>, StoreError> {
        let Some(tree) = self.patched_tree(root, tree_pages)? else {
            return Ok(None);
        };
        let count = tree.pages().len();
        let index = |page: u64| usize::try_from(page).map_or(count, |page| page.min(count));
        let (from, to) = (index(pages.start), index(pages.end));
        if from == to {
            return Ok(None);
        }
        let end = from + pages_that_fit(&tree.pages()[from..to]);
        let run = tree.run(from..end).expect("pages of the tree");
        let frame = PageFrame::of(run, Effort::Passing);
        Ok(Some((frame.bytes().clone(), frame.pages().end)))
    }
}
