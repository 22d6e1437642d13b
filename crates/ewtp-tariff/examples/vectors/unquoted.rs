//! Requests and schedules for which no quote is made.

use super::quotes::{OBJECT, asked, bytes, claimed, of_size, plain, shirts, union};
use crate::schedule::{self, Narrow as _, Schedule, line, measure, read, request, row};
use ewtp_record::UnixTime;
use ewtp_record::cbor;
use ewtp_record::edition::{MeasureKind, RoundingScope, Valuation};
use ewtp_tariff::quote::{Component, OtherLine, Request};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{RowKey, Token};
use ewtp_vectors::Case;

use MeasureKind::{Additional, ECommerce, InQuota, Levy, Mfn};

pub(crate) fn all() -> Vec<Case> {
    [refusals(), unknown(), beyond()].concat()
}

pub(crate) fn refused(
    name: &'static str,
    reason: &'static str,
    rule: &'static str,
    schedule: &Schedule,
    asked: &Request,
) -> Case {
    spoilt(name, reason, rule, schedule, &asked.encode())
}

fn spoilt(name: &'static str, reason: &'static str, rule: &'static str, schedule: &Schedule, asked: &[u8]) -> Case {
    Case::good(OBJECT, name, rule, "")
        .refused(reason)
        .body(bytes(schedule, asked))
}

fn refusals() -> Vec<Case> {
    let specific = shirts(vec![measure(Mfn, "0.5 USD/KGM")]);
    let conditional = shirts(vec![measure(Mfn, "5%").when("quantity<=20 KGM", "free")]);
    let parts = shirts(vec![measure(Mfn, "component(strap, 14%)")]);
    let retail = shirts(vec![measure(Mfn, "5% of retail")]);
    let mut negative = asked();
    negative.values.price = Some(read("-1.00 USD"));
    let mut many = asked();
    let other = OtherLine {
        code: read("61091000"),
        values: asked().values,
    };
    many.consignment = vec![other; Request::LINES_MAX + 1];
    let mut unsorted = claimed("AU");
    unsorted.agreements.insert(read("CN"));
    let unsorted = swapped(&unsorted.encode(), b"\x62AU\x62CN", b"\x62CN\x62AU");
    let turned = swapped(&of_size("10-29").encode(), b"10-29", b"29-10");
    let mut both = asked();
    both.attributes.insert(read("ioss"));
    both.without.insert(read("ioss"));
    let bytes = asked().encode();
    vec![
        refused(
            "quantity-missing",
            "no-quantity",
            "duty-expression R10",
            &specific,
            &asked(),
        ),
        refused(
            "quantity-of-condition-missing",
            "no-quantity",
            "duty-expression R10",
            &conditional,
            &asked(),
        ),
        refused(
            "component-missing",
            "no-component",
            "duty-expression R14",
            &parts,
            &asked(),
        ),
        refused(
            "retail-value-missing",
            "no-value",
            "duty-expression R9",
            &retail,
            &asked(),
        ),
        refused(
            "currency-without-rate",
            "no-exchange-rate",
            "quote R5",
            &plain(),
            &request("US", "61091000", "CN", "2026-07-01", "9.00 MYR"),
        ),
        refused(
            "rate-of-a-later-day",
            "no-exchange-rate",
            "quote R5",
            &plain(),
            &request("US", "61091000", "CN", "2026-05-31", "9.00 EUR"),
        ),
        refused(
            "heading",
            "unknown-line",
            "quote R6",
            &plain(),
            &Request {
                code: read("6109"),
                ..asked()
            },
        ),
        refused(
            "other-territory",
            "territory",
            "quote R1",
            &plain(),
            &Request {
                to: "MY".to_owned(),
                ..asked()
            },
        ),
        refused(
            "from-the-territory",
            "no-import",
            "quote R1",
            &union(),
            &request("BE", "61091000", "BE", "2026-07-01", "100.00 EUR"),
        ),
        refused(
            "from-another-member",
            "no-import",
            "quote R1",
            &union(),
            &request("BE", "61091000", "DE", "2026-07-01", "100.00 EUR"),
        ),
        refused(
            "before-in-force",
            "not-in-force",
            "quote R1",
            &plain(),
            &Request {
                on: read("2017-12-31"),
                ..asked()
            },
        ),
        refused(
            "before-published",
            "not-published",
            "quote R1",
            &plain(),
            &Request {
                known: UnixTime(1_699_999_999),
                ..asked()
            },
        ),
        refused("negative-price", "bounds", "quote R2", &plain(), &negative),
        refused("too-many-lines", "count", "quote R2", &plain(), &many),
        spoilt("agreements-unsorted", "spelling", "quote R18", &plain(), &unsorted),
        spoilt("band-turned-round", "people", "quote R2", &plain(), &turned),
        refused("attribute-both-ways", "contradiction", "quote R2", &plain(), &both),
        spoilt(
            "request-cut",
            "cbor-truncated",
            "record R2",
            &plain(),
            &bytes[..bytes.len() - 1],
        ),
        spoilt("request-of-another-form", "shape", "record R2", &plain(), &[0x80]),
        refused(
            "amount-beyond-money",
            "amount",
            "quote R14",
            &shirts(vec![measure(Mfn, "1000%")]),
            &request("US", "61091000", "CN", "2026-07-01", "90000000000000000.00 USD"),
        ),
        refused("not-declarable", "not-declarable", "quote R6", &undeclared(), &asked()),
    ]
}

