//! Files that are no schedule: refused whole, with the row and the reason.

use ewtp_tariff_import::{ImportError, plain, us_hts};
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

/// Why the plain file of these records is refused: code, line and message.
fn refused_plain(records: &[&str]) -> (&'static str, Option<u64>, String) {
    let header = "record,code,id,units,declarable,kind,areas,duty,from,to,quota,note,text";
    // A comma within quotes parts no cells.
    let cells = |record: &str| {
        record
            .split('"')
            .step_by(2)
            .map(|part| part.matches(',').count())
            .sum::<usize>()
    };
    let padded = |record: &&str| format!("{record}{}", ",".repeat(12 - cells(record)));
    let records: Vec<_> = records.iter().map(padded).collect();
    let file = format!("{header}\n{}\n", records.join("\n"));
    let error = plain::read(file.as_bytes()).expect_err("records that are no schedule");
    (error.code(), error.line(), error.to_string())
}

/// Each record is sound by itself; what is wrong shows only beside the others, and nothing of the file is taken.
#[test]
fn a_schedule_whose_records_do_not_fit_is_refused_with_line_and_reason() {
    let wine = "line,2204.21,,H87,yes";
    let shirts = "line,6109.10,,H87,yes";
    let rate = |duty: &str| format!("measure,6109.10,,,,mfn,,{duty}");
    let (five, nine) = (rate("5%"), rate("9%"));
    let until = format!("{five},,2026-06-30");
    let since = format!("{nine},2026-06-30");
    for (records, code, reason) in [
        // Two rates on the one day that both hold.
        (vec![wine, shirts, &until, &since], "overlap", "on the same day"),
        (vec![wine, shirts, &five, &nine], "overlap", "on the same day"),
        (
            vec![wine, shirts, "measure,6109.10,,,,preference,XAA-NOBODY,free"],
            "unknown-group",
            "the group XAA-NOBODY is not in the schedule",
        ),
        (
            vec![wine, shirts, "measure,6109.10,,,,mfn,,5 USD per LTR"],
            "unknown-unit",
            "a duty needs the quantity in LTR",
        ),
        (
            vec![wine, shirts, "measure,6109.10,,,,in-quota,,free,,,nothing-left"],
            "unknown-quota",
            "nothing-left",
        ),
        (
            vec![wine, shirts, "measure,6109.10,,,,mfn,,text(nowhere)"],
            "unknown-note",
            "nowhere",
        ),
        (
            vec![
                wine,
                shirts,
                "measure,6109.10,,,,additional,,\"duty(99038815, additional)\"",
            ],
            "unknown-line",
            "99038815",
        ),
    ] {
        let (found, line, message) = refused_plain(&records);
        // The records that say it, and not the line that they belong to.
        let place = if code == "overlap" {
            "lines 4 and 5: "
        } else {
            "line 4: "
        };
        assert_eq!((found, line), (code, Some(4)), "{message}");
        assert!(message.starts_with(place) && message.contains(reason), "{message}");
    }
}

#[test]
fn references_that_lead_round_in_a_circle_are_refused_with_their_line() {
    let there = "measure,6109.10,,,,mfn,,\"duty(220421, mfn)\"";
    let back = "measure,2204.21,,,,mfn,,\"duty(610910, mfn) + 1%\"";
    let records = ["line,2204.21,,H87,yes", "line,6109.10,,H87,yes", there, back];
    let (code, line, message) = refused_plain(&records);
    assert_eq!((code, line), ("cycle", Some(4)), "{message}");
    assert!(message.starts_with("lines 4 and 5: line 220421: "), "{message}");
    let own = ["line,6109.10,,H87,yes", "measure,6109.10,,,,mfn,,duty() + 1%"];
    let (code, line, _) = refused_plain(&own);
    assert_eq!((code, line), ("cycle", Some(3)));
}

#[test]
fn a_paper_a_relief_and_a_description_are_refused_at_their_own_line() {
    let shirts = "line,6109.10,,H87,yes";
    for (record, code) in [
        ("requirement,6109.10", "unknown-note"),
        ("relief,,r", "unknown-group"),
        ("description,6110", "unknown-line"),
    ] {
        let columns = "record,code,id,units,declarable,documents,note,taxes,basis,per,duty,areas,text";
        let rest = match code {
            "unknown-note" => ",,,,LABEL,nowhere,,,,,,",
            "unknown-group" => ",,,,,both,cif,item,free,ABC,",
            _ => ",,,,,,,,,,,Sweaters",
        };
        let file = format!("{columns}\n{shirts},,,,,,,,\nnote,,n,,,,,,,,,,Words\n{record}{rest}\n");
        let error = plain::read(file.as_bytes()).expect_err("no schedule");
        assert_eq!((error.code(), error.line()), (code, Some(4)), "{error}");
    }
}

#[test]
fn a_long_circle_is_told_by_its_first_lines() {
    let codes = 10..30;
    let lines = codes.clone().map(|code| format!("line,{code},,H87,yes"));
    let duties = codes.map(|code| {
        format!(
            "measure,{code},,,,mfn,,\"duty({}, mfn)\"",
            if code == 29 { 10 } else { code + 1 }
        )
    });
    let records: Vec<_> = lines.chain(duties).collect();
    let records: Vec<_> = records.iter().map(String::as_str).collect();
    let (_, line, message) = refused_plain(&records);
    assert_eq!(line, Some(22));
    assert!(
        message.starts_with("lines 22, 23, 24, 25, 26, 27, 28 and 13 more: "),
        "{message}"
    );
}

/// A spreadsheet ends its lines in CR LF, an editor in LF; people put comments and empty lines between, and line ends in quotes.
#[test]
fn a_bad_record_is_told_by_its_own_line_whatever_ends_the_lines() {
    for end in ["\n", "\r\n"] {
        for (rows, at) in [
            (vec!["line,6109.1x,"], 2),
            (vec!["line,6109.10,", "line,6109.1x,"], 3),
            (vec!["line,6109.1x,\"of\ncotton\""], 2),
            (vec!["# for people", "", "line,6109.10,", "line,6109.1x,"], 5),
            (vec!["line,6109.10,", "line,6109.10"], 3),
        ] {
            let file = format!("record,code,text\n{}", rows.join("\n")).replace('\n', end);
            let error = plain::read(file.as_bytes()).expect_err("a bad record");
            assert_eq!(error.line(), Some(at), "{file:?}: {error}");
        }
    }
}
