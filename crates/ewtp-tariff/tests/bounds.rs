//! How much work a schedule can make of one quote: what is beyond is refused by a rule, and what is within is answered.

mod schedule;

use MeasureKind::{Additional, Levy, Mfn};
use ewtp_record::edition::{MeasureKind, RoundingScope, Valuation};
use ewtp_tariff::quote::{Bound, Request};
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{Row, RowKey};
use schedule::{Narrow, Schedule, line, measure, read, request, row};

const SHIRT: &str = "61091000";

/// Shirts of 1,000 USD from China in July 2026.
fn asked() -> Request {
    request("US", SHIRT, "CN", "2026-07-01", "1000.00 USD")
}

fn of(mut rows: Vec<Row>, measures: Vec<Measure>) -> Schedule {
    rows.push(line(SHIRT, &["H87"], measures));
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

/// The code and rule by which a quote is refused; none when there is one.
fn refusal(schedule: &Schedule) -> Option<(&'static str, &'static str)> {
    let refused = schedule.quote(&asked()).err();
    refused.map(|error| (error.code(), error.rule()))
}

fn refused(bound: Bound) -> Option<(&'static str, &'static str)> {
    Some((bound.code(), "quote R19"))
}

/// The duty of customs, and so many levies that are due one after the other.
fn levies(count: u16, duty: impl Fn(u16) -> String) -> Vec<Measure> {
    let levies = (0..count).map(|at| measure(Levy, &duty(at)).at(1_000 + at));
    levies.chain([measure(Mfn, "5%")]).collect()
}

/// A heading with so many measures that are not for these goods.
fn heading(seq: u32, measures: u16) -> Row {
    let levy = |at| {
        measure(Levy, "1%")
            .to(&["AU"])
            .at(300 * u16::try_from(seq).expect("a few lines") + at)
    };
    let mut line = TariffLine {
        measures: (0..measures).map(levy).collect(),
        ..TariffLine::default()
    };
    line.arrange();
    row(RowKey::Line(read("6109"), seq), Entry::Line(line))
}

#[test]
fn measures_are_counted_before_one_is_looked_at() {
    let crowd = |last| {
        (1..=4)
            .map(|seq| heading(seq, if seq == 4 { last } else { 256 }))
            .collect()
    };
    assert_eq!(refusal(&of(crowd(255), levies(0, |_| String::new()))), None);
    assert_eq!(
        refusal(&of(crowd(256), levies(0, |_| String::new()))),
        refused(Bound::Measures)
    );
}

#[test]
fn the_measures_of_a_line_that_is_referred_to_count_too() {
    let crowd: Vec<_> = (1..=4).map(|seq| heading(seq, 256)).collect();
    let below = line("61092000", &["H87"], vec![measure(Additional, "1%")]);
    let goods = line(
        "99038815",
        &["H87"],
        vec![measure(Mfn, "5%"), measure(Additional, "duty(61092000, additional)")],
    );
    let rows = [crowd, vec![below, goods]].concat();
    let schedule = schedule::schedule("US", Valuation::Fob, "USD", rows);
    let error = schedule
        .quote(&Request {
            code: read("99038815"),
            ..asked()
        })
        .unwrap_err();
    assert_eq!(error.code(), "too-many-measures");
}

#[test]
fn amounts_are_counted_before_one_is_computed() {
    let percent = |_| "1%".to_owned();
    assert_eq!(refusal(&of(vec![], levies(63, percent))), None);
    assert_eq!(refusal(&of(vec![], levies(64, percent))), refused(Bound::Steps));
}

/// The sum of what these lines say.
fn references(codes: std::ops::Range<u32>) -> String {
    codes
        .map(|code| format!("duty({code}, additional)"))
        .collect::<Vec<_>>()
        .join(" + ")
}

#[test]
fn different_references_are_counted() {
    let lines = |count: u32| {
        let surcharge = |code: String| line(&code, &[], vec![measure(Additional, "1%")]);
        let rows = (0..count).map(|at| surcharge((9_900 + at).to_string()));
        let halves = [references(9_900..9_916), references(9_916..9_900 + count)];
        of(rows.collect(), levies(2, |at| halves[usize::from(at)].clone()))
    };
    assert_eq!(refusal(&lines(32)), None);
    assert_eq!(refusal(&lines(33)), refused(Bound::References));
}

#[test]
fn terms_are_counted_each_time_that_they_are_computed() {
    let eight = ["1%"; 8].join(" + ");
    let surcharges = line("9900", &[], vec![measure(Additional, &eight)]);
    let nine_times_eight = ["duty(9900, additional)"; 8].join(" + ");
    let schedule = |count| of(vec![surcharges.clone()], levies(count, |_| nine_times_eight.clone()));
    // The duty of customs has one more.
    assert_eq!(14 * 72 + 1, 1_009);
    assert_eq!(refusal(&schedule(14)), None);
    assert_eq!(refusal(&schedule(15)), refused(Bound::Terms));
}

#[test]
fn each_duty_that_is_possible_is_counted_once() {
    let terms = |percent: &str| [percent; 32].join(" + ");
    let levies = |count| {
        let all = levies(count, |_| terms("2%")).into_iter();
        let by_size = all.map(|levy| match levy.kind {
            Levy => levy.when("people<30", &terms("1%")),
            _ => levy,
        });
        of(vec![], by_size.collect())
    };
    let quote = levies(15).quote(&asked()).expect("15 x (32 + 32) + 1 terms");
    assert_eq!((quote.lines.len(), quote.alternatives.len()), (16, 15));
    assert_eq!(refusal(&levies(16)), refused(Bound::Terms));
}

/// A percentage whose fraction has no factor in common with that of another.
fn odd_percentage(at: u16) -> String {
    let odd = 99_999_999_999_901 + 2 * u64::from(at);
    format!("{odd}/{}%", odd + 2)
}

#[test]
fn amounts_that_grow_longer_with_each_measure_have_a_bound() {
    let on_all = |at| format!("{} of customs-value+duties", odd_percentage(at));
    let mut schedule = of(vec![], levies(60, on_all));
    assert_eq!(refusal(&schedule), None, "each is rounded to the cent");
    schedule.edition.rounding[0].scope = RoundingScope::Consignment;
    assert_eq!(refusal(&schedule), refused(Bound::Bits));
}

#[test]
fn a_sum_of_exact_amounts_has_a_bound() {
    let mut schedule = of(vec![], levies(60, odd_percentage));
    schedule.edition.rounding[0].scope = RoundingScope::Consignment;
    assert_eq!(refusal(&schedule), refused(Bound::Bits));
}
