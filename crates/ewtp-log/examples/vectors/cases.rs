//! Every case of this crate, and the log that they are about.

use ewtp_log::{CompactRange, Hash, Tree, leaf_hash};
use ewtp_vectors::Case;

use super::{checkpoints, cosignatures, files, proofs, ranges};

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    [
        checkpoints::all(),
        cosignatures::all(),
        proofs::inclusion(),
        proofs::consistency(),
        ranges::ranges(),
        files::tiles(),
        files::entries(),
        files::proofs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The leaf hashes of the log in all vectors: entry `n` is the ASCII text `entry n`.
pub(crate) fn leaves(size: u64) -> Vec<Hash> {
    (0..size)
        .map(|index| leaf_hash(format!("entry {index}").as_bytes()))
        .collect()
}

pub(crate) fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    leaves(size).iter().for_each(|leaf| tree.append(*leaf));
    tree
}

pub(crate) fn range(size: u64) -> CompactRange {
    tree(size).head().clone()
}

/// The hashes one behind the other.
pub(crate) fn concat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A copy with one bit flipped in the middle.
pub(crate) fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    bytes
}
