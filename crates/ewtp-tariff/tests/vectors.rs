//! The committed vectors: each text is accepted or refused, and computed, as its header says.

#[path = "../examples/vectors/amounts.rs"]
mod amounts;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/chains.rs"]
mod chains;
#[path = "../examples/vectors/pages.rs"]
mod pages;
#[path = "../examples/vectors/patches.rs"]
mod patches;
#[path = "../examples/vectors/quotas.rs"]
mod quotas;
#[path = "../examples/vectors/quotes.rs"]
mod quotes;
#[path = "../examples/vectors/receipts.rs"]
mod receipts;
#[path = "../examples/vectors/refusals.rs"]
mod refusals;
#[path = "../examples/vectors/reliefs.rs"]
mod reliefs;
#[path = "../examples/vectors/rows.rs"]
mod rows;
mod schedule;
#[path = "../examples/vectors/schedules.rs"]
mod schedules;
#[path = "../examples/vectors/silent.rs"]
mod silent;
#[path = "../examples/vectors/unquoted.rs"]
mod unquoted;

use ewtp_record::cbor::{self, Blob, Limits};
use ewtp_record::{Body, Edition, Money, Record, UnixTime};
use ewtp_tariff::chain::{self, Link, Place};
use ewtp_tariff::{
    Basis, ComputeError, Exact, Expression, Inputs, Page, PageError, PageTree, PageTrees, Part, Patch, Quantities,
    Receipt, Reference, Row, quote,
};
use ewtp_vectors::Vector;
use std::borrow::Cow;
use std::collections::BTreeMap;

const OBJECT: &str = "duty-expression";

/// The values of a header line, cut at `separator`; none when the line is not there.
fn listed<'v>(vector: &'v Vector, name: &str, separator: &'v str) -> impl Iterator<Item = &'v str> {
    vector
        .find(name)
        .into_iter()
        .flat_map(move |line| line.split(separator))
}

fn cut<'t>(text: &'t str, at: &str) -> (&'t str, &'t str) {
    text.split_once(at).unwrap_or_else(|| panic!("{text:?} has no {at:?}"))
}

fn read<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not well formed"))
}

/// `7.5 KGM on lead-content`
fn quantities<'v>(texts: impl Iterator<Item = &'v str>) -> Quantities {
    let quantities = texts.map(|text| {
        let (amount, measured) = cut(text, " ");
        let (unit, on) = measured
            .split_once(" on ")
            .map_or((measured, None), |(unit, on)| (unit, Some(on)));
        ((read(unit), on.map(read)), read(amount))
    });
    quantities.collect()
}

/// `strap 120 24 H87`
fn component(text: &str) -> (ewtp_tariff::Token, Part) {
    let (name, part) = cut(text, " ");
    let (value, quantity) = part
        .split_once(' ')
        .map_or((part, None), |(value, quantity)| (value, Some(quantity)));
    let part = Part {
        value: read(value),
        quantities: quantities(quantity.into_iter()),
    };
    (read(name), part)
}

/// Rule and reason of a text without an amount, or the amount when one was asked for.
fn judge(vector: &Vector) -> Result<Option<Exact>, (&'static str, &'static str)> {
    let text = String::from_utf8_lossy(&vector.bytes);
    let expression: Expression = text
        .parse()
        .map_err(|error: ewtp_tariff::ExpressionError| (error.rule(), error.code()))?;
    assert_eq!(expression.to_string().as_bytes(), vector.bytes, "{vector}");
    if vector.find("currency").is_none() {
        return Ok(None);
    }
    let lines: BTreeMap<String, Expression> = listed(vector, "lines", "; ")
        .map(|line| cut(line, " = "))
        .map(|(reference, text)| (reference.to_owned(), read(text)))
        .collect();
    let duty = |reference: Reference, _| {
        let found = lines.get(&reference.to_string()).map(Cow::Borrowed);
        found.ok_or(ComputeError::Duty(reference))
    };
    let values = Basis::ALL
        .into_iter()
        .filter_map(|basis| Some((basis, read(vector.find(basis.name())?))));
    let mut inputs = Inputs {
        currency: vector.value("currency"),
        values: values.collect(),
        quantities: quantities(listed(vector, "quantities", ", ")),
        components: listed(vector, "components", ", ").map(component).collect(),
        earlier: listed(vector, "earlier", ", ")
            .map(|earlier| cut(earlier, " "))
            .map(|(amount, kind)| (read(kind), read(amount)))
            .collect(),
        subheadings: vector.find("subheadings").map(read),
        exchange: listed(vector, "exchange", ", ")
            .map(|rate| cut(rate, " "))
            .map(|(rate, currency)| (read(currency), read(rate)))
            .collect(),
        duty: &duty,
    };
    listed(vector, "open", ", ").for_each(|kind| inputs.earlier.open(read(kind)));
    let amount = expression.compute(&inputs);
    amount.map(Some).map_err(|error| (error.rule(), error.code()))
}

