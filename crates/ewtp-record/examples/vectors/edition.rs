//! Vectors of tariff editions.

use super::case::{Case, DAY, NOW, list, number, sign, signed, signer, text, with, without};
use bytes::Bytes;
use ciborium::Value;
use ewtp_record::{Edition, RecordKind, Submission, Terms, parse_json};

const KIND: RecordKind = RecordKind::TARIFF_EDITION;
const EDITION: &str = include_str!("../../../../protocol-spec/examples/edition.json");

fn second() -> Submission {
    let input = parse_json(EDITION).expect("the example is JSON");
    let terms = Terms {
        issuer: "MY".parse().expect("a hub"),
        now: NOW,
        life_seconds: 3_650 * DAY,
    };
    Edition::from_json(&input, &terms).expect("the example keeps all rules")
}

fn payload() -> Bytes {
    second().draft.payload
}

fn edited(path: &[u64], item: Value) -> Bytes {
    signed(KIND, "2025-rev-2", with(&payload(), path, item))
}

fn lacking(path: &[u64]) -> Bytes {
    signed(KIND, "2025-rev-2", without(&payload(), path))
}

/// The example as the first edition of its territory.
fn first() -> Bytes {
    let payload = with(&without(&without(&payload(), &[8]), &[17]), &[7], number(1));
    signed(KIND, "2025-basic", payload)
}

/// A tree of as many bytes as so many rows can have.
fn tree(pages: i64, rows: i64) -> Value {
    tree_of(pages, rows, 12 * rows)
}

fn tree_of(pages: i64, rows: i64, bytes: i64) -> Value {
    list([Value::Bytes(vec![0xa1; 32]), number(pages), number(rows), number(bytes)])
}

fn patch(bytes: i64, rows: i64) -> Value {
    list([Value::Bytes(vec![0xc0; 32]), number(bytes), number(rows)])
}

fn rule(kind: i64, mode: i64, step: i64, scope: i64) -> Value {
    list([number(kind), number(mode), number(step), number(scope)])
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), faults(), numbers()].concat()
}

fn sound() -> Vec<Case> {
    let union = with(&payload(), &[2], text("EU"));
    let union = with(&union, &[3], list([text("BE"), text("DE")]));
    vec![
        Case::ok("second", "edition R4", sign(&second().draft).bytes())
            .key(signer().public().to_bytes())
            .note("examples/edition.json"),
        Case::ok("first", "edition R4", first()),
        Case::ok("union", "edition R2", signed(KIND, "2025-rev-2", union)),
        Case::ok("correction", "edition R12", edited(&[18], Value::Bytes(vec![0x5b; 32]))),
        Case::ok("sample", "edition R13", edited(&[19], Value::Bool(true))),
        Case::ok(
            "vat-to-the-whole-unit",
            "edition R8",
            edited(&[14], list([rule(0, 1, 1, 0), rule(9, 4, 100, 1)])),
        ),
        Case::ok(
            "collected-from-ten",
            "edition R10",
            edited(&[15], list([number(1_000), text("USD")])),
        ),
        Case::ok("unknown-odd-key", "record R19", edited(&[21], text("later"))),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            edited(&[20], number(1)),
        ),
        Case::unsupported(
            "valuation-3",
            "record R20",
            "unsupported-code",
            edited(&[12], number(3)),
        ),
        Case::unsupported(
            "rounding-of-kind-17",
            "record R20",
            "unsupported-code",
            edited(&[14], list([rule(0, 1, 1, 0), rule(17, 1, 1, 0)])),
        ),
    ]
}

