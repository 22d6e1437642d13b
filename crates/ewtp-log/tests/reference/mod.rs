//! RFC 9162 §2.1 read aloud: the recursive definitions over the whole list of leaves, slow and plain.

#![allow(dead_code, reason = "each test binary uses its part of the reference")]

use ewtp_log::{CompactRange, EMPTY_ROOT, Hash, Tree, leaf_hash, node_hash};

/// The leaf hashes of a log whose entries are the big-endian numbers of their positions.
pub(crate) fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// §2.1.1: MTH(D[n]).
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// §2.1.3.1: PATH(m, D[n]).
pub(crate) fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut below, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    below.push(sibling);
    below
}

/// §2.1.4.1: PROOF(m, D[n]).
pub(crate) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut below, sibling) = if old <= left.len() {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - left.len(), right, false), root(left))
    };
    below.push(sibling);
    below
}

/// The largest power of two below `size`.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// A tree of these leaves.
pub(crate) fn tree(leaves: &[Hash]) -> Tree {
    let mut tree = Tree::new();
    leaves.iter().for_each(|leaf| tree.append(*leaf));
    tree
}

/// The compact range of these leaves.
pub(crate) fn range(leaves: &[Hash]) -> CompactRange {
    let mut range = CompactRange::new();
    leaves.iter().for_each(|leaf| range.append(*leaf));
    range
}

/// The leaf hashes of the bundle that holds `index`, as far as the log goes.
pub(crate) fn bundle_of(index: u64, leaves: &[Hash]) -> &[Hash] {
    let first = index as usize / 256 * 256;
    &leaves[first.min(leaves.len())..leaves.len().min(first + 256)]
}