#[test]
fn every_vector_gives_its_amount_or_is_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&[OBJECT]) {
        match judge(&vector) {
            Ok(amount) => {
                assert_eq!(vector.verdict(), Ok(()), "{vector}");
                let amount = amount.map(|amount| amount.to_string());
                assert_eq!(amount.as_deref(), vector.find("amount"), "{vector}");
            }
            Err((rule, reason)) => {
                assert_eq!(vector.verdict(), Err(reason), "{vector}");
                assert_eq!(vector.get("rule"), rule, "{vector}");
            }
        }
    }
}

#[test]
fn every_row_is_read_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&["tariff-row"]) {
        match Row::decode(vector.bytes.clone().into()) {
            Ok(row) => assert_eq!(
                (vector.verdict(), row.bytes().as_ref()),
                (Ok(()), &*vector.bytes),
                "{vector}"
            ),
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
                assert_eq!(vector.expect() == "unsupported", error.is_unsupported(), "{vector}");
            }
        }
    }
}

/// The page of a vector, and the tree of its pages where it asks for one.
fn page(vector: &Vector) -> Result<(Page, Option<PageTree>), PageError> {
    let page = Page::decode(vector.bytes.clone().into())?;
    let next = vector.find("next").map(|_| Page::decode(vector.hex("next").into()));
    let pages: Vec<_> = std::iter::once(page.clone()).chain(next.transpose()?).collect();
    let is_tree = pages.len() > 1 || vector.find("tree").is_some();
    let tree = is_tree.then(|| PageTree::of_pages(pages)).transpose()?;
    Ok((page, tree))
}

#[test]
fn every_page_has_its_id_or_is_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&["tariff-page"]) {
        match page(&vector) {
            Ok((page, tree)) => {
                assert_eq!(vector.verdict(), Ok(()), "{vector}");
                assert_eq!(page.id().to_string(), vector.get("id"), "{vector}");
                let root = tree.map(|tree| tree.root().to_string());
                assert_eq!(root.as_deref(), vector.find("root"), "{vector}");
            }
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
            }
        }
    }
}

/// The trees of the rows of one page in hex.
fn notes(text: &str) -> PageTrees {
    let page = Page::decode(hex::decode(text).expect("hex").into()).expect("a page");
    PageTrees::of(page.rows().iter().cloned()).expect("few rows")
}

#[test]
fn every_patch_is_read_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&["tariff-patch"]) {
        let read = Patch::decode(&vector.bytes).and_then(|patch| match vector.find("from") {
            Some(from) => {
                let signed = notes(vector.get("to"));
                let reached = patch.apply(&notes(from), &signed.summary())?;
                assert_eq!(reached, signed, "{vector}");
                Ok(patch)
            }
            None => Ok(patch),
        });
        match read {
            Ok(patch) => assert_eq!(
                (vector.verdict(), patch.encode()),
                (Ok(()), vector.bytes.clone()),
                "{vector}"
            ),
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
            }
        }
    }
}

/// The trees of a schedule: its rows as byte strings, each where it belongs, or all in the tree that the vector names.
fn schedule(vector: &Vector) -> PageTrees {
    let rows: Vec<Blob> = cbor::decode(&vector.bytes, &Limits::message(vector.bytes.len())).expect("a list");
    let rows = rows.into_iter().map(|Blob(row)| Row::decode(row).expect("a row"));
    let Some(named) = vector.find("tree") else {
        return PageTrees::of(rows).expect("few rows");
    };
    let mut trees = PageTrees::default();
    let tree = match named {
        "rates" => &mut trees.rates,
        "texts" => &mut trees.texts,
        "notes" => &mut trees.notes,
        other => panic!("no such tree: {other}"),
    };
    *tree = PageTree::of(rows).expect("rows of one tree");
    trees
}

#[test]
fn every_schedule_is_accepted_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&["tariff-schedule"]) {
        match ewtp_tariff::schedule::check(&schedule(&vector)) {
            Ok(()) => assert_eq!(vector.verdict(), Ok(()), "{vector}"),
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
            }
        }
    }
}

/// Edition, time of publication, rows and request of a vector.
type QuoteBytes = (Blob, UnixTime, Vec<Blob>, Blob);

