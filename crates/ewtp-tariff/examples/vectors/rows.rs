//! Rows, good and bad, written item by item.

use ewtp_record::cbor;
use ewtp_vectors::Case;
use serde::Serialize;
use std::collections::BTreeMap;

const OBJECT: &str = "tariff-row";

/// An item of a row as the wire holds it.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Item {
    Number(u64),
    Text(String),
    Flag(bool),
    Null(Option<bool>),
    List(Vec<Self>),
    Map(BTreeMap<u64, Self>),
}

fn number(value: u64) -> Item {
    Item::Number(value)
}

fn text(value: &str) -> Item {
    Item::Text(value.to_owned())
}

fn list<const N: usize>(items: [Item; N]) -> Item {
    Item::List(items.into())
}

fn map<const N: usize>(entries: [(u64, Item); N]) -> Item {
    Item::Map(entries.into())
}

fn row<const N: usize>(items: [Item; N]) -> Vec<u8> {
    cbor::encode(&list(items))
}

fn line<const N: usize>(entries: [(u64, Item); N]) -> Vec<u8> {
    row([number(0), text("6109100012"), number(1), map(entries)])
}

/// A line with one measure.
fn measure<const N: usize>(entries: [(u64, Item); N]) -> Vec<u8> {
    line([(5, list([map(entries)]))])
}

/// A line with a duty for everyone and a condition.
fn condition(when: &str) -> Vec<u8> {
    let condition = list([text(when), text("free")]);
    measure([(0, number(1)), (3, text("5%")), (6, list([condition]))])
}

fn group<const N: usize>(members: [Item; N]) -> Vec<u8> {
    let entries = [(0, text("ASEAN")), (1, list(members))];
    row([number(1), text("asean"), map(entries)])
}

fn member(country: &str, from: Option<u64>) -> Item {
    list([text(country), from.map_or(Item::Null(None), number), Item::Null(None)])
}

fn relief(taxes: &str, limit: u64) -> Vec<u8> {
    let entries = [
        (0, text(taxes)),
        (1, list([number(limit), text("USD")])),
        (2, text("fob")),
        (3, text("person-day")),
        (4, list([text("courier"), text("cargo")])),
        (8, text("free")),
        (12, number(20_328)),
    ];
    row([number(2), text("us-321"), map(entries)])
}

fn quota(volume: &str) -> Vec<u8> {
    let entries = [
        (0, text(volume)),
        (1, text("KGM")),
        (2, text("year")),
        (3, text("first-come")),
        (5, list([text("12000.5"), number(20_500)])),
    ];
    row([number(3), text("094003"), map(entries)])
}

fn exchange(rate: &str) -> Vec<u8> {
    row([number(4), text("EUR"), number(20_454), map([(0, text(rate))])])
}

fn note(id: &str, words: &str) -> Vec<u8> {
    row([number(7), text(id), map([(0, text(words))])])
}

/// The line of the page's example.
pub(crate) fn shirt() -> Vec<u8> {
    let additional = [
        (0, number(7)),
        (1, list([text("CN")])),
        (3, text("7.5%")),
        (6, list([list([text("people<30"), text("free")])])),
    ];
    let measures = [
        map([(0, number(1)), (3, text("16.5%"))]),
        map([(0, number(2)), (1, list([text("AU"), text("us-S")])), (3, text("free"))]),
        map(additional),
    ];
    line([
        (0, number(2)),
        (1, list([text("H87"), text("KGM")])),
        (2, Item::Flag(true)),
        (5, list(measures)),
        (6, list([map([(0, text("PHYTO"))])])),
    ])
}

