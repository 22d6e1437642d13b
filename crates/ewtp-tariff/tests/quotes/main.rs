//! What a quote answers, rule by rule.

mod claims;
mod items;
mod quotas;
mod reliefs;
#[path = "../schedule/mod.rs"]
mod schedule;

use MeasureKind::{
    Additional, AntiDumping, ECommerce, Licence, Mfn, Preference, Prohibition, Safeguard, Suspension, Vat,
};
use ewtp_record::edition::{MeasureKind, RoundingMode, Valuation};
use ewtp_record::{RecordId, UnixTime};
use ewtp_tariff::quote::{Published, QuoteError, Reason, Request, choose_edition, correction};
use ewtp_tariff::row::{Entry, Measure, TariffLine, Taxes};
use ewtp_tariff::{Basis, Row, RowKey};
use proptest::prelude::*;
use schedule::{Narrow, Schedule, group, line, measure, read, request, row, with_quantity};

const SHIRT: &str = "61091000";

pub(crate) fn shirts(measures: Vec<Measure>) -> Schedule {
    with_rows(measures, Vec::new())
}

pub(crate) fn with_rows(measures: Vec<Measure>, mut rows: Vec<Row>) -> Schedule {
    rows.push(line(SHIRT, &["H87", "KGM"], measures));
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

/// Shirts of 1,000 USD from China in July 2026.
pub(crate) fn asked() -> Request {
    request("US", SHIRT, "CN", "2026-07-01", "1000.00 USD")
}

pub(crate) fn reasons(schedule: &Schedule, asked: &Request) -> Vec<&'static str> {
    let quote = schedule.quote(asked).expect("a quote");
    assert_eq!(quote.total().is_none(), !quote.needs_person.is_empty());
    quote.needs_person.iter().map(|needs| needs.reason.code()).collect()
}

#[test]
fn a_missing_quantity_is_an_error_that_names_the_unit() {
    let schedule = shirts(vec![measure(Mfn, "0.5 USD/KGM + 8%")]);
    let error = schedule.quote(&asked()).unwrap_err();
    assert_eq!((error.code(), error.rule()), ("no-quantity", "duty-expression R10"));
    assert_eq!(
        error.to_string(),
        "for the measure mfn: the quantity in KGM is not given"
    );
    assert_eq!(schedule.total(&with_quantity(asked(), "40 KGM")), "100.00");
}

#[test]
fn what_only_a_note_says_needs_a_person_and_gives_no_total() {
    let note = row(RowKey::Note(read("us-note-20")), Entry::Note("Read it.".to_owned()));
    let schedule = with_rows(
        vec![
            measure(Mfn, "text(us-note-20)"),
            measure(Vat, "10% of customs-value+duties"),
        ],
        vec![note],
    );
    assert_eq!(reasons(&schedule, &asked()), ["needs-person", "depends"]);
}

#[test]
fn an_open_amount_opens_only_what_counts_it() {
    let note = || row(RowKey::Note(read("us-note-20")), Entry::Note("Read it.".to_owned()));
    let surcharge = |text: &str| line("99038815", &[], vec![measure(Additional, text)]);
    let of = |text: &str, tax: &str| {
        let measures = vec![
            measure(Mfn, "5%"),
            measure(Safeguard, "text(us-note-20)"),
            measure(Additional, "duty(99038815, additional)"),
            measure(Vat, tax),
        ];
        with_rows(measures, vec![note(), surcharge(text)])
    };
    // The surcharge of another line is of the customs value alone, and is known.
    let schedule = of("7.5%", "10% of customs-value+mfn+additional");
    assert_eq!(reasons(&schedule, &asked()), ["needs-person"]);
    assert_eq!(schedule.quote(&asked()).unwrap().sum, 5_000 + 7_500 + 11_250);
    let schedule = of("7.5% of customs-value+safeguard", "10%");
    assert_eq!(reasons(&schedule, &asked()), ["needs-person", "depends"]);
    assert_eq!(schedule.quote(&asked()).unwrap().sum, 5_000 + 10_000);
    let schedule = of("7.5%", "10% of customs-value+duties");
    assert_eq!(reasons(&schedule, &asked()), ["needs-person", "depends"]);
}

