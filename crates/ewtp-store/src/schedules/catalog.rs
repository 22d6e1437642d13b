//! What lies in the folder: read from headers when it is opened, kept up with every file that is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;

use ewtp_log::Hash;
use ewtp_record::edition::{TreeSummary, Trees};

use super::file::{self, Damage, Facts, Header, Link, wrong};
use super::part::Part;
use super::path::{Folder, schedule_id, tree_id};
use super::{Gathered, ScheduleUsage};
use crate::error::StoreError;

/// How many patches lead from a whole schedule to the end of a chain, before the end is kept whole too.
pub(super) const CHAIN_MAX: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// Whole trees, by root.
    trees: BTreeMap<Hash, TreeSummary>,
    /// Schedules kept whole, by id.
    schedules: BTreeMap<Hash, Trees>,
    /// Patches by the id of the schedule that they lead to.
    links: BTreeMap<Hash, Vec<Link>>,
    /// Trees that are being gathered, by id.
    parts: BTreeMap<Hash, Part>,
    bytes: u64,
}

impl Catalog {
    /// Reads the headers of all files.
    pub(super) fn read(folder: &Folder) -> Result<Self, StoreError> {
        let mut catalog = Self::default();
        for (kind, ending) in Folder::KINDS {
            let listed = folder.of_kind(kind);
            for entry in fs::read_dir(&listed).map_err(StoreError::io("list", &listed))? {
                let path = entry.map_err(StoreError::io("list", &listed))?.path();
                let extension = path.extension().unwrap_or_default();
                if extension == Folder::UNFINISHED {
                    fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
                } else if extension == ending {
                    catalog.take(folder, &path)?;
                }
            }
        }
        Ok(catalog)
    }

    /// Takes a file in, or sets it aside.
    fn take(&mut self, folder: &Folder, path: &Path) -> Result<(), StoreError> {
        let taken = self.inspect(folder, path);
        let Err(damage) = taken else { return Ok(()) };
        match file::set_aside(path, damage) {
            error @ StoreError::ScheduleDamaged { .. } => tracing::warn!(%error, "a file of schedules was set aside"),
            error => return Err(error),
        }
        Ok(())
    }

    fn inspect(&mut self, folder: &Folder, path: &Path) -> Result<(), Damage> {
        let mut file = File::open(path)?;
        let header = Header::read(&mut file)?;
        let length = file.metadata()?.len();
        if folder.path_of(&header.facts) != path {
            return Err(wrong("it holds something else than its name says"));
        }
        if let Facts::Part(tree) = header.facts {
            if self.is_whole(&tree) {
                // The node died between making the tree whole and deleting this.
                return fs::remove_file(path).map_err(Damage::from);
            }
            let part = Part::read(path, tree, header.bytes, length)?;
            self.bytes += part.end();
            self.parts.insert(tree_id(&tree), part);
            return Ok(());
        }
        if length != header.file_bytes() {
            return Err(wrong("its length is not the one its header states"));
        }
        self.add(&header.facts, length);
        Ok(())
    }

    /// A file that is durable now.
    pub(super) fn add(&mut self, facts: &Facts, bytes: u64) {
        self.bytes += bytes;
        match facts {
            Facts::Tree(tree) => {
                self.trees.insert(Hash(tree.root.0), *tree);
            }
            Facts::Schedule(trees) => {
                self.schedules.insert(schedule_id(trees), *trees);
            }
            Facts::Patch(link) => self.links.entry(schedule_id(&link.to)).or_default().push(*link),
            Facts::Part(tree) => {
                self.parts.insert(tree_id(tree), Part::new(*tree, bytes));
            }
        }
    }

    /// A file that is not used any more.
    pub(super) fn forget(&mut self, facts: &Facts) {
        match facts {
            Facts::Tree(tree) => {
                self.trees.remove(&Hash(tree.root.0));
            }
            Facts::Schedule(trees) => {
                self.schedules.remove(&schedule_id(trees));
            }
            Facts::Patch(link) => {
                if let Some(links) = self.links.get_mut(&schedule_id(&link.to)) {
                    links.retain(|held| held != link);
                }
            }
            Facts::Part(tree) => {
                self.parts.remove(&tree_id(tree));
            }
        }
    }

    /// Whether this file is here already.
    pub(super) fn has(&self, facts: &Facts) -> bool {
        match facts {
            Facts::Tree(tree) => self.is_whole(tree),
            Facts::Schedule(trees) => self.schedules.contains_key(&schedule_id(trees)),
            Facts::Patch(link) => self.links_to(&link.to).contains(link),
            Facts::Part(tree) => self.parts.contains_key(&tree_id(tree)),
        }
    }

