//! Files that are no schedule: refused whole, with the row and the reason.

use ewtp_tariff_import::{ImportError, us_hts};
use serde_json::{Value, json};

fn line(code: &str, general: &str) -> Value {
    json!({"htsno": code, "indent": "0", "description": "Goods", "units": ["kg"], "general": general, "special": "",
        "other": "", "footnotes": []})
}

fn with(column: &str, value: Value) -> Value {
    let mut row = line("0101.21.00", "Free");
    row[column] = value;
    row
}

/// Why these rows are refused: code, row, column and message.
fn refused(rows: Vec<Value>) -> (String, Option<u64>, String) {
    let bytes = serde_json::to_vec(&Value::from(rows)).expect("JSON");
    let error = us_hts::read(&bytes).expect_err("rows that are no schedule");
    (error.code().to_owned(), error.line(), error.to_string())
}

#[test]
fn a_bad_row_stops_the_import_with_its_number_and_reason() {
    let good = || line("0101.21.00", "Free");
    for (bad, message) in [
        (
            with("htsno", "0101.2x".into()),
            "row 2, htsno: \"0101.2x\" is not the code of a line",
        ),
        (
            with("htsno", "0101.2".into()),
            "row 2, htsno: \"0101.2\" is not the code of a line",
        ),
        (with("indent", "deep".into()), "row 2, indent: \"deep\" is no number"),
        (with("general", 5.into()), "row 2, general: is not a text"),
        (with("units", "kg".into()), "row 2, units: is not a list"),
        (
            with("footnotes", json!([{"value": 1}])),
            "row 2, footnotes: has an entry that is not a text",
        ),
        (
            with("surcharge", "5%".into()),
            "row 2, surcharge: is a column that this software does not know",
        ),
        (good(), "row 2, htsno: line 01012100 was already said in row 1"),
    ] {
        assert_eq!(
            refused(vec![good(), bad]),
            ("row".to_owned(), Some(2), message.to_owned())
        );
    }
    let (_, row, message) = refused(vec![line("", "Free")]);
    assert_eq!(
        (row, message.as_str()),
        (Some(1), "row 1, htsno: the first row must have a code")
    );
}

#[test]
fn a_description_longer_than_a_row_holds_is_refused() {
    let long = with("description", "x".repeat(9_000).into());
    let (code, row, message) = refused(vec![long]);
    assert_eq!((code.as_str(), row), ("row", Some(1)));
    assert!(message.contains("8192 bytes"), "{message}");
}

#[test]
fn what_is_no_json_is_refused_with_line_and_column() {
    for (bytes, line) in [
        (&b"{}"[..], 1),
        (b"[\n{\"htsno\": }]", 2),
        (b"", 1),
        (b"[1]", 1),
        (b"\xff\xfe", 1),
    ] {
        match us_hts::read(bytes) {
            Err(ImportError::Form { line: found, .. }) => assert!(found <= line, "{found} {line}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn a_column_that_is_blank_may_have_any_name() {
    let rows = Value::from(vec![with("new", Value::Null)]);
    assert!(us_hts::read(&serde_json::to_vec(&rows).unwrap()).is_ok());
}

#[test]
fn a_rate_that_is_not_understood_is_told_with_its_row_and_kept_as_a_note() {
    let words = "The rate applicable to each garment in the ensemble";
    let rows = Value::from(vec![line("6103", ""), line("6103.22.00", words)]);
    let import = us_hts::read(&serde_json::to_vec(&rows).unwrap()).unwrap();
    let told: Vec<_> = import
        .report
        .by_text
        .iter()
        .map(|told| (told.row, told.column, told.text.as_str()))
        .collect();
    assert_eq!(told, [(2, "general", words)]);
    let rows: Vec<_> = import.trees.notes.rows().map(|row| row.key().to_string()).collect();
    assert_eq!(rows, ["note us-61032200-general"]);
    assert_eq!((import.report.general.of, import.report.general.computed), (1, 0));
}

#[test]
fn a_footnote_to_a_heading_that_is_not_there_needs_a_person() {
    let rows = vec![with(
        "footnotes",
        json!([{"columns": ["general"], "value": "See 9903.88.15. "}]),
    )];
    let import = us_hts::read(&serde_json::to_vec(&Value::from(rows)).unwrap()).unwrap();
    let reasons: Vec<_> = import.report.by_text.iter().map(|told| told.reason.as_str()).collect();
    assert_eq!(reasons, ["a heading of chapter 99 applies by words"]);
}
