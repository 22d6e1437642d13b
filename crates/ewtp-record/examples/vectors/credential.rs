//! Vectors of merchant credentials.

use super::case::{Case, DAY, NOW, draft, list, number, sign, signed, signer, text, with, without};
use bytes::Bytes;
use ciborium::Value;
use ewtp_record::{Credential, Draft, RecordKind, Submission, Terms, parse_json};

const KIND: RecordKind = RecordKind::CREDENTIAL;
const MERCHANT: &str = include_str!("../../../../protocol-spec/examples/merchant.json");

fn merchant() -> Submission {
    let mut input = parse_json(MERCHANT).expect("the example is JSON");
    input["expires_at"] = "2028-11-21T08:30:00Z".into();
    let terms = Terms {
        issuer: "MY".parse().expect("a hub"),
        now: NOW,
        life_seconds: DAY,
    };
    Credential::from_json(&input, &terms).expect("the example keeps all rules")
}

fn edited(path: &[u64], item: Value) -> Bytes {
    signed(KIND, "MY-1", with(&merchant().draft.payload, path, item))
}

fn lacking(path: &[u64]) -> Bytes {
    signed(KIND, "MY-1", without(&merchant().draft.payload, path))
}

fn lasting(days: u64) -> Bytes {
    let draft = draft(KIND, "MY-1", merchant().draft.payload);
    sign(&Draft {
        expires_at: NOW.plus(days * DAY),
        ..draft
    })
    .bytes()
    .clone()
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), faults(), corridors()].concat()
}

fn sound() -> Vec<Case> {
    let own = signer().public().to_bytes();
    let amended = with(
        &with(&merchant().draft.payload, &[1], number(2)),
        &[10],
        Value::Bytes(vec![0x5a; 32]),
    );
    vec![
        Case::ok("merchant", "credential R2", sign(&merchant().draft).bytes())
            .key(own)
            .note("examples/merchant.json, issued 2026-11-22T08:30:00Z for 730 days"),
        Case::ok("at-home-only", "credential R6", edited(&[7], list([]))),
        Case::ok("all-sectors", "credential R5", lacking(&[6])),
        Case::ok("731-days", "credential R10", lasting(731)),
        Case::ok("amended", "credential R9", signed(KIND, "MY-1", amended)).key(own),
        Case::ok(
            "weak-key-is-only-carried",
            "credential R2",
            edited(&[2], Value::Bytes(vec![0; 32])),
        )
        .note("a reader admits the merchant's key when it first needs it"),
        Case::ok("unknown-odd-key", "record R19", edited(&[11], text("later"))),
        Case::unsupported("form-8", "record R20", "unsupported-code", edited(&[3], number(8))),
        Case::unsupported("size-6", "record R20", "unsupported-code", edited(&[4], number(6))),
        Case::unsupported("tier-0", "record R20", "unsupported-code", edited(&[5], number(0))),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            edited(&[12], number(1)),
        ),
    ]
}

fn faults() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    vec![
        case("732-days", "credential R10", "life", lasting(732)),
        case("no-key", "credential R2", "missing", lacking(&[2])),
        case(
            "key-of-31",
            "record R21",
            "shape",
            edited(&[2], Value::Bytes(vec![1; 31])),
        ),
        case(
            "key-as-text",
            "record R21",
            "shape",
            edited(&[2], text(&"0".repeat(64))),
        ),
        case(
            "key-as-numbers",
            "record R21",
            "shape",
            edited(&[2], list((0..32).map(|_| number(1)))),
        ),
        case("no-tier", "credential R4", "missing", lacking(&[5])),
        case(
            "sectors-as-bytes",
            "record R21",
            "shape",
            edited(&[6], Value::Bytes(vec![61, 62])),
        )
        .note("a byte string is not the list of its bytes"),
        case(
            "corridors-as-bytes",
            "record R21",
            "shape",
            edited(&[7], Value::Bytes(Vec::new())),
        )
        .note("nor is an empty one the empty list"),
        case("sectors-empty", "credential R1", "empty", edited(&[6], list([]))),
        case(
            "sectors-unsorted",
            "credential R5",
            "order",
            edited(&[6], list([number(62), number(61)])),
        ),
        case(
            "sector-100",
            "values R8",
            "hs-chapter",
            edited(&[6], list([number(100)])),
        ),
        case(
            "lei-check-digits",
            "values R15",
            "lei-check",
            edited(&[8], text("5493001KJTIIGC8Y1R13")),
        ),
        case(
            "lei-of-19",
            "values R15",
            "lei",
            edited(&[8], text("5493001KJTIIGC8Y1R1")),
        ),
        case(
            "previous-of-revision-0",
            "credential R9",
            "previous",
            edited(&[10], Value::Bytes(vec![1; 32])),
        ),
        case(
            "amended-without-previous",
            "credential R9",
            "previous",
            edited(&[1], number(1)),
        ),
    ]
}

fn corridors() -> Vec<Case> {
    let case =
        |name, rule, reason, corridors: Vec<Value>| Case::refused(name, rule, reason, edited(&[7], list(corridors)));
    let regime = |code: &str| list([text("CN"), text(code)]);
    let corridor =
        |from, to, regimes: &[&str]| list([text(from), text(to), list(regimes.iter().map(|code| regime(code)))]);
    let many = (b'A'..=b'Q')
        .map(|letter| regime(std::str::from_utf8(&[letter]).expect("a letter")))
        .collect::<Vec<_>>();
    vec![
        Case::refused("no-corridors", "credential R6", "missing", lacking(&[7])),
        case(
            "corridor-to-itself",
            "credential R6",
            "corridor",
            vec![corridor("MY", "MY", &[])],
        ),
        case(
            "corridors-unsorted",
            "credential R6",
            "order",
            vec![corridor("MY", "RW", &[]), corridor("MY", "CN", &[])],
        ),
        case(
            "corridor-twice",
            "credential R6",
            "order",
            vec![corridor("MY", "RW", &[]), corridor("MY", "RW", &[])],
        ),
        case(
            "corridor-of-no-country",
            "values R7",
            "country",
            vec![corridor("MY", "XX", &[])],
        ),
        case(
            "regimes-unsorted",
            "credential R6",
            "order",
            vec![corridor("MY", "CN", &["9610", "1210"])],
        ),
        case(
            "regimes-above-16",
            "credential R6",
            "count",
            vec![list([text("MY"), text("CN"), list(many)])],
        ),
        case(
            "regime-with-dash",
            "values R17",
            "regime",
            vec![corridor("MY", "CN", &["96-10"])],
        ),
        case(
            "corridor-of-two",
            "record R21",
            "shape",
            vec![list([text("MY"), text("CN")])],
        ),
    ]
}
