//! Quotes: a schedule of a few rows, goods, and what is due or why nothing can be said.

use crate::schedule::{self, Narrow, Schedule, group, line, measure, read, relief, request, row, with_quantity};
use ewtp_record::cbor::{self, Blob};
use ewtp_record::edition::{MeasureKind, RoundingScope, Valuation};
use ewtp_record::{Money, UnixTime};
use ewtp_tariff::quote::{Component, OtherLine, Request};
use ewtp_tariff::row::{Entry, Measure, Quota, QuotaMethod, QuotaPeriod, Taxes, Validity};
use ewtp_tariff::{Basis, RowKey, Token};
use ewtp_vectors::Case;

use MeasureKind::{
    Additional, AntiDumping, ECommerce, Excise, InQuota, Levy, Mfn, Preference, Prohibition, Safeguard, Supplementary,
    Vat,
};

pub(crate) const OBJECT: &str = "quote";

/// The bytes of a case: edition, time, rows and request.
fn bytes(schedule: &Schedule, request: &[u8]) -> Vec<u8> {
    let rows: Vec<_> = schedule.trees.rows().map(|row| Blob(row.bytes().clone())).collect();
    let edition = Blob(schedule.edition.encode());
    cbor::encode(&(edition, schedule::PUBLISHED, rows, Blob::from(request.to_vec())))
}

fn answered(name: &'static str, rule: &'static str, note: &'static str, schedule: &Schedule, asked: &Request) -> Case {
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

fn refused(name: &'static str, reason: &'static str, rule: &'static str, schedule: &Schedule, asked: &Request) -> Case {
    spoilt(name, reason, rule, schedule, &asked.encode())
}

fn spoilt(name: &'static str, reason: &'static str, rule: &'static str, schedule: &Schedule, asked: &[u8]) -> Case {
    Case::good(OBJECT, name, rule, "")
        .refused(reason)
        .body(bytes(schedule, asked))
}

fn shirts(measures: Vec<Measure>) -> Schedule {
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

fn asked() -> Request {
    request("US", "61091000", "CN", "2026-07-01", "1000.00 USD")
}

fn plain() -> Schedule {
    shirts(vec![
        measure(Mfn, "16.5%"),
        measure(Additional, "duty(99038815, additional)").to(&["CN"]),
    ])
}

fn claimed(agreement: &str) -> Request {
    let mut asked = asked();
    asked.agreements.insert(read(agreement));
    asked
}

pub(crate) fn all() -> Vec<Case> {
    [answers(), quotas(), open(), refusals(), unknown(), beyond()].concat()
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

/// A duty within a quota, for 40 kg on 1 July 2026.
fn quotas() -> Vec<Case> {
    let mut asked = with_quantity(asked(), "40 KGM");
    let of = |change: &dyn Fn(&mut Quota)| {
        let mut quota = Quota {
            volume: 1_000.into(),
            unit: read("KGM"),
            period: QuotaPeriod::Quarter,
            method: QuotaMethod::FirstCome,
            is_critical: false,
            balance: Some((500.into(), read("2026-07-01"))),
            validity: Validity::ALWAYS,
        };
        change(&mut quota);
        let mut within = measure(InQuota, "1%");
        within.quota = Some(read("q-094003"));
        let rows = vec![
            line("61091000", &["KGM"], vec![measure(Mfn, "16.5%"), within]),
            row(RowKey::Quota(read("q-094003")), Entry::Quota(quota)),
        ];
        schedule::schedule("US", Valuation::Fob, "USD", rows)
    };
    let counted = |left: i64, day: &str| {
        let balance = Some((left.into(), read(day)));
        of(&|quota| quota.balance.clone_from(&balance))
    };
    let no_quantity = of(&|_| {});
    let unclaimed = answered(
        "quota-unclaimed",
        "quote R12",
        "no quota is claimed",
        &of(&|_| {}),
        &asked,
    );
    asked.quota = Some(read("q-094003"));
    let case = |name, note, schedule: &Schedule| answered(name, "quote R12", note, schedule, &asked);
    let by_year = of(&|quota| {
        quota.period = QuotaPeriod::Year;
        quota.balance = Some((500.into(), read("2026-06-24")));
    });
    let older = of(&|quota| {
        quota.period = QuotaPeriod::Year;
        quota.balance = Some((500.into(), read("2026-06-23")));
    });
    vec![
        unclaimed,
        refused(
            "quota-quantity-missing",
            "no-quantity",
            "duty-expression R10",
            &no_quantity,
            &Request {
                quantities: ewtp_tariff::Quantities::new(),
                ..asked.clone()
            },
        ),
        case("quota-enough", "500 kg are left", &of(&|_| {})),
        case("quota-seven-days", "counted seven days before", &by_year),
        case("quota-old-balance", "counted eight days before", &older),
        case(
            "quota-earlier-period",
            "counted in the quarter before",
            &counted(500, "2026-06-30"),
        ),
        case(
            "quota-later-balance",
            "counted the day after",
            &counted(500, "2026-07-02"),
        ),
        case("quota-too-little", "39 kg are left", &counted(39, "2026-07-01")),
        case("quota-used-up", "nothing is left", &counted(0, "2026-07-01")),
        case(
            "quota-without-balance",
            "nobody counted",
            &of(&|quota| quota.balance = None),
        ),
        case(
            "quota-critical",
            "nearly used up",
            &of(&|quota| quota.is_critical = true),
        ),
        case(
            "quota-by-licence",
            "whoever has a licence draws on it",
            &of(&|quota| quota.method = QuotaMethod::Licence),
        ),
        case(
            "quota-over",
            "the quota ended the day before",
            &of(&|quota| quota.validity.to = Some(read("2026-06-30"))),
        ),
    ]
}

fn of_size(people: &str) -> Request {
    Request {
        people: Some(read(people)),
        ..asked()
    }
}

/// A union in which a parcel pays 3 EUR for each subheading, and of whose members one states its sales tax.
fn union() -> Schedule {
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
