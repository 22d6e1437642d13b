//! Vectors of clearance certificates.

use super::case::{Case, NOW, draft, list, number, sign, signed, signer, text, with, without};
use bytes::Bytes;
use ciborium::Value;
use ewtp_record::{Certificate, RecordKind, Terms, parse_json};

const KIND: RecordKind = RecordKind::CERTIFICATE;
pub(crate) const CLEARANCE: &str = include_str!("../../../../protocol-spec/examples/clearance.json");
const PERMIT: &str = include_str!("../../../../protocol-spec/examples/permit.json");
pub(crate) const BATCH: &str = include_str!("../../../../protocol-spec/examples/batch.json");
/// A permit is issued before it begins.
const PERMIT_TIMES: [(&str, &str); 3] = [
    ("issued_at", "2026-11-01"),
    ("not_before", "2026-12-01"),
    ("expires_at", "2027-11-30"),
];

fn terms(issuer: &str) -> Terms {
    Terms {
        issuer: issuer.parse().expect("a hub"),
        now: NOW,
        life_seconds: 90 * 86_400,
    }
}

/// The record that an example becomes when it is issued with these times.
fn record(example: &str, issuer: &str, times: &[(&str, &str)]) -> Bytes {
    let mut input = parse_json(example).expect("the examples are JSON");
    for (name, time) in times {
        input[*name] = (*time).into();
    }
    let submission = Certificate::from_json(&input, &terms(issuer)).expect("the examples keep all rules");
    sign(&submission.draft).bytes().clone()
}

pub(crate) fn payload(example: &str) -> Bytes {
    let input = parse_json(example).expect("the examples are JSON");
    Certificate::from_json(&input, &terms("MY"))
        .expect("the examples keep all rules")
        .draft
        .payload
}

/// A record around the clearance example with one item replaced.
fn edited(path: &[u64], item: Value) -> Bytes {
    edited_from(CLEARANCE, path, item)
}

fn edited_from(example: &str, path: &[u64], item: Value) -> Bytes {
    signed(KIND, "MY-2026-1", with(&payload(example), path, item))
}

fn lacking(example: &str, path: &[u64]) -> Bytes {
    signed(KIND, "MY-2026-1", without(&payload(example), path))
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), later(), fields(), journeys(), lines(), batches(), links()].concat()
}

fn sound() -> Vec<Case> {
    let own = signer().public().to_bytes();
    let amended = with(&payload(CLEARANCE), &[1], number(1));
    let amended = with(&amended, &[16], Value::Bytes(vec![0x5a; 32]));
    let plain = [10, 11, 9]
        .iter()
        .fold(payload(CLEARANCE), |payload, key| without(&payload, &[*key]));
    vec![
        Case::ok("clearance", "certificate R11", record(CLEARANCE, "CN-HGH", &[]))
            .key(own)
            .note("examples/clearance.json, issued 2026-11-22T08:30:00Z for 90 days"),
        Case::ok("permit", "certificate R11", record(PERMIT, "RW", &PERMIT_TIMES))
            .key(own)
            .note("examples/permit.json, issued 2026-11-01 for 2026-12-01 to 2027-11-30"),
        Case::ok(
            "batch",
            "certificate R12",
            record(BATCH, "CN-HGH", &[("expires_at", "2026-12-22T08:30:00Z")]),
        )
        .key(own)
        .note("examples/batch.json, issued 2026-11-22T08:30:00Z for 30 days"),
        Case::ok("amended", "certificate R15", signed(KIND, "MY-2026-1", amended)).key(own),
        Case::ok("fewest-fields", "certificate R1", signed(KIND, "MY-2026-1", plain)),
        Case::ok(
            "disclosure",
            "certificate R14",
            edited(&[15], Value::Bytes(vec![0xd1; 32])),
        ),
        Case::ok("unknown-odd-key", "record R19", edited(&[19], text("later"))).key(own),
    ]
}

fn later() -> Vec<Case> {
    let case = |name, bytes: Bytes| Case::unsupported(name, "record R20", "unsupported-code", bytes);
    vec![
        case("type-13", edited(&[2], number(13))).note("reserved"),
        case("type-15", edited(&[2], number(15))),
        case("decision-14", edited(&[3], number(14))),
        case("transport-mode-9", edited(&[10, 0], number(9))),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            edited(&[20], number(0)),
        ),
        Case::unsupported(
            "unknown-even-key-of-transport",
            "record R19",
            "unsupported-key",
            edited(&[10, 4], number(0)),
        ),
        Case::unsupported(
            "unknown-even-key-of-batch",
            "record R19",
            "unsupported-key",
            edited_from(BATCH, &[13, 6], number(0)),
        ),
    ]
}

