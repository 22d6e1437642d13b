//! Reliefs by the item, on goods that are declared by the litre.

use super::quotes::answered;
use super::unquoted::refused;
use crate::schedule::{self, Schedule, line, measure, read, relief, request, with_quantity};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::Basis;
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::{LimitPer, Taxes};
use ewtp_vectors::Case;

/// Wine, of which a bottle up to 500 USD is free.
fn wine() -> Schedule {
    let bottle = relief("low-value", Taxes::Both, "500.00 USD", Basis::ItemPrice, |relief| {
        relief.per = LimitPer::Item;
        relief.except = vec![read("CN")];
    });
    let wine = line("22042150", &["LTR"], vec![measure(MeasureKind::Mfn, "0.063 USD/LTR")]);
    schedule::schedule("US", Valuation::Fob, "USD", vec![wine, bottle])
}

/// Wine that two reliefs free alike.
fn two_equal() -> Schedule {
    let free = |id| relief(id, Taxes::Both, "500.00 USD", Basis::Fob, |_| {});
    let wine = line("22042150", &["LTR"], vec![measure(MeasureKind::Mfn, "0.063 USD/LTR")]);
    schedule::schedule("US", Valuation::Fob, "USD", vec![wine, free("one"), free("other")])
}

fn litres(origin: &str, price: &str) -> Request {
    with_quantity(request("US", "22042150", origin, "2026-07-01", price), "900 LTR")
}

pub(crate) fn all() -> Vec<Case> {
    let schedule = wine();
    let many = litres("JO", "3000.00 USD");
    vec![
        answered(
            "items-not-counted",
            "quote R13",
            "all together are within the limit of one",
            &schedule,
            &litres("JO", "500.00 USD"),
        ),
        answered(
            "items-counted",
            "quote R13",
            "1,200 bottles",
            &schedule,
            &with_quantity(many.clone(), "1200 H87"),
        ),
        answered(
            "items-above-the-limit",
            "quote R13",
            "five bottles of 600 USD",
            &schedule,
            &with_quantity(many.clone(), "5 H87"),
        ),
        answered(
            "items-of-no-relief",
            "quote R13",
            "a relief that is not for the origin asks for no number",
            &schedule,
            &litres("CN", "3000.00 USD"),
        ),
        answered(
            "reliefs-equal",
            "quote R13",
            "two for duties and sales taxes, and nothing says which counts",
            &two_equal(),
            &litres("JO", "300.00 USD"),
        ),
        refused("items-missing", "no-items", "quote R13", &schedule, &many),
    ]
}
