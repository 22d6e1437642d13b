use super::*;
use ewtp_record::Date;
use ewtp_tariff::row::{Area, Validity};

fn row(code: &str, indent: u8, description: &str, rates: [&str; 3]) -> SourceRow {
    let [general, special, other] = rates.map(str::to_owned);
    SourceRow {
        row: 1,
        code: code.parse().expect("a code"),
        seq: 1,
        indent,
        description: description.to_owned(),
        units: Vec::new(),
        general,
        special,
        other,
        quota: String::new(),
        additional: String::new(),
        footnotes: Vec::new(),
    }
}

const ADDED: &str = "The duty provided in the applicable subheading + 10%";
const SAME: &str = "The duty provided in the applicable subheading";

/// `30301 [] except [us-column-2] ..: text(us-99030301)`
fn of_all(rows: &[SourceRow]) -> Vec<String> {
    let read = unpointed(rows).expect("rows");
    let names = |areas: &[Area]| areas.iter().map(Area::as_str).collect::<Vec<_>>().join(" ");
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let told = read.of_all.values().flatten().map(|measure| {
        let Validity { from, to } = measure.validity;
        format!(
            "{} [{}] except [{}] {}..{}",
            measure.stack.unwrap_or_default(),
            names(&measure.areas),
            names(&measure.except),
            day(from),
            day(to)
        )
    });
    told.collect()
}

#[test]
fn a_duty_on_all_articles_or_on_those_of_a_country_is_for_all_goods() {
    let any = "Except for products described in headings 9903.03.02-9903.03.11, articles the product of any country";
    let china = "Articles the product of China and Hong Kong, as provided for in U.S. note 2(u)";
    let past = "Articles the product of China, if entered on or after May 10, 2019, and before June 15, 2019";
    let rows = [
        row("99030124", 0, china, [ADDED, ADDED, "No change"]),
        row("99030301", 0, any, [ADDED, ADDED, ADDED]),
        row("99038809", 0, past, [ADDED, "", ""]),
    ];
    assert_eq!(
        of_all(&rows),
        [
            "30124 [CN HK] except [us-column-2] ..",
            "30301 [] except [] ..",
            "38809 [CN] except [us-column-2] ..2019-06-14",
        ]
    );
}

#[test]
fn what_adds_nothing_or_has_ended_is_for_nobody() {
    let ended = "Articles the product of India [Compiler's note: provision terminated. See 90 Fed. Reg. 37963.]";
    let dated = "Articles the product of India [Compiler's note: provision terminated as of February 7, 2026.]";
    let rows = [
        row(
            "99030102",
            0,
            "Articles the product of Mexico that are donations",
            [SAME, SAME, "No change"],
        ),
        row("99030155", 0, ended, [ADDED, ADDED, SAME]),
        row("99030184", 0, dated, [ADDED, ADDED, ADDED]),
    ];
    assert_eq!(of_all(&rows), ["30184 [IN] except [] ..2026-02-07"]);
    assert_eq!(unpointed(&rows).expect("rows").left_out.len(), 1);
}

#[test]
fn a_heading_to_which_goods_point_is_told_at_their_lines() {
    let china = "Articles the product of China";
    let mut shirts = row("61091000", 1, "Of cotton", ["16.5%", "", "90%"]);
    shirts.footnotes = vec!["See 9903.88.15.".to_owned()];
    assert!(of_all(&[shirts, row("99038815", 0, china, [ADDED, "", ""])]).is_empty());
}

#[test]
fn a_heading_that_names_lines_is_for_these_alone() {
    let rows = [
        row("87169030", 2, "Parts", ["Free", "", "10%"]),
        row(
            "99039112",
            0,
            "Chassis (provided for in subheading 8716.90.30)",
            [ADDED, "", ""],
        ),
        row(
            "99038202",
            0,
            "Articles of steel, as provided for in U.S. note 16",
            [ADDED, ADDED, ADDED],
        ),
        row(
            "99030101",
            0,
            "Articles, except as provided for in subheading 8716.90.30",
            [ADDED, ADDED, ADDED],
        ),
    ];
    let read = unpointed(&rows).expect("rows");
    assert_eq!(read.of_line(rows[0].code).len(), 1);
    assert_eq!(of_all(&rows), ["30101 [] except [] ..", "38202 [] except [] .."]);
}

#[test]
fn headings_below_one_row_are_told_together() {
    let rows = [
        row("990389", 0, "Articles the product of France or Germany:", ["", "", ""]),
        row("99038910", 1, "Provided for in note 21(c)", [ADDED, "", ADDED]),
        row("99038913", 1, "Provided for in note 21(d)", [ADDED, "", ADDED]),
    ];
    let read = unpointed(&rows).expect("rows");
    assert_eq!((read.by_text.len(), read.notes.len()), (1, 1));
    assert_eq!(of_all(&rows), ["38910 [DE FR] except [] .."]);
}