/// Rows that are accepted.
pub(crate) fn sound() -> Vec<Case> {
    let good = |name, rule, note, row: Vec<u8>| Case::good(OBJECT, name, rule, note).body(row);
    let heading = row([number(0), text("61"), number(65_535), map([])]);
    let correlation = row([number(5), number(2017), text("851762"), text("851769"), map([])]);
    let description = row([
        number(6),
        text("6109"),
        number(1),
        text("en"),
        map([(0, text("T-shirts"))]),
    ]);
    vec![
        good("line", "tariff-row R6", "the example of the page", shirt()),
        good(
            "line-empty",
            "tariff-row R6",
            "a chapter, and the greatest seq",
            heading,
        ),
        good("prohibition", "tariff-row R7", "no duty", measure([(0, number(14))])),
        good(
            "members",
            "tariff-row R7",
            "due in two members of a union",
            measure([(0, number(1)), (3, text("21%")), (14, list([text("BE"), text("DE")]))]),
        ),
        good("when-document", "tariff-row R8", "", condition("not document:N002")),
        good("when-attribute", "tariff-row R8", "", condition("attribute:women-led")),
        good("when-value", "tariff-row R8", "", condition("value<=150 EUR")),
        good(
            "when-unit-price",
            "tariff-row R8",
            "",
            condition("unit-price>10 CNY/GRM"),
        ),
        good("when-quantity", "tariff-row R8", "", condition("quantity>=0.5 KGM")),
        good(
            "group",
            "tariff-row R9",
            "",
            group([member("SG", None), member("VN", Some(9_000))]),
        ),
        good(
            "relief",
            "tariff-row R10",
            "800 USD a day, until 2025-08-28",
            relief("both", 80_000),
        ),
        good("quota", "tariff-row R11", "", quota("500000")),
        good("exchange", "tariff-row R12", "", exchange("1.0845")),
        good("correlation", "tariff-row R13", "", correlation),
        good("description", "tariff-row R14", "", description),
        good(
            "note",
            "tariff-row R14",
            "two lines",
            note("us-note-20", "Note 20.\nSee there."),
        ),
    ]
}

