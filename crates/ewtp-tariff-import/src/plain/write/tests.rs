use super::*;
use crate::plain::{TEMPLATE, read};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::Row;
use ewtp_tariff::row::{Entry, Measure, Relief, TariffLine};

fn line_key(code: &str) -> RowKey {
    RowKey::Line(code.parse().unwrap(), 1)
}

fn line(code: &str) -> Row {
    Row::new(line_key(code), Entry::Line(TariffLine::default())).unwrap()
}

fn described(code: &str, language: &str, text: &str) -> Row {
    let key = RowKey::Description(code.parse().unwrap(), 1, language.parse().unwrap());
    Row::new(key, Entry::Description(text.to_owned())).unwrap()
}

fn note(id: &str, text: &str) -> Row {
    Row::new(RowKey::Note(id.parse().unwrap()), Entry::Note(text.to_owned())).unwrap()
}

fn trees(rows: Vec<Row>) -> PageTrees {
    PageTrees::of(rows).unwrap()
}

/// The file of these rows, which leads back to them.
fn file(rows: Vec<Row>) -> String {
    let trees = trees(rows);
    let file = write(&trees).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(&file).unwrap().trees, trees);
    String::from_utf8(file).unwrap()
}

#[test]
fn the_template_comes_back_with_every_kind_of_record() {
    let trees = read(TEMPLATE.as_bytes()).unwrap().trees;
    let written = write(&trees).unwrap();
    assert_eq!(read(&written).unwrap().trees.summary(), trees.summary());
    assert_eq!(write(&read(&written).unwrap().trees).unwrap(), written);
}

#[test]
fn a_line_stands_with_all_that_belongs_to_it_and_only_used_columns_are_there() {
    let mut shirts = TariffLine {
        is_declarable: true,
        units: vec!["H87".parse().unwrap(), "KGM".parse().unwrap()],
        measures: vec![Measure::of(MeasureKind::Mfn, Some("16.5%".parse().unwrap()))],
        ..TariffLine::default()
    };
    shirts.arrange();
    let shirts = Row::new(line_key("6109100012"), Entry::Line(shirts)).unwrap();
    let texts = [("en", "Shirts, men's"), ("fr", "Chemises"), ("de", "Hemden")];
    let texts = texts.map(|(language, text)| described("6109100012", language, text));
    let rows = [vec![shirts, line("6110")], texts.to_vec()].concat();
    let expected = "record,code,units,declarable,text,language,kind,duty\n\
        line,6109.10.00.12,H87 KGM,yes,\"Shirts, men's\",,,\n\
        description,6109.10.00.12,,,Hemden,de,,\n\
        description,6109.10.00.12,,,Chemises,fr,,\n\
        measure,6109.10.00.12,,,,,mfn,16.5%\n\
        line,'6110,,,,,,\n";
    assert_eq!(file(rows), expected);
}

#[test]
fn a_line_in_another_language_alone_says_which() {
    let written = file(vec![line("61"), described("61", "sw", "Mavazi")]);
    assert_eq!(written, "record,code,text,language\nline,'61,Mavazi,sw\n");
}

#[test]
fn codes_of_an_odd_length_keep_their_digits() {
    let codes = ["610", "61091", "6109100", "610910001", "61091000121"];
    let written = file(codes.map(line).to_vec());
    let expected = "record,code\nline,'610\nline,'6109.1\nline,6109.10.00.01.21\nline,'6109.10.0\nline,6109.10.00.1\n";
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(
        sorted(&written),
        sorted(&expected.replace("6109.10.00.01.21", "6109.10.00.12.1"))
    );
}

