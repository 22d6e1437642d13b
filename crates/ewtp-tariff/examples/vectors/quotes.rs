//! Quotes: a schedule of a few rows, goods, and what is due or why nothing can be said.

use crate::schedule::{self, Narrow, Schedule, group, line, measure, read, relief, request, row, with_quantity};
use ewtp_record::Money;
use ewtp_record::cbor::{self, Blob};
use ewtp_record::edition::{MeasureKind, RoundingScope, Valuation};
use ewtp_tariff::quote::{OtherLine, Request};
use ewtp_tariff::row::{Entry, Measure, Taxes};
use ewtp_tariff::{Basis, RowKey};
use ewtp_vectors::Case;

use MeasureKind::{
    Additional, AntiDumping, ECommerce, Excise, Levy, Mfn, Preference, Prohibition, Safeguard, Supplementary, Vat,
};

pub(crate) const OBJECT: &str = "quote";

/// The bytes of a case: edition, time, rows and request.
pub(crate) fn bytes(schedule: &Schedule, request: &[u8]) -> Vec<u8> {
    let rows: Vec<_> = schedule.trees.rows().map(|row| Blob(row.bytes().clone())).collect();
    let edition = Blob(schedule.edition.encode());
    cbor::encode(&(edition, schedule::PUBLISHED, rows, Blob::from(request.to_vec())))
}

pub(crate) fn answered(
    name: &'static str,
    rule: &'static str,
    note: &'static str,
    schedule: &Schedule,
    asked: &Request,
) -> Case {
    let quote = schedule.quote(asked).expect("a quote");
    let amounts = quote.lines.iter().map(|line| {
        let money = Money {
            minor: line.amount,
            currency: quote.currency,
        };
        format!("{money} {}", line.charge.kind())
    });
    let case = Case::good(OBJECT, name, rule, note).with("lines", amounts.collect::<Vec<_>>().join(", "));
    let open: Vec<_> = quote.needs_person.iter().map(|needs| needs.reason.code()).collect();
    let case = match quote.total() {
        Some(total) => case.with("total", total),
        None => case.with("open", open.join(", ")),
    };
    case.body(bytes(schedule, &asked.encode()))
}

