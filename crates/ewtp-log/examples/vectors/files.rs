//! Cases of the files in which a log leaves the mesh: names of tiles, entry bundles, proofs as text.

use ewtp_log::{InclusionProof, TileKind, TilePath, TlogProof, entry_bundle};
use ewtp_vectors::Case;

use super::cases::leaves;
use super::notes::{cosigned, log_key, public};
use super::proofs::path;

/// Names of files. The bytes under test are the name, as ASCII.
pub(crate) fn tiles() -> Vec<Case> {
    let name = |label, note, kind: TileKind, index, width| {
        let tile = TilePath { kind, index, width };
        let kind = match kind {
            TileKind::Hashes(level) => level.to_string(),
            TileKind::Entries => "entries".to_owned(),
        };
        Case::good("tile", label, "log R10", note)
            .with("kind", kind)
            .with("index", index)
            .with("width", width)
            .body(tile.to_string())
    };
    let bad = |label, note, name: &str| {
        let case = Case::good("tile", label, "log R10", note).refused("tile-path");
        case.body(name)
    };
    vec![
        name(
            "first",
            "the first tile of leaf hashes, full",
            TileKind::Hashes(0),
            0,
            256,
        ),
        name(
            "partial",
            "the width of a partial tile is in its name",
            TileKind::Hashes(1),
            1,
            17,
        ),
        name(
            "grouped",
            "an index of seven digits",
            TileKind::Hashes(2),
            1_234_067,
            256,
        ),
        name("entries", "records, partial", TileKind::Entries, 1_000, 1),
        bad("level-8", "no log has so many levels", "tile/8/000"),
        bad("short-group", "a group has three digits", "tile/0/00"),
        bad("ungrouped", "no group has four digits", "tile/0/1000"),
        bad("unmarked", "all groups but the last are marked", "tile/0/001/000"),
        bad("marked-last", "the last group is not marked", "tile/0/x001"),
        bad(
            "leading-group",
            "a group of zeros in front names the same tile",
            "tile/0/x000/001",
        ),
        bad("leading-zero", "another spelling of level 1", "tile/01/000"),
        bad("width-0", "a tile without hashes is none", "tile/0/000.p/0"),
        bad("width-256", "a full tile has no width in its name", "tile/0/000.p/256"),
        bad("sign", "a number has no sign", "tile/0/000.p/+1"),
        bad("upwards", "a name never leaves its folder", "tile/0/../000"),
        bad(
            "beyond",
            "an index that no log reaches",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
        ),
    ]
}

/// Entry bundles.
pub(crate) fn entries() -> Vec<Case> {
    let bundle = |n: u64| {
        let entries: Vec<_> = (0..n).map(|index| format!("entry {index}")).collect();
        entry_bundle(&entries).expect("the entries are short")
    };
    let good = |label, note, n| {
        Case::good("entries", label, "log R11", note)
            .with("count", n)
            .body(bundle(n))
    };
    let bad =
        |label, reason, note, body: Vec<u8>| Case::good("entries", label, "log R11", note).refused(reason).body(body);
    let three = bundle(3);
    vec![
        good("one", "the smallest", 1),
        good("three", "three records", 3),
        Case::good("entries", "empty-entry", "log R11", "a length of 0 is one")
            .with("count", 1)
            .body([0, 0]),
        bad("none", "entry-count", "a bundle has an entry", Vec::new()),
        bad("257", "entry-count", "more than a bundle holds", [0, 0].repeat(257)),
        bad(
            "length-cut",
            "entry-cut",
            "half a length at the end",
            [&three[..], &[0]].concat(),
        ),
        bad(
            "entry-cut",
            "entry-cut",
            "the last entry ends early",
            three[..three.len() - 1].to_vec(),
        ),
        bad(
            "length-too-long",
            "entry-cut",
            "a length beyond the end",
            [&[0xff, 0xff], &three[2..]].concat(),
        ),
    ]
}

/// Proofs as text, for leaf 100 of 300.
pub(crate) fn proofs() -> Vec<Case> {
    let proof = TlogProof {
        extra: Vec::new(),
        index: 100,
        proof: InclusionProof { path: path(100, 300) },
        note: cosigned(),
    };
    let plain = proof.to_string();
    let with_extra = TlogProof {
        extra: b"not signed".to_vec(),
        ..proof
    };
    let case = |label, note, text: String| {
        Case::good("tlog-proof", label, "log R12", note)
            .with("log_key", public(&log_key()))
            .with("leaf", leaves(101)[100])
            .body(text)
    };
    let second_hash = plain.lines().nth(3).expect("a path of nine hashes").to_owned();
    vec![
        case("plain", "index, path and the cosigned checkpoint", plain.clone()),
        case("extra", "a line that nobody signed", with_extra.to_string()),
        case("another-version", "a later version", plain.replacen("@v1", "@v2", 1)).refused("proof-line"),
        case(
            "index-sign",
            "a number has one spelling",
            plain.replacen("index 100", "index +100", 1),
        )
        .refused("proof-line"),
        case("no-index", "the line is missing", plain.replacen("index 100\n", "", 1)).refused("proof-line"),
        case(
            "extra-empty",
            "a line that says nothing",
            plain.replacen("index", "extra \nindex", 1),
        )
        .refused("proof-line"),
        case(
            "hash-short",
            "a hash has 32 bytes",
            plain.replacen(&second_hash, &second_hash[4..], 1),
        )
        .refused("proof-line"),
        case(
            "no-blank-line",
            "path and note run together",
            plain.replacen("\n\n", "\n", 2),
        )
        .refused("proof-line"),
        case(
            "too-long",
            "more than a path, a note and its lines take",
            "a".repeat(24_705),
        )
        .refused("proof-not-text"),
        case(
            "wrong-index",
            "the neighbour's index",
            plain.replacen("index 100", "index 101", 1),
        )
        .refused("root-mismatch"),
        case(
            "hash-missing",
            "a hash of the path is missing",
            plain.replacen(&format!("{second_hash}\n"), "", 1),
        )
        .refused("path-length"),
    ]
}
