//! Inclusion and consistency cases.

use ewtp_log::{EMPTY_ROOT, Hash};
use ewtp_vectors::Case;

use super::cases::{concat, flipped, leaves, range, tree};

pub(crate) fn path(index: u64, size: u64) -> Vec<Hash> {
    let first = index as usize / 256 * 256;
    let bundle = &leaves(size)[first..(first + 256).min(size as usize)];
    tree(size)
        .inclusion(index, &range(size), bundle)
        .expect("the leaf is in the log")
        .path
}

fn growth(old: u64, new: u64) -> Vec<Hash> {
    let first = old.saturating_sub(1) as usize / 256 * 256;
    let bundle = &leaves(new)[first..(first + 256).min(new as usize)];
    tree(new)
        .consistency(old, &range(new), bundle)
        .expect("the old log is a prefix")
        .path
}

fn leaf(index: u64) -> Hash {
    leaves(index + 1)[index as usize]
}

fn included(name: &'static str, index: u64, size: u64, note: &'static str) -> Case {
    let case = Case::good("inclusion", name, "log R8", note)
        .with("index", index)
        .with("size", size);
    case.with("leaf", leaf(index))
        .with("root", range(size).root())
        .body(concat(&path(index, size)))
}

fn not_included(name: &'static str, reason: &'static str, numbers: (u64, u64), note: &'static str) -> Case {
    let case = Case::good("inclusion", name, "log R8", note).refused(reason);
    case.with("index", numbers.0).with("size", numbers.1)
}

/// A record's place in a log.
pub(crate) fn inclusion() -> Vec<Case> {
    let root = range(300).root();
    let good = concat(&path(100, 300));
    // A refusal of the honest proof for leaf 100 of 300 after one thing was changed.
    let changed = |name, reason, numbers, note, body: Vec<u8>| {
        not_included(name, reason, numbers, note)
            .with("leaf", leaf(100))
            .with("root", root)
            .body(body)
    };
    let mut swapped = path(100, 300);
    swapped.swap(0, 1);
    let unprefixed: Hash = "c4d97f0dd4e2e8bf0b0a7d1a4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a"
        .parse()
        .expect("a hash");
    vec![
        included("only-leaf", 0, 1, "the path of the only leaf is empty"),
        included("first-of-two", 0, 2, "one sibling"),
        included("last-of-three", 2, 3, "the last leaf has no sibling of its own level"),
        included("middle-of-300", 100, 300, "nine levels, the right edge incomplete"),
        included("last-of-bundle", 255, 300, "the last leaf of a full bundle"),
        included(
            "first-of-new-bundle",
            256,
            257,
            "a bundle of one leaf: the whole left side is one hash",
        ),
        included("deep", 4_097, 5_000, "three bundle levels"),
        changed(
            "index-is-size",
            "index-beyond-size",
            (300, 300),
            "the first index that does not exist",
            good.clone(),
        ),
        changed(
            "empty-log",
            "index-beyond-size",
            (0, 0),
            "nothing is in a log without leaves",
            Vec::new(),
        ),
        changed(
            "size-too-large",
            "size-too-large",
            (100, 1 << 63),
            "sizes end at 2^63 - 1",
            good.clone(),
        ),
        changed(
            "wrong-index",
            "root-mismatch",
            (101, 300),
            "the neighbour's index",
            good.clone(),
        ),
        changed(
            "wrong-size",
            "path-length",
            (100, 256),
            "a size whose path is shorter",
            good.clone(),
        ),
        changed(
            "one-hash-short",
            "path-length",
            (100, 300),
            "the last hash is missing",
            good[32..].to_vec(),
        ),
        changed(
            "one-hash-long",
            "path-length",
            (100, 300),
            "a hash too many",
            [&good[..], &root.0].concat(),
        ),
        changed(
            "half-a-hash",
            "path-bytes",
            (100, 300),
            "the path ends inside a hash",
            good[16..].to_vec(),
        ),
        changed(
            "sixty-four-hashes",
            "path-bytes",
            (100, 300),
            "no path is longer than 63 hashes",
            vec![7; 64 * 32],
        ),
        changed(
            "one-bit",
            "root-mismatch",
            (100, 300),
            "one bit of the path is flipped",
            flipped(&good),
        ),
        changed(
            "siblings-swapped",
            "root-mismatch",
            (100, 300),
            "two hashes in the wrong order",
            concat(&swapped),
        ),
        not_included("other-leaf", "root-mismatch", (100, 300), "the proof of another record")
            .with("leaf", leaf(99))
            .with("root", root)
            .body(good.clone()),
        not_included("other-root", "root-mismatch", (100, 300), "the root one leaf earlier")
            .with("leaf", leaf(100))
            .with("root", range(299).root())
            .body(good.clone()),
        not_included(
            "foreign-leaf",
            "root-mismatch",
            (100, 300),
            "a hash that is no leaf of this log",
        )
        .with("leaf", unprefixed)
        .with("root", root)
        .body(good),
    ]
}