#[test]
fn what_may_not_come_in_is_no_amount_that_a_tax_counts() {
    let schedule = shirts(vec![
        measure(Mfn, "5%"),
        Measure::of(Prohibition, None),
        measure(Vat, "10% of customs-value+duties"),
    ]);
    assert_eq!(reasons(&schedule, &asked()), ["prohibited"]);
    assert_eq!(schedule.quote(&asked()).unwrap().sum, 5_000 + 10_500);
}

#[test]
fn an_open_customs_duty_is_open_in_each_of_its_kinds() {
    let note = row(RowKey::Note(read("us-note-20")), Entry::Note("Read it.".to_owned()));
    let measures = vec![
        measure(Mfn, "5%"),
        measure(Suspension, "text(us-note-20)"),
        measure(Additional, "1%"),
        measure(Vat, "10% of customs-value+mfn"),
    ];
    let schedule = with_rows(measures, vec![note]);
    assert_eq!(reasons(&schedule, &asked()), ["needs-person", "depends"]);
}

#[test]
fn a_line_without_duty_is_not_free() {
    assert_eq!(reasons(&shirts(vec![measure(Vat, "10%")]), &asked()), ["no-duty"]);
}

#[test]
fn a_group_without_members_is_never_guessed() {
    let column_two = measure(Mfn, "90%").to(&["us-column-2"]);
    let schedule = with_rows(vec![measure(Mfn, "16.5%"), column_two], vec![group("us-column-2", &[])]);
    assert_eq!(reasons(&schedule, &asked()), ["unknown-membership"]);
    let excepted = measure(Mfn, "16.5%").but(&["us-column-2"]);
    let schedule = with_rows(vec![excepted], vec![group("us-column-2", &[])]);
    assert_eq!(reasons(&schedule, &asked()), ["unknown-membership"]);
}

#[test]
fn the_charge_of_a_simplified_regime_stands_in_for_duty_and_taxes() {
    let measures = || {
        vec![
            measure(Mfn, "10%"),
            measure(Suspension, "8%"),
            measure(AntiDumping, "20%").to(&["VN"]),
            measure(MeasureKind::Excise, "5%"),
            measure(Vat, "13% of customs-value+duties"),
            measure(ECommerce, "9.1%").under("CN:9610"),
        ]
    };
    let regime = |regime: &str| Request {
        regime: Some(read(regime)),
        ..asked()
    };
    let schedule = shirts(measures());
    let (lines, total) = schedule.due(&regime("CN:9610"));
    assert_eq!(
        (lines.len(), lines[0].0.as_str(), total.as_str()),
        (1, "e-commerce", "91.00")
    );
    assert_eq!(schedule.total(&asked()), "276.90");
    assert_eq!(schedule.total(&regime("CN:1210")), "276.90");
    // What guards the market stays due.
    let dumped = Request {
        origin: read("VN"),
        ..regime("CN:9610")
    };
    assert_eq!(schedule.total(&dumped), "291.00");
    // A relief for both comes first.
    let parcels = schedule::relief("parcels", Taxes::Both, "1000.00 USD", Basis::Fob, |_| {});
    assert_eq!(with_rows(measures(), vec![parcels]).total(&regime("CN:9610")), "0.00");
}

#[test]
fn duties_by_producer_need_the_code_of_the_producer() {
    let by_code = |code: &str, duty: &str| {
        let mut measure = measure(AntiDumping, duty).to(&["CN"]);
        measure.additional_code = Some(read(code));
        measure
    };
    let schedule = shirts(vec![measure(Mfn, "5%"), by_code("C123", "10%"), by_code("C999", "40%")]);
    assert_eq!(reasons(&schedule, &asked()), ["additional-code"]);
    let coded = |code: &str| Request {
        additional_code: Some(read(code)),
        ..asked()
    };
    assert_eq!(
        (schedule.total(&coded("C123")), schedule.total(&coded("C999"))),
        ("150.00".to_owned(), "450.00".to_owned())
    );
    assert_eq!(reasons(&schedule, &coded("C777")), ["additional-code"]);
}

