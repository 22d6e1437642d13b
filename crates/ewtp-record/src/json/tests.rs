use super::*;
use crate::{Asked, Body, Certificate, Credential, Record, SecretKey, Statement};
use serde_json::{Value, json};

const CLEARANCE: &str = include_str!("../../../../protocol-spec/examples/clearance.json");
const PERMIT: &str = include_str!("../../../../protocol-spec/examples/permit.json");
const BATCH: &str = include_str!("../../../../protocol-spec/examples/batch.json");
const ASSESSMENT: &str = include_str!("../../../../protocol-spec/examples/assessment.json");
const MERCHANT: &str = include_str!("../../../../protocol-spec/examples/merchant.json");

fn terms() -> Terms {
    Terms {
        issuer: "CN-HGH".parse().unwrap(),
        now: UnixTime(1_795_336_200),
        life_seconds: 86_400,
    }
}

/// An example with every time that its page knows.
fn dated(text: &str) -> Value {
    let mut input = parse_json(text).unwrap();
    input["issued_at"] = json!("2026-11-22T08:30:00Z");
    input["not_before"] = json!("2026-12-01");
    input["expires_at"] = json!("2027-02-20T08:30:00Z");
    input
}

fn certificate(input: &Value) -> Result<Submission, FieldError> {
    Certificate::from_json(input, &terms())
}

fn record(submission: &Submission) -> Record {
    submission.draft.sign(&SecretKey::from_seed(&[3; 32])).unwrap()
}

fn stated(submission: &Submission) -> Statement {
    Statement::of(&record(submission))
}

/// What the input asks for: the times that it gave itself, and no others.
fn asked(submission: &Submission) -> Asked {
    let draft = &submission.draft;
    let mut asked = Asked::for_payload(&draft.payload);
    asked.issued_at = submission.gives_issued_at.then_some(draft.issued_at);
    asked.expires_at = submission.gives_expires_at.then_some(draft.expires_at);
    asked.not_before = draft.not_before;
    asked
}

/// The fault that the clearance example has after `change`.
fn fault(change: impl FnOnce(&mut Value)) -> FieldError {
    let mut input = parse_json(CLEARANCE).unwrap();
    change(&mut input);
    certificate(&input).unwrap_err()
}

#[test]
fn every_example_becomes_a_record_and_reads_back() {
    for text in [CLEARANCE, PERMIT, BATCH, ASSESSMENT] {
        let submission = certificate(&parse_json(text).unwrap()).unwrap();
        let Body::Certificate(certificate) = record(&submission).body().unwrap() else {
            panic!("another kind")
        };
        assert_eq!(certificate.encode(), submission.draft.payload);
    }
    let submission = Credential::from_json(&parse_json(MERCHANT).unwrap(), &terms()).unwrap();
    let Body::Credential(credential) = record(&submission).body().unwrap() else {
        panic!("another kind")
    };
    assert_eq!(credential.encode(), submission.draft.payload);
}

#[test]
fn a_faulty_assessment_names_its_field() {
    let faulty = |pointer: &str, value: Value| {
        let mut input = parse_json(ASSESSMENT).unwrap();
        *input.pointer_mut(pointer).unwrap() = value;
        let error = Certificate::from_json(&input, &terms()).unwrap_err();
        (error.field, error.code)
    };
    let told = |field: &str, code| (field.to_owned(), code);
    let line = "assessment.lines[0]";
    assert_eq!(
        faulty("/assessment/lines/0/amount", json!("240.00 EUR")),
        told(&format!("{line}.amount"), "money")
    );
    assert_eq!(
        faulty("/assessment/lines/0/receipt", json!("5a")),
        told(&format!("{line}.receipt"), "hex")
    );
    assert_eq!(
        faulty("/assessment/lines/0", json!({"amount": "1.00 USD", "reciept": ""})),
        told(&format!("{line}.reciept"), "unknown-field")
    );
    assert_eq!(
        faulty("/assessment/edition", Value::Null),
        told("assessment.edition", "missing")
    );
    assert_eq!(
        faulty("/assessment/lines", json!([])),
        told("assessment.lines", "assessment")
    );
    assert_eq!(faulty("/type", json!("transit")), told("decision", "decision"));
}

#[test]
fn what_is_shown_can_be_submitted_again() {
    for text in [CLEARANCE, PERMIT, BATCH, ASSESSMENT] {
        let submission = certificate(&dated(text)).unwrap();
        let shown = record(&submission).to_json();
        let mut input = shown["body"].clone();
        for (name, shown_as) in [
            ("number", "subject"),
            ("issued_at", "issued_at"),
            ("expires_at", "expires_at"),
            ("not_before", "not_before"),
        ] {
            input[name] = shown[shown_as].clone();
        }
        assert_eq!(certificate(&input).unwrap(), submission);
    }
}

#[test]
fn a_certificate_of_one_line_is_at_most_400_bytes() {
    let size = record(&certificate(&parse_json(CLEARANCE).unwrap()).unwrap())
        .bytes()
        .len();
    assert!(size <= 400, "{size} bytes");
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    let error = fault(|input| input["ofice"] = json!("CNHGH"));
    assert_eq!((error.field.as_str(), error.code), ("ofice", "unknown-field"));
    assert!(error.message.contains("\"office\""), "{error}");
    let error = fault(|input| input["lines"][0]["quantitty"] = json!("1 H87"));
    assert_eq!(error.field, "lines[0].quantitty");
    assert!(error.message.contains("\"quantity\""), "{error}");
    let error = fault(|input| input["type"] = json!("export-realease"));
    assert!(error.message.contains("\"export-release\""), "{error}");
    let error = fault(|input| input["decision"] = json!("yes"));
    assert!(error.message.contains("must be one of"), "{error}");
}

