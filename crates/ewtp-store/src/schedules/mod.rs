//! The store of schedules: the pages and patches that editions name, held by content. It knows no records.
//!
//! A schedule is three page trees, named as an edition names them ([`Trees`]). It is kept whole ([`Schedules::keep`]), or as
//! the patch that leads to it from another ([`Schedules::keep_patch`]); a tree that comes from peers piece by piece is
//! gathered durably ([`Schedules::keep_run`]) and becomes whole with its last page. What was only gathered is no schedule
//! yet: who gathered it checks [`Schedules::whole`] and keeps it.
//!
//! ```text
//! DIR/tariffs/trees/ROOT.tree          a page tree, deflated
//! DIR/tariffs/schedules/ID.schedule    that the three trees named in it were checked together
//! DIR/tariffs/patches/ID.patch         from which schedule to which it leads; deflated
//! DIR/tariffs/parts/ID.part            the pages of a tree that is being gathered
//! ```
//!
//! Each file has a version and checksums, and appears by a rename after it was made durable. One that is damaged is set
//! aside under a name that ends in `.damaged`, named in the error, and never used; what it held is gathered again.

mod body;
mod cache;
mod catalog;
mod chain;
mod file;
mod part;
mod path;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::edition::{TreeSummary, Trees};
use ewtp_tariff::page::PageRun;
use ewtp_tariff::{PageError, PageTree, PageTrees};

use crate::error::StoreError;
use cache::Cache;
use catalog::Catalog;
use file::Facts;
use path::Folder;

/// The schedules of a folder; a clone is another handle to the same.
///
/// Every method that answers with pages or writes them waits for the disk, and may take a second for a large schedule: call
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
    /// They were the last, and together they are no tree, or another than the edition names: the publisher's fault.
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

    /// The bytes of the patch of this id, to be served.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    pub fn patch(&self, id: &Hash) -> Result<Option<Bytes>, StoreError> {
        let link = self.shared.catalog().patch_of(id);
        link.map_or(Ok(None), |link| self.shared.patch_bytes(&link))
    }

    /// Pages of the tree of this root, with what proves them: from `from` on, as many as lie together here, but none from
    /// `to` on. `None` when the first is not here. Also of a tree that is being gathered.
    ///
    /// # Errors
    /// As [`Schedules::trees`].
    pub fn run(&self, root: &Hash, from: u64, to: u64) -> Result<Option<PageRun>, StoreError> {
        if let Some(tree) = self.shared.tree_by_root(root)? {
            let to = to.min(tree.pages().len() as u64);
            let pages = usize::try_from(from).ok().zip(usize::try_from(to).ok());
            return Ok(pages.and_then(|(from, to)| tree.run(from..to).ok()));
        }
        let part = self.shared.catalog().part_of(root);
        part.map_or(Ok(None), |tree| self.shared.part_run(&tree, from..to))
    }

    /// Keeps a schedule whole. It passed [`ewtp_tariff::schedule::check`] before, and is durable when this returns.
    ///
    /// # Errors
    /// System errors.
    pub fn keep(&self, trees: &PageTrees) -> Result<(), StoreError> {
        let _writing = lock(&self.shared.writing);
        let summary = trees.summary();
        self.shared.write_trees(trees)?;
        if !self.shared.catalog().is_kept_whole(&summary) {
            let facts = Facts::Schedule(summary);
            self.shared.write(&facts, &[])?;
        }
        Ok(())
    }

    /// Keeps a schedule as the patch that leads to it from one that is held, and serves the patch from now on. The schedule
    /// passed [`ewtp_tariff::schedule::check`] before, and is durable when this returns.
    ///
    /// A chain that would grow too long is cut short: its end is kept whole as well.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when `from` is not held; system errors.
    pub fn keep_patch(&self, from: &Trees, to: &PageTrees, patch: &[u8]) -> Result<(), StoreError> {
        let _writing = lock(&self.shared.writing);
        if !self.holds(from) {
            return Err(StoreError::Refused("a patch from a schedule that is not held"));
        }
        let summary = to.summary();
        let id = leaf_hash(patch);
        let facts = Facts::Patch(file::Link {
            from: *from,
            to: summary,
            id,
            bytes: patch.len() as u64,
        });
        if !self.shared.catalog().has(&facts) {
            self.shared.write(&facts, patch)?;
        }
        self.shared.remember(to);
        if self.shared.catalog().chain_is_long(&summary) {
            self.shared.write_trees(to)?;
        }
        Ok(())
    }

    /// How much of a tree is here.
    #[must_use]
    pub fn gathered(&self, tree: &TreeSummary) -> Gathered {
        self.shared.catalog().gathered(tree)
    }

    /// Keeps pages of a tree that is being gathered. They passed [`PageRun::check`] against its root before, and are
    /// durable when this returns.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for pages beyond the tree, [`StoreError::ScheduleDamaged`] when pages kept before cannot be
    /// read again; system errors.
    pub fn keep_run(&self, tree: &TreeSummary, run: &PageRun) -> Result<Kept, StoreError> {
        let _writing = lock(&self.shared.writing);
        self.shared.keep_run(tree, run)
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

    /// Makes a file durable, then known.
    fn write(&self, facts: &Facts, content: &[u8]) -> Result<(), StoreError> {
        let bytes = file::write(&self.folder, facts, content)?;
        self.catalog().add(facts, bytes);
        Ok(())
    }

    /// Writes those of the three trees that are not on disk.
    fn write_trees(&self, trees: &PageTrees) -> Result<(), StoreError> {
        for tree in [&trees.rates, &trees.texts, &trees.notes] {
            self.write_tree(tree)?;
        }
        Ok(())
    }

    fn write_tree(&self, tree: &PageTree) -> Result<(), StoreError> {
        let facts = Facts::Tree(tree.summary());
        if tree.pages().is_empty() || self.catalog().has(&facts) {
            return Ok(());
        }
        self.write(&facts, &body::of_pages(tree.pages()))
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