fn consistent(name: &'static str, old: u64, new: u64, note: &'static str) -> Case {
    let case = Case::good("consistency", name, "log R9", note);
    grown(case, (old, new), range(old).root(), range(new).root()).body(concat(&growth(old, new)))
}

fn grown(case: Case, sizes: (u64, u64), old_root: Hash, new_root: Hash) -> Case {
    case.with("old_size", sizes.0)
        .with("old_root", old_root)
        .with("new_size", sizes.1)
        .with("new_root", new_root)
}

/// A log that grew.
pub(crate) fn consistency() -> Vec<Case> {
    let (old_root, new_root, forked) = (range(100).root(), range(300).root(), range(99).root());
    let good = concat(&growth(100, 300));
    let changed = |name, reason, sizes, note, body: Vec<u8>| {
        let case = Case::good("consistency", name, "log R9", note).refused(reason);
        grown(case, sizes, old_root, new_root).body(body)
    };
    let refused = |name, reason, note| Case::good("consistency", name, "log R9", note).refused(reason);
    vec![
        consistent("one-to-two", 1, 2, "the old log is a complete block and its own seed"),
        consistent("three-to-seven", 3, 7, "the example of RFC 9162"),
        consistent("seven-to-eight", 7, 8, "the last leaf completes the tree"),
        consistent("whole-bundle", 256, 300, "the old size is the border of a bundle"),
        consistent("across-bundles", 255, 1_000, "one leaf before the border"),
        consistent("equal", 300, 300, "the same size needs no hashes"),
        grown(
            Case::good("consistency", "from-nothing", "log R9", "every log begins empty"),
            (0, 5),
            EMPTY_ROOT,
            range(5).root(),
        ),
        changed("shrinks", "shrinks", (300, 100), "a log never shrinks", good.clone()),
        changed(
            "size-too-large",
            "size-too-large",
            (100, 1 << 63),
            "sizes end at 2^63 - 1",
            good.clone(),
        ),
        changed(
            "one-hash-short",
            "path-length",
            (100, 300),
            "the last hash is missing",
            good[32..].to_vec(),
        ),
        changed(
            "one-hash-long",
            "path-length",
            (100, 300),
            "a hash too many",
            [&good[..], &new_root.0].concat(),
        ),
        changed(
            "half-a-hash",
            "path-bytes",
            (100, 300),
            "the path ends inside a hash",
            good[16..].to_vec(),
        ),
        changed(
            "one-bit",
            "old-root-mismatch",
            (100, 300),
            "one bit of a left sibling is flipped",
            {
                let mut bytes = good.clone();
                bytes[5] ^= 1;
                bytes
            },
        ),
        changed(
            "one-bit-right",
            "root-mismatch",
            (100, 300),
            "one bit of the last right sibling is flipped",
            {
                let mut bytes = good.clone();
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                bytes
            },
        ),
        changed(
            "wrong-old-size",
            "path-length",
            (101, 300),
            "a size whose path is longer",
            good.clone(),
        ),
        changed(
            "equal-with-hashes",
            "path-length",
            (300, 300),
            "the same size with a path",
            good.clone(),
        ),
        grown(
            refused("equal-other-root", "old-root-mismatch", "two roots for one size"),
            (300, 300),
            forked,
            new_root,
        ),
        grown(
            refused("nothing-other-root", "old-root-mismatch", "no leaves and yet a root"),
            (0, 300),
            forked,
            new_root,
        ),
        grown(
            refused("nothing-with-hashes", "path-length", "no leaves need no path"),
            (0, 300),
            EMPTY_ROOT,
            new_root,
        )
        .body(good.clone()),
        grown(
            refused("rewritten", "old-root-mismatch", "the old root is another log's"),
            (100, 300),
            forked,
            new_root,
        )
        .body(good.clone()),
        grown(
            refused("other-new-root", "root-mismatch", "the new root is another log's"),
            (100, 300),
            old_root,
            forked,
        )
        .body(good),
    ]
}