fn fields() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    vec![
        case("no-type", "certificate R2", "missing", lacking(CLEARANCE, &[2])),
        case(
            "type-as-text",
            "record R21",
            "shape",
            edited(&[2], text("export-release")),
        ),
        case(
            "release-that-grants",
            "certificate R3",
            "decision",
            edited(&[3], number(5)),
        ),
        case("no-office", "certificate R4", "missing", lacking(CLEARANCE, &[4])),
        case(
            "office-with-space",
            "values R10",
            "locode",
            edited(&[4], text("CN HGH")),
        ),
        case(
            "office-in-no-country",
            "values R10",
            "locode",
            edited(&[4], text("ZZHGH")),
        ),
        case(
            "no-import-country",
            "certificate R5",
            "missing",
            lacking(CLEARANCE, &[6]),
        ),
        case(
            "import-country-alpha-3",
            "values R7",
            "country",
            edited(&[6], text("MYS")),
        ),
        case(
            "release-without-regime",
            "certificate R6",
            "missing",
            lacking(CLEARANCE, &[8]),
        ),
        case(
            "regime-of-three",
            "record R21",
            "shape",
            edited(&[8], list([text("CN"), text("9610"), text("X")])),
        ),
        case(
            "regime-in-small-letters",
            "values R17",
            "regime",
            edited(&[8], list([text("cn"), text("9610")])),
        ),
        case(
            "ucr-without-country",
            "values R14",
            "ucr",
            edited(&[9], text("6991330100-4711")),
        ),
        case(
            "disclosure-of-31",
            "record R21",
            "shape",
            edited(&[15], Value::Bytes(vec![1; 31])),
        ),
        case(
            "zone-of-17",
            "certificate R16",
            "zone",
            edited(&[17], text(&"Z".repeat(17))),
        ),
        case("null-for-absent", "record R21", "shape", edited(&[17], Value::Null)),
    ]
}

fn journeys() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let texts = |texts: &[&str]| list(texts.iter().map(|entry| text(entry)));
    vec![
        case("transit-empty", "certificate R1", "empty", edited(&[7], list([]))),
        case(
            "transit-twice",
            "certificate R5",
            "order",
            edited(&[7], texts(&["SG", "TH", "SG"])),
        ),
        case(
            "transport-without-mode",
            "certificate R8",
            "missing",
            lacking(CLEARANCE, &[10, 0]),
        ),
        case(
            "document-code-0",
            "certificate R8",
            "bounds",
            edited(&[10, 1, 0], number(0)),
        ),
        case(
            "document-number-empty",
            "certificate R8",
            "document-number",
            edited(&[10, 1, 1], text("")),
        ),
        case(
            "document-number-of-36",
            "certificate R8",
            "document-number",
            edited(&[10, 1, 1], text(&"1".repeat(36))),
        ),
        case(
            "document-number-ends-in-space",
            "certificate R8",
            "document-number",
            edited(&[10, 1, 1], text("1 ")),
        ),
        case(
            "container-check-digit",
            "values R16",
            "container-check",
            edited(&[10, 2], texts(&["CSQU3054384"])),
        ),
        case(
            "container-form",
            "values R16",
            "container",
            edited(&[10, 2], texts(&["CSQX3054383"])),
        ),
        case(
            "containers-unsorted",
            "certificate R8",
            "order",
            edited(&[10, 2], texts(&["MSKU0000006", "CSQU3054383"])),
        ),
        case(
            "places-empty",
            "certificate R1",
            "empty",
            edited(&[11], Value::Map(vec![])),
        ),
        case(
            "place-in-no-country",
            "values R10",
            "locode",
            edited(&[11, 0], text("ZZZZZ")),
        ),
    ]
}

