//! Patches, good and bad, judged alone.

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
    let row = Row::new(key(id), Entry::Note("text".to_owned()));
    Blob(row.expect("a row").bytes().clone())
}

fn patch(removed: &[Blob], set: &[Blob]) -> Vec<u8> {
    cbor::encode(&(removed, set))
}

/// Every patch.
pub(crate) fn all() -> Vec<Case> {
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
