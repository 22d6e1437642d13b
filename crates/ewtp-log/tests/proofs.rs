//! Inclusion and consistency over all sizes up to 300: right ones verify, and nothing else does.

mod reference;

use ewtp_log::{ConsistencyProof, EMPTY_ROOT, Hash, InclusionProof, ProofError, SIZE_MAX};
use reference::{bundle_of, consistency, leaves, path, range, root, tree};
use std::thread;

const SIZES: usize = 300;

/// Calls `check` with every size, spread over the processors: every byte of every proof of all sizes is some hundred million
/// hashes.
fn each_size(check: impl Fn(usize) + Sync) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let check = &check;
    thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || (1..=SIZES).filter(|size| size % workers == worker).for_each(check));
        }
    });
}

/// Calls `check` with every path that differs from `path` in one bit of one byte; the bit varies with the place.
fn each_mutated(path: &[Hash], mut check: impl FnMut(&[Hash])) {
    let mut mutated = path.to_vec();
    for byte in 0..path.len() * 32 {
        let bit = 1 << ((byte * 5 + path.len()) % 8);
        mutated[byte / 32].0[byte % 32] ^= bit;
        check(&mutated);
        mutated[byte / 32].0[byte % 32] ^= bit;
    }
}

fn roots(all: &[Hash]) -> Vec<Hash> {
    (0..=all.len()).map(|size| root(&all[..size])).collect()
}

#[test]
fn every_inclusion_proof_is_the_path_of_the_definition_and_verifies() {
    let all = leaves(SIZES as u64);
    let tree = tree(&all);
    for size in 1..=SIZES {
        let at = range(&all[..size]);
        let root = at.root();
        for index in 0..size {
            let proof = tree
                .inclusion(index as u64, &at, bundle_of(index as u64, &all[..size]))
                .unwrap();
            assert_eq!(proof.path, path(index, &all[..size]), "{index} of {size}");
            assert_eq!(
                proof.verify(index as u64, size as u64, &all[index], &root),
                Ok(()),
                "{index} of {size}"
            );
        }
    }
}

#[test]
fn an_inclusion_proof_with_one_changed_byte_is_refused() {
    let all = leaves(SIZES as u64);
    each_size(|size| {
        let root = root(&all[..size]);
        for index in 0..size {
            each_mutated(&path(index, &all[..size]), |path| {
                let proof = InclusionProof { path: path.to_vec() };
                let verified = proof.verify(index as u64, size as u64, &all[index], &root);
                assert_eq!(verified, Err(ProofError::RootMismatch), "{index} of {size}");
            });
        }
    });
}

#[test]
fn an_inclusion_proof_serves_no_other_index_size_leaf_or_length() {
    let all = leaves(SIZES as u64);
    let roots = roots(&all);
    for size in (1..=SIZES).step_by(3).chain([255, 256, 257]) {
        for index in (0..size).step_by(7).chain([size - 1]) {
            let mut proof = InclusionProof {
                path: path(index, &all[..size]),
            };
            for other in (0..size + 2).filter(|other| *other != index) {
                let verified = proof.verify(other as u64, size as u64, &all[index], &roots[size]);
                assert!(verified.is_err(), "{index} of {size} as {other}");
            }
            for other in (0..=SIZES).filter(|other| *other != size) {
                let verified = proof.verify(index as u64, other as u64, &all[index], &roots[other]);
                assert!(verified.is_err(), "{index} of {size} in {other}");
            }
            assert!(
                proof
                    .verify(index as u64, size as u64, &EMPTY_ROOT, &roots[size])
                    .is_err()
            );
            proof.path.push(EMPTY_ROOT);
            let longer = proof.verify(index as u64, size as u64, &all[index], &roots[size]);
            assert!(matches!(longer, Err(ProofError::PathLength { .. })));
            proof.path.truncate(proof.path.len().saturating_sub(2));
            let shorter = proof.verify(index as u64, size as u64, &all[index], &roots[size]);
            assert!(size == 1 || matches!(shorter, Err(ProofError::PathLength { .. })));
        }
    }
}

