//! The tree of one log as a node keeps it: the complete nodes from level 8 upward and the leaves of the open bundle.
//!
//! A bundle is 256 leaves, the width of a C2SP tile. Whoever needs a hash below level 8 of a complete bundle reads that
//! bundle's records from the ledger and hands their leaf hashes in, so a million records cost 256 KB here.
//! See `protocol-spec/log.md`.

use crate::compact::{CompactRange, fold_right};
use crate::hash::{Hash, node_hash};
use crate::range::right_levels;

/// Leaves of a bundle: one tile of the static tree, one row of the ledger's index. // spec: log R5
pub const BUNDLE: u64 = 256;

/// Level of a complete bundle's root.
pub(crate) const BUNDLE_LEVEL: u32 = 8;

/// A question that this tree cannot answer with the material at hand. All of them are the caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The index or size lies beyond the log.
    #[error("{asked} lies beyond the {size} leaves of the log")]
    Beyond {
        /// What was asked for: an index or a size.
        asked: u64,
        /// Leaves there are.
        size: u64,
    },
    /// The place is not at the border of a bundle, and the bundle's leaf hashes were not enough.
    #[error("the leaf hashes of bundle {bundle} are needed up to {needed}, {found} were given")]
    BundleLeaves {
        /// Which bundle.
        bundle: u64,
        /// How many of its leaf hashes are needed.
        needed: usize,
        /// How many were given.
        found: usize,
    },
    /// The parts do not make a tree.
    #[error("the tail of a tree has fewer than 256 leaves, not {found}")]
    TailTooLong {
        /// Leaves in the tail.
        found: usize,
    },
}

/// All complete nodes of level 8 and above, the leaves of the open bundle, and the compact range at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// `levels[n]` holds the complete nodes of level `8 + n`, from the left.
    levels: Vec<Vec<Hash>>,
    tail: Vec<Hash>,
    head: CompactRange,
}

impl Tree {
    /// The tree of a log without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds a tree from the roots of its complete bundles and the leaf hashes of the open one.
    ///
    /// # Errors
    /// [`TreeError::TailTooLong`] when the tail would itself be a bundle.
    pub fn from_bundles(bundle_roots: &[Hash], tail: &[Hash]) -> Result<Self, TreeError> {
        if tail.len() as u64 >= BUNDLE {
            return Err(TreeError::TailTooLong { found: tail.len() });
        }
        let mut tree = Self::new();
        bundle_roots.iter().for_each(|root| tree.push(BUNDLE_LEVEL, *root));
        tail.iter().for_each(|leaf| tree.append(*leaf));
        Ok(tree)
    }

