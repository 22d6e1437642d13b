//! Vectors of the duty that a certificate assesses.

use super::case::{Case, list, number, signed, signer, text, with, without};
use super::certificate::{BATCH, CLEARANCE, payload};
use bytes::Bytes;
use ciborium::Value;
use ewtp_record::RecordKind;

const ASSESSMENT: &str = include_str!("../../../../protocol-spec/examples/assessment.json");
const RULE: &str = "certificate R18";
/// Where the assessment stands in the payload.
const FIELD: u64 = 18;

fn record(payload: Bytes) -> Bytes {
    signed(RecordKind::CERTIFICATE, "US-2026-7780145", payload)
}

/// The example with the item at `path` of its assessment replaced.
fn edited(path: &[u64], item: Value) -> Bytes {
    record(with(&payload(ASSESSMENT), &[&[FIELD], path].concat(), item))
}

fn lacking(path: &[u64]) -> Bytes {
    record(without(&payload(ASSESSMENT), &[&[FIELD], path].concat()))
}

fn assessed(line: i64, amount: i64) -> Value {
    list([number(line), number(amount), Value::Bytes(vec![0x5a; 32])])
}

/// An assessment of these lines.
fn assessment(lines: impl IntoIterator<Item = Value>) -> Value {
    let edition = list([text("US"), Value::Bytes(vec![0xed; 32])]);
    let total = list([number(24_000), text("USD")]);
    Value::Map(vec![(number(0), edition), (number(1), list(lines)), (number(2), total)])
}

/// The import release of two lines with this assessment.
fn release(lines: impl IntoIterator<Item = Value>) -> Bytes {
    let line = |at: i64| {
        list([
            number(at),
            text("61091000"),
            number(2_022),
            text("CN"),
            Value::Null,
            Value::Null,
        ])
    };
    let release = with(&with(&payload(ASSESSMENT), &[2], number(2)), &[3], number(1));
    let release = with(&release, &[12], list([line(1), line(4)]));
    record(with(&release, &[FIELD], assessment(lines)))
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), whole(), fields()].concat()
}

fn sound() -> Vec<Case> {
    vec![
        Case::ok("assessment", RULE, record(payload(ASSESSMENT)))
            .key(signer().public().to_bytes())
            .note("examples/assessment.json; edition and receipt are those of vector duty-receipt/surcharge"),
        Case::ok(
            "assessment-in-a-release",
            RULE,
            release([assessed(1, 16_500), assessed(4, 7_500)]),
        ),
        Case::ok(
            "assessment-of-nothing-due",
            RULE,
            release([assessed(1, 0), assessed(4, 0)]),
        )
        .note("the total is not the sum of the lines where duty is rounded or waived by the consignment"),
        Case::unsupported(
            "unknown-even-key-of-assessment",
            "record R19",
            "unsupported-key",
            edited(&[4], number(0)),
        ),
    ]
}

/// Which certificate has an assessment, and of which lines.
fn whole() -> Vec<Case> {
    let case = |name, bytes: Bytes| Case::refused(name, RULE, "assessment", bytes);
    let of_export = with(&payload(CLEARANCE), &[FIELD], assessment([assessed(1, 0)]));
    let of_batch = with(&payload(BATCH), &[2], number(2));
    let of_batch = with(&of_batch, &[FIELD], assessment([assessed(1, 0)]));
    vec![
        case("assessment-of-an-export", record(of_export)),
        case("assessment-of-parcels", record(of_batch)),
        case("assessed-line-left-out", release([assessed(1, 0)])),
        case(
            "assessed-line-too-many",
            release([1, 4, 5].map(|line| assessed(line, 0))),
        ),
        case("assessed-line-twice", release([1, 1].map(|line| assessed(line, 0)))),
        case("assessed-line-unknown", release([1, 2].map(|line| assessed(line, 0)))),
        case("assessed-lines-unsorted", release([4, 1].map(|line| assessed(line, 0)))),
        case("assessed-lines-empty", release([])),
    ]
}

fn fields() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    vec![
        case("assessment-without-edition", RULE, "missing", lacking(&[0])),
        case("assessment-without-lines", RULE, "missing", lacking(&[1])),
        case("assessment-without-total", RULE, "missing", lacking(&[2])),
        case(
            "assessment-as-list",
            "record R21",
            "shape",
            record(with(&payload(ASSESSMENT), &[FIELD], list([]))),
        ),
        case(
            "edition-of-no-hub",
            "values R2",
            "hub-code",
            edited(&[0, 0], text("us")),
        ),
        case(
            "edition-id-of-31",
            "record R21",
            "shape",
            edited(&[0, 1], Value::Bytes(vec![1; 31])),
        ),
        case("assessed-line-0", RULE, "bounds", edited(&[1, 0, 0], number(0))),
        case("assessed-line-of-two", "record R21", "shape", lacking(&[1, 0, 2])),
        case(
            "assessed-amount-negative",
            RULE,
            "money",
            edited(&[1, 0, 1], number(-1)),
        ),
        case(
            "assessed-amount-as-text",
            "record R21",
            "shape",
            edited(&[1, 0, 1], text("240.00")),
        ),
        case(
            "receipt-of-33",
            "record R21",
            "shape",
            edited(&[1, 0, 2], Value::Bytes(vec![1; 33])),
        ),
        case("total-negative", RULE, "money", edited(&[2, 0], number(-1))),
        case("total-in-gold", "values R13", "currency", edited(&[2, 1], text("XAU"))),
        case("total-without-currency", "record R21", "shape", lacking(&[2, 1])),
    ]
}
