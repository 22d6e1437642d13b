//! What lies in the folder: read from headers when it is opened, kept up with every file that is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;

use ewtp_log::Hash;
use ewtp_record::edition::{TreeSummary, Trees};

use super::file::{self, Damage, Facts, Header, Link, wrong};
use super::path::{Folder, schedule_id, tree_id};
use super::tree_file::{Place, TreeFile};
use super::{Gathered, ScheduleUsage, part};
use crate::error::StoreError;

/// How many patches lead from a whole schedule to the end of a chain, before the end is kept whole too.
pub(super) const CHAIN_MAX: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// Whole trees, by root.
    trees: BTreeMap<Hash, TreeFile>,
    /// Schedules kept whole, by id.
    schedules: BTreeMap<Hash, Trees>,
    /// Patches by the id of the schedule that they lead to.
    links: BTreeMap<Hash, Vec<Link>>,
    /// Trees that are being gathered, by id.
    parts: BTreeMap<Hash, TreeFile>,
    /// Editions whose schedules are refused, with the bytes of the file that says so.
    refusals: BTreeMap<Hash, u64>,
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
        if length != header.file_bytes() && !matches!(header.facts, Facts::Part(_)) {
            return Err(wrong("its length is not the one its header states"));
        }
        match header.facts {
            Facts::Tree(tree) => {
                let whole = TreeFile::walk(&file, tree, header.bytes, length)?;
                if !whole.is_whole() || whole.end() != length {
                    return Err(wrong("its page frames do not follow each other to its end"));
                }
                self.add_tree(whole);
            }
            Facts::Schedule(trees) => self.add_schedule(trees, length),
            Facts::Patch(link) => self.add_link(link, length),
            // The node died between making the tree whole and deleting this.
            Facts::Part(tree) if self.is_whole(&tree) => fs::remove_file(path)?,
            Facts::Part(tree) => self.add_part(part::read(path, tree, header.bytes, length)?),
            Facts::Refusal(edition) => self.add_refusal(edition, length),
        }
        Ok(())
    }

    /// A whole tree that is durable now.
    pub(super) fn add_tree(&mut self, file: TreeFile) {
        self.bytes += file.end();
        self.trees.insert(Hash(file.tree().root.0), file);
    }

    /// That trees are a schedule is durable now.
    pub(super) fn add_schedule(&mut self, trees: Trees, bytes: u64) {
        self.bytes += bytes;
        self.schedules.insert(schedule_id(&trees), trees);
    }

    /// A patch that is durable now.
    pub(super) fn add_link(&mut self, link: Link, bytes: u64) {
        self.bytes += bytes;
        self.links.entry(schedule_id(&link.to)).or_default().push(link);
    }

    /// What is durable of a tree that is being gathered; it takes the place of what was before.
    pub(super) fn add_part(&mut self, file: TreeFile) {
        self.bytes += file.end();
        let before = self.parts.insert(tree_id(file.tree()), file);
        self.bytes -= before.map_or(0, |before| before.end());
    }

    /// That the schedule of an edition is refused is durable now.
    pub(super) fn add_refusal(&mut self, edition: Hash, bytes: u64) {
        let before = self.refusals.insert(edition, bytes);
        self.bytes = self.bytes - before.unwrap_or(0) + bytes;
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
                let gone = self.parts.remove(&tree_id(tree));
                self.bytes -= gone.map_or(0, |gone| gone.end());
            }
            Facts::Refusal(edition) => {
                self.bytes -= self.refusals.remove(edition).unwrap_or(0);
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
            Facts::Refusal(edition) => self.refusals.contains_key(edition),
        }
    }

    /// Whether this tree can be read from its file; the empty tree needs none.
    pub(super) fn is_whole(&self, tree: &TreeSummary) -> bool {
        *tree == empty() || self.tree_file(tree).is_some()
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

    /// A patch with this id and so many bytes.
    pub(super) fn patch_of(&self, id: &Hash, bytes: u64) -> Option<Link> {
        let mut links = self.links.values().flatten();
        links.find(|link| (link.id, link.bytes) == (*id, bytes)).copied()
    }

    /// The file of a whole tree.
    pub(super) fn tree_file(&self, tree: &TreeSummary) -> Option<&TreeFile> {
        let file = self.trees.get(&Hash(tree.root.0));
        file.filter(|file| file.tree() == tree)
    }

    /// Where a frame with this page of the tree with this root and so many pages lies: in the file of the whole tree, else of
    /// one that is being gathered.
    // spec: tariff-sync R2
    pub(super) fn place_of(&self, root: &Hash, tree_pages: u64, page: u64) -> Option<(Facts, Place)> {
        let whole = self
            .trees
            .get(root)
            .filter(|file| is_named(file.tree(), root, tree_pages));
        if let Some(whole) = whole {
            return Some((Facts::Tree(*whole.tree()), whole.place_of(page)?.clone()));
        }
        let mut parts = self
            .parts
            .values()
            .filter(|part| is_named(part.tree(), root, tree_pages));
        parts.find_map(|part| Some((Facts::Part(*part.tree()), part.place_of(page)?.clone())))
    }

    /// A schedule that patches lead to and that has a tree with this root and so many pages.
    pub(super) fn patched_with(&self, root: &Hash, tree_pages: u64) -> Option<Trees> {
        let has_it = |trees: &&Trees| {
            [trees.rates, trees.texts, trees.notes]
                .iter()
                .any(|tree| is_named(tree, root, tree_pages))
        };
        self.links.values().flatten().map(|link| &link.to).find(has_it).copied()
    }

    /// A tree that is being gathered.
    pub(super) fn part(&self, tree: &TreeSummary) -> Option<&TreeFile> {
        self.parts.get(&tree_id(tree))
    }

    pub(super) fn gathered(&self, tree: &TreeSummary) -> Gathered {
        if self.is_whole(tree) {
            return Gathered::Whole;
        }
        let ranges: Vec<Range<u64>> = self.part(tree).map(TreeFile::pages).unwrap_or_default();
        Gathered::Part(ranges)
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

/// Whether who asks for a tree by this root and so many pages means this one.
fn is_named(tree: &TreeSummary, root: &Hash, tree_pages: u64) -> bool {
    tree.root.0 == root.0 && u64::from(tree.pages) == tree_pages
}

/// How an edition names a tree without rows.
fn empty() -> TreeSummary {
    ewtp_tariff::PageTree::default().summary()
}
