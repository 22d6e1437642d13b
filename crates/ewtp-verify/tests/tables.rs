//! A certificate beside the table of an edition, without receipts: what the table has, what it does not have, and what it cannot say.
#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;
#[path = "../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;
mod trade;

use ewtp_record::edition::Valuation;
use ewtp_record::{Edition, HsEdition, RecordId, Subject};
use ewtp_tariff::row::{Entry, TariffLine, Validity};
use ewtp_tariff::{Row, RowKey};
use ewtp_verify::{CheckCode, CheckResult, Outcome, Verdict};
use schedule::{Schedule, line, read, row};
use serde_json::json;
use trade::{Trade, tariff};

/// What the verdict says of a check, if it lists it.
fn result(verdict: &Verdict, code: CheckCode) -> Option<CheckResult> {
    let check = verdict.checks.iter().find(|check| check.code == code);
    check.map(|check| check.result)
}

#[track_caller]
fn assert_told(verdict: &Verdict, outcome: Outcome, code: CheckCode, words: &str) {
    assert_eq!(verdict.outcome, outcome, "{verdict}");
    let check = verdict.checks.iter().find(|check| check.code == code);
    let check = check.unwrap_or_else(|| panic!("{} was not made: {verdict}", code.code()));
    assert!(check.detail.contains(words), "{verdict}");
    let speaks = matches!(check.result, CheckResult::Fail | CheckResult::Unknown);
    assert!(speaks, "{verdict}");
}

/// The same of a certificate that names the edition of the rows, and of one that names none.
#[track_caller]
fn contradicted(trade: impl Fn() -> Trade, schedule: &Schedule, code: CheckCode, words: &str) {
    let mut named = trade();
    named.name_edition(schedule);
    let edition = named.edition.clone();
    let verdict = named.verdict_by(Some(&edition), schedule);
    assert_told(&verdict, Outcome::Invalid, code, words);
    let verdict = trade().unassessed().verdict_by(None, schedule);
    assert_told(&verdict, Outcome::Undecided, code, words);
}

fn shirts() -> Trade {
    Trade::of(&["61091000"])
}

/// Shirts under another code.
fn under(code: &'static str) -> impl Fn() -> Trade {
    move || {
        let mut trade = shirts();
        trade.input["lines"][0]["hs"] = json!(code);
        trade
    }
}

/// Malaysia's tariff of these rows.
fn schedule_of(rows: Vec<Row>) -> Schedule {
    schedule::schedule("MY", Valuation::Fob, "MYR", rows)
}

/// A line on which goods are declared in pieces, for a time.
fn held(code: &str, from: Option<&str>, to: Option<&str>, unit: &str) -> Row {
    let line = TariffLine {
        units: vec![read(unit)],
        is_declarable: true,
        validity: Validity {
            from: from.map(read),
            to: to.map(read),
        },
        ..TariffLine::default()
    };
    let seq = if from.is_some() { 2 } else { 1 };
    row(RowKey::Line(read(code), seq), Entry::Line(line))
}

#[test]
fn the_table_that_is_named_shows_codes_and_units_without_a_receipt() {
    let verdict = shirts().verdict_by_table();
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    for code in [CheckCode::GoodsCode, CheckCode::GoodsUnit] {
        assert_eq!(result(&verdict, code), Some(CheckResult::Pass), "{verdict}");
    }
    for code in [CheckCode::Papers, CheckCode::Duty] {
        assert_eq!(
            result(&verdict, code),
            Some(CheckResult::Skip),
            "only a receipt says it"
        );
    }
}

#[test]
fn a_certificate_that_names_no_edition_is_checked_by_the_table_of_the_officer() {
    let verdict = shirts().unassessed().verdict_by(None, &tariff());
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert_eq!(result(&verdict, CheckCode::GoodsCode), Some(CheckResult::Pass));
    assert_eq!(result(&verdict, CheckCode::Duty), None, "it assesses none");
    let text = verdict.to_string();
    assert!(text.contains("by 2026-rev-1, the tariff of MY"), "{text}");
}

