//! Reliefs of which only a person can say whether they count.

use crate::schedule::{self, Narrow, Schedule, group, measure, read};
use crate::{asked, reasons, with_rows};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::Basis;
use ewtp_tariff::row::{Measure, Taxes};

use MeasureKind::{Additional, Excise, Levy, Mfn, Preference, Vat};

#[test]
fn an_open_relief_opens_what_counts_the_duties_it_would_replace() {
    let perhaps = schedule::relief("parcels", Taxes::Duty, "2000.00 USD", Basis::Fob, |relief| {
        relief.areas = vec![read("first")];
    });
    let taxed = |tax: &str| {
        let measures = vec![measure(Mfn, "5%"), measure(Vat, tax)];
        with_rows(measures, vec![group("first", &[]), perhaps.clone()])
    };
    assert_eq!(
        reasons(&taxed("10% of customs-value+duties"), &asked()),
        ["unknown-membership", "depends"]
    );
    assert_eq!(
        reasons(&taxed("10% of customs-value+excise"), &asked()),
        ["unknown-membership"]
    );
}

/// These measures beside a relief that is for a group whose countries nobody names.
fn beside_open_relief(taxes: Taxes, measures: Vec<Measure>) -> Schedule {
    let perhaps = schedule::relief("parcels", taxes, "2000.00 USD", Basis::Fob, |relief| {
        relief.areas = vec![read("first")];
    });
    with_rows(measures, vec![group("first", &[]), perhaps])
}

#[test]
fn an_open_relief_of_a_tax_leaves_what_comes_before_the_tax() {
    const ALL: &str = "10% of customs-value+duties";
    let measures = vec![
        measure(Mfn, "5%"),
        measure(Excise, ALL),
        measure(Vat, ALL),
        measure(Levy, ALL).at(95),
    ];
    let schedule = beside_open_relief(Taxes::Vat, measures);
    assert_eq!(reasons(&schedule, &asked()), ["unknown-membership", "depends"]);
    let amounts: Vec<_> = schedule
        .quote(&asked())
        .unwrap()
        .lines
        .iter()
        .map(|line| line.amount)
        .collect();
    assert_eq!(amounts, [5_000, 10_500, 11_550]);
}

#[test]
fn an_open_relief_opens_an_amount_before_its_place_too() {
    let levy = measure(Levy, "2%").at(5);
    let measures = vec![levy, measure(Mfn, "5% of customs-value+levy")];
    let schedule = beside_open_relief(Taxes::Both, measures);
    assert_eq!(reasons(&schedule, &asked()), ["unknown-membership", "depends"]);
    let measures = vec![
        measure(Mfn, "5%").at(5),
        measure(Preference, "2%").to(&["CN"]),
        measure(Additional, "1% of customs-value+preference").at(7),
    ];
    let schedule = beside_open_relief(Taxes::Duty, measures);
    let mut claimed = asked();
    claimed.agreements.insert(read("CN"));
    assert_eq!(reasons(&schedule, &claimed), ["unknown-membership", "depends"]);
}
