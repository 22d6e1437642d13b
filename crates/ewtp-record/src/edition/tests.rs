use super::*;
use crate::{Terms, UnixTime, parse_json};
use serde_json::{Value, json};

const EDITION: &str = include_str!("../../../../protocol-spec/examples/edition.json");

fn terms() -> Terms {
    Terms {
        issuer: "US".parse().unwrap(),
        now: UnixTime(1_795_336_200),
        life_seconds: 86_400,
    }
}

fn example() -> Value {
    parse_json(EDITION).unwrap()
}

fn edition() -> Edition {
    let submission = Edition::from_json(&example(), &terms()).unwrap();
    Edition::decode(&submission.draft.payload).unwrap()
}

fn fault(change: impl FnOnce(&mut Value)) -> (String, &'static str) {
    let mut input = example();
    change(&mut input);
    let error = Edition::from_json(&input, &terms()).unwrap_err();
    (error.field, error.code)
}

#[test]
fn what_is_shown_can_be_submitted_again() {
    let mut input = Value::Object(edition().to_json());
    input["name"] = "2025-rev-2".into();
    assert_eq!(input.as_object().unwrap().len(), example().as_object().unwrap().len());
    let again = Edition::from_json(&input, &terms()).unwrap();
    assert_eq!(Edition::decode(&again.draft.payload).unwrap(), edition());
}

#[test]
fn rounding_of_a_measure_is_its_own_rule_or_that_of_all() {
    let mut edition = edition();
    edition.rounding.push(Rounding {
        kind: Some(MeasureKind::Vat),
        mode: RoundingMode::Down,
        step: 100,
        scope: RoundingScope::Consignment,
    });
    assert_eq!(edition.rounding_of(MeasureKind::Vat).mode, RoundingMode::Down);
    assert_eq!(edition.rounding_of(MeasureKind::Mfn).mode, RoundingMode::HalfUp);
}

#[test]
fn rounding_rules_may_come_in_any_order() {
    let mut input = example();
    input["rounding"] = json!([
        { "measure": "vat", "mode": "down", "step": 100, "per": "consignment" },
        { "mode": "half-up", "step": 1, "per": "line" },
    ]);
    assert!(Edition::from_json(&input, &terms()).is_ok());
}

#[test]
fn a_fault_names_its_field() {
    let found = [
        fault(|input| input["in_force"] = "2025-02-29".into()),
        fault(|input| input["trees"]["notes"]["rows"] = 9_999.into()),
        fault(|input| input["trees"]["rates"]["root"] = "a1".into()),
        fault(|input| input["number"] = 1.into()),
        fault(|input| input["test"] = "yes".into()),
        fault(|input| input["rates"] = json!({})),
        fault(|input| input["patch"]["size"] = 1.into()),
    ];
    let expected = [
        ("in_force", "date"),
        ("trees.notes.rows", "rows"),
        ("trees.rates.root", "hex"),
        ("previous", "previous"),
        ("test", "flag"),
        ("rates", "unknown-field"),
        ("patch.size", "unknown-field"),
    ];
    let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    assert_eq!(found, expected);
}

fn about() -> Value {
    let mut input = example();
    let object = input.as_object_mut().unwrap();
    for name in ["number", "previous", "trees", "patch"] {
        object.shift_remove(name);
    }
    input
}

#[test]
fn an_office_states_what_does_not_follow_from_rows_and_log() {
    let read = About::from_json(&about()).unwrap();
    assert_eq!(Value::Object(read.to_json()), about());
    let full = edition();
    let first = read.edition(full.trees);
    let second = Edition {
        number: full.number,
        previous: full.previous,
        patch: full.patch,
        ..first.clone()
    };
    assert_eq!(second, full);
    assert_eq!((first.number, first.inspect()), (1, Ok(())));
    assert_eq!(About::of("2025-rev-2".parse().unwrap(), &full), read);
}

#[test]
fn what_follows_from_rows_and_log_is_not_stated() {
    for name in ["number", "previous", "trees", "patch", "corrects", "issued_at"] {
        let mut input = about();
        input[name] = 1.into();
        let error = About::from_json(&input).unwrap_err();
        assert_eq!((error.field.as_str(), error.code), (name, "unknown-field"));
    }
}