#[test]
fn a_code_that_the_table_does_not_have_is_a_contradiction_only_of_the_edition_that_is_named() {
    let words = "2026-rev-1: it has no line 61102000";
    contradicted(under("61102000"), &tariff(), CheckCode::GoodsCode, words);
}

#[test]
fn a_code_under_which_nothing_is_declared_is_a_contradiction() {
    let heading = TariffLine::default();
    let heading = row(RowKey::Line(read("610910"), 1), Entry::Line(heading));
    let words = "goods are not declared under 610910, nor under a line below it";
    let table = schedule_of(vec![heading]);
    contradicted(under("610910"), &table, CheckCode::GoodsCode, words);
}

#[test]
fn less_of_a_code_than_the_table_has_stands_for_any_line_below_it() {
    let lines = vec![
        held("61091000", None, None, "H87"),
        held("61091090", None, None, "PR"),
        held("61099000", None, None, "KGM"),
    ];
    let table = schedule_of(lines);
    for (quantity, is_good) in [("5 H87", true), ("5 PR", true), ("5 KGM", false)] {
        let mut trade = under("610910")().unassessed();
        trade.input["lines"][0]["quantity"] = json!(quantity);
        let verdict = trade.verdict_by(None, &table);
        assert_eq!(verdict.outcome == Outcome::Accepted, is_good, "{verdict}");
    }
}

#[test]
fn a_unit_that_no_line_of_the_code_asks_for_is_a_contradiction() {
    let pairs = || {
        let mut trade = shirts();
        trade.input["lines"][0]["quantity"] = json!("5 PR");
        trade
    };
    let words = "line 1: it is in PR, the table asks for H87, KGM";
    contradicted(pairs, &tariff(), CheckCode::GoodsUnit, words);
    // Kilograms are asked for by the heading above.
    let mut trade = shirts();
    trade.input["lines"][0]["quantity"] = json!("5 KGM");
    assert_eq!(trade.verdict_by_table().outcome, Outcome::Accepted);
}

#[test]
fn the_units_of_a_heading_below_which_nothing_is_declared_are_nobodys() {
    let heading = TariffLine {
        units: vec![read("MTK")],
        ..TariffLine::default()
    };
    let table = schedule_of(vec![
        row(RowKey::Line(read("6109101"), 1), Entry::Line(heading)),
        held("61091020", None, None, "H87"),
    ]);
    let mut trade = under("610910")().unassessed();
    assert_eq!(trade.verdict_by(None, &table).outcome, Outcome::Accepted);
    trade.input["lines"][0]["quantity"] = json!("5 MTK");
    let words = "it is in MTK, the table asks for H87";
    assert_told(
        &trade.verdict_by(None, &table),
        Outcome::Undecided,
        CheckCode::GoodsUnit,
        words,
    );
}

#[test]
fn what_the_table_has_on_another_day_only_is_left_open() {
    let ended = schedule_of(vec![held("61091000", None, Some("2026-11-22"), "H87")]);
    let mut trade = shirts();
    trade.name_edition(&ended);
    let edition = trade.edition.clone();
    let verdict = trade.verdict_by(Some(&edition), &ended);
    let words = "goods are declared under 61091000 on other days than 2026-11-23";
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsCode, words);

    let changed = schedule_of(vec![
        held("61091000", None, Some("2026-12-31"), "KGM"),
        held("61091000", Some("2027-01-01"), None, "H87"),
    ]);
    trade.name_edition(&changed);
    let edition = trade.edition.clone();
    let verdict = trade.verdict_by(Some(&edition), &changed);
    let words = "it is in H87, which the table asks for on other days than 2026-11-23";
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsUnit, words);
}

