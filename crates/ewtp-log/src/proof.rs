//! Inclusion and consistency proofs of RFC 9162: making them from a [`Tree`], checking them with nothing at hand.
//!
//! See `protocol-spec/log.md`.

use crate::compact::{CompactRange, PATH_HASHES_MAX, SIZE_MAX};
use crate::hash::{EMPTY_ROOT, HASH_BYTES, Hash, node_hash};
use crate::tree::{Tree, TreeError, open_end};

/// A proof does not show what it should. The fault is its maker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A size above [`SIZE_MAX`].
    #[error("a log has at most 2^63 - 1 leaves")]
    TooLarge,
    /// The leaf index is not below the size.
    #[error("leaf {index} is not in a log of {size}")]
    IndexBeyondSize {
        /// Index of the leaf.
        index: u64,
        /// Size of the log.
        size: u64,
    },
    /// The older size is above the newer.
    #[error("a log cannot shrink from {old} to {new}")]
    Shrinks {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// The path has another length than the numbers demand.
    #[error("the path has {expected} hashes, not {found}")]
    PathLength {
        /// Hashes needed.
        expected: usize,
        /// Hashes given.
        found: usize,
    },
    /// The bytes are not a whole number of hashes, or more than [`PATH_HASHES_MAX`].
    #[error("a path is at most 63 hashes of 32 bytes, not {found} bytes")]
    PathBytes {
        /// Bytes given.
        found: usize,
    },
    /// The path leads to another root.
    #[error("the path leads to another root")]
    RootMismatch,
    /// The path does not lead to the older root: the log was rewritten.
    #[error("the path does not lead to the older root")]
    OldRootMismatch,
}

impl ProofError {
    /// The stable code of this reason, as the vectors name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "size-too-large",
            Self::IndexBeyondSize { .. } => "index-beyond-size",
            Self::Shrinks { .. } => "shrinks",
            Self::PathLength { .. } => "path-length",
            Self::PathBytes { .. } => "path-bytes",
            Self::RootMismatch => "root-mismatch",
            Self::OldRootMismatch => "old-root-mismatch",
        }
    }
}

/// The sibling hashes from a leaf to the root. // spec: log R8
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InclusionProof {
    /// Sibling hashes, the leaf's own level first; at most [`PATH_HASHES_MAX`].
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// The root that the path leads to from `leaf` at `index` in a log of `size` leaves.
    ///
    /// # Errors
    /// The index is not below the size, or the path's length does not fit the numbers.
    pub fn root(&self, index: u64, size: u64, leaf: &Hash) -> Result<Hash, ProofError> {
        if size > SIZE_MAX {
            return Err(ProofError::TooLarge);
        }
        if index >= size {
            return Err(ProofError::IndexBeyondSize { index, size });
        }
        let shape = Shape::of(index, 0, size);
        check_length(shape.hashes(), self.path.len())?;
        Ok(shape.climb(*leaf, &self.path))
    }

    /// Checks that `leaf` is at `index` of the log of `size` leaves with that `root`.
    ///
    /// # Errors
    /// As [`root`](Self::root), and [`ProofError::RootMismatch`].
    pub fn verify(&self, index: u64, size: u64, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        if self.root(index, size, leaf)? == *root {
            Ok(())
        } else {
            Err(ProofError::RootMismatch)
        }
    }

    /// Reads a path from concatenated hashes.
    ///
    /// # Errors
    /// [`ProofError::PathBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        path_from_bytes(bytes).map(|path| Self { path })
    }
}

/// The hashes that show one log to be a prefix of another. // spec: log R9
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsistencyProof {
    /// Hashes as RFC 9162 orders them; at most [`PATH_HASHES_MAX`].
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Checks that the log of `old` leaves with `old_root` is a prefix of the log of `new` leaves with `new_root`.
    ///
    /// A log without leaves is a prefix of every log: then the path is empty and `old_root` is [`EMPTY_ROOT`].
    ///
    /// # Errors
    /// The sizes shrink, the path's length does not fit them, or it leads to other roots.
    pub fn verify(&self, old: u64, old_root: &Hash, new: u64, new_root: &Hash) -> Result<(), ProofError> {
        if new > SIZE_MAX {
            return Err(ProofError::TooLarge);
        }
        if old > new {
            return Err(ProofError::Shrinks { old, new });
        }
        if old == 0 || old == new {
            check_length(0, self.path.len())?;
            let expected_old = if old == 0 { &EMPTY_ROOT } else { new_root };
            return if old_root == expected_old {
                Ok(())
            } else {
                Err(ProofError::OldRootMismatch)
            };
        }
        self.verify_growth(old, old_root, new, new_root)
    }

    /// Reads a path from concatenated hashes.
    ///
    /// # Errors
    /// [`ProofError::PathBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        path_from_bytes(bytes).map(|path| Self { path })
    }

    fn verify_growth(&self, old: u64, old_root: &Hash, new: u64, new_root: &Hash) -> Result<(), ProofError> {
        let level = old.trailing_zeros();
        let shape = Shape::of((old - 1) >> level, level, new);
        // An old log that is one complete block is its own seed; the proof does not repeat it.
        let seeded = !old.is_power_of_two();
        check_length(shape.hashes() + usize::from(seeded), self.path.len())?;
        let (seed, path) = if seeded {
            (self.path[0], &self.path[1..])
        } else {
            (*old_root, &self.path[..])
        };
        if shape.climb_left(seed, path) != *old_root {
            return Err(ProofError::OldRootMismatch);
        }
        if shape.climb(seed, path) == *new_root {
            Ok(())
        } else {
            Err(ProofError::RootMismatch)
        }
    }
}

