//! What an office sends its own node: a schedule with what is stated of it.

use bytes::Bytes;
use ewtp_api::tariff::ScheduleForm;
use ewtp_record::edition::About;
use ewtp_record::parse_json;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{PageTrees, Row, RowKey};

const ABOUT: &str = r#"{
    "name": "2026", "territory": "MY", "hs_edition": 2022, "nomenclature": "PDK", "digits": 10, "in_force": "2026-01-01",
    "valuation": "cif", "currency": "MYR", "languages": ["en"],
    "rounding": [{"mode": "half-up", "step": 1, "per": "line"}]
}"#;

/// A schedule of a few notes as it is sent.
pub fn sample() -> Bytes {
    let note = |number: u32| {
        let key = RowKey::Note(format!("n-{number}").parse().expect("a name"));
        Row::new(key, Entry::Note("as the law says".to_owned())).expect("a note")
    };
    let about = About::from_json(&parse_json(ABOUT).expect("JSON")).expect("it keeps all rules");
    let trees = PageTrees::of((0..40).map(note)).expect("rows in order");
    ScheduleForm { about, trees }.encode()
}

/// What is taken must mean the same after it was sent again.
pub fn schedule_form(bytes: &[u8]) -> bool {
    let Ok(form) = ScheduleForm::decode(Bytes::copy_from_slice(bytes)) else {
        return false;
    };
    let again = ScheduleForm::decode(form.encode());
    assert_eq!(again.as_ref(), Ok(&form), "a schedule survives");
    true
}