fn faults() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    vec![
        case("revision-1", "edition R1", "bounds", edited(&[1], number(1))),
        case("no-territory", "edition R2", "missing", lacking(&[2])),
        case(
            "territory-of-no-members",
            "edition R2",
            "territory",
            edited(&[2], text("EU")),
        ),
        case("territory-small", "edition R2", "territory", edited(&[2], text("us"))),
        case("members-empty", "edition R1", "empty", edited(&[3], list([]))),
        case(
            "members-unsorted",
            "edition R2",
            "order",
            edited(&[3], list([text("DE"), text("BE")])),
        ),
        case(
            "member-of-no-country",
            "values R7",
            "country",
            edited(&[3], list([text("XX")])),
        ),
        case("hs-2012", "values R9", "hs-edition", edited(&[4], number(2012))),
        case(
            "nomenclature-spaced",
            "edition R3",
            "text",
            edited(&[5], text(" HTS10")),
        ),
        case("digits-13", "edition R3", "bounds", edited(&[6], number(13))),
        case("no-currency", "edition R3", "missing", lacking(&[13])),
        case("currency-of-gold", "values R13", "currency", edited(&[13], text("XAU"))),
        case(
            "in-force-beyond-9999",
            "values R18",
            "date",
            edited(&[9], number(2_932_897)),
        ),
        case("legal-empty", "edition R6", "text", edited(&[10], list([text("")]))),
        case(
            "legal-above-16",
            "edition R6",
            "count",
            edited(&[10], list((0..17).map(|_| text("90 FR 46136")))),
        ),
        case("no-trees", "edition R7", "missing", lacking(&[11])),
        case(
            "one-root-for-two-trees",
            "edition R7",
            "tree",
            edited(&[11], list([tree(1, 1), tree(1, 1), tree(1, 1)])),
        ),
        case(
            "two-trees",
            "record R21",
            "shape",
            edited(&[11], list([tree(1, 1), tree(1, 1)])),
        ),
        case(
            "fewer-rows-than-pages",
            "edition R7",
            "rows",
            edited(&[11], list([tree(3, 2), tree(1, 1), tree(1, 1)])),
        ),
        case(
            "more-rows-than-fit",
            "edition R7",
            "rows",
            edited(&[11], list([tree(1, 129), tree(1, 1), tree(1, 1)])),
        ),
        case(
            "pages-16385",
            "edition R7",
            "bounds",
            edited(&[11], list([tree(16_385, 20_000), tree(1, 1), tree(1, 1)])),
        ),
        case(
            "fewer-bytes-than-rows-need",
            "edition R7",
            "bytes",
            edited(&[11], list([tree_of(1, 2, 17), tree(1, 1), tree(1, 1)])),
        ),
        case(
            "more-bytes-than-pages-hold",
            "edition R7",
            "bytes",
            edited(&[11], list([tree_of(1, 2, 49_153), tree(1, 1), tree(1, 1)])),
        ),
        case("patch-of-no-bytes", "edition R9", "bytes", edited(&[17], patch(2, 0))),
        case("patch-without-room", "edition R9", "bytes", edited(&[17], patch(17, 3))),
        case(
            "patch-rows-1048577",
            "edition R9",
            "bounds",
            edited(&[17], patch(67_108_864, 1_048_577)),
        ),
        case("no-languages", "edition R11", "missing", lacking(&[16])),
        case(
            "language-in-words",
            "edition R11",
            "language",
            edited(&[16], list([text("english")])),
        ),
        case("test-false", "edition R13", "empty", edited(&[19], Value::Bool(false))),
        case(
            "collected-from-nothing",
            "edition R10",
            "money",
            edited(&[15], list([number(0), text("USD")])),
        ),
        case(
            "collected-in-another-currency",
            "edition R10",
            "money",
            edited(&[15], list([number(1_000), text("EUR")])),
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let first_that_corrects = {
        let first = with(&without(&without(&payload(), &[8]), &[17]), &[7], number(1));
        signed(KIND, "2025-basic", with(&first, &[18], Value::Bytes(vec![0x5b; 32])))
    };
    vec![
        case("number-0", "edition R4", "bounds", edited(&[7], number(0))),
        case("second-without-previous", "edition R4", "previous", lacking(&[8])),
        case("first-with-previous", "edition R4", "previous", edited(&[7], number(1))),
        case("second-without-patch", "edition R9", "patch", lacking(&[17])),
        case(
            "patch-above-64-mib",
            "edition R9",
            "bounds",
            edited(&[17, 1], number((64 << 20) + 1)),
        ),
        case("first-that-corrects", "edition R12", "previous", first_that_corrects),
        case("no-rounding", "edition R8", "missing", lacking(&[14])),
        case("rounding-empty", "edition R8", "count", edited(&[14], list([]))),
        case(
            "rounding-of-vat-only",
            "edition R8",
            "rounding",
            edited(&[14], list([rule(9, 1, 1, 0)])),
        ),
        case(
            "rounding-unsorted",
            "edition R8",
            "order",
            edited(&[14], list([rule(0, 1, 1, 0), rule(9, 1, 1, 0), rule(8, 1, 1, 0)])),
        ),
        case(
            "rounding-step-0",
            "edition R8",
            "bounds",
            edited(&[14], list([rule(0, 1, 0, 0)])),
        ),
    ]
}
