//! A tree that is being gathered: page frames in the order in which they came, each durable before the next. A crash can
//! tear only the last.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use ewtp_federation::tariff::PageFrame;
use ewtp_record::edition::TreeSummary;
use ewtp_tariff::{PageError, PageTree};

use super::file::{Damage, Facts, wrong};
use super::tally::Tally;
use super::tree_file::{Place, TreeFile};
use super::{Kept, Shared};
use crate::error::StoreError;

/// Finds what is here of such a tree, and cuts its file where it is torn.
///
/// A tree that was completed when the node died is asked for its last frame again, which then makes it whole.
pub(super) fn read(path: &Path, tree: TreeSummary, header_bytes: u64, length: u64) -> Result<TreeFile, Damage> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut part = TreeFile::walk(&file, tree, header_bytes, length)?;
    if part.has_all() {
        part.pop();
    }
    if part.end() < length {
        tracing::warn!(file = %path.display(), from = part.end(), "a tree that is being gathered was cut where it was torn");
        file.set_len(part.end())?;
    }
    Ok(part)
}

impl Shared {
    pub(super) fn keep_frame(&self, tree: &TreeSummary, frame: &PageFrame) -> Result<Kept, StoreError> {
        let pages = frame.pages();
        if pages.is_empty() || pages.end > tree.pages.into() {
            return Err(StoreError::Refused("pages that lie beyond their tree"));
        }
        if self.catalog().is_whole(tree) {
            return Ok(Kept::Whole);
        }
        let begun = self.catalog().part(tree).cloned();
        let part = begun.map_or_else(|| self.begin(tree), Ok)?;
        let part = if part.has(&pages) {
            part
        } else {
            let tally = self.tally(&part)?.with(frame, &part.pages());
            if !tally.fits(tree) {
                self.drop_part(tree)?;
                return Ok(Kept::Refused(PageError::Root));
            }
            self.append(part, frame, tally)?
        };
        if part.has_all() {
            self.complete(&part)
        } else {
            Ok(Kept::Part)
        }
    }

    fn begin(&self, tree: &TreeSummary) -> Result<TreeFile, StoreError> {
        let bytes = super::file::write(&self.folder, &Facts::Part(*tree), &[])?;
        let part = TreeFile::new(*tree, bytes);
        self.catalog().add_part(part.clone());
        Ok(part)
    }

    /// What the pages that are here come to. They are read for it once after a start.
    fn tally(&self, part: &TreeFile) -> Result<Tally, StoreError> {
        let counted = part.tally().map_or_else(|| self.count(part), Ok);
        counted.map_err(|damage| self.set_aside(&Facts::Part(*part.tree()), damage))
    }

    fn count(&self, part: &TreeFile) -> Result<Tally, Damage> {
        let file = File::open(self.folder.path_of(&Facts::Part(*part.tree())))?;
        let (mut tally, mut counted) = (Tally::default(), TreeFile::new(*part.tree(), 0));
        for place in part.places() {
            tally = tally.with(&place.frame(&file)?, &counted.pages());
            counted.push(place.clone());
        }
        Ok(tally)
    }

    fn append(&self, mut part: TreeFile, frame: &PageFrame, tally: Tally) -> Result<TreeFile, StoreError> {
        let path = self.folder.path_of(&Facts::Part(*part.tree()));
        let (place, bytes) = Place::of(frame, part.end());
        let file = OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        // At its place and not at the end: a write that failed before may have left something there.
        let written = file.write_all_at(&bytes, part.end());
        written.map_err(StoreError::io("write", &path))?;
        file.sync_data().map_err(StoreError::io("sync", &path))?;
        part.push(place);
        part.counted(tally);
        self.catalog().add_part(part.clone());
        Ok(part)
    }

    /// Makes a tree whole of which all pages are here.
    fn complete(&self, part: &TreeFile) -> Result<Kept, StoreError> {
        let facts = Facts::Part(*part.tree());
        let frames = self.frames_of(part).map_err(|damage| self.set_aside(&facts, damage))?;
        let pages = frames.iter().flat_map(|frame| frame.run().pages.clone()).collect();
        let tree = PageTree::of_pages(pages).and_then(|tree| {
            let is_named = tree.summary() == *part.tree();
            is_named.then_some(tree).ok_or(PageError::Root)
        });
        let kept = match tree {
            Ok(tree) => {
                self.write_frames(part.tree(), &frames)?;
                self.remember_tree(&tree);
                Kept::Whole
            }
            Err(error) => Kept::Refused(error),
        };
        self.drop_part(part.tree())?;
        Ok(kept)
    }

    fn drop_part(&self, tree: &TreeSummary) -> Result<(), StoreError> {
        let facts = Facts::Part(*tree);
        self.catalog().forget(&facts);
        let path = self.folder.path_of(&facts);
        fs::remove_file(&path).map_err(StoreError::io("delete", &path))
    }

    /// All frames of a tree in their order, as they came: only where two have pages in common one is cut anew.
    fn frames_of(&self, part: &TreeFile) -> Result<Vec<PageFrame>, Damage> {
        let file = File::open(self.folder.path_of(&Facts::Part(*part.tree())))?;
        let (mut frames, mut next) = (Vec::new(), 0);
        while next < part.tree().pages.into() {
            let place = part.place_of(next).ok_or_else(|| wrong("a page is missing"))?;
            let frame = if place.pages.start == next {
                place.frame(&file)?
            } else {
                place.cut(&file, next..place.pages.end, part.tree().pages.into())?
            };
            frames.push(frame);
            next = place.pages.end;
        }
        Ok(frames)
    }
}