#[test]
fn every_consistency_proof_is_that_of_the_definition_and_verifies() {
    let all = leaves(SIZES as u64);
    let tree = tree(&all);
    let roots = roots(&all);
    for new in 1..=SIZES {
        let at = range(&all[..new]);
        for old in 1..=new {
            let proof = tree
                .consistency(old as u64, &at, bundle_of(old as u64 - 1, &all[..new]))
                .unwrap();
            assert_eq!(proof.path, consistency(old, &all[..new]), "{old} to {new}");
            let verified = proof.verify(old as u64, &roots[old], new as u64, &roots[new]);
            assert_eq!(verified, Ok(()), "{old} to {new}");
        }
        let from_nothing = tree.consistency(0, &at, &[]).unwrap();
        assert_eq!(from_nothing.verify(0, &EMPTY_ROOT, new as u64, &roots[new]), Ok(()));
    }
}

#[test]
fn a_consistency_proof_with_one_changed_byte_is_refused() {
    let all = leaves(SIZES as u64);
    let roots = roots(&all);
    each_size(|new| {
        for old in 1..=new {
            each_mutated(&consistency(old, &all[..new]), |path| {
                let proof = ConsistencyProof { path: path.to_vec() };
                let verified = proof.verify(old as u64, &roots[old], new as u64, &roots[new]);
                assert!(verified.is_err(), "{old} to {new}");
            });
        }
    });
}

#[test]
fn a_consistency_proof_serves_no_other_sizes_roots_or_length() {
    let all = leaves(SIZES as u64);
    let roots = roots(&all);
    for new in (1..=SIZES).step_by(5).chain([255, 256, 257]) {
        for old in (1..=new).step_by(9).chain([new]) {
            let mut proof = ConsistencyProof {
                path: consistency(old, &all[..new]),
            };
            for other in (0..=SIZES).filter(|other| *other != old) {
                let verified = proof.verify(other as u64, &roots[old], new as u64, &roots[new]);
                assert!(verified.is_err(), "{old} to {new}, as from {other}");
            }
            for other in (0..=SIZES).filter(|other| *other != new) {
                let verified = proof.verify(old as u64, &roots[old], other as u64, &roots[new]);
                // The same path can fit two new sizes of the same shape; it then leads to the same, true statement
                // about the old log only if the new root is claimed for a size that nobody signed.
                assert!(
                    verified.is_err() || same_shape(old, new, other),
                    "{old} to {new}, as to {other}"
                );
            }
            assert!(proof.verify(old as u64, &EMPTY_ROOT, new as u64, &roots[new]).is_err());
            assert!(proof.verify(old as u64, &roots[old], new as u64, &EMPTY_ROOT).is_err());
            proof.path.push(EMPTY_ROOT);
            let longer = proof.verify(old as u64, &roots[old], new as u64, &roots[new]);
            assert!(matches!(longer, Err(ProofError::PathLength { .. })), "{old} to {new}");
        }
    }
}

/// Whether a consistency path from `old` climbs the same way in logs of `new` and of `other` leaves.
fn same_shape(old: usize, new: usize, other: usize) -> bool {
    let level = old.trailing_zeros();
    let turns = |size: usize| usize::BITS - (((old - 1) >> level) ^ ((size - 1) >> level)).leading_zeros();
    other > old && turns(new) == turns(other)
}

#[test]
fn impossible_numbers_are_refused_before_anything_is_hashed() {
    let proof = InclusionProof::default();
    assert_eq!(
        proof.root(0, 0, &EMPTY_ROOT),
        Err(ProofError::IndexBeyondSize { index: 0, size: 0 })
    );
    assert_eq!(proof.root(u64::MAX, u64::MAX, &EMPTY_ROOT), Err(ProofError::TooLarge));
    let found = proof.root(SIZE_MAX - 1, SIZE_MAX, &EMPTY_ROOT);
    assert_eq!(found, Err(ProofError::PathLength { expected: 62, found: 0 }));
    let proof = ConsistencyProof::default();
    assert_eq!(
        proof.verify(0, &EMPTY_ROOT, u64::MAX, &EMPTY_ROOT),
        Err(ProofError::TooLarge)
    );
    assert_eq!(
        proof.verify(2, &EMPTY_ROOT, 1, &EMPTY_ROOT),
        Err(ProofError::Shrinks { old: 2, new: 1 })
    );
    assert!(InclusionProof::from_bytes(&[0; 64 * 32]).is_err());
    assert!(ConsistencyProof::from_bytes(&[0; 31]).is_err());
    assert_eq!(
        ConsistencyProof::from_bytes(&[0; 63 * 32]).map(|proof| proof.path.len()),
        Ok(63)
    );
}