fn lines() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let quantity = |mantissa, exponent, unit| list([number(mantissa), number(exponent), text(unit)]);
    vec![
        case("no-goods", "certificate R10", "goods", lacking(CLEARANCE, &[12])),
        case("lines-empty", "certificate R11", "count", edited(&[12], list([]))),
        case("line-of-five", "record R21", "shape", lacking(CLEARANCE, &[12, 0, 5])),
        case("line-0", "certificate R11", "bounds", edited(&[12, 0, 0], number(0))),
        case(
            "lines-unsorted",
            "certificate R11",
            "order",
            edited_from(PERMIT, &[12, 0, 0], number(3)),
        ),
        case(
            "lines-with-one-number",
            "certificate R11",
            "order",
            edited_from(PERMIT, &[12, 0, 0], number(2)),
        ),
        case("hs-of-four", "values R8", "hs-code", edited(&[12, 0, 1], text("8471"))),
        case(
            "hs-of-chapter-77",
            "values R8",
            "hs-code",
            edited(&[12, 0, 1], text("770100")),
        ),
        case(
            "hs-edition-2021",
            "values R9",
            "hs-edition",
            edited(&[12, 0, 2], number(2_021)),
        ),
        case(
            "origin-of-no-country",
            "values R7",
            "country",
            edited(&[12, 0, 3], text("EU")),
        ),
        case(
            "quantity-of-nothing",
            "values R11",
            "decimal",
            edited(&[12, 0, 4], quantity(0, 0, "H87")),
        ),
        case(
            "quantity-times-ten",
            "values R11",
            "decimal",
            edited(&[12, 0, 4], quantity(12, 1, "H87")),
        ),
        case(
            "quantity-of-16-digits",
            "values R11",
            "decimal",
            edited(&[12, 0, 4], quantity(1_000_000_000_000_000, 0, "H87")),
        ),
        case(
            "unit-deprecated",
            "values R12",
            "unit",
            edited(&[12, 0, 4], quantity(12, 0, "NPR")),
        ),
        case(
            "unit-in-small-letters",
            "values R12",
            "unit",
            edited(&[12, 0, 4], quantity(12, 0, "kgm")),
        ),
        case(
            "net-mass-negative",
            "values R11",
            "decimal",
            edited(&[12, 0, 5], list([number(-1), number(0)])),
        ),
        case(
            "permit-without-quantity",
            "certificate R11",
            "missing",
            edited_from(PERMIT, &[12, 1, 4], Value::Null),
        ),
    ]
}

fn batches() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let money = |minor, currency| list([number(minor), text(currency)]);
    let edited = |path: &[u64], item| edited_from(BATCH, path, item);
    let assessed = with(&with(&payload(BATCH), &[2], number(14)), &[3], number(11));
    vec![
        case("lines-and-batch", "certificate R10", "goods", edited(&[12], list([]))),
        case(
            "assessment-of-a-batch",
            "certificate R12",
            "batch",
            signed(KIND, "MY-2026-1", assessed),
        ),
        case(
            "batch-of-nothing",
            "certificate R12",
            "bounds",
            edited(&[13, 0], number(0)),
        ),
        case(
            "batch-without-root",
            "certificate R12",
            "missing",
            lacking(BATCH, &[13, 1]),
        ),
        case(
            "batch-without-chapters",
            "certificate R12",
            "count",
            edited(&[13, 3], list([])),
        ),
        case(
            "chapters-unsorted",
            "certificate R12",
            "order",
            edited(&[13, 3], list([number(62), number(61)])),
        ),
        case(
            "chapter-77",
            "values R8",
            "hs-chapter",
            edited(&[13, 3], list([number(77)])),
        ),
        case(
            "value-negative",
            "certificate R12",
            "money",
            edited(&[13, 4], list([money(-1, "EUR")])),
        ),
        case(
            "value-in-gold",
            "values R13",
            "currency",
            edited(&[13, 4], list([money(1, "XAU")])),
        ),
        case(
            "currency-twice",
            "certificate R12",
            "order",
            edited(&[13, 4], list([money(1, "EUR"), money(2, "EUR")])),
        ),
        case("value-empty", "certificate R1", "empty", edited(&[13, 4], list([]))),
    ]
}

fn links() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let document = |hub: &str, id| list([text(hub), Value::Bytes(vec![id; 32])]);
    let mut too_large = draft(KIND, "MY-2026-1", payload(CLEARANCE));
    too_large.kind = RecordKind::new(65_300).expect("a kind");
    vec![
        Case::ok(
            "documents",
            "certificate R13",
            edited(&[14], list([document("MY", 2), document("RW", 1)])),
        ),
        case(
            "documents-unsorted",
            "certificate R13",
            "order",
            edited(&[14], list([document("RW", 1), document("MY", 2)])),
        ),
        case(
            "document-of-no-hub",
            "values R2",
            "hub-code",
            edited(&[14], list([document("rw", 1)])),
        ),
        case("documents-empty", "certificate R1", "empty", edited(&[14], list([]))),
        case(
            "amended-without-previous",
            "certificate R15",
            "previous",
            edited(&[1], number(1)),
        ),
        case(
            "previous-of-revision-0",
            "certificate R15",
            "previous",
            edited(&[16], Value::Bytes(vec![1; 32])),
        ),
    ]
}
