//! The committed vectors: each text is accepted or refused, and computed, as its header says.

#[path = "../examples/vectors/amounts.rs"]
mod amounts;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/refusals.rs"]
mod refusals;

use ewtp_tariff::{Basis, ComputeError, Exact, Expression, Inputs, Part, Quantities, Reference};
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
    let duty = |reference: Reference| {
        let found = lines.get(&reference.to_string()).map(Cow::Borrowed);
        found.ok_or(ComputeError::Duty(reference))
    };
    let values = Basis::ALL
        .into_iter()
        .filter_map(|basis| Some((basis, read(vector.find(basis.name())?))));
    let inputs = Inputs {
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
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-tariff", &cases::all());
}

#[test]
fn at_least_two_of_five_vectors_are_bad() {
    let vectors = ewtp_vectors::read(&[OBJECT]);
    let bad = vectors.iter().filter(|vector| vector.verdict().is_err()).count();
    assert!(
        vectors.len() >= 40 && bad * 5 >= vectors.len() * 2,
        "{bad} of {}",
        vectors.len()
    );
}
