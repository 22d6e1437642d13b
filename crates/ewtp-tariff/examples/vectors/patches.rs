//! Patches, good and bad, judged alone or between two editions.

use ewtp_log::entry_bundle;
use ewtp_record::cbor::{self, Blob};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{Row, RowKey};
use ewtp_vectors::Case;

const OBJECT: &str = "tariff-patch";

fn key(id: &str) -> RowKey {
    RowKey::Note(id.parse().expect("a name"))
}

fn removed(id: &str) -> Blob {
    key(id).encode().into()
}

fn set(id: &str) -> Blob {
    Blob(note(id, "text").bytes().clone())
}

fn note(id: &str, text: &str) -> Row {
    Row::new(key(id), Entry::Note(text.to_owned())).expect("a row")
}

fn patch(removed: &[Blob], set: &[Blob]) -> Vec<u8> {
    cbor::encode(&(removed, set))
}

/// Every patch.
pub(crate) fn all() -> Vec<Case> {
    [alone(), between()].concat()
}

/// Patches from one edition to the next, each of a few notes.
fn between() -> Vec<Case> {
    let hex = |rows: &[Row]| -> String {
        let rows: Vec<_> = rows.iter().map(Row::bytes).collect();
        let bytes = entry_bundle(&rows).expect("rows are short");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let case = |name, note, (from, to): (&[Row], &[Row]), patch: Vec<u8>| {
        let case = Case::good(OBJECT, name, "tariff-page R9", note);
        case.with("from", hex(from)).with("to", hex(to)).body(patch)
    };
    let before = [note("a", "text"), note("b", "old")];
    let after = [note("b", "text"), note("c", "text")];
    let whole = patch(&[removed("a")], &[set("b"), set("c")]);
    vec![
        case(
            "leads",
            "one note goes, one changes, one comes",
            (&before, &after),
            whole.clone(),
        ),
        case(
            "absent",
            "",
            (&before, &after),
            patch(&[removed("a"), removed("d")], &[set("b"), set("c")]),
        )
        .refused("absent"),
        case("set-to-what-it-was", "", (&before, &before), patch(&[], &[set("a")])).refused("needless"),
        case(
            "removed-and-set",
            "",
            (&before, &after),
            patch(&[removed("a"), removed("b")], &[set("b"), set("c")]),
        )
        .refused("needless"),
        case(
            "row-too-few",
            "",
            (&before, &after),
            patch(&[removed("a")], &[set("b")]),
        )
        .refused("root-mismatch"),
        case(
            "other-text",
            "as many rows as are signed",
            (&before, &[note("b", "more"), note("c", "text")]),
            whole,
        )
        .refused("root-mismatch"),
    ]
}

fn alone() -> Vec<Case> {
    let good = |name, note, patch: Vec<u8>| Case::good(OBJECT, name, "tariff-page R8", note).body(patch);
    let bad = |name, rule, reason, patch: Vec<u8>| Case::good(OBJECT, name, rule, "").refused(reason).body(patch);
    let both = patch(&[removed("a"), removed("c")], &[set("b"), set("d")]);
    let surplus = cbor::encode(&([removed("a")], [set("b")], 0_u64));
    let row_as_map = cbor::encode(&([0_u64; 0], [Blob::from(vec![0xa0])]));
    vec![
        good("both", "two notes go, two come or change", both),
        good("removed", "", patch(&[removed("a")], &[])),
        good("set", "", patch(&[], &[set("a")])),
        good("nothing", "two editions with the same rows", patch(&[], &[])),
        bad(
            "removed-order",
            "tariff-page R8",
            "order",
            patch(&[removed("b"), removed("a")], &[]),
        ),
        bad(
            "removed-twice",
            "tariff-page R8",
            "order",
            patch(&[removed("a"), removed("a")], &[]),
        ),
        bad(
            "set-order",
            "tariff-page R8",
            "order",
            patch(&[], &[set("b"), set("a")]),
        ),
        bad(
            "set-twice",
            "tariff-page R8",
            "order",
            patch(&[], &[set("a"), set("a")]),
        ),
        bad("row-for-key", "record R21", "shape", patch(&[set("a")], &[])),
        bad("key-for-row", "record R21", "shape", patch(&[], &[removed("a")])),
        bad("row-is-map", "tariff-row R3", "form", row_as_map),
        bad("surplus", "record R21", "shape", surplus),
    ]
}
