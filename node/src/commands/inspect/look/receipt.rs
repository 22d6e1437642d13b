//! A duty receipt: what was asked, what it answers, and what it rests on. Nothing of it is computed again.

use super::{of_bundle, records};
use ewtp_record::Money;
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::Quantities;
use ewtp_tariff::quote::{Request, Values, minor_text};
use ewtp_verify::{Bundle, DutyReceipt};
use serde_json::{Value, json};

/// Everything that it says; of its rows which there are.
pub(super) fn shown(receipt: &DutyReceipt) -> Value {
    let DutyReceipt {
        record,
        request,
        pages,
        answer,
        evidence,
    } = receipt;
    // The currency of every amount is that of the edition; a record that is none has amounts in minor units of nothing.
    let currency = receipt.edition().ok().map(|edition| edition.currency);
    let amount = |minor: i64| currency.map_or_else(|| minor.to_string(), |currency| minor_text(minor, currency));
    let lines: Vec<_> = answer
        .lines
        .iter()
        .map(|line| {
            json!({
                "measure": kind(line.kind), "relief": line.relief, "area": line.area, "expression": line.expression,
                "base": line.base, "exact": line.exact, "amount": amount(line.amount),
            })
        })
        .collect();
    let open: Vec<_> = answer
        .open
        .iter()
        .map(|open| json!({ "measure": kind(open.kind), "reason": open.reason }))
        .collect();
    // As the answer says it: with something open there is no total, and what is not collected is 0.
    let total = answer
        .open
        .is_empty()
        .then(|| amount(if answer.is_waived { 0 } else { answer.sum }));
    let rows = pages.iter().flat_map(|page| &page.rows);
    let rows: Vec<_> = rows.map(|(_, row)| row.key().to_string()).collect();
    let evidence = evidence.as_ref().map(|bytes| match Bundle::decode(bytes) {
        Ok(bundle) => of_bundle(&bundle),
        Err(error) => json!({ "bytes": hex::encode(bytes), "fault": error.to_string() }),
    });
    json!({
        "edition": records(std::iter::once(record.bytes())).remove(0),
        "request": asked(request),
        "pages": pages.len(),
        "rows": rows,
        "lines": lines, "total": total, "currency": currency, "waived": answer.is_waived, "needs_person": open,
        "evidence": evidence,
    })
}

/// What was asked, with all inputs that were stated.
fn asked(request: &Request) -> Value {
    let Request {
        to,
        code,
        origin,
        on,
        known,
        ..
    } = request;
    let mut asked = json!({ "to": to, "hs": code, "origin": origin, "on": on, "known": known.to_calendar() });
    let components = request.components.iter();
    let components: Vec<_> = components
        .map(|(name, part)| {
            [vec![format!("{name}={}", part.value)], quantities(&part.quantities)]
                .concat()
                .join(", ")
        })
        .collect();
    let stated = [
        ("value", values(&request.values)),
        ("qty", quantities(&request.quantities)),
        ("component", components),
        ("regime", words(request.regime)),
        ("agreement", words(&request.agreements)),
        ("document", words(&request.documents)),
        ("additional_code", words(request.additional_code)),
        ("quota", words(request.quota)),
        ("mode", words(request.mode)),
        ("attribute", words(&request.attributes)),
        ("people", words(request.people)),
        ("received", words(request.received)),
    ];
    for (name, words) in stated.into_iter().filter(|(_, words)| !words.is_empty()) {
        asked[name] = json!(words);
    }
    if !request.consignment.is_empty() {
        let others = request.consignment.iter();
        let others: Vec<_> = others
            .map(|other| json!({ "hs": other.code, "value": values(&other.values) }))
            .collect();
        asked["consignment"] = json!(others);
    }
    asked
}

fn words<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

/// `1000.00 USD`, `cif=1100.00 USD`, `freight=80.00 USD`
fn values(values: &Values) -> Vec<String> {
    let named = |name: &str, money: &Money| format!("{name}={money}");
    let beside = [("freight", &values.freight), ("insurance", &values.insurance)];
    let beside = beside
        .into_iter()
        .filter_map(|(name, money)| Some(named(name, money.as_ref()?)));
    let stated = values.stated.iter().map(|(basis, money)| named(basis.name(), money));
    words(values.price).into_iter().chain(beside).chain(stated).collect()
}

/// `200 H87`, `12 GRM of lead-content`
fn quantities(quantities: &Quantities) -> Vec<String> {
    let told = quantities.iter().map(|((unit, on), amount)| match on {
        Some(on) => format!("{amount} {unit} of {on}"),
        None => format!("{amount} {unit}"),
    });
    told.collect()
}

/// The name of a kind of measure; the number of one that is not known here. 0 is the line as a whole, or a relief.
fn kind(number: u64) -> Value {
    match (number, MeasureKind::from_number(number)) {
        (0, _) => Value::Null,
        (_, Ok(kind)) => json!(kind.name()),
        (_, Err(_)) => json!(number),
    }
}