#[test]
fn what_may_not_come_in_has_no_total_and_a_licence_is_a_paper() {
    let schedule = shirts(vec![
        measure(Mfn, "5%"),
        Measure::of(Prohibition, None).to(&["CN"]),
        Measure::of(Licence, None).papers(&["L001"]),
    ]);
    assert_eq!(reasons(&schedule, &asked()), ["prohibited"]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(
        quote
            .requirements
            .iter()
            .map(|paper| (paper.document, paper.is_given))
            .collect::<Vec<_>>(),
        [(Some(read("L001")), false)]
    );
    let lifted = Measure::of(Prohibition, None).when("document:C400", "free");
    let schedule = shirts(vec![measure(Mfn, "5%"), lifted]);
    let mut papered = asked();
    papered.documents.insert(read("C400"));
    assert_eq!(reasons(&schedule, &asked()), ["prohibited"]);
    assert_eq!(schedule.total(&papered), "50.00");
}

#[test]
fn the_nearest_line_that_has_a_measure_counts() {
    let mut heading = TariffLine {
        measures: vec![measure(Mfn, "9%"), measure(Vat, "20%")],
        ..TariffLine::default()
    };
    heading.arrange();
    let heading = row(RowKey::Line(read("6109"), 1), Entry::Line(heading));
    let schedule = with_rows(vec![measure(Mfn, "5%")], vec![heading]);
    assert_eq!(schedule.total(&asked()), "250.00");
    assert_eq!(
        schedule
            .quote(&Request {
                code: read("6109"),
                ..asked()
            })
            .unwrap_err()
            .code(),
        "not-declarable"
    );
    assert_eq!(
        schedule
            .quote(&Request {
                code: read("610990"),
                ..asked()
            })
            .unwrap_err()
            .code(),
        "unknown-line"
    );
}

#[test]
fn a_value_in_another_currency_takes_the_rate_of_the_day() {
    let rate = |from: &str, rate: &str| row(RowKey::Exchange(read("EUR"), read(from)), Entry::Exchange(read(rate)));
    let rates = vec![
        rate("2026-06-01", "1.1"),
        rate("2026-07-01", "1.2"),
        rate("2026-08-01", "1.3"),
    ];
    let schedule = with_rows(vec![measure(Mfn, "10% + 1 EUR/KGM")], rates);
    let euros = |on: &str| with_quantity(request("US", SHIRT, "CN", on, "100.00 EUR"), "10 KGM");
    assert_eq!(schedule.total(&euros("2026-06-30")), "22.00");
    assert_eq!(schedule.total(&euros("2026-07-31")), "24.00");
    assert_eq!(
        schedule.quote(&euros("2026-05-31")).unwrap_err(),
        QuoteError::ExchangeRate(read("EUR"))
    );
}

#[test]
fn every_amount_names_the_exchange_rate_that_it_rests_on() {
    let key = RowKey::Exchange(read("EUR"), read("2026-06-01"));
    let surcharge = line("99038815", &["KGM"], vec![measure(Additional, "1 EUR/KGM")]);
    let measures = vec![
        measure(Mfn, "1 EUR/KGM"),
        measure(Additional, "duty(99038815, additional)"),
        measure(MeasureKind::Levy, "1%"),
        measure(Vat, "max(1%, 2 EUR/KGM)"),
    ];
    let schedule = with_rows(measures, vec![row(key, Entry::Exchange(read("1.1"))), surcharge]);
    let quote = schedule.quote(&with_quantity(asked(), "40 KGM")).unwrap();
    let named: Vec<_> = quote.lines.iter().map(|line| line.rows.contains(&key)).collect();
    assert_eq!(named, [true, true, false, true]);
}

#[test]
fn a_value_that_is_not_given_is_not_replaced() {
    let schedule = schedule::schedule(
        "MY",
        Valuation::Cif,
        "MYR",
        vec![line("94052100", &[], vec![measure(Mfn, "20%")])],
    );
    let mut lamp = request("MY", "94052100", "CN", "2026-07-01", "480.00 MYR");
    assert_eq!(
        schedule.quote(&lamp).unwrap_err().to_string(),
        "for the measure mfn: the value customs-value is not given"
    );
    lamp.values.freight = Some(read("20.00 MYR"));
    assert_eq!(schedule.quote(&lamp).unwrap_err().code(), "no-value");
    lamp.values.insurance = Some(read("0.00 MYR"));
    assert_eq!(schedule.total(&lamp), "100.00");
}

#[test]
fn amounts_are_rounded_once_as_the_edition_says() {
    let mut schedule = shirts(vec![
        measure(Mfn, "100/3%"),
        measure(Vat, "10% of customs-value+duties"),
    ]);
    let third = request("US", SHIRT, "CN", "2026-07-01", "100.01 USD");
    assert_eq!(
        schedule.due(&third).0,
        [
            ("mfn".to_owned(), "33.34".to_owned()),
            ("vat".to_owned(), "13.34".to_owned())
        ]
    );
    schedule.edition.rounding[0].mode = RoundingMode::Down;
    assert_eq!(
        schedule.due(&third).0,
        [
            ("mfn".to_owned(), "33.33".to_owned()),
            ("vat".to_owned(), "13.33".to_owned())
        ]
    );
    schedule.edition.rounding[0].step = 100;
    assert_eq!(schedule.total(&third), "46.00");
    schedule.edition.collected_from = Some(read("46.01 USD"));
    let quote = schedule.quote(&third).unwrap();
    assert_eq!(
        (quote.sum, quote.is_waived, schedule.total(&third)),
        (4_600, true, "0.00".to_owned())
    );
}

#[test]
fn another_territory_day_or_time_is_refused() {
    let schedule = shirts(vec![measure(Mfn, "5%")]);
    let code = |asked: Request| schedule.quote(&asked).unwrap_err().code();
    assert_eq!(
        code(Request {
            to: "MY".to_owned(),
            ..asked()
        }),
        "territory"
    );
    assert_eq!(
        code(Request {
            on: read("2017-12-31"),
            ..asked()
        }),
        "not-in-force"
    );
    assert_eq!(
        code(Request {
            known: UnixTime(schedule::PUBLISHED.0 - 1),
            ..asked()
        }),
        "not-published"
    );
}

/// The four right answers of a law that was published on one day and holds from another.
#[test]
fn a_day_and_what_was_known_choose_the_edition() {
    let published = |number: u32, at: u64, in_force: &str| Published {
        id: RecordId([u8::try_from(number).unwrap(); 32]),
        at: UnixTime(at),
        in_force: read(in_force),
        number,
        corrects: None,
    };
    let editions = [published(1, 100, "2026-01-01"), published(2, 200, "2026-07-01")];
    let laws = [shirts(vec![measure(Mfn, "5%")]), shirts(vec![measure(Mfn, "9%")])];
    // As known before its publication the second edition holds on no day, and that later correction counts for both days.
    let corrected = Published {
        corrects: Some(editions[1].id),
        ..published(3, 300, "2026-07-01")
    };
    let answer = |on: &str, known: u64| {
        let all = [editions[0], editions[1], corrected];
        choose_edition(&all, read(on), UnixTime(known)).map(|edition| edition.number)
    };
    let total = |number: u32| laws[number as usize - 1].total(&asked());
    assert_eq!(
        (answer("2026-06-30", 199), answer("2026-07-01", 199)),
        (Some(1), Some(1))
    );
    assert_eq!(
        (answer("2026-06-30", 200), answer("2026-07-01", 200)),
        (Some(1), Some(2))
    );
    assert_eq!((total(1), total(2)), ("50.00".to_owned(), "90.00".to_owned()));
    assert_eq!(
        (
            answer("2026-07-01", 300),
            answer("2025-12-31", 300),
            answer("2026-07-01", 99)
        ),
        (Some(3), None, None)
    );
    let all = [editions[0], editions[1], corrected];
    assert_eq!(correction(&all, editions[1].id, UnixTime(299)), None);
    assert_eq!(correction(&all, editions[1].id, UnixTime(300)), Some(&corrected));
    assert_eq!(correction(&all, editions[0].id, UnixTime(300)), None);
}

#[test]
fn two_measures_that_nothing_tells_apart_need_a_person() {
    let groups = vec![group("first", &["CN"]), group("second", &["CN", "VN"])];
    let measures = vec![
        measure(Mfn, "5%"),
        measure(AntiDumping, "10%").to(&["first"]),
        measure(AntiDumping, "20%").to(&["second"]),
    ];
    let schedule = with_rows(measures, groups);
    assert_eq!(reasons(&schedule, &asked()), ["ambiguous"]);
    assert_eq!(
        schedule.total(&request("US", SHIRT, "VN", "2026-07-01", "1000.00 USD")),
        "250.00"
    );
    let Reason::Ambiguous = &schedule.quote(&asked()).unwrap().needs_person[0].reason else {
        panic!("ambiguous")
    };
}

#[test]
fn a_request_reads_back_as_it_was_written() {
    let mut full = with_quantity(asked(), "40.5 KGM");
    full.values.stated.insert(Basis::Cif, read("1100.00 USD"));
    full.agreements.insert(read("RCEP"));
    full.mode = Some(read("post"));
    full.people = Some(read("10-29"));
    full.without.insert(read("ioss"));
    full.received = Some(read("1.00 USD"));
    for request in [asked(), full] {
        assert_eq!(Request::decode(&request.encode()), Ok(request));
    }
}

// The engine against a reference that shares no step with it: flat lists, whole minor units, choices written out.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn the_engine_answers_what_a_plain_reference_answers(
        value in 1_i64..1_000_000,
        mfn in 0_i64..40,
        preference in proptest::option::of((0_i64..40, any::<bool>(), any::<bool>())),
        suspension in proptest::option::of(0_i64..40),
        additional in proptest::collection::vec((1_i64..30, any::<bool>()), 0..4),
        excise in proptest::option::of(0_i64..50),
        vat in proptest::option::of((0_i64..30, any::<bool>())),
        small in proptest::option::of((0_i64..40, 1_i64..60, any::<bool>())),
        people in proptest::option::of((0_u32..60, 0_u32..20)),
        limit in proptest::option::of(0_i64..1_000_000),
        is_in_words: bool,
        mode in 0_usize..4,
    ) {
        let mut measures = vec![measure(Mfn, &format!("{mfn}%"))];
        if let Some((rate, is_here, _)) = preference {
            measures.push(measure(Preference, &format!("{rate}%")).to(&[if is_here { "CN" } else { "VN" }]));
        }
        measures.extend(suspension.map(|rate| measure(Suspension, &format!("{rate}%"))));
        for (index, (rate, is_here)) in additional.iter().enumerate() {
            let stack = 50 + u16::try_from(index).unwrap();
            measures.push(measure(Additional, &format!("{rate}%")).to(&[if *is_here { "CN" } else { "VN" }]).at(stack));
        }
        if let Some(rate) = excise {
            let measure = measure(MeasureKind::Excise, &format!("{rate}% of customs-value+duties"));
            measures.push(match small {
                Some((other, bound, true)) => measure.when(&format!("people<{bound}"), &format!("{other}%")),
                Some((other, bound, false)) => measure.when(&format!("people>={bound}"), &format!("{other}%")),
                None => measure,
            });
        }
        if let Some((rate, is_on_all)) = vat {
            measures.push(measure(Vat, &format!("{rate}%{}", if is_on_all { " of customs-value+duties" } else { "" })));
        }
        if is_in_words {
            measures.push(measure(Safeguard, "text(a-note)"));
        }
        let parcel = limit.map(|limit| {
            let limit = ewtp_record::Money { minor: limit, currency: read("USD") }.to_string();
            schedule::relief("parcels", Taxes::Duty, &limit, Basis::Fob, |_| {})
        });
        let note = row(RowKey::Note(read("a-note")), Entry::Note("Read it.".to_owned()));
        let mut schedule = with_rows(measures, parcel.into_iter().chain([note]).collect());
        schedule.edition.rounding[0].mode = [RoundingMode::HalfUp, RoundingMode::HalfEven, RoundingMode::Up, RoundingMode::Down][mode];
        let money = ewtp_record::Money { minor: value, currency: read("USD") };
        let band = people.map(|(least, more)| match more {
            0 => read(&least.to_string()),
            19 => read(&format!("{least}+")),
            more => read(&format!("{least}-{}", least + more)),
        });
        let mut asked = Request { people: band, ..request("US", SHIRT, "CN", "2026-07-01", &money.to_string()) };
        let is_claimed = preference.is_some_and(|(_, _, is_claimed)| is_claimed);
        if is_claimed {
            asked.agreements.insert(read("CN"));
        }

        // The reference: hundredths of cents in whole numbers.
        let percent = |rate: i64, base: i64| {
            let (quotient, rest) = (rate * base / 100, rate * base % 100);
            quotient + i64::from(match mode {
                0 => rest >= 50,
                1 => rest > 50 || (rest == 50 && quotient % 2 == 1),
                2 => rest > 0,
                _ => false,
            })
        };
        let mut due = Vec::new();
        let is_relieved = limit.is_some_and(|limit| value <= limit);
        let is_open = is_in_words && !is_relieved;
        if is_relieved {
            due.push(0);
        } else {
            let mut rates = vec![mfn];
            rates.extend(suspension);
            rates.extend(preference.filter(|(_, is_here, claimed)| *is_here && *claimed).map(|(rate, ..)| rate));
            due.push(percent(rates.into_iter().min().unwrap(), value));
            due.extend(additional.iter().filter(|(_, is_here)| *is_here).map(|(rate, _)| percent(*rate, value)));
        }
        if let Some(rate) = excise {
            // Every size that the firm can have is asked one after the other; those beyond 100 are like 100.
            let last = |(least, more): (u32, u32)| if more == 19 { 100 } else { least + more };
            let sizes = people.map_or(0..=100, |band| band.0..=last(band));
            let answers: std::collections::BTreeSet<bool> = sizes
                .map(|size| small.is_some_and(|(_, bound, is_below)| (i64::from(size) < bound) == is_below))
                .collect();
            let all = value + due.iter().sum::<i64>();
            let exact = answers.iter().map(|holds| match (holds, small) {
                (true, Some((other, ..))) => Some(other * value),
                _ => (!is_open).then_some(rate * all),
            });
            let exact: Option<Vec<i64>> = exact.collect();
            due.extend(exact.into_iter().flatten().max().map(|exact| percent(1, exact)));
        }
        if let Some((rate, is_on_all)) = vat.filter(|(_, is_on_all)| !(is_open && *is_on_all)) {
            due.push(percent(rate, value + if is_on_all { due.iter().sum() } else { 0 }));
        }
        let quote = schedule.quote(&asked).unwrap();
        prop_assert_eq!(quote.lines.iter().map(|line| line.amount).collect::<Vec<_>>(), due.clone());
        prop_assert_eq!(quote.total().map(|total| total.minor), (!is_open).then(|| due.iter().sum()));
        prop_assert_eq!(quote.sum, due.iter().sum::<i64>());
    }
}
