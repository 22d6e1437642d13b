//! Reading: trees from their files, and schedules from a whole one and the patches that lead on from it.

use std::collections::BTreeMap;
use std::fs::File;

use bytes::Bytes;
use ewtp_federation::tariff::PackedPatch;
use ewtp_log::Hash;
use ewtp_record::edition::{TreeSummary, Trees};
use ewtp_tariff::{PageTree, PageTrees, Patch, Row, RowKey};

use super::file::{self, Damage, Facts, Link, wrong};
use super::tree_file::TreeFile;
use super::{Shared, lock};
use crate::error::StoreError;

impl Shared {
    /// A schedule from memory, from its files, or along a chain of patches.
    pub(super) fn schedule(&self, trees: &Trees) -> Result<Option<PageTrees>, StoreError> {
        if let Some(found) = self.cached(trees) {
            return Ok(Some(found));
        }
        let _building = lock(&self.building);
        let chain = self.catalog().chain(trees, |at| self.cached(at).is_some());
        let Some((base, links)) = chain else { return Ok(None) };
        let base = match self.cached(&base) {
            Some(base) => Some(base),
            None => self.whole(&base)?,
        };
        match base {
            Some(base) if !links.is_empty() => self.follow(&base, &links).map(Some),
            base => Ok(base),
        }
    }

    /// The three trees from their files. The caller holds `building`.
    pub(super) fn whole(&self, trees: &Trees) -> Result<Option<PageTrees>, StoreError> {
        if !self.catalog().are_whole(trees) {
            return Ok(None);
        }
        Ok(Some(PageTrees {
            rates: self.tree(&trees.rates)?,
            texts: self.tree(&trees.texts)?,
            notes: self.tree(&trees.notes)?,
        }))
    }

    /// The tree with this root and so many pages, if a schedule that patches lead to has it.
    pub(super) fn patched_tree(&self, root: &Hash, tree_pages: u64) -> Result<Option<PageTree>, StoreError> {
        if let Some(tree) = lock(&self.cache).get(root) {
            return Ok((tree.pages().len() as u64 == tree_pages).then_some(tree));
        }
        let patched = self.catalog().patched_with(root, tree_pages);
        let Some(patched) = patched else { return Ok(None) };
        let schedule = self.schedule(&patched)?;
        let trees = schedule.map(|schedule| [schedule.rates, schedule.texts, schedule.notes]);
        Ok(trees.into_iter().flatten().find(|tree| tree.root() == *root))
    }

    /// The stream of a patch from its file; `None` when that was set aside in between.
    pub(super) fn patch_stream(&self, link: &Link) -> Result<Option<Bytes>, StoreError> {
        let facts = Facts::Patch(*link);
        if !self.catalog().has(&facts) {
            return Ok(None);
        }
        match file::content(&self.folder.path_of(&facts), &facts) {
            Ok(stream) => Ok(Some(stream.into())),
            Err(damage) => Err(self.set_aside(&facts, damage)),
        }
    }

    /// A patch from its file.
    fn patch(&self, link: &Link) -> Result<Patch, StoreError> {
        let stream = self.patch_stream(link)?;
        let stream = stream.ok_or(StoreError::Refused("a schedule whose patches are being set aside"))?;
        unpacked(link, stream).map_err(|damage| self.damaged(link, damage))
    }

    /// Trees that are likely asked for next.
    pub(super) fn remember(&self, trees: &PageTrees) {
        for tree in [&trees.rates, &trees.texts, &trees.notes] {
            self.remember_tree(tree);
        }
    }

    pub(super) fn remember_tree(&self, tree: &PageTree) {
        lock(&self.cache).put(tree);
    }

    fn cached(&self, trees: &Trees) -> Option<PageTrees> {
        let mut cache = lock(&self.cache);
        let mut tree = |tree: &TreeSummary| match tree.pages {
            0 => Some(PageTree::default()),
            _ => cache.get(&Hash(tree.root.0)),
        };
        let found = PageTrees {
            rates: tree(&trees.rates)?,
            texts: tree(&trees.texts)?,
            notes: tree(&trees.notes)?,
        };
        (found.summary() == *trees).then_some(found)
    }

    fn tree(&self, tree: &TreeSummary) -> Result<PageTree, StoreError> {
        if tree.pages == 0 {
            return Ok(PageTree::default());
        }
        if let Some(tree) = lock(&self.cache).get(&Hash(tree.root.0)) {
            return Ok(tree);
        }
        let facts = Facts::Tree(*tree);
        let file = self.catalog().tree_file(tree).cloned();
        let file = file.ok_or(StoreError::Refused("a tree that is being set aside"))?;
        let read = File::open(self.folder.path_of(&facts)).map_err(Damage::from);
        let read = read.and_then(|opened| all_pages(&file, &opened));
        let read = read.map_err(|damage| self.set_aside(&facts, damage))?;
        self.remember_tree(&read);
        Ok(read)
    }

    /// Changes the rows patch by patch. What a patch leads to was checked when it was kept; the end of the chain is checked
    /// here, which tells whether all of it is still what it was.
    fn follow(&self, base: &PageTrees, links: &[Link]) -> Result<PageTrees, StoreError> {
        let mut rows: BTreeMap<RowKey, Row> = base.rows().map(|row| (*row.key(), row.clone())).collect();
        for link in links {
            let patch = self.patch(link)?;
            patch.removed().iter().for_each(|key| drop(rows.remove(key)));
            rows.extend(patch.set().iter().map(|row| (*row.key(), row.clone())));
        }
        let last = links.last().expect("the caller has links to follow");
        let elsewhere = || self.damaged(last, wrong("it leads to another schedule than it states"));
        let built = PageTrees::of(rows.into_values()).map_err(|_| elsewhere())?;
        if built.summary() != last.to {
            return Err(elsewhere());
        }
        self.remember(&built);
        // Trees that did not change are taken from the cache, so that they lie in memory once.
        Ok(self.cached(&last.to).unwrap_or(built))
    }

    fn damaged(&self, link: &Link, damage: Damage) -> StoreError {
        self.set_aside(&Facts::Patch(*link), damage)
    }
}

/// Reads a whole tree and checks that it is the one named.
fn all_pages(known: &TreeFile, file: &File) -> Result<PageTree, Damage> {
    let mut pages = Vec::new();
    for place in known.places() {
        pages.extend(place.frame(file)?.run().pages.iter().cloned());
    }
    let tree = PageTree::of_pages(pages).map_err(|error| wrong(format!("its pages are no tree: {error}")))?;
    if tree.summary() == *known.tree() {
        Ok(tree)
    } else {
        Err(wrong("its pages lead to another root than it states"))
    }
}

fn unpacked(link: &Link, stream: Bytes) -> Result<Patch, Damage> {
    let packed = PackedPatch::decode(stream, &link.id, link.bytes).map_err(|error| wrong(error.to_string()))?;
    Patch::decode(packed.patch()).map_err(|error| wrong(error.to_string()))
}