#[test]
fn beyond_six_digits_a_foreign_code_is_not_held_against_the_table() {
    // China's office has a line that Malaysia's tariff does not have; the first six digits mean the same in both.
    let table = schedule_of(vec![line("61091000", &["H87"], Vec::new())]);
    let mut trade = under("6109109900")().unassessed();
    assert_eq!(trade.lab.issuer.code, read("MY"));
    let words = "it has no line 6109109900";
    let verdict = trade.verdict_by(None, &table);
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsCode, words);

    let of_china = schedule::schedule(
        "CN",
        Valuation::Fob,
        "CNY",
        vec![line("61091000", &["H87"], Vec::new())],
    );
    let verdict = trade.verdict_by(None, &of_china);
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
}

#[test]
fn another_edition_than_the_one_that_is_named_says_nothing() {
    let mut trade = shirts();
    trade.input["assessment"]["edition"]["id"] = json!(RecordId([7; 32]));
    let words = "2026-rev-1 is not the edition that the certificate names, 0707";
    assert_told(
        &trade.verdict_by_table(),
        Outcome::Undecided,
        CheckCode::GoodsCode,
        words,
    );
}

#[test]
fn rows_that_nobody_signed_are_not_the_edition_that_is_named() {
    let mut trade = under("61102000")();
    let words = "nothing shows that 2026-rev-1 is the edition that the certificate names";
    for code in [CheckCode::GoodsCode, CheckCode::GoodsUnit] {
        let verdict = trade.verdict_by(None, &tariff());
        assert_told(&verdict, Outcome::Undecided, code, words);
    }
}

#[test]
fn rows_with_other_roots_than_the_edition_names_say_nothing() {
    let mut trade = shirts();
    let edition = trade.edition.clone();
    let other = Schedule {
        edition: tariff().edition,
        trees: schedule_of(vec![line("61091000", &["PR"], Vec::new())]).trees,
    };
    let verdict = trade.verdict_by(Some(&edition), &other);
    let words = "its rows lead to other roots than 2026-rev-1 names";
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsUnit, words);

    let said = schedule_of(vec![line("61091000", &["PR"], Vec::new())]);
    let verdict = trade.verdict_by(Some(&edition), &said);
    let words = "the record that is shown with it says something else";
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsUnit, words);
}

#[test]
fn a_table_of_another_country_time_or_nomenclature_says_nothing() {
    let undecided = |trade: &mut Trade, edition: Edition, words: &str| {
        let schedule = Schedule {
            edition,
            trees: tariff().trees,
        };
        let verdict = trade.verdict_by(None, &schedule);
        assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsCode, words);
    };
    let mut trade = shirts().unassessed();
    trade.input["import_country"] = json!("SG");
    let words = "2026-rev-1 is the tariff of MY, the goods go from CN to SG";
    undecided(&mut trade, tariff().edition, words);

    let mut trade = shirts().unassessed();
    let later = Edition {
        in_force: read("2026-11-24"),
        ..tariff().edition
    };
    let words = "2026-rev-1 is in force from 2026-11-24, the certificate is of 2026-11-23";
    undecided(&mut trade, later, words);

    let other = Edition {
        hs_edition: HsEdition::Hs2028,
        ..tariff().edition
    };
    undecided(&mut trade, other, "its code is of HS 2022, the table of HS 2028");
}

#[test]
fn a_record_without_goods_has_nothing_that_a_table_could_speak_of() {
    let mut trade = shirts();
    let edition = trade.edition.clone();
    let bundle = trade.bundle_of(&edition);
    let schedule = tariff();
    let name: Subject = edition.header().subject;
    let table = ewtp_verify::ShownTable {
        name: name.as_str(),
        record: Some(&edition),
        edition: &schedule.edition,
        trees: &schedule.trees,
    };
    let beside = ewtp_verify::Beside {
        table: Some(table),
        ..ewtp_verify::Beside::default()
    };
    let verdict = ewtp_verify::verify_beside(&bundle.encode(), &beside, &trade.policy(), trade.lab.now());
    let words = "the record has no goods, so no table can be held against it";
    assert_told(&verdict, Outcome::Undecided, CheckCode::GoodsCode, words);
}