/// The answer to a vector's request, or rule and reason of its refusal.
fn quoted(vector: &Vector) -> Result<quote::Quote, (&'static str, &'static str)> {
    let limits = Limits::message(vector.bytes.len());
    let (edition, published, rows, request): QuoteBytes = cbor::decode(&vector.bytes, &limits).expect("four parts");
    let edition = Edition::decode(&edition.0).expect("an edition");
    let trees = PageTrees::of(rows.into_iter().map(|row| Row::decode(row.0).expect("a row"))).expect("few rows");
    let request = quote::Request::decode(&request.0).map_err(|error| (error.rule(), error.code()))?;
    quote::quote(&edition, published, &trees, &request).map_err(|error| (error.rule(), error.code()))
}

/// The lower duties that a quote names.
fn lower(quote: &quote::Quote) -> String {
    let others = quote.alternatives.iter().map(|other| {
        let minor = other.amount.expect("an amount");
        let currency = quote.currency;
        format!("{} {}", Money { minor, currency }, other.charge.kind())
    });
    others.collect::<Vec<_>>().join(", ")
}

#[test]
fn every_quote_is_answered_or_refused_as_it_says() {
    for vector in ewtp_vectors::read(&["quote"]) {
        match quoted(&vector) {
            Ok(quote) => {
                assert_eq!(vector.verdict(), Ok(()), "{vector}");
                let amounts = quote.lines.iter().map(|line| {
                    let money = Money {
                        minor: line.amount,
                        currency: quote.currency,
                    };
                    format!("{money} {}", line.charge.kind())
                });
                assert_eq!(amounts.collect::<Vec<_>>().join(", "), vector.get("lines"), "{vector}");
                if let Some(named) = vector.find("named") {
                    assert_eq!(lower(&quote), named, "{vector}");
                }
                let total = quote.total().map(|total| total.to_string());
                assert_eq!(total.as_deref(), vector.find("total"), "{vector}");
                let open: Vec<_> = quote.needs_person.iter().map(|needs| needs.reason.code()).collect();
                assert_eq!(open.join(", "), vector.find("open").unwrap_or_default(), "{vector}");
            }
            Err((rule, reason)) => {
                assert_eq!(vector.verdict(), Err(reason), "{vector}");
                assert_eq!(vector.get("rule"), rule, "{vector}");
            }
        }
    }
}

#[test]
fn every_receipt_replays_or_is_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&["duty-receipt"]) {
        match Receipt::decode(&vector.bytes).and_then(|receipt| receipt.replay()) {
            Ok(quote) => {
                assert_eq!(vector.verdict(), Ok(()), "{vector}");
                let total = quote.total().map(|total| total.to_string());
                assert_eq!(total.as_deref(), vector.find("total"), "{vector}");
                let open: Vec<_> = quote.needs_person.iter().map(|needs| needs.reason.code()).collect();
                assert_eq!(open.join(", "), vector.find("open").unwrap_or_default(), "{vector}");
            }
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
            }
        }
    }
}

/// The edition of a record in hexadecimal digits or bytes.
fn edition_of(record: Vec<u8>) -> (Record, Edition) {
    let record = Record::decode(record.into()).expect("a record");
    match record.body() {
        Ok(Body::Edition(edition)) => (record, *edition),
        other => panic!("no edition: {other:?}"),
    }
}

#[test]
fn every_edition_has_the_place_that_its_vector_says() {
    for vector in ewtp_vectors::read(&["edition-chain"]) {
        let (record, edition) = edition_of(vector.bytes.clone());
        let before = Some(vector.get("before")).filter(|hex| *hex != "-");
        let before = before.map(|hex| edition_of(hex::decode(hex).expect("hexadecimal digits")));
        let before = before.as_ref().map(|(record, edition)| Link::of(record, edition));
        match chain::place(&Link::of(&record, &edition), before.as_ref()) {
            Ok(place) => {
                let expected = match vector.get("place") {
                    "linked" => Place::Linked,
                    "undecided" => Place::Undecided,
                    other => panic!("{vector}: {other}"),
                };
                assert_eq!((vector.verdict(), place), (Ok(()), expected), "{vector}");
            }
            Err(error) => {
                assert_eq!(vector.verdict(), Err(error.code()), "{vector}: {error}");
                assert_eq!(vector.get("rule"), error.rule(), "{vector}");
            }
        }
    }
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-tariff", &cases::all());
}

#[test]
fn at_least_two_of_five_vectors_are_bad() {
    for (object, least) in [
        (OBJECT, 40),
        ("tariff-row", 40),
        ("tariff-page", 12),
        ("tariff-patch", 8),
        ("tariff-schedule", 20),
        ("quote", 30),
        ("duty-receipt", 20),
        ("edition-chain", 7),
    ] {
        let vectors = ewtp_vectors::read(&[object]);
        let bad = vectors.iter().filter(|vector| vector.verdict().is_err()).count();
        let count = vectors.len();
        assert!(count >= least && bad * 5 >= count * 2, "{object}: {bad} of {count}");
    }
}