#[test]
fn errors_name_field_and_rule() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 18] = [
        ("number record R9 missing", |input| {
            drop(input.as_object_mut().unwrap().remove("number"))
        }),
        ("number record R9 subject", |input| input["number"] = json!("a b")),
        ("office values R10 locode", |input| input["office"] = json!("HGH")),
        ("office values R1 text", |input| input["office"] = json!(7)),
        ("import_country values R7 country", |input| {
            input["import_country"] = json!("ZZ")
        }),
        ("regime certificate R6 missing", |input| input["regime"] = Value::Null),
        ("transport.mode certificate R8 transport-mode", |input| {
            input["transport"]["mode"] = json!("plane")
        }),
        ("transport.document certificate R8 missing", |input| {
            input["transport"]["document"] = Value::Null
        }),
        ("transport.document certificate R8 document-code", |input| {
            input["transport"]["document"] = json!("AWB")
        }),
        ("lines[0].hs values R8 hs-code", |input| {
            input["lines"][0]["hs"] = json!("8471")
        }),
        ("lines[0].net_kg values R11 decimal", |input| {
            input["lines"][0]["net_kg"] = json!("0")
        }),
        ("lines[0].quantity values R12 unit", |input| {
            input["lines"][0]["quantity"] = json!("12 QQQ")
        }),
        ("lines certificate R11 count", |input| input["lines"] = json!([])),
        ("lines certificate R10 goods", |input| input["batch"] = json!({})),
        ("decision certificate R3 decision", |input| {
            input["decision"] = json!("granted")
        }),
        ("previous certificate R15 previous", |input| {
            input["revision"] = json!(1)
        }),
        ("expires_at record R10 times", |input| input["expires_at"] = json!(5)),
        ("issued_at values R4 time", |input| {
            input["issued_at"] = json!("yesterday")
        }),
    ];
    for (expected, change) in cases {
        let error = fault(change);
        assert_eq!(format!("{} {} {}", error.field, error.rule, error.code), expected);
    }
}

#[test]
fn times_come_from_the_terms_when_the_input_gives_none() {
    let mut input = parse_json(CLEARANCE).unwrap();
    input["issued_at"] = Value::Null;
    input["expires_at"] = Value::Null;
    let submission = certificate(&input).unwrap();
    assert_eq!(
        (submission.draft.issued_at.0, submission.draft.expires_at.0),
        (1_795_336_200, 1_795_422_600)
    );
    let later = Certificate::from_json(
        &input,
        &Terms {
            now: UnixTime(1_795_400_000),
            ..terms()
        },
    )
    .unwrap();
    assert_ne!(later.draft, submission.draft);
    assert!(
        asked(&later).is_met_by(&stated(&submission)),
        "the same input an hour later asks for the same record"
    );
}

#[test]
fn another_input_is_not_answered_by_the_first_record() {
    let first = certificate(&dated(CLEARANCE)).unwrap();
    assert!(asked(&first).is_met_by(&stated(&first)));
    for (name, value) in [
        ("office", json!("CNSHA")),
        ("expires_at", json!("2027-02-21")),
        ("not_before", json!("2026-12-02")),
    ] {
        let mut input = dated(CLEARANCE);
        input[name] = value;
        assert!(
            !asked(&certificate(&input).unwrap()).is_met_by(&stated(&first)),
            "{name}"
        );
    }
}

#[test]
fn a_merchant_key_that_no_verifier_admits_is_refused() {
    let mut input = parse_json(MERCHANT).unwrap();
    input["key"] = json!("01".to_owned() + &"00".repeat(31));
    let error = Credential::from_json(&input, &terms()).unwrap_err();
    assert_eq!((error.field.as_str(), error.code), ("key", "key-weak"));
    input = parse_json(MERCHANT).unwrap();
    input["expires_at"] = json!("2029-01-01");
    assert_eq!(
        Credential::from_json(&input, &terms()).unwrap_err().rule,
        "credential R10"
    );
}

#[test]
fn a_name_given_twice_is_refused() {
    let error = parse_json("{\n \"a\": 1,\n \"a\": 2}").unwrap_err();
    assert_eq!(error.line, 3);
    assert!(error.message.contains("\"a\" is given twice"));
    assert!(parse_json("{} {}").is_err());
    assert_eq!(
        parse_json("[1, null, \"x\", -2, 0.5, true]").unwrap(),
        json!([1, null, "x", -2, 0.5, true])
    );
}

#[test]
fn a_record_of_unknown_kind_is_shown_with_the_reason() {
    let mut draft = certificate(&parse_json(CLEARANCE).unwrap()).unwrap().draft;
    draft.kind = RecordKind::new(65_300).unwrap();
    let shown = draft.sign(&SecretKey::from_seed(&[3; 32])).unwrap().to_json();
    assert_eq!(
        (&shown["kind"], &shown["fault"]["code"]),
        (&json!("kind 65300"), &json!("unsupported-kind"))
    );
}