/// Rows that are refused.
pub(crate) fn faulty() -> Vec<Case> {
    let bad = |name, rule, reason, note, row: Vec<u8>| Case::good(OBJECT, name, rule, note).refused(reason).body(row);
    let duty = || [(0, number(1)), (3, text("5%"))].map(|entry| entry);
    let with = |key, item| {
        let [kind, rate] = duty();
        measure([kind, rate, (key, item)])
    };
    let turned = line([(5, list([map([(0, number(7)), (3, text("5%"))]), map(duty())]))]);
    let key = |code: &str, seq| row([number(0), text(code), number(seq), map([])]);
    vec![
        bad(
            "line-code",
            "duty-expression R5",
            "line-code",
            "dots",
            key("6109.10", 1),
        ),
        bad("seq-zero", "tariff-row R2", "bounds", "", key("6109", 0)),
        bad("seq-large", "tariff-row R2", "bounds", "", key("6109", 65_536)),
        bad(
            "form",
            "tariff-row R3",
            "form",
            "a map",
            cbor::encode(&map([(0, number(1))])),
        ),
        bad(
            "surplus",
            "record R21",
            "shape",
            "",
            row([number(7), text("a"), map([(0, text("b"))]), number(0)]),
        ),
        bad(
            "key-missing",
            "record R21",
            "shape",
            "",
            row([number(7), map([(0, text("b"))])]),
        ),
        bad("indent-zero", "tariff-row R4", "empty", "", line([(0, number(0))])),
        bad(
            "flag-false",
            "tariff-row R4",
            "empty",
            "",
            line([(2, Item::Flag(false))]),
        ),
        bad("list-empty", "tariff-row R4", "empty", "", line([(1, list([]))])),
        bad(
            "units-order",
            "tariff-row R4",
            "order",
            "",
            line([(1, list([text("KGM"), text("H87")]))]),
        ),
        bad("unit", "values R12", "unit", "", line([(1, list([text("KG")]))])),
        bad(
            "validity",
            "tariff-row R4",
            "validity",
            "",
            line([(3, number(10)), (4, number(9))]),
        ),
        bad("measures-order", "tariff-row R6", "order", "", turned),
        bad(
            "measures-twice",
            "tariff-row R6",
            "order",
            "",
            line([(5, list([map(duty()), map(duty())]))]),
        ),
        bad(
            "kind-missing",
            "tariff-row R7",
            "missing",
            "",
            measure([(3, text("5%"))]),
        ),
        bad("duty-missing", "tariff-row R7", "duty", "", measure([(0, number(1))])),
        bad(
            "prohibition-duty",
            "tariff-row R7",
            "duty",
            "",
            measure([(0, number(14)), (3, text("5%"))]),
        ),
        bad(
            "e-commerce-without-regime",
            "tariff-row R7",
            "regimes",
            "it would replace the duties on all goods",
            measure([(0, number(16)), (3, text("9.1%"))]),
        ),
        bad(
            "duty-spelling",
            "duty-expression R6",
            "spelling",
            "",
            measure([(0, number(1)), (3, text("5.0%"))]),
        ),
        bad("area-country", "values R7", "country", "", with(1, list([text("QQ")]))),
        bad(
            "area-group",
            "tariff-row R5",
            "group",
            "a space",
            with(1, list([text("us S")])),
        ),
        bad(
            "areas-twice",
            "tariff-row R4",
            "order",
            "",
            with(1, list([text("CN"), text("CN")])),
        ),
        bad(
            "regimes-count",
            "tariff-row R4",
            "count",
            "17 regimes",
            with(
                4,
                list(std::array::from_fn::<_, 17, _>(|at| text(&format!("CN:{}", 10 + at)))),
            ),
        ),
        bad("agreement", "tariff-row R5", "national-code", "", with(12, text(""))),
        bad("stack", "tariff-row R7", "bounds", "", with(10, number(65_536))),
        bad(
            "when-spaces",
            "tariff-row R8",
            "condition",
            "",
            condition("value <= 150 EUR"),
        ),
        bad(
            "when-not-value",
            "tariff-row R8",
            "condition",
            "",
            condition("not value<=150 EUR"),
        ),
        bad("when-zero", "tariff-row R8", "condition", "", condition("people<030")),
        bad(
            "group-order",
            "tariff-row R4",
            "order",
            "",
            group([member("VN", None), member("SG", None)]),
        ),
        bad(
            "group-overlap",
            "tariff-row R9",
            "overlap",
            "",
            group([member("VN", None), member("VN", Some(9))]),
        ),
        bad("group-empty", "tariff-row R4", "empty", "", group([])),
        bad("relief-taxes", "tariff-row R10", "choice", "", relief("all", 80_000)),
        bad(
            "quota-balance-above-volume",
            "tariff-row R11",
            "bounds",
            "12000.5 of 12000",
            quota("12000"),
        ),
        bad("quota-negative", "tariff-row R11", "bounds", "", quota("-1")),
        bad("exchange-zero", "tariff-row R12", "bounds", "", exchange("0")),
        bad(
            "exchange-spelling",
            "duty-expression R1",
            "number",
            "",
            exchange("1.10"),
        ),
        bad("note-id", "duty-expression R3", "name", "", note("Note 20", "a")),
        bad("note-spaces", "tariff-row R4", "text", "", note("a", "b ")),
        bad("note-control", "tariff-row R4", "text", "", note("a", "b\tc")),
        bad("note-long", "tariff-row R4", "text", "", note("a", &"x".repeat(32_001))),
        bad(
            "too-large",
            "tariff-row R3",
            "too-large",
            "",
            note("a", &"x".repeat(32_768)),
        ),
    ]
}

/// Rows of a later version.
pub(crate) fn later() -> Vec<Case> {
    let later = |name, rule, reason, row: Vec<u8>| Case::good(OBJECT, name, rule, "").unsupported(reason).body(row);
    vec![
        later("table", "tariff-row R1", "unsupported-table", row([number(8), map([])])),
        later("key-even", "tariff-row R3", "unsupported-key", line([(8, number(1))])),
        later("key-odd", "tariff-row R3", "unsupported-key", line([(9, number(1))])),
        later(
            "kind",
            "record R20",
            "unsupported-code",
            measure([(0, number(17)), (3, text("5%"))]),
        ),
    ]
}
