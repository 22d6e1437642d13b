//! What a relief by the item needs to know, and when it is asked for.

use crate::schedule::{self, line, measure, read, request, with_quantity};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::{LimitPer, Relief, Taxes};
use ewtp_tariff::{Basis, Row};

use MeasureKind::Mfn;

/// Wine by the litre, beside these reliefs.
fn wine(mut rows: Vec<Row>) -> schedule::Schedule {
    rows.push(line("22042150", &["LTR"], vec![measure(Mfn, "0.063 USD/LTR")]));
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn by_item(id: &str, limit: &str, change: impl FnOnce(&mut Relief)) -> Row {
    schedule::relief(id, Taxes::Both, limit, Basis::ItemPrice, |relief| {
        relief.per = LimitPer::Item;
        change(relief);
    })
}

/// So much wine for that price.
fn wine_of(price: &str) -> Request {
    with_quantity(request("US", "22042150", "JO", "2026-07-01", price), "900 LTR")
}

fn bottles(asked: Request, number: &str) -> Request {
    with_quantity(asked, &format!("{number} H87"))
}

#[test]
fn goods_that_are_within_the_limit_together_need_no_number_of_items() {
    let schedule = wine(vec![by_item("low-value", "500.00 USD", |_| {})]);
    assert_eq!(schedule.total(&wine_of("500.00 USD")), "0.00");
    assert_eq!(schedule.total(&bottles(wine_of("500.00 USD"), "1")), "0.00");
}

#[test]
fn beyond_the_limit_the_number_of_items_is_asked_for_by_its_name() {
    let schedule = wine(vec![by_item("low-value", "500.00 USD", |_| {})]);
    for asked in [wine_of("500.01 USD"), bottles(wine_of("500.01 USD"), "0")] {
        let error = schedule.quote(&asked).unwrap_err();
        assert_eq!((error.code(), error.rule()), ("no-items", "quote R13"));
    }
    assert_eq!(schedule.total(&bottles(wine_of("3000.00 USD"), "6")), "0.00");
    assert_eq!(schedule.total(&bottles(wine_of("3000.01 USD"), "6")), "56.70");
}

#[test]
fn a_relief_that_would_not_apply_asks_for_no_number_of_items() {
    let other = |change: fn(&mut Relief)| wine(vec![by_item("low-value", "500.00 USD", change)]);
    for schedule in [
        other(|relief| relief.areas = vec![read("CN")]),
        other(|relief| relief.goods_except = vec![read("2204")]),
        other(|relief| relief.validity.to = Some(read("2026-06-30"))),
        other(|relief| relief.modes = vec![read("post")]),
        other(|relief| relief.conditions = vec![read("value<=150 USD")]),
    ] {
        assert_eq!(schedule.total(&wine_of("3000.00 USD")), "56.70");
    }
}

#[test]
fn a_condition_that_lacks_its_input_asks_for_it_only_within_the_limit() {
    let weighed = |limit| {
        wine(vec![by_item("light", limit, |relief| {
            relief.conditions = vec![read("quantity<=2 KGM")]
        })])
    };
    let asked = bottles(wine_of("3000.00 USD"), "1");
    assert_eq!(weighed("500.00 USD").total(&asked), "56.70");
    assert_eq!(weighed("5000.00 USD").quote(&asked).unwrap_err().code(), "no-quantity");
}

#[test]
fn a_relief_asks_for_nothing_beside_one_that_counts_before_it() {
    let parcels = |limit| {
        schedule::relief("parcels", Taxes::Both, limit, Basis::Fob, |relief| {
            relief.areas = vec![read("JO")];
        })
    };
    let beside = |limit| wine(vec![by_item("low-value", "500.00 USD", |_| {}), parcels(limit)]);
    assert_eq!(beside("5000.00 USD").total(&wine_of("3000.00 USD")), "0.00");
    let error = beside("2000.00 USD").quote(&wine_of("3000.00 USD")).unwrap_err();
    assert_eq!(error.code(), "no-items");
}

#[test]
fn a_relief_that_would_count_before_another_asks() {
    let parcels = schedule::relief("parcels", Taxes::Both, "5000.00 USD", Basis::Fob, |_| {});
    let schedule = wine(vec![by_item("low-value", "500.00 USD", |_| {}), parcels]);
    assert_eq!(schedule.quote(&wine_of("3000.00 USD")).unwrap_err().code(), "no-items");
    assert_eq!(schedule.total(&bottles(wine_of("3000.00 USD"), "1")), "0.00");
}