pub(crate) fn shirts(measures: Vec<Measure>) -> Schedule {
    let surcharge = line("99038815", &[], vec![measure(Additional, "7.5%").to(&["CN"])]);
    let rate = row(
        RowKey::Exchange(read("EUR"), read("2026-06-01")),
        Entry::Exchange(read("1.1")),
    );
    let note = row(
        RowKey::Note(read("us-note-20")),
        Entry::Note("See the note.".to_owned()),
    );
    let parcels = relief("section-321", Taxes::Both, "800.00 USD", Basis::Fob, |relief| {
        relief.except = vec![read("CN")];
        relief.validity.to = Some(read("2025-08-28"));
    });
    let rows = vec![
        line("61091000", &["H87", "KGM"], measures),
        surcharge,
        rate,
        note,
        parcels,
        group("us-column-2", &[]),
    ];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

pub(crate) fn asked() -> Request {
    request("US", "61091000", "CN", "2026-07-01", "1000.00 USD")
}

pub(crate) fn plain() -> Schedule {
    shirts(vec![
        measure(Mfn, "16.5%"),
        measure(Additional, "duty(99038815, additional)").to(&["CN"]),
    ])
}

pub(crate) fn claimed(agreement: &str) -> Request {
    let mut asked = asked();
    asked.agreements.insert(read(agreement));
    asked
}

pub(crate) fn all() -> Vec<Case> {
    [answers(), open()].concat()
}

fn answers() -> Vec<Case> {
    let preference = shirts(vec![measure(Mfn, "16.5%"), measure(Preference, "3%").to(&["CN"])]);
    let small = shirts(vec![
        measure(Mfn, "5%"),
        measure(Additional, "10%").when("people<30", "2%"),
    ]);
    let large = shirts(vec![
        measure(Mfn, "5%"),
        measure(Additional, "2%").when("people>=30", "10%"),
    ]);
    let denied = shirts(vec![measure(Mfn, "10%").when("not attribute:marketplace", "2%")]);
    let simplified = shirts(vec![
        measure(Mfn, "10%"),
        measure(Vat, "13% of customs-value+duties"),
        measure(ECommerce, "9.1%").under("CN:9610"),
    ]);
    let mut cascade = shirts(vec![
        measure(Mfn, "25%"),
        measure(Supplementary, "4%"),
        measure(Excise, "45% of customs-value+mfn+supplementary"),
        measure(Vat, "15% of customs-value+duties"),
        measure(Levy, "5%").at(95),
        measure(Levy, "126.67% x (4% of customs-value+mfn+excise+supplementary)").at(96),
    ]);
    let car = request("US", "61091000", "JP", "2026-07-01", "1239945.42 USD");
    let by_line = answered("cascade", "quote R9", "each on what came before", &cascade, &car);
    cascade.edition.rounding[0].scope = RoundingScope::Consignment;
    let from = |origin: &str, on: &str| request("US", "61091000", origin, on, "700.00 USD");
    vec![
        answered(
            "surcharge",
            "quote R9",
            "the surcharge of another line",
            &plain(),
            &asked(),
        ),
        answered(
            "no-surcharge",
            "quote R7",
            "from elsewhere",
            &plain(),
            &request("US", "61091000", "DE", "2026-07-01", "1000.00 USD"),
        ),
        answered(
            "in-euro",
            "quote R5",
            "the rate of the day",
            &plain(),
            &request("US", "61091000", "DE", "2026-07-01", "1000.00 EUR"),
        ),
        answered(
            "relief-last-day",
            "quote R13",
            "the last day of the relief",
            &plain(),
            &from("VN", "2025-08-28"),
        ),
        answered(
            "relief-over",
            "quote R13",
            "the day after",
            &plain(),
            &from("VN", "2025-08-29"),
        ),
        answered(
            "relief-not-for-origin",
            "quote R13",
            "an origin that is excepted",
            &plain(),
            &from("CN", "2025-08-28"),
        ),
        answered("preference-claimed", "quote R11", "", &preference, &claimed("CN")),
        answered("preference-unclaimed", "quote R11", "", &preference, &asked()),
        answered(
            "small-firm",
            "quote R10",
            "29 people",
            &small,
            &Request {
                people: Some(read("29")),
                ..asked()
            },
        ),
        answered("small-band", "quote R10", "10 to 29 people", &small, &of_size("10-29")),
        answered(
            "straddling-band",
            "quote R10",
            "some numbers of the band fit, so the greater duty counts",
            &small,
            &of_size("10-49"),
        ),
        answered(
            "silence-pays-the-most",
            "quote R10",
            "the condition gives the dearer duty, and nothing is said of the firm",
            &large,
            &asked(),
        ),
        answered("large-band", "quote R10", "250 and more", &large, &of_size("250+")),
        answered(
            "not-large",
            "quote R10",
            "the band is below 30",
            &large,
            &of_size("10-29"),
        ),
        answered(
            "attribute-denied",
            "quote R10",
            "the merchant says that it is no marketplace",
            &denied,
            &Request {
                without: [read("marketplace")].into(),
                ..asked()
            },
        ),
        answered(
            "attribute-unsaid",
            "quote R10",
            "nothing is said of the attribute",
            &denied,
            &asked(),
        ),
        answered(
            "size-undisclosed",
            "quote R10",
            "nothing is said of the firm",
            &small,
            &asked(),
        ),
        answered(
            "regime",
            "quote R13",
            "the charge of the regime in place of duty and tax",
            &simplified,
            &Request {
                regime: Some(read("CN:9610")),
                ..asked()
            },
        ),
        answered(
            "no-regime",
            "quote R13",
            "no regime is asked for",
            &simplified,
            &asked(),
        ),
        by_line,
        answered(
            "cascade-together",
            "quote R14",
            "only the sum is rounded",
            &cascade,
            &car,
        ),
        answered(
            "quantity",
            "quote R2",
            "40 kg",
            &shirts(vec![measure(Mfn, "0.5 USD/KGM + 8%")]),
            &with_quantity(asked(), "40 KGM"),
        ),
        answered(
            "member",
            "quote R7",
            "the sales tax of the member into which the goods go",
            &union(),
            &request("BE", "61091000", "CN", "2026-07-01", "100.00 EUR"),
        ),
        answered(
            "part-of-subheading",
            "quote R17",
            "one of two lines with one subheading",
            &union(),
            &beside("61091000"),
        ),
        answered(
            "own-subheading",
            "quote R17",
            "another line with a subheading of its own",
            &union(),
            &beside("62034200"),
        ),
    ]
}

pub(crate) fn of_size(people: &str) -> Request {
    Request {
        people: Some(read(people)),
        ..asked()
    }
}

/// A union in which a parcel pays 3 EUR for each subheading, and of whose members one states its sales tax.
pub(crate) fn union() -> Schedule {
    let mut tax = measure(Vat, "21% of customs-value+duties");
    tax.members = vec![read("BE")];
    let lines = ["61091000", "62034200"].map(|code| line(code, &[], vec![measure(Mfn, "12%"), tax.clone()]));
    let parcels = relief("three-euro", Taxes::Duty, "150.00 EUR", Basis::Intrinsic, |relief| {
        relief.duty = read("subheadings(3 EUR)");
        relief.conditions = vec![read("attribute:ioss")];
    });
    schedule::schedule("EU", Valuation::Fob, "EUR", [lines.to_vec(), vec![parcels]].concat())
}

/// A parcel with another line.
fn beside(code: &str) -> Request {
    let mut asked = request("BE", "61091000", "CN", "2026-07-01", "40.00 EUR");
    asked.attributes.insert(read("ioss"));
    asked.consignment = vec![OtherLine {
        code: read(code),
        values: asked.values.clone(),
    }];
    asked
}

/// Shirts, and two groups that both have China.
fn two_groups(measures: Vec<Measure>) -> Schedule {
    let rows = vec![
        line("61091000", &[], measures),
        group("first", &["CN"]),
        group("second", &["CN", "VN"]),
    ];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

/// A schedule that says in words what is added to all goods of some origins.
fn on_all_goods() -> Schedule {
    let mut added = measure(Additional, "text(us-note-2)").to(&["CN"]);
    added.stack = Some(30_124);
    let of_all = ewtp_tariff::row::TariffLine {
        measures: vec![added],
        ..ewtp_tariff::row::TariffLine::default()
    };
    let rows = vec![
        row(RowKey::Line(ewtp_tariff::LineCode::all_goods(), 1), Entry::Line(of_all)),
        line(
            "61091000",
            &[],
            vec![measure(Mfn, "16.5%"), measure(Additional, "7.5%").to(&["CN"])],
        ),
        row(
            RowKey::Note(read("us-note-2")),
            Entry::Note("Articles of China: + 10%.".to_owned()),
        ),
    ];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

/// Sales tax from which a relief frees that is for a group without members, among duties that count all that came before.
fn taxed_perhaps() -> Schedule {
    let of_all = |kind| measure(kind, "10% of customs-value+duties");
    let measures = vec![measure(Mfn, "5%"), of_all(Excise), of_all(Vat), of_all(Levy).at(95)];
    let spared = relief("spared", Taxes::Vat, "2000.00 USD", Basis::Fob, |relief| {
        relief.areas = vec![read("first")];
    });
    let rows = vec![line("61091000", &[], measures), group("first", &[]), spared];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn open() -> Vec<Case> {
    let words = shirts(vec![
        measure(Mfn, "text(us-note-20)"),
        measure(Vat, "10% of customs-value+duties"),
    ]);
    let unknown = shirts(vec![measure(Mfn, "16.5%"), measure(Mfn, "90%").to(&["us-column-2"])]);
    let by_code = |code: &str, duty: &str| {
        let mut measure = measure(AntiDumping, duty);
        measure.additional_code = Some(read(code));
        measure
    };
    let coded = shirts(vec![measure(Mfn, "5%"), by_code("C123", "10%"), by_code("C999", "40%")]);
    let twice = two_groups(vec![
        measure(Mfn, "5%"),
        measure(AntiDumping, "10%").to(&["first"]),
        measure(AntiDumping, "20%").to(&["second"]),
    ]);
    let three = schedule::schedule(
        "US",
        Valuation::Fob,
        "USD",
        vec![
            line(
                "61091000",
                &[],
                vec![
                    measure(Mfn, "5%"),
                    measure(AntiDumping, "10%").to(&["first"]),
                    measure(AntiDumping, "10%").to(&["second"]),
                    measure(AntiDumping, "10%").to(&["third"]),
                ],
            ),
            group("first", &["CN"]),
            group("second", &["CN", "VN"]),
            group("third", &["CN"]),
        ],
    );
    let forbidden = shirts(vec![measure(Mfn, "5%"), Measure::of(Prohibition, None)]);
    let safeguarded = |tax: &str| {
        shirts(vec![
            measure(Mfn, "5%"),
            measure(Safeguard, "text(us-note-20)"),
            measure(Additional, "duty(99038815, additional)"),
            measure(Vat, tax),
        ])
    };
    let taxed = shirts(vec![
        measure(Mfn, "5%"),
        Measure::of(Prohibition, None),
        measure(Vat, "10% of customs-value+duties"),
    ]);
    vec![
        answered("words", "quote R15", "the law says it in words", &words, &asked()),
        answered(
            "safeguard-open",
            "quote R15",
            "nothing counts the safeguard, so the rest is known",
            &safeguarded("10% of customs-value+mfn+additional"),
            &asked(),
        ),
        answered(
            "safeguard-open-and-taxed",
            "quote R15",
            "the tax counts all that came before",
            &safeguarded("10% of customs-value+duties"),
            &asked(),
        ),
        answered(
            "forbidden-and-taxed",
            "quote R15",
            "a prohibition is no amount",
            &taxed,
            &asked(),
        ),
        answered(
            "unknown-group",
            "quote R8",
            "nobody says who is in the group",
            &unknown,
            &asked(),
        ),
        answered(
            "tax-relief-unsettled",
            "quote R15",
            "nobody says who is in the group of a relief of sales taxes: what comes before the tax is known",
            &taxed_perhaps(),
            &asked(),
        ),
        answered(
            "no-duty",
            "quote R15",
            "a line without duty is not free",
            &shirts(vec![measure(Vat, "10%")]),
            &asked(),
        ),
        answered(
            "producer-unknown",
            "quote R8",
            "no code of a producer",
            &coded,
            &asked(),
        ),
        answered(
            "producer-known",
            "quote R8",
            "",
            &coded,
            &Request {
                additional_code: Some(read("C123")),
                ..asked()
            },
        ),
        answered(
            "ambiguous",
            "quote R8",
            "two groups have the origin, and nothing says which counts",
            &twice,
            &asked(),
        ),
        answered(
            "three-as-narrow",
            "quote R8",
            "three groups have the origin, and all say the same",
            &three,
            &asked(),
        ),
        answered("forbidden", "quote R16", "", &forbidden, &asked()),
        answered(
            "all-goods",
            "quote R6",
            "the line of all goods, in words",
            &on_all_goods(),
            &asked(),
        ),
        answered(
            "all-goods-elsewhere",
            "quote R6",
            "the line of all goods is for another origin",
            &on_all_goods(),
            &request("US", "61091000", "VN", "2026-07-01", "1000.00 USD"),
        ),
        answered(
            "other-member",
            "quote R7",
            "the sales tax of another member only",
            &union(),
            &request("DE", "61091000", "CN", "2026-07-01", "100.00 EUR"),
        ),
        answered(
            "no-member",
            "quote R7",
            "nobody said into which member",
            &union(),
            &request("EU", "61091000", "CN", "2026-07-01", "100.00 EUR"),
        ),
    ]
}