/// What a merchant may not say so, and what is missing where a duty is only possible.
fn unknown() -> Vec<Case> {
    const PEOPLE: &str = "quote R2";
    let said = |text: &str| {
        let band = cbor::encode(&"10-29".to_owned());
        swapped(&of_size("10-29").encode(), &band, &cbor::encode(&text.to_owned()))
    };
    let number = swapped(
        &of_size("29").encode(),
        &cbor::encode(&"29".to_owned()),
        &cbor::encode(&29_u64),
    );
    let possible = shirts(vec![measure(Mfn, "5%").when("people<30", "0.5 USD/KGM")]);
    let simplified = shirts(vec![
        measure(Mfn, "5%"),
        measure(ECommerce, "9.1% of cif").under("CN:9610"),
    ]);
    let parts = shirts(vec![measure(Mfn, "component(strap, 14%)")]);
    let mut many = asked();
    many.without
        .extend((0..=Request::ENTRIES_MAX).map(|at| read::<Token>(&format!("attribute-{at}"))));
    let mut received = asked();
    received.received = Some(read("-1.00 USD"));
    let mut freight = asked();
    freight.values.freight = Some(read("-1.00 USD"));
    let mut insurance = asked();
    insurance.values.insurance = Some(read("-1.00 USD"));
    let code = |text: &str| cbor::encode(&text.to_owned());
    let nowhere = swapped(&asked().encode(), &code("CN"), &code("XX"));
    let trailing = [&asked().encode()[..], &[0]].concat();
    let mut strap = asked();
    let value = read("5.00 MYR");
    let quantities = ewtp_tariff::Quantities::new();
    strap.components.insert(read("strap"), Component { value, quantities });
    let regime = Request {
        regime: Some(read("CN:9610")),
        ..asked()
    };
    vec![
        spoilt("band-of-one", "people", PEOPLE, &plain(), &said("10-10")),
        spoilt("band-with-a-zero", "people", PEOPLE, &plain(), &said("010")),
        spoilt("band-without-end", "people", PEOPLE, &plain(), &said("10-")),
        spoilt("people-as-a-number", "shape", "record R2", &plain(), &number),
        refused("too-many-denied", "count", PEOPLE, &plain(), &many),
        refused("negative-received", "bounds", PEOPLE, &plain(), &received),
        refused("negative-freight", "bounds", PEOPLE, &plain(), &freight),
        refused("negative-insurance", "bounds", PEOPLE, &plain(), &insurance),
        spoilt("origin-of-no-country", "country", "values R7", &plain(), &nowhere),
        spoilt("request-trailing", "cbor-trailing", "record R2", &plain(), &trailing),
        refused("component-without-rate", "no-exchange-rate", "quote R5", &parts, &strap),
        refused(
            "quantity-of-possible-duty-missing",
            "no-quantity",
            "duty-expression R10",
            &possible,
            &asked(),
        ),
        refused(
            "value-of-regime-missing",
            "no-value",
            "duty-expression R9",
            &simplified,
            &regime,
        ),
    ]
}

/// Schedules that would keep a reader busy.
fn beyond() -> Vec<Case> {
    const RULE: &str = "quote R19";
    let levies = |count: u16, duty: &dyn Fn(u16) -> String| {
        let levies = (0..count).map(|at| measure(Levy, &duty(at)).at(1_000 + at));
        levies.chain([measure(Mfn, "5%")]).collect::<Vec<_>>()
    };
    let elsewhere = |seq: u16| {
        let measures = (0..256).map(|at| measure(Levy, "1%").to(&["AU"]).at(seq * 300 + at));
        let mut line = ewtp_tariff::row::TariffLine {
            measures: measures.collect(),
            ..ewtp_tariff::row::TariffLine::default()
        };
        line.arrange();
        row(RowKey::Line(read("6109"), seq.into()), Entry::Line(line))
    };
    let with = |mut rows: Vec<ewtp_tariff::Row>, measures| {
        rows.push(line("61091000", &[], measures));
        schedule::schedule("US", Valuation::Fob, "USD", rows)
    };
    let duty = |code: u32| format!("duty({code}, additional)");
    let surcharge = |code: u32, text: &str| line(&code.to_string(), &[], vec![measure(Additional, text)]);
    let eleven = |at: u16| {
        let first = 9_900 + 11 * u32::from(at);
        (first..first + 11).map(duty).collect::<Vec<_>>().join(" + ")
    };
    let nine_times_eight = with(
        vec![surcharge(9_900, &["1%"; 8].join(" + "))],
        levies(15, &|_| vec![duty(9_900); 8].join(" + ")),
    );
    let mut exact = with(
        Vec::new(),
        levies(60, &|at| {
            let odd = 99_999_999_999_901 + 2 * u64::from(at);
            format!("{odd}/{}%", odd + 2)
        }),
    );
    exact.edition.rounding[0].scope = RoundingScope::Consignment;
    let measures = with((1..=4).map(elsewhere).collect(), levies(0, &|_| String::new()));
    let steps = with(Vec::new(), levies(64, &|_| "1%".to_owned()));
    let references = with(
        (9_900..9_933).map(|code| surcharge(code, "1%")).collect(),
        levies(3, &eleven),
    );
    vec![
        refused("too-many-measures", "too-many-measures", RULE, &measures, &asked()),
        refused("too-many-steps", "too-many-steps", RULE, &steps, &asked()),
        refused(
            "too-many-references",
            "too-many-references",
            RULE,
            &references,
            &asked(),
        ),
        refused("too-many-terms", "too-many-terms", RULE, &nine_times_eight, &asked()),
        refused("too-many-bits", "too-many-bits", RULE, &exact, &asked()),
    ]
}

/// The line of the goods is only a heading.
fn undeclared() -> Schedule {
    let line = ewtp_tariff::row::TariffLine {
        measures: vec![measure(InQuota, "1%")],
        ..ewtp_tariff::row::TariffLine::default()
    };
    let rows = vec![row(RowKey::Line(read("61091000"), 1), Entry::Line(line))];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn swapped(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("the part is there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}