/// What a spreadsheet makes of a cell: a number without needless zeros, where it can be read as one.
fn through_a_spreadsheet(cell: &str) -> String {
    let is_number = !cell.is_empty() && cell.matches('.').count() <= 1;
    if !is_number || !cell.chars().all(|letter| letter.is_ascii_digit() || letter == '.') {
        return cell.to_owned();
    }
    let cell = cell.trim_start_matches('0');
    if cell.contains('.') {
        return cell.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    cell.to_owned()
}

#[test]
fn codes_survive_a_spreadsheet() {
    let codes = [
        "01",
        "10",
        "0101",
        "1010",
        "010120",
        "220400",
        "220410",
        "101000",
        "01012000",
        "22040000",
        "0101210000",
    ];
    let excepted = |code: &str, codes: &[&str]| {
        let mut spared = relief();
        spared.goods_except = codes.iter().map(|code| code.parse().unwrap()).collect();
        Row::new(RowKey::Relief(code.parse().unwrap()), Entry::Relief(spared)).unwrap()
    };
    let rows = codes.map(line).into_iter();
    let reliefs = codes.map(|code| excepted(&format!("r{code}"), &[code])).into_iter();
    let rows: Vec<_> = rows
        .chain(reliefs)
        .chain([excepted("several", &["0407", "220400"])])
        .collect();
    let trees = trees(rows);
    let written = String::from_utf8(write(&trees).unwrap()).unwrap();
    let saved = written
        .lines()
        .map(|line| line.split(',').map(through_a_spreadsheet).collect::<Vec<_>>().join(","));
    let saved = saved.collect::<Vec<_>>().join("\n");
    assert_eq!(read(saved.as_bytes()).unwrap().trees, trees, "{saved}");
}

#[test]
fn texts_that_a_reader_would_change_are_left_as_they_are() {
    let texts = [
        "<i>Agaricus</i>",
        "“curved”  and ‘wide’",
        "40 g/m²",
        "&amp;lt;",
        "R&D; A&C <5 kg",
    ];
    let notes = texts.iter().enumerate().map(|(at, text)| note(&format!("n{at}"), text));
    let written = file(notes.chain([note("lines", "one\n  two,\n\n# three \"")]).collect());
    assert_eq!(written.matches(",yes").count(), 5, "{written}");
}

fn relief() -> Relief {
    Relief {
        taxes: "both".parse().unwrap(),
        limit: None,
        basis: "cif".parse().unwrap(),
        per: "item".parse().unwrap(),
        modes: Vec::new(),
        areas: Vec::new(),
        except: Vec::new(),
        goods_except: vec!["220".parse().unwrap()],
        duty: "free".parse().unwrap(),
        regimes: Vec::new(),
        conditions: ["attribute:small", "document:N-1", "not attribute:large"]
            .map(|when| when.parse().unwrap())
            .to_vec(),
        validity: ewtp_tariff::row::Validity::ALWAYS,
    }
}

#[test]
fn conditions_of_a_relief_stand_in_the_order_of_their_texts() {
    let written = file(vec![
        Row::new(RowKey::Relief("r".parse().unwrap()), Entry::Relief(relief())).unwrap(),
    ]);
    assert!(
        written.contains("attribute:small; document:N-1; not attribute:large"),
        "{written}"
    );
}

#[test]
fn rows_that_do_not_fit_each_other_are_refused_by_name() {
    let refused = |rows| {
        let error = write(&trees(rows)).expect_err("no schedule");
        (error.code(), error.to_string())
    };
    let mut preference = Measure::of(MeasureKind::Preference, Some("free".parse().unwrap()));
    preference.areas = vec!["us-S".parse().unwrap()];
    let shirts = TariffLine {
        measures: vec![preference],
        ..TariffLine::default()
    };
    let (code, message) = refused(vec![Row::new(line_key("6109"), Entry::Line(shirts)).unwrap()]);
    assert_eq!(
        (code, message.as_str()),
        ("unknown-group", "line 6109: the group us-S is not in the schedule")
    );
    // A description without its line has no record to stand in.
    let (code, message) = refused(vec![line("6110"), described("6109", "en", "Shirts")]);
    assert_eq!(code, "not-expressible");
    assert!(message.starts_with("description of 6109 in en: "), "{message}");
}