impl Tree {
    /// Proves that the leaf at `index` is in the log as it was at `at`.
    ///
    /// `at` is a compact range of this log; `bundle_leaves` are the leaf hashes of the bundle that holds `index`, from
    /// its start, up to its end or `at`'s size.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] and [`TreeError::BundleLeaves`].
    pub fn inclusion(
        &self,
        index: u64,
        at: &CompactRange,
        bundle_leaves: &[Hash],
    ) -> Result<InclusionProof, TreeError> {
        if index >= at.size() {
            return Err(TreeError::Beyond {
                asked: index,
                size: at.size(),
            });
        }
        let path = self.path(index, 0, at, bundle_leaves)?;
        Ok(InclusionProof { path })
    }

    /// Proves that the log of `old` leaves is a prefix of the log as it was at `at`.
    ///
    /// `bundle_leaves` are the leaf hashes of the bundle that holds leaf `old - 1`, from its start, up to its end or
    /// `at`'s size; none are needed when `old` is the border of a bundle.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] and [`TreeError::BundleLeaves`].
    pub fn consistency(
        &self,
        old: u64,
        at: &CompactRange,
        bundle_leaves: &[Hash],
    ) -> Result<ConsistencyProof, TreeError> {
        if old > at.size() {
            return Err(TreeError::Beyond {
                asked: old,
                size: at.size(),
            });
        }
        self.check_size(at.size())?;
        if old == 0 || old == at.size() {
            return Ok(ConsistencyProof::default());
        }
        let level = old.trailing_zeros();
        let index = (old - 1) >> level;
        let mut path = Vec::with_capacity(PATH_HASHES_MAX);
        if !old.is_power_of_two() {
            path.push(self.block(level, index, at, bundle_leaves)?);
        }
        path.extend(self.path(index, level, at, bundle_leaves)?);
        Ok(ConsistencyProof { path })
    }

    fn path(&self, index: u64, level: u32, at: &CompactRange, bundle_leaves: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        self.check_size(at.size())?;
        let shape = Shape::of(index, level, at.size());
        let mut path = Vec::with_capacity(shape.hashes());
        for step in shape.siblings() {
            let first = step.index << step.level;
            let open = first + (1 << step.level) > at.size();
            let hash = if open { open_end(first, at) } else { None };
            path.push(match hash {
                Some(hash) => hash,
                None => self.block(step.level, step.index, at, bundle_leaves)?,
            });
        }
        Ok(path)
    }
}

/// How the path from one block to the root runs: `inner` levels where both sides occur, then only left siblings.
struct Shape {
    index: u64,
    level: u32,
    inner: u32,
}

/// A sibling on a path: block `index` of `level`.
struct Sibling {
    index: u64,
    level: u32,
}

impl Shape {
    /// The path of block `index` of `level`, which starts inside a log of `size` leaves.
    fn of(index: u64, level: u32, size: u64) -> Self {
        let last = (size - 1) >> level;
        Self {
            index,
            level,
            inner: u64::BITS - (index ^ last).leading_zeros(),
        }
    }

    fn hashes(&self) -> usize {
        self.inner as usize + self.above().count_ones() as usize
    }

    /// The index's bits above the inner levels: each one bit is a left sibling at the right edge of the tree.
    fn above(&self) -> u64 {
        self.index.checked_shr(self.inner).unwrap_or(0)
    }

    fn siblings(&self) -> impl Iterator<Item = Sibling> {
        let levels = self.inner + (u64::BITS - self.above().leading_zeros());
        (0..levels)
            .filter(|step| *step < self.inner || self.is_right(*step))
            .map(|step| Sibling {
                index: (self.index >> step) ^ 1,
                level: self.level + step,
            })
    }

    fn is_right(&self, step: u32) -> bool {
        (self.index >> step) & 1 == 1
    }

    /// Folds the whole path into the root of the log.
    fn climb(&self, seed: Hash, path: &[Hash]) -> Hash {
        let (inner, border) = path.split_at(self.inner as usize);
        let node = (0..).zip(inner).fold(seed, |node, (step, sibling)| {
            if self.is_right(step) {
                node_hash(sibling, &node)
            } else {
                node_hash(&node, sibling)
            }
        });
        border.iter().fold(node, |node, left| node_hash(left, &node))
    }

    /// Folds only the left siblings: the root of the log that ended with the block the path starts at.
    fn climb_left(&self, seed: Hash, path: &[Hash]) -> Hash {
        let (inner, border) = path.split_at(self.inner as usize);
        let lefts = (0..)
            .zip(inner)
            .filter(|(step, _)| self.is_right(*step))
            .map(|(_, left)| left);
        lefts.chain(border).fold(seed, |node, left| node_hash(left, &node))
    }
}

fn check_length(expected: usize, found: usize) -> Result<(), ProofError> {
    if expected == found {
        Ok(())
    } else {
        Err(ProofError::PathLength { expected, found })
    }
}

fn path_from_bytes(bytes: &[u8]) -> Result<Vec<Hash>, ProofError> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() || hashes.len() > PATH_HASHES_MAX {
        return Err(ProofError::PathBytes { found: bytes.len() });
    }
    Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
}