    /// Appends one leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        self.push(0, leaf);
        self.tail.push(leaf);
        if self.tail.len() as u64 == BUNDLE {
            self.tail.clear();
        }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.head.size()
    }

    /// The Merkle root of all leaves.
    pub fn root(&self) -> Hash {
        self.head.root()
    }

    /// The compact range at the end of the log.
    pub fn head(&self) -> &CompactRange {
        &self.head
    }

    /// Number of complete bundles.
    pub fn bundles(&self) -> u64 {
        self.size() / BUNDLE
    }

    /// The root of a complete bundle, `None` when it is still open or beyond the end.
    pub fn bundle_root(&self, bundle: u64) -> Option<Hash> {
        self.complete(BUNDLE_LEVEL, bundle)
    }

    /// The leaf hashes of the open bundle.
    pub fn tail(&self) -> &[Hash] {
        &self.tail
    }

    /// The compact range at `256 * bundle` leaves, the left side of a range that starts there.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] when that many bundles are not complete.
    pub fn left(&self, bundle: u64) -> Result<Vec<Hash>, TreeError> {
        self.range_at(bundle.saturating_mul(BUNDLE))
            .map(|range| range.hashes().to_vec())
    }

    /// The compact range at an earlier size: at the border of a bundle, or inside the open bundle.
    ///
    /// # Errors
    /// [`TreeError::Beyond`], or [`TreeError::BundleLeaves`] when `size` lies inside a complete bundle; use
    /// [`range_within`](Self::range_within) there.
    pub fn range_at(&self, size: u64) -> Result<CompactRange, TreeError> {
        let open = size / BUNDLE == self.bundles();
        self.range_within(size, if open { &self.tail } else { &[] })
    }

    /// Whether this tree has another root at a size than `root`: a log that signed both has two histories. Not answered, and
    /// false, beyond the tree and inside a complete bundle, whose leaves are not kept.
    pub fn contradicts(&self, size: u64, root: Hash) -> bool {
        let held = self.range_at(size).ok();
        size > 0 && held.is_some_and(|held| held.root() != root)
    }

    /// The compact range at any earlier size, given the leaf hashes of the bundle that `size` lies in, from its start.
    ///
    /// # Errors
    /// [`TreeError::Beyond`], or [`TreeError::BundleLeaves`] when too few leaf hashes were given.
    pub fn range_within(&self, size: u64, bundle_leaves: &[Hash]) -> Result<CompactRange, TreeError> {
        self.check_size(size)?;
        let (bundle, inside) = (size / BUNDLE, (size % BUNDLE) as usize);
        let leaves = bundle_leaves.get(..inside).ok_or(TreeError::BundleLeaves {
            bundle,
            needed: inside,
            found: bundle_leaves.len(),
        })?;
        let mut range = CompactRange::new();
        for level in right_levels(0, bundle) {
            let (level, index) = (level + BUNDLE_LEVEL, range.size() >> (level + BUNDLE_LEVEL));
            range.append_reporting(level, self.known(level, index), |_, _| {});
        }
        leaves.iter().for_each(|leaf| range.append(*leaf));
        Ok(range)
    }

    /// The right side of a range that ends at `end` in the log as it was at `at`: the blocks that cover `[end, at.size)`.
    ///
    /// `at` is a compact range of this log; `end` is the border of a bundle or `at`'s own size.
    ///
    /// # Errors
    /// [`TreeError::Beyond`], or [`TreeError::BundleLeaves`] for an `end` inside a bundle; use
    /// [`right_within`](Self::right_within) there.
    pub fn right(&self, end: u64, at: &CompactRange) -> Result<Vec<Hash>, TreeError> {
        self.right_within(end, at, &[])
    }

    /// The right side of a range that may end inside a bundle, given that bundle's leaf hashes from its start.
    ///
    /// # Errors
    /// [`TreeError::Beyond`], or [`TreeError::BundleLeaves`] when a needed leaf hash was not given.
    pub fn right_within(&self, end: u64, at: &CompactRange, bundle_leaves: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        self.check_size(at.size())?;
        if end > at.size() {
            return Err(TreeError::Beyond {
                asked: end,
                size: at.size(),
            });
        }
        let mut next = end;
        right_levels(end, at.size())
            .map(|level| {
                let index = next >> level;
                next += 1 << level;
                self.block(level, index, at, bundle_leaves)
            })
            .collect()
    }

    /// The hash of the complete block `index` of `level`, in the log as it was at `at`.
    ///
    /// Below level 8 it comes from `at` when it is one of its parts, else from the leaf hashes of its bundle.
    pub(crate) fn block(
        &self,
        level: u32,
        index: u64,
        at: &CompactRange,
        bundle_leaves: &[Hash],
    ) -> Result<Hash, TreeError> {
        if level >= BUNDLE_LEVEL {
            return Ok(self.known(level, index));
        }
        if let Some(part) = part_of(at, level, index) {
            return Ok(part);
        }
        let first = index << level;
        let (bundle, from) = (first / BUNDLE, (first % BUNDLE) as usize);
        let needed = from + (1usize << level);
        let leaves = bundle_leaves.get(from..needed);
        leaves.map(subtree_root).ok_or(TreeError::BundleLeaves {
            bundle,
            needed,
            found: bundle_leaves.len(),
        })
    }

    pub(crate) fn check_size(&self, size: u64) -> Result<(), TreeError> {
        if size > self.size() {
            Err(TreeError::Beyond {
                asked: size,
                size: self.size(),
            })
        } else {
            Ok(())
        }
    }

    fn push(&mut self, level: u32, hash: Hash) {
        let levels = &mut self.levels;
        self.head.append_reporting(level, hash, |level, node| {
            let Some(row) = level.checked_sub(BUNDLE_LEVEL) else {
                return;
            };
            if levels.len() <= row as usize {
                levels.push(Vec::new());
            }
            levels[row as usize].push(node);
        });
    }

    /// All complete nodes of a level, from the left; `None` below level 8 and above the root's.
    pub(crate) fn complete_row(&self, level: u32) -> Option<&[Hash]> {
        let row = level.checked_sub(BUNDLE_LEVEL)?;
        self.levels.get(row as usize).map(Vec::as_slice)
    }

    fn complete(&self, level: u32, index: u64) -> Option<Hash> {
        self.complete_row(level)?.get(usize::try_from(index).ok()?).copied()
    }

    fn known(&self, level: u32, index: u64) -> Hash {
        self.complete(level, index)
            .expect("complete blocks of level 8 and above inside the size are kept")
    }
}

/// The part of a compact range that is the complete block `index` of `level`, if it is one.
fn part_of(at: &CompactRange, level: u32, index: u64) -> Option<Hash> {
    let is_part = (at.size() >> level) == index + 1 && index & 1 == 0;
    is_part.then(|| at.hashes()[(at.size() >> (level + 1)).count_ones() as usize])
}

/// The hash over everything from `first` to the end of the log at `at`; `first` is where parts of `at` begin.
pub(crate) fn open_end(first: u64, at: &CompactRange) -> Option<Hash> {
    let rest = at.size().checked_sub(first).filter(|rest| *rest > 0)?;
    let parts = rest.count_ones() as usize;
    fold_right(&at.hashes()[at.hashes().len() - parts..])
}

/// The root of a complete subtree from its leaf hashes; their number is a power of two, at most 256.
fn subtree_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            node_hash(&subtree_root(left), &subtree_root(right))
        }
    }
}

/// The root of one bundle (or part of one) from its leaf hashes; 1 to 256 of them.
pub fn bundle_root(leaves: &[Hash]) -> Hash {
    let mut range = CompactRange::new();
    leaves.iter().for_each(|leaf| range.append(*leaf));
    range.root()
}
