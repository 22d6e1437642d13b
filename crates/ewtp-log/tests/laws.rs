//! Laws of the tree, over all sizes up to 300 and against the reference that follows RFC 9162's definitions.

mod reference;

use ewtp_log::{BUNDLE, CompactRange, Hash, Tree, bundle_root, range_root};
use proptest::prelude::*;
use reference::{bundle_of, leaves, path, range, root, tree};

const SIZES: u64 = 300;

#[test]
fn the_root_of_every_size_is_the_root_of_the_definition() {
    let all = leaves(SIZES);
    let mut tree = Tree::new();
    for (size, leaf) in all.iter().enumerate() {
        assert_eq!(tree.root(), root(&all[..size]), "size {size}");
        assert_eq!(tree.head(), &range(&all[..size]), "size {size}");
        tree.append(*leaf);
    }
}

#[test]
fn every_compact_range_taken_from_the_tree_has_the_root_of_its_size() {
    let all = leaves(SIZES);
    let tree = tree(&all);
    for size in 0..=SIZES {
        let range = tree.range_within(size, bundle_of(size, &all)).unwrap();
        assert_eq!(range.root(), root(&all[..size as usize]), "size {size}");
        let parts = CompactRange::from_parts(size, range.hashes().to_vec());
        assert_eq!(parts, Ok(range), "size {size}");
    }
}

#[test]
fn every_range_of_every_size_folds_to_the_root() {
    let all = leaves(SIZES);
    let tree = tree(&all);
    for size in (1..=SIZES).step_by(7).chain([255, 256, 257, SIZES]) {
        let at = range(&all[..size as usize]);
        for start in (0..=size).step_by(5).chain([size]) {
            let left = range(&all[..start as usize]);
            for end in (start..=size).step_by(11).chain([size]) {
                let right = tree.right_within(end, &at, bundle_of(end, &all)).unwrap();
                let inside = &all[start as usize..end as usize];
                let folded = range_root(start, left.hashes(), inside, size, &right);
                assert_eq!(folded, Ok(at.root()), "[{start}, {end}) of {size}");
            }
        }
    }
}

#[test]
fn one_changed_byte_anywhere_in_a_range_changes_the_root() {
    let all = leaves(43);
    let tree = tree(&all);
    let (left, right) = (range(&all[..13]), tree.right_within(17, tree.head(), &all).unwrap());
    let sides = [left.hashes().to_vec(), all[13..17].to_vec(), right];
    for (side, hashes) in sides.iter().enumerate() {
        for byte in 0..hashes.len() * 32 {
            let mut sides = sides.clone();
            sides[side][byte / 32].0[byte % 32] ^= 1 << (byte % 8);
            let folded = range_root(13, &sides[0], &sides[1], 43, &sides[2]);
            assert_ne!(folded, Ok(tree.root()), "side {side}, byte {byte}");
        }
    }
}

#[test]
fn the_right_side_at_a_bundle_border_needs_no_leaves() {
    let all = leaves(1_500);
    let tree = tree(&all);
    for size in [256, 300, 512, 1_000, 1_280, 1_499, 1_500] {
        let at = range(&all[..size]);
        for bundle in 0..=size as u64 / BUNDLE {
            let start = bundle * BUNDLE;
            let left = tree.left(bundle).unwrap();
            let end = (start + BUNDLE).min(size as u64);
            let right = tree.right(end, &at).unwrap();
            let folded = range_root(start, &left, &all[start as usize..end as usize], size as u64, &right);
            assert_eq!(folded, Ok(at.root()), "bundle {bundle} of {size}");
        }
    }
}

#[test]
fn a_tree_from_bundles_equals_the_tree_that_grew() {
    let all = leaves(1_500);
    let bundles: Vec<Hash> = all.chunks_exact(256).map(bundle_root).collect();
    let rebuilt = Tree::from_bundles(&bundles, &all[5 * 256..]).unwrap();
    assert_eq!(rebuilt, tree(&all));
    assert!(Tree::from_bundles(&bundles, &all[4 * 256..]).is_err());
}

#[test]
fn a_tree_contradicts_another_root_at_a_size_that_it_still_knows() {
    let all = leaves(600);
    let (tree, other) = (tree(&all), range(&leaves(7)).root());
    for size in [256, 512, 590, 600] {
        assert!(tree.contradicts(size, other), "{size}");
        assert!(!tree.contradicts(size, range(&all[..size as usize]).root()), "{size}");
    }
    for size in [0, 300, 601] {
        assert!(!tree.contradicts(size, other), "{size} is not known");
    }
}

#[test]
fn what_lies_beyond_the_log_or_needs_other_leaves_is_refused() {
    let all = leaves(600);
    let tree = tree(&all);
    let later = range(&leaves(601));
    assert!(tree.range_at(601).is_err());
    assert!(tree.range_at(300).is_err(), "inside a complete bundle");
    assert!(tree.range_at(590).is_ok(), "inside the open bundle");
    assert!(tree.left(3).is_err());
    assert!(tree.left(u64::MAX).is_err());
    assert!(tree.right(256, &later).is_err());
    assert!(tree.right(300, tree.head()).is_err());
    assert!(tree.right(601, tree.head()).is_err());
    assert!(tree.inclusion(600, tree.head(), &all[512..]).is_err());
    assert!(tree.inclusion(3, tree.head(), &all[..3]).is_err());
    assert!(tree.consistency(601, tree.head(), &[]).is_err());
    assert!(tree.consistency(3, tree.head(), &[]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_of_large_logs_verify(size in 1u64..5_000, pick in any::<prop::sample::Index>()) {
        let all = leaves(size);
        let tree = tree(&all);
        let at = pick.index(size as usize) as u64 + 1;
        let range = range(&all[..at as usize]);
        let index = (pick.index(at as usize) as u64 * 7) % at;
        let proof = tree.inclusion(index, &range, bundle_of(index, &all)).unwrap();
        prop_assert_eq!(&proof.path, &path(index as usize, &all[..at as usize]));
        prop_assert_eq!(proof.verify(index, at, &all[index as usize], &range.root()), Ok(()));
        let old = index + 1;
        let proof = tree.consistency(old, &range, bundle_of(old - 1, &all)).unwrap();
        let old_root = root(&all[..old as usize]);
        prop_assert_eq!(proof.verify(old, &old_root, at, &range.root()), Ok(()));
    }
}
