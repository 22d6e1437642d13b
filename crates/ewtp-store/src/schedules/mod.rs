//! The store of schedules: the pages and patches that editions name, held by content. It knows no records.
//!
//! A schedule is three page trees, named as an edition names them ([`Trees`]). It is kept whole ([`Schedules::keep`]), or as
//! the patch that leads to it from another ([`Schedules::keep_patch`]); a tree that comes from peers piece by piece is
//! gathered durably ([`Schedules::keep_frame`]) and becomes whole with its last page. What was only gathered is no schedule
//! yet: who gathered it checks [`Schedules::whole`] and keeps it.
//!
//! ```text
//! DIR/tariffs/trees/ROOT.tree          a page tree, as the page frames in which it travels
//! DIR/tariffs/schedules/ID.schedule    that the three trees named in it were checked together
//! DIR/tariffs/patches/ID.patch         from which schedule to which it leads; the stream in which it travels
//! DIR/tariffs/parts/ID.part            the page frames of a tree that is being gathered
//! DIR/tariffs/refusals/ID.refusal      why the schedule of the edition with this record is none, and by which rules
//! ```
//!
//! Packing pages takes long, so it is done once, by their publisher: here they are kept, and served, as they came.
//!
//! Each file has a version and checksums, and appears by a rename after it was made durable. One that is damaged is set
//! aside under a name that ends in `.damaged`, named in the error, and never used; what it held is gathered again.

mod cache;
mod catalog;
mod chain;
mod file;
mod part;
mod path;
mod refusals;
mod serving;
mod tally;
#[cfg(test)]
mod tests;
mod tree_file;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ewtp_federation::gathering::Refused;
use ewtp_federation::tariff::{Effort, PackedPatch, PageFrame, page_frames};
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::edition::{TreeSummary, Trees};
use ewtp_tariff::{PageError, PageTrees};

use crate::error::StoreError;
use cache::Cache;
use catalog::Catalog;
use file::Facts;
use path::Folder;
use tree_file::{Place, TreeFile};

/// The schedules of a folder; a clone is another handle to the same.
///
/// Every method that answers with pages or writes them waits for the disk, and may take some seconds for a large schedule: call
/// it from a thread that may.
#[derive(Clone, Debug)]
pub struct Schedules {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: Folder,
    catalog: Mutex<Catalog>,
    cache: Mutex<Cache>,
    /// Held while trees are read or rebuilt, so that nobody does it twice and one schedule at a time takes memory for it.
    building: Mutex<()>,
    /// Held while files are written: of two that keep the same, the second finds it done.
    writing: Mutex<()>,
}

/// How much of a tree is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// All of it.
    Whole,
    /// Pages `start..end`, ascending and apart; none at first.
    Part(Vec<Range<u64>>),
}

/// What became of pages that were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// They are durable; others are missing.
    Part,
    /// They were the last, and the tree is whole.
    Whole,
    /// They were the last and together are no tree, or with them it is another than the edition names: the publisher's fault.
    /// Nothing of the tree is kept.
    Refused(PageError),
}

/// What the schedules of a folder come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleUsage {
    /// Bytes on disk, without what was set aside.
    pub bytes: u64,
    /// Schedules that can be read.
    pub schedules: usize,
    /// Patches that can be served.
    pub patches: usize,
    /// Trees that are being gathered.
    pub parts: usize,
}

impl Schedules {
    /// Opens or creates `folder/tariffs`. Trees that were read are kept in memory up to about `memory_bytes`; those read
    /// longest ago go first.
    ///
    /// Reads the headers only. What a crash left half-written is deleted, or cut where it is torn; a damaged file is set
    /// aside with a warning.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`], system errors.
    pub fn open(folder: &Path, memory_bytes: usize) -> Result<Self, StoreError> {
        let folder = Folder::create(folder)?;
        let shared = Shared {
            catalog: Mutex::new(Catalog::read(&folder)?),
            folder,
            cache: Mutex::new(Cache::new(memory_bytes)),
            building: Mutex::default(),
            writing: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Whether this schedule was kept and can be read: whole, or by a chain of patches from a whole one.
    #[must_use]
    pub fn holds(&self, trees: &Trees) -> bool {
        self.shared.catalog().holds(trees)
    }

    /// A schedule that was kept, read or rebuilt and checked; `None` when it is not held.
    ///
    /// # Errors
    /// [`StoreError::ScheduleDamaged`], once for each damaged file; system errors.
    pub fn trees(&self, trees: &Trees) -> Result<Option<Arc<PageTrees>>, StoreError> {
        if !self.holds(trees) {
            return Ok(None);
        }
        Ok(self.shared.schedule(trees)?.map(Arc::new))
    }

    /// The three trees of a schedule if each is here whole, also when it was never kept as a schedule: to be checked, and
    /// kept, when they were gathered.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    pub fn whole(&self, trees: &Trees) -> Result<Option<PageTrees>, StoreError> {
        let _building = lock(&self.shared.building);
        self.shared.whole(trees)
    }

    /// The stream of the patch of this id, to be served; `None` also when that one has not so many bytes.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    pub fn patch(&self, id: &Hash, bytes: u64) -> Result<Option<Bytes>, StoreError> {
        let link = self.shared.catalog().patch_of(id, bytes);
        link.map_or(Ok(None), |link| self.shared.patch_stream(&link))
    }

