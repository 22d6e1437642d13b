//! A compact range: the few hashes that stand for the first `size` leaves of a log, enough to append and to find the root.
//!
//! The hashes are those of the complete subtrees that the binary digits of `size` describe, largest first: at most 63.
//! See `protocol-spec/log.md`.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Largest number of leaves of a log: proofs then never exceed [`PATH_HASHES_MAX`] hashes. // spec: log R4
pub const SIZE_MAX: u64 = (1 << 63) - 1;

/// Most hashes in an inclusion or consistency path and in either side of a range: one a level.
pub const PATH_HASHES_MAX: usize = 63;

/// A compact range could not be taken or extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompactRangeError {
    /// The number of hashes is not the number of one bits of the size.
    #[error("a compact range of size {size} has {} hashes, not {found}", size.count_ones())]
    HashCount {
        /// The size in leaves.
        size: u64,
        /// How many hashes were given.
        found: usize,
    },
    /// The block does not start at a multiple of its own size.
    #[error("a block of level {level} cannot follow {size} leaves")]
    Unaligned {
        /// The size in leaves before the block.
        size: u64,
        /// The block's level: it covers `2^level` leaves.
        level: u32,
    },
    /// The log would exceed [`SIZE_MAX`] leaves.
    #[error("a log has at most 2^63 - 1 leaves")]
    TooLarge,
}

/// The state of a log at one size: append leaves or whole blocks, read the root.
///
/// ```
/// use ewtp_log::{CompactRange, leaf_hash, node_hash};
/// let mut range = CompactRange::new();
/// let leaves = [leaf_hash(b"charter"), leaf_hash(b"manifest")];
/// leaves.iter().for_each(|leaf| range.append(*leaf));
/// assert_eq!(range.root(), node_hash(&leaves[0], &leaves[1]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompactRange {
    size: u64,
    hashes: Vec<Hash>,
}

impl CompactRange {
    /// The range of a log without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a range that someone else computed: one hash for every one bit of `size`, largest subtree first.
    ///
    /// The hashes themselves are believed only once [`root`](Self::root), or a root folded on from here, was compared.
    ///
    /// # Errors
    /// [`CompactRangeError::HashCount`], or [`CompactRangeError::TooLarge`] above [`SIZE_MAX`].
    pub fn from_parts(size: u64, hashes: Vec<Hash>) -> Result<Self, CompactRangeError> {
        check_parts(size, &hashes)?;
        Ok(Self { size, hashes })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, largest (leftmost) first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends one leaf hash.
    ///
    /// # Panics
    /// Above [`SIZE_MAX`] leaves, which no program reaches by appending.
    pub fn append(&mut self, leaf: Hash) {
        self.append_reporting(0, leaf, |_, _| {});
    }

    /// Appends the hash of a complete subtree of `2^level` leaves.
    ///
    /// # Errors
    /// [`CompactRangeError::Unaligned`] when the size is no multiple of `2^level`; [`CompactRangeError::TooLarge`].
    pub fn append_block(&mut self, level: u32, hash: Hash) -> Result<(), CompactRangeError> {
        let fits = 1u64.checked_shl(level).and_then(|leaves| leaves.checked_add(self.size));
        if level > 62 || fits.is_none_or(|size| size > SIZE_MAX) {
            return Err(CompactRangeError::TooLarge);
        }
        if self.size != 0 && self.size.trailing_zeros() < level {
            return Err(CompactRangeError::Unaligned { size: self.size, level });
        }
        self.append_reporting(level, hash, |_, _| {});
        Ok(())
    }

    /// The Merkle root of the leaves so far. // spec: log R3
    pub fn root(&self) -> Hash {
        fold_right(&self.hashes).unwrap_or(EMPTY_ROOT)
    }

    /// Appends an aligned block and reports each node that it completes (level, hash), itself first.
    pub(crate) fn append_reporting(&mut self, level: u32, hash: Hash, mut completed: impl FnMut(u32, Hash)) {
        assert!(self.size < SIZE_MAX, "a log has at most 2^63 - 1 leaves");
        let merges = (self.size >> level).trailing_ones();
        let mut node = hash;
        completed(level, node);
        for step in 1..=merges {
            let left = self.hashes.pop().expect("each one bit of the size has its hash");
            node = node_hash(&left, &node);
            completed(level + step, node);
        }
        self.hashes.push(node);
        self.size += 1 << level;
    }
}

/// The parts of a compact range fit its size. // spec: log R6
pub(crate) fn check_parts(size: u64, hashes: &[Hash]) -> Result<(), CompactRangeError> {
    if size > SIZE_MAX {
        return Err(CompactRangeError::TooLarge);
    }
    if hashes.len() != size.count_ones() as usize {
        return Err(CompactRangeError::HashCount {
            size,
            found: hashes.len(),
        });
    }
    Ok(())
}

/// Folds subtree hashes from the right, smallest first, into the hash over all of them.
pub(crate) fn fold_right(hashes: &[Hash]) -> Option<Hash> {
    let (last, before) = hashes.split_last()?;
    Some(before.iter().rev().fold(*last, |root, left| node_hash(left, &root)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn range_of(size: u64) -> CompactRange {
        let mut range = CompactRange::new();
        (0..size).for_each(|index| range.append(leaf_hash(&index.to_be_bytes())));
        range
    }

    #[test]
    fn a_range_without_leaves_has_the_empty_root() {
        assert_eq!(CompactRange::new().root(), EMPTY_ROOT);
    }

    #[test]
    fn parts_taken_back_give_the_same_range() {
        let range = range_of(77);
        assert_eq!(CompactRange::from_parts(77, range.hashes().to_vec()), Ok(range));
    }

    #[test]
    fn a_missing_or_surplus_hash_is_refused() {
        let mut hashes = range_of(77).hashes().to_vec();
        hashes.push(EMPTY_ROOT);
        assert_eq!(
            CompactRange::from_parts(77, hashes),
            Err(CompactRangeError::HashCount { size: 77, found: 5 })
        );
        assert!(CompactRange::from_parts(u64::MAX, vec![EMPTY_ROOT; 64]).is_err());
    }

    #[test]
    fn appending_a_block_equals_appending_its_leaves() {
        let mut blocks = range_of(8);
        let leaves: Vec<_> = (8u64..12).map(|index| leaf_hash(&index.to_be_bytes())).collect();
        let block = node_hash(&node_hash(&leaves[0], &leaves[1]), &node_hash(&leaves[2], &leaves[3]));
        blocks.append_block(2, block).unwrap();
        assert_eq!(blocks, range_of(12));
    }

    #[test]
    fn an_unaligned_or_overflowing_block_is_refused() {
        let mut range = range_of(6);
        assert_eq!(
            range.append_block(2, EMPTY_ROOT),
            Err(CompactRangeError::Unaligned { size: 6, level: 2 })
        );
        assert_eq!(range.append_block(63, EMPTY_ROOT), Err(CompactRangeError::TooLarge));
        assert_eq!(range.append_block(200, EMPTY_ROOT), Err(CompactRangeError::TooLarge));
        assert_eq!(range, range_of(6));
    }
}
