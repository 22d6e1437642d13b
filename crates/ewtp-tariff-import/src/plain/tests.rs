use super::*;
use ewtp_record::edition::About;
use ewtp_record::parse_json;

/// A file of these lines below a header with the columns that they need.
fn file(lines: &[&str]) -> Vec<u8> {
    let mut text =
        "record,code,id,units,declarable,text,kind,areas,duty,from,to,conditions,quota,note,per,limit\n".to_owned();
    lines.iter().for_each(|line| {
        let blanks = 15 - line.matches(',').count();
        text.push_str(line);
        text.push_str(&",".repeat(blanks));
        text.push('\n');
    });
    text.into_bytes()
}

fn refused(lines: &[&str]) -> String {
    read(&file(lines)).expect_err("a bad file").to_string()
}

#[test]
fn the_template_is_a_schedule_with_every_kind_of_row() {
    let import = read(TEMPLATE.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let tables: std::collections::BTreeSet<_> = import.trees.rows().map(|row| row.key().table()).collect();
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
    for column in table::COLUMNS {
        assert!(
            TEMPLATE.lines().any(|line| line.split(',').any(|name| name == *column)),
            "{column}"
        );
    }
    assert!(import.report.by_text.is_empty());
    let group = import.trees.get(&RowKey::Group("XAA-ASEAN".parse().unwrap())).unwrap();
    assert!(
        matches!(group.entry(), Entry::Group(group) if group.members.as_ref().is_some_and(|members| members.len() == 11))
    );
}

#[test]
fn duties_are_read_as_people_write_them() {
    let import = read(&file(&[
        "line,6109.10,,H87 KGM,yes,Shirts",
        "measure,6109.10,,,,,mfn,,14.50 % + 0.40 usd per KGM",
        "measure,610910,,,,,additional,CN,7.5%,2026-03-01,,people<30 => free; value<=150 EUR => 5 %",
    ]));
    let trees = import.unwrap().trees;
    let row = trees.get(&RowKey::Line("610910".parse().unwrap(), 1)).unwrap();
    let Entry::Line(line) = row.entry() else { panic!() };
    let told: Vec<_> = line
        .measures
        .iter()
        .flat_map(|measure| measure.expressions())
        .map(ToString::to_string)
        .collect();
    assert_eq!(told, ["14.5% + 0.4 USD/KGM", "7.5%", "free", "5%"]);
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    let line = "line,6109.10,,KGM,yes";
    for (bad, message) in [
        ("lines,6109.10", "line 3, record: \"lines\" is no kind of record"),
        ("line,6109.1x", "line 3, code: \"61091x\" is not the code of a line"),
        (
            "line,101.21",
            "line 3, code: \"101.21\" has an odd number of digits; was a leading zero lost?",
        ),
        (
            "line,101.2",
            "line 3, code: \"101.2\" has an odd number of digits before its dot; was a leading zero lost?",
        ),
        (
            "line,1.1",
            "line 3, code: \"1.1\" has an odd number of digits before its dot; was a leading zero lost?",
        ),
        ("line", "line 3, code: must be there for a line"),
        ("line,6110,,KG", "line 3, units: "),
        (
            "line,6110,,KGM,true",
            "line 3, declarable: \"true\" is neither yes nor no",
        ),
        ("line,6109.10", "line 3, record: was already said on line 2"),
        ("line,6110,,,,,mfn", "line 3, kind: must be blank: a line has none"),
        ("measure,6109.10,,,,,mfnn,,5%", "line 3, kind: "),
        ("measure,6109.10,,,,,mfn,,5 pct", "line 3, duty: "),
        ("measure,6109.10,,,,,mfn,XX,5%", "line 3, areas: "),
        ("measure,6109.10,,,,,mfn,,5%,2026-13-01", "line 3, from: "),
        (
            "measure,6109.10,,,,,mfn,,5%,2026-02-01,2026-01-31",
            "line 3, to: must not be before the first day",
        ),
        (
            "measure,6109.10,,,,,mfn,,5%,,,people<30",
            "line 3, conditions: \"people<30\" is no condition such as",
        ),
        (
            "measure,6109.10,,,,,mfn",
            "line 3, measure: measures[0].duty: must be there",
        ),
        (
            "measure,6110,,,,,mfn,,5%",
            "line 3, code: no line 6110 with seq 1 is in the file",
        ),
        ("member,,ABC,,,,,SG", "line 3, id: no group ABC is in the file"),
        ("quota,,q", "line 3, limit: must be there for a quota"),
        (
            "measure,6109.10,,,,,mfn,,5 USD per LTR",
            "line 3: line 610910: a duty needs the quantity in LTR",
        ),
        (
            "measure,6109.10,,,,,mfn,A-1,5%",
            "line 3: line 610910: the group A-1 is not in the schedule",
        ),
        (",6109.10", "line 3, record: must say what the line is"),
    ] {
        let found = refused(&[line, bad]);
        assert!(found.starts_with(message), "{bad}: {found}");
    }
    let twice = "measure,6109.10,,,,,mfn,,5%";
    assert_eq!(
        refused(&[line, twice, twice]),
        "line 4, record: this measure is there twice"
    );
}

#[test]
fn each_line_of_a_long_circle_is_told() {
    const LINES: usize = 10_000;
    let records = (0..LINES).flat_map(|at| {
        let (code, next) = (100_000 + at, 100_000 + (at + 1) % LINES);
        [format!("line,{code}"), format!("measure,{code},,,,,mfn,,duty({next})")]
    });
    let records: Vec<_> = records.collect();
    let lines: Vec<_> = records.iter().map(String::as_str).collect();
    let ImportError::Schedule { places, .. } = read(&file(&lines)).expect_err("a circle") else {
        panic!("it is refused for its rows")
    };
    assert_eq!(places.len(), LINES);
}

#[test]
fn a_bad_header_or_a_row_of_another_length_is_refused() {
    let told = |text: &str| read(text.as_bytes()).expect_err("a bad file").to_string();
    assert!(told("record,colour\n").starts_with("line 1, colour: is no column of this format"));
    assert!(
        told("record;code\n")
            .starts_with("line 1, record;code: is no column of this format; columns are parted by commas")
    );
    assert_eq!(told("record,code,code\n"), "line 1, code: is there twice");
    assert_eq!(
        told("code\n"),
        "line 1, record: is missing: the first line names the columns"
    );
    assert_eq!(
        told("record,code\nline\n"),
        "line 2, column 1: has 1 cells, and the first line has 2"
    );
    assert!(read(b"record,text\nnote,\xff\n").is_err());
}

#[test]
fn byte_order_marks_comments_and_empty_lines_are_passed_over() {
    let text = "\u{feff}record,id,text\n# for people\n,,\nnote,a,<i>Ask</i>&nbsp;\n\n";
    let rows: Vec<_> = read(text.as_bytes())
        .unwrap()
        .trees
        .rows()
        .map(|row| row.entry().clone())
        .collect();
    assert_eq!(rows, [Entry::Note("Ask".to_owned())]);
}

#[test]
fn duties_in_words_are_reported_with_their_line() {
    let import = read(&file(&[
        "line,6109.10,,,yes",
        "measure,6109.10,,,,,mfn,,text(ask)",
        "note,,ask,,,Ask the office.",
    ]));
    let report = import.unwrap().report;
    assert_eq!(
        (report.by_text.len(), report.by_text[0].row, report.general.computed),
        (1, 3, 0)
    );
}

#[test]
fn the_template_of_what_an_edition_says_is_read() {
    let about = About::from_json(&parse_json(ABOUT).unwrap()).unwrap();
    let edition = about.edition(read(TEMPLATE.as_bytes()).unwrap().trees.summary());
    assert_eq!((edition.inspect(), edition.territory.as_str()), (Ok(()), "MY"));
}