    /// A page frame of the tree with this root and so many pages, to be served, and the index of the page behind it: it has the
    /// first of `pages`, and as many more of them as it holds. `None` when that page is not here, or the tree has another
    /// number of pages. Also of a tree that is being gathered.
    ///
    /// It is the frame as its publisher packed it, if one lies so. Another range is cut out of it and packed anew, and so is a
    /// tree that is kept as patches only.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    pub fn frame(&self, root: &Hash, tree_pages: u64, pages: Range<u64>) -> Result<Option<(Bytes, u64)>, StoreError> {
        self.shared.frame(root, tree_pages, pages)
    }

    /// Keeps a schedule whole. It passed [`ewtp_tariff::schedule::check`] before, and is durable when this returns. Trees that
    /// are not here as frames yet are packed, with all effort.
    ///
    /// # Errors
    /// System errors.
    pub fn keep(&self, trees: &PageTrees) -> Result<(), StoreError> {
        let _writing = lock(&self.shared.writing);
        let summary = trees.summary();
        self.shared.write_trees(trees, Effort::Lasting)?;
        if !self.shared.catalog().is_kept_whole(&summary) {
            let bytes = file::write(&self.shared.folder, &Facts::Schedule(summary), &[])?;
            self.shared.catalog().add_schedule(summary, bytes);
        }
        Ok(())
    }

    /// Keeps a schedule as the patch that leads to it from one that is held, and serves the patch from now on. The schedule
    /// passed [`ewtp_tariff::schedule::check`] before, and is durable when this returns.
    ///
    /// A chain that would grow too long is cut short: its end is kept whole as well, packed fast, for few ask for it by pages.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when `from` is not held; system errors.
    pub fn keep_patch(&self, from: &Trees, to: &PageTrees, patch: &PackedPatch) -> Result<(), StoreError> {
        let _writing = lock(&self.shared.writing);
        if !self.holds(from) {
            return Err(StoreError::Refused("a patch from a schedule that is not held"));
        }
        let summary = to.summary();
        let link = file::Link {
            from: *from,
            to: summary,
            id: leaf_hash(patch.patch()),
            bytes: patch.patch().len() as u64,
        };
        let facts = Facts::Patch(link);
        if !self.shared.catalog().has(&facts) {
            let bytes = file::write(&self.shared.folder, &facts, patch.stream())?;
            self.shared.catalog().add_link(link, bytes);
        }
        self.shared.remember(to);
        if self.shared.catalog().chain_is_long(&summary) {
            self.shared.write_trees(to, Effort::Passing)?;
        }
        Ok(())
    }

    /// How much of a tree is here.
    #[must_use]
    pub fn gathered(&self, tree: &TreeSummary) -> Gathered {
        self.shared.catalog().gathered(tree)
    }

    /// Keeps a page frame of a tree that is being gathered, as it came. It was checked against the root before
    /// ([`PageAnswer::read`](ewtp_federation::tariff::PageAnswer::read)), and is durable when this returns.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for pages beyond the tree, [`StoreError::ScheduleDamaged`] when pages kept before cannot be
    /// read again; system errors.
    pub fn keep_frame(&self, tree: &TreeSummary, frame: &PageFrame) -> Result<Kept, StoreError> {
        let _writing = lock(&self.shared.writing);
        self.shared.keep_frame(tree, frame)
    }

    /// Remembers that the schedule of the edition with this record is none; durable when this returns.
    ///
    /// # Errors
    /// System errors.
    pub fn refuse(&self, edition: &Hash, refused: &Refused) -> Result<(), StoreError> {
        self.shared.refuse(edition, refused)
    }

    /// Why the schedule of the edition with this record is refused, if that was found by the [`RULES`] of this program; what was
    /// found by others is forgotten.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    ///
    /// [`RULES`]: ewtp_federation::tariff::RULES
    pub fn refusal(&self, edition: &Hash) -> Result<Option<Refused>, StoreError> {
        self.shared.refusal(edition)
    }

    /// What is here, counted.
    #[must_use]
    pub fn usage(&self) -> ScheduleUsage {
        self.shared.catalog().usage()
    }
}

impl Shared {
    fn catalog(&self) -> MutexGuard<'_, Catalog> {
        lock(&self.catalog)
    }

    /// Writes those of the three trees that are not on disk.
    fn write_trees(&self, trees: &PageTrees, effort: Effort) -> Result<(), StoreError> {
        for tree in [&trees.rates, &trees.texts, &trees.notes] {
            let summary = tree.summary();
            if !self.catalog().is_whole(&summary) {
                self.write_frames(&summary, &page_frames(tree, effort))?;
            }
        }
        Ok(())
    }

    /// Makes a whole tree durable, then known.
    fn write_frames(&self, tree: &TreeSummary, frames: &[PageFrame]) -> Result<(), StoreError> {
        let facts = Facts::Tree(*tree);
        let mut known = TreeFile::new(*tree, facts.header_bytes());
        let mut content = Vec::new();
        for frame in frames {
            let (place, bytes) = Place::of(frame, known.end());
            content.extend_from_slice(&bytes);
            known.push(place);
        }
        file::write(&self.folder, &facts, &content)?;
        self.catalog().add_tree(known);
        Ok(())
    }

    /// What a damaged file held is not here any more.
    fn set_aside(&self, facts: &Facts, damage: file::Damage) -> StoreError {
        self.catalog().forget(facts);
        file::set_aside(&self.folder.path_of(facts), damage)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