    /// Whether this tree can be read from its file; the empty tree needs none.
    pub(super) fn is_whole(&self, tree: &TreeSummary) -> bool {
        *tree == empty() || self.trees.get(&Hash(tree.root.0)) == Some(tree)
    }

    pub(super) fn are_whole(&self, trees: &Trees) -> bool {
        [&trees.rates, &trees.texts, &trees.notes]
            .into_iter()
            .all(|tree| self.is_whole(tree))
    }

    pub(super) fn is_kept_whole(&self, trees: &Trees) -> bool {
        self.schedules.contains_key(&schedule_id(trees))
    }

    pub(super) fn holds(&self, trees: &Trees) -> bool {
        let was_kept = self.is_kept_whole(trees) || !self.links_to(trees).is_empty();
        was_kept && self.chain(trees, |_| false).is_some()
    }

    pub(super) fn chain_is_long(&self, trees: &Trees) -> bool {
        self.chain(trees, |_| false)
            .is_some_and(|(_, chain)| chain.len() >= CHAIN_MAX)
    }

    /// The shortest way to a schedule: one whose trees are whole, or at hand, and the patches that lead on from it, in
    /// their order.
    pub(super) fn chain(&self, trees: &Trees, is_at_hand: impl Fn(&Trees) -> bool) -> Option<(Trees, Vec<Link>)> {
        let mut seen = BTreeSet::from([schedule_id(trees)]);
        let mut ways = VecDeque::from([(*trees, Vec::new())]);
        while let Some((at, way)) = ways.pop_front() {
            if self.are_whole(&at) || is_at_hand(&at) {
                return Some((at, way.into_iter().rev().collect()));
            }
            for link in self.links_to(&at) {
                if seen.insert(schedule_id(&link.from)) {
                    let mut longer = way.clone();
                    longer.push(*link);
                    ways.push_back((link.from, longer));
                }
            }
        }
        None
    }

    fn links_to(&self, trees: &Trees) -> &[Link] {
        self.links.get(&schedule_id(trees)).map_or(&[], Vec::as_slice)
    }

    /// A patch with this id.
    pub(super) fn patch_of(&self, id: &Hash) -> Option<Link> {
        self.links.values().flatten().find(|link| link.id == *id).copied()
    }

    /// The whole tree of this root.
    pub(super) fn tree_of(&self, root: &Hash) -> Option<TreeSummary> {
        self.trees.get(root).copied()
    }

    /// A schedule that patches lead to and that has a tree of this root.
    pub(super) fn patched_with(&self, root: &Hash) -> Option<Trees> {
        let has_it = |trees: &&Trees| {
            [trees.rates, trees.texts, trees.notes]
                .iter()
                .any(|tree| tree.root.0 == root.0)
        };
        self.links.values().flatten().map(|link| &link.to).find(has_it).copied()
    }

    /// A tree of this root that is being gathered.
    pub(super) fn part_of(&self, root: &Hash) -> Option<TreeSummary> {
        let mut trees = self.parts.values().map(Part::tree);
        trees.find(|tree| tree.root.0 == root.0).copied()
    }

    pub(super) fn part(&mut self, tree: &TreeSummary) -> Option<&mut Part> {
        self.parts.get_mut(&tree_id(tree))
    }

    pub(super) fn gathered(&self, tree: &TreeSummary) -> Gathered {
        if self.is_whole(tree) {
            return Gathered::Whole;
        }
        let ranges: Vec<Range<u64>> = self.parts.get(&tree_id(tree)).map(Part::pages).unwrap_or_default();
        Gathered::Part(ranges)
    }

    /// Counts bytes that a file grew by, or that went with it.
    pub(super) fn count(&mut self, grown: u64, gone: u64) {
        self.bytes = self.bytes.saturating_add(grown).saturating_sub(gone);
    }

    pub(super) fn usage(&self) -> ScheduleUsage {
        let patched = self
            .links
            .values()
            .filter_map(|links| links.first())
            .map(|link| &link.to);
        let kept = self.schedules.values().chain(patched);
        let held: BTreeSet<Hash> = kept.filter(|trees| self.holds(trees)).map(schedule_id).collect();
        ScheduleUsage {
            bytes: self.bytes,
            schedules: held.len(),
            patches: self.links.values().map(Vec::len).sum(),
            parts: self.parts.len(),
        }
    }
}

/// How an edition names a tree without rows.
fn empty() -> TreeSummary {
    ewtp_tariff::PageTree::default().summary()
}
