//! Range cases: the shape that announcements and pulled bundles share.

use ewtp_log::Hash;
use ewtp_vectors::Case;

use super::cases::{concat, leaves, range, tree};

/// A range of the log with `size` leaves, and the parts that a case changes.
struct Sides {
    start: u64,
    size: u64,
    left: Vec<Hash>,
    leaves: Vec<Hash>,
    right: Vec<Hash>,
    root: Hash,
}

fn sides(start: u64, end: u64, size: u64) -> Sides {
    let all = leaves(size);
    let first = end as usize / 256 * 256;
    let bundle = &all[first.min(all.len())..(first + 256).min(all.len())];
    Sides {
        start,
        size,
        left: range(start).hashes().to_vec(),
        leaves: all[start as usize..end as usize].to_vec(),
        right: tree(size)
            .right_within(end, &range(size), bundle)
            .expect("the range lies inside the log"),
        root: range(size).root(),
    }
}

fn case(name: &'static str, note: &'static str, sides: &Sides) -> Case {
    Case::good("range", name, "log R7", note)
        .with("start", sides.start)
        .with("size", sides.size)
        .with("left", hex::encode(concat(&sides.left)))
        .with("right", hex::encode(concat(&sides.right)))
        .with("root", sides.root)
        .body(concat(&sides.leaves))
}

fn changed(name: &'static str, reason: &'static str, note: &'static str, change: impl FnOnce(&mut Sides)) -> Case {
    let mut sides = sides(13, 17, 43);
    change(&mut sides);
    case(name, note, &sides).refused(reason)
}

/// Runs of leaves with what lies left and right of them.
pub(crate) fn ranges() -> Vec<Case> {
    let flip = |hash: &mut Hash| hash.0[16] ^= 0x10;
    vec![
        case("genesis", "the first leaf of a log of one", &sides(0, 1, 1)),
        case(
            "whole-log",
            "from the beginning to the end: no sides",
            &sides(0, 43, 43),
        ),
        case(
            "announcement",
            "the newest leaves: nothing to the right",
            &sides(13, 43, 43),
        ),
        case(
            "checkpoint-alone",
            "no leaves: the left side is the whole log",
            &sides(43, 43, 43),
        ),
        case("middle", "both sides", &sides(13, 17, 43)),
        case("bundle", "a full bundle of a longer log", &sides(256, 512, 700)),
        case(
            "part-of-a-bundle",
            "a frame that ends inside a bundle",
            &sides(512, 600, 700),
        ),
        changed("left-short", "left-count", "the left side misses a hash", |sides| {
            sides.left.pop();
        }),
        changed(
            "left-surplus",
            "left-count",
            "the left side has a hash too many",
            |sides| sides.left.push(sides.root),
        ),
        changed("right-short", "right-count", "the right side misses a hash", |sides| {
            sides.right.pop();
        }),
        changed(
            "right-surplus",
            "right-count",
            "the right side has a hash too many",
            |sides| sides.right.push(sides.root),
        ),
        changed("beyond-size", "beyond-size", "the leaves end behind the log", |sides| {
            sides.size = 16
        }),
        changed(
            "start-beyond-size",
            "beyond-size",
            "the start lies behind the log",
            |sides| sides.start = 44,
        ),
        changed("size-too-large", "size-too-large", "sizes end at 2^63 - 1", |sides| {
            sides.size = 1 << 63
        }),
        changed("start-too-large", "size-too-large", "so do indices", |sides| {
            sides.start = 1 << 63
        }),
        changed("leaf-missing", "right-count", "one leaf is withheld", |sides| {
            sides.leaves.remove(1);
        }),
        changed(
            "leaf-changed",
            "root-mismatch",
            "one leaf is another record's",
            |sides| flip(&mut sides.leaves[2]),
        ),
        changed(
            "leaves-swapped",
            "root-mismatch",
            "two records change places",
            |sides| sides.leaves.swap(0, 3),
        ),
        changed("left-changed", "root-mismatch", "one bit of the left side", |sides| {
            flip(&mut sides.left[0])
        }),
        changed(
            "left-swapped",
            "root-mismatch",
            "the left side smallest first",
            |sides| sides.left.reverse(),
        ),
        changed("right-changed", "root-mismatch", "one bit of the right side", |sides| {
            flip(&mut sides.right[1])
        }),
        changed(
            "right-swapped",
            "root-mismatch",
            "the right side from the end",
            |sides| sides.right.reverse(),
        ),
        changed("other-root", "root-mismatch", "another log's root", |sides| {
            sides.root = range(42).root()
        }),
    ]
}
