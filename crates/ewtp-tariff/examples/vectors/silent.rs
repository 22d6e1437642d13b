//! Quotes for merchants that keep something to themselves: which of the possible duties counts, which are named, and what they cost.

use super::quotes::{answered, asked, of_size};
use super::unquoted::refused;
use crate::schedule::{self, Narrow as _, Schedule, line, measure};
use ewtp_record::Money;
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::Measure;
use ewtp_vectors::Case;

use MeasureKind::{Additional, Levy, Mfn, Preference, Suspension};

pub(crate) fn all() -> Vec<Case> {
    [lower(), counted(), taken_off()].concat()
}

fn shirts(measures: Vec<Measure>) -> Schedule {
    let surcharge = measure(Additional, "5%").when("people<30", "20%");
    let by_weight = measure(Additional, "5%").when("people<30", "0.5 USD/KGM");
    let rows = vec![
        line("61091000", &["KGM"], measures),
        line("9904", &[], vec![surcharge]),
        line("9905", &[], vec![measure(Additional, "25% - duty(9904, additional)")]),
        line("9906", &["KGM"], vec![by_weight]),
    ];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

/// A case that says which lower duties are named.
fn named(name: &'static str, note: &'static str, schedule: &Schedule, asked: &Request) -> Case {
    let quote = schedule.quote(asked).expect("a quote");
    let named = quote.alternatives.iter().map(|other| {
        let minor = other.amount.expect("an amount");
        let currency = quote.currency;
        format!("{} {}", Money { minor, currency }, other.charge.kind())
    });
    let named = named.collect::<Vec<_>>().join(", ");
    answered(name, "quote R10", note, schedule, asked).with("named", named)
}

fn lower() -> Vec<Case> {
    let suspended = measure(Suspension, "5%").when("people<30", "free");
    let preferred = measure(Preference, "2%").to(&["CN"]);
    let preferred = preferred.when("people<30", "1%").when("document:D1", "4%");
    vec![
        named(
            "dearer-duty-perhaps-free",
            "the suspension is dearer than the duty for everyone, and free for a small firm",
            &shirts(vec![measure(Mfn, "3%"), suspended]),
            &asked(),
        ),
        named(
            "unclaimed-duty-perhaps-lower",
            "a preference that lacks a claim, for less to a small firm, and for more with a document",
            &shirts(vec![measure(Mfn, "3%"), preferred]),
            &asked(),
        ),
    ]
}

/// Levies of 32 terms, each with another duty of as many: 64 terms each.
fn counted() -> Vec<Case> {
    let terms = |percent: &str| [percent; 32].join(" + ");
    let levies = |count: u16| {
        let levy = |at| {
            measure(Levy, &terms("2%"))
                .when("people<30", &terms("1%"))
                .at(1_000 + at)
        };
        shirts((0..count).map(levy).chain([measure(Mfn, "5%")]).collect())
    };
    vec![
        answered(
            "possible-duties-counted-once",
            "quote R19",
            "961 terms",
            &levies(15),
            &asked(),
        ),
        refused(
            "too-many-possible",
            "too-many-terms",
            "quote R19",
            &levies(16),
            &asked(),
        ),
    ]
}

fn taken_off() -> Vec<Case> {
    let of = |text: &str| shirts(vec![measure(Mfn, "5%"), measure(Additional, text)]);
    let case = |name, note, text: &str, asked: &Request| answered(name, "quote R10", note, &of(text), asked);
    const LESS: &str = "30% - duty(9904, additional)";
    const TWICE: &str = "30% - duty(9905, additional)";
    vec![
        case("taken-off-undisclosed", "the least is taken off", LESS, &asked()),
        case("taken-off-small", "10 to 29 people", LESS, &of_size("10-29")),
        case(
            "taken-off-twice",
            "taken off from what is taken off: the greatest",
            TWICE,
            &asked(),
        ),
        refused(
            "taken-off-quantity-missing",
            "no-quantity",
            "duty-expression R10",
            &of("30% - duty(9906, additional)"),
            &asked(),
        ),
    ]
}
