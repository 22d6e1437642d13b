#[path = "../../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;

use super::*;
use ewtp_record::HsEdition;
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::row::{Entry, LimitPer, Taxes};
use ewtp_tariff::{Basis, Exact, RowKey};

const NOW: UnixTime = UnixTime(1_783_000_000); // 2026-07-02

fn shirts() -> QuoteInput {
    QuoteInput {
        to: Some("us".into()),
        from: Some("cn".into()),
        hs: Some("6109.10.00 12".into()),
        value: vec!["1000USD".into()],
        ..QuoteInput::default()
    }
}

/// Field, code and example of what is refused after this change.
fn fault(change: impl FnOnce(&mut QuoteInput)) -> (String, String, String) {
    let mut input = shirts();
    change(&mut input);
    let fault = input.request(NOW).unwrap_err();
    (fault.field.unwrap(), fault.code, fault.example.unwrap())
}

#[test]
fn words_as_people_write_them_are_read() {
    let input = QuoteInput {
        value: vec![" 1000.5 usd".into(), "cif=1,100USD".replace(',', "")],
        net: Some("40".into()),
        qty: vec!["200:H87".into(), "33 1/3:GRM@lead-content".into()],
        component: vec!["case=30USD,1:H87".into()],
        known: Some("2026-07-01".into()),
        ..shirts()
    };
    let request = input.request(NOW).unwrap();
    assert_eq!((request.to.as_str(), request.origin.as_str()), ("US", "CN"));
    assert_eq!(
        (request.on.to_string().as_str(), request.known.0 % 86_400),
        ("2026-07-02", 0)
    );
    assert_eq!(request.values.price.unwrap().minor, 100_050);
    let third = request
        .quantities
        .values()
        .any(|number| *number == Exact::fraction(100, 3).unwrap());
    assert_eq!((request.quantities.len(), third), (3, true));
    assert_eq!(request.components.len(), 1);
}

#[test]
fn what_is_refused_names_its_field_and_what_may_stand_there() {
    let told = |field: &str, code: &str, example: &str| (field.to_owned(), code.to_owned(), example.to_owned());
    assert_eq!(fault(|input| input.to = None), told("to", "missing", "US"));
    assert_eq!(
        fault(|input| input.hs = Some("61O9".into())),
        told("hs", "line-code", "6109.10.00.12")
    );
    assert_eq!(
        fault(|input| input.value = vec!["1000".into()]),
        told("value", "currency", "1000.50USD")
    );
    assert_eq!(
        fault(|input| input.value = vec!["1,000USD".into()]),
        told("value", "money", "1000.50USD")
    );
    assert_eq!(
        fault(|input| input.value = vec!["0.5JPY".into()]),
        told("value", "money", "1000.50USD")
    );
    assert_eq!(
        fault(|input| input.value.push("5USD".into())),
        told("value", "twice", "1000USD")
    );
    assert_eq!(
        fault(|input| input.qty = vec!["200".into()]),
        told("qty", "unit", "200:H87")
    );
    assert_eq!(
        fault(|input| input.qty = vec!["200:pcs".into()]),
        told("qty", "unit-code", "200:H87")
    );
    assert_eq!(
        fault(|input| input.qty = vec!["12kg".into()]),
        told("qty", "unit-code", "12:KGM")
    );
    assert_eq!(
        fault(|input| input.qty = vec!["3:ltr".into()]),
        told("qty", "unit-code", "3:LTR")
    );
    assert_eq!(
        fault(|input| input.net = Some("40:KGM:x".into())),
        told("net", "unit-code", "40:KGM")
    );
    assert_eq!(
        fault(|input| input.component = vec!["30USD".into()]),
        told("component", "component", "case=30USD")
    );
    assert_eq!(
        fault(|input| input.on = Some("1 July".into())),
        told("on", "date", "2026-07-01")
    );
    assert_eq!(
        fault(|input| input.known = Some("then".into())),
        told("known", "time", "2026-07-01")
    );
}

#[test]
fn a_weight_that_is_said_twice_is_refused() {
    let twice = fault(|input| {
        input.qty = vec!["41:KGM".into()];
        input.net = Some("40:KGM".into());
    });
    assert_eq!((twice.0.as_str(), twice.1.as_str()), ("net", "twice"));
}

#[test]
fn an_unknown_name_in_json_is_refused() {
    assert!(serde_json::from_str::<QuoteInput>(r#"{"too": "US"}"#).is_err());
}

#[test]
fn a_fault_is_the_same_when_a_node_told_it() {
    let mut input = shirts();
    input.qty = vec!["200:pcs".into()];
    let fault = input.request(NOW).unwrap_err();
    assert_eq!(QuoteFault::of_problem(&fault.clone().into()), Some(fault));
    assert_eq!(QuoteFault::of_problem(&crate::Problem::new("not-found", "x (y)")), None);
}

/// What is told of a code that the schedule does not have, with the correlations of HS 2017 that it has.
fn told_of(code: &str, correlations: &[(&str, &str)]) -> QuoteFault {
    let phones = |code| schedule::line(code, &["H87"], vec![schedule::measure(MeasureKind::Mfn, "10%")]);
    let mut rows = vec![phones("85171300"), phones("85176200"), phones("85176990")];
    rows.extend(correlations.iter().map(|(old, new)| {
        let key = RowKey::Correlation(HsEdition::Hs2017, schedule::read(old), schedule::read(new));
        schedule::row(key, Entry::Correlation)
    }));
    let of = schedule::schedule("MY", Valuation::Fob, "MYR", rows);
    let schedule = Schedule {
        edition: &of.edition,
        name: "2026",
        record: None,
        trees: &of.trees,
    };
    let request = schedule::request("MY", code, "CN", "2026-11-25", "1000.00 MYR");
    schedule.answer(&request).unwrap_err()
}

#[test]
fn an_old_code_leads_to_the_codes_that_took_its_place() {
    let fault = told_of("85176900", &[("85176900", "85176200")]);
    assert_eq!(
        (fault.code.as_str(), fault.example.as_deref()),
        ("unknown-line", Some("85176200"))
    );
    let words = "it is a code of HS 2017, and such goods are now under\n  85176200";
    assert!(fault.message.contains(words), "{}", fault.message);
    assert!(fault.message.ends_with(": 100.00 MYR"), "{}", fault.message);

    let fault = told_of("8517690000", &[("851769", "85176990"), ("851769", "85171300")]);
    assert_eq!(
        fault.example.as_deref(),
        Some("85171300"),
        "a part of what the old code named"
    );
    assert!(fault.message.contains("85176990"), "{}", fault.message);
}

#[test]
fn the_number_of_items_is_asked_for_as_a_quantity_of_pieces() {
    let bottle = schedule::relief("bottle", Taxes::Both, "500.00 MYR", Basis::ItemPrice, |relief| {
        relief.per = LimitPer::Item;
    });
    let wine = schedule::line(
        "22042150",
        &["LTR"],
        vec![schedule::measure(MeasureKind::Mfn, "7 MYR/LTR")],
    );
    let of = schedule::schedule("MY", Valuation::Fob, "MYR", vec![wine, bottle]);
    let schedule = Schedule {
        edition: &of.edition,
        name: "2026",
        record: None,
        trees: &of.trees,
    };
    let request = schedule::request("MY", "22042150", "FR", "2026-11-25", "1000.00 MYR");
    let fault = schedule.answer(&request).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.field.as_deref(), fault.example.as_deref()),
        ("no-items", Some("qty"), Some("12:H87"))
    );
}

#[test]
fn a_code_without_a_correlation_leads_to_the_lines_beside_it() {
    let fault = told_of("85176900", &[("84713000", "85176200")]);
    assert!(!fault.message.contains("HS 2017"), "{}", fault.message);
    assert!(fault.message.contains("goods are declared under"), "{}", fault.message);
}

#[test]
fn a_band_of_people_and_what_the_merchant_is_not_are_said_in_words() {
    let json = r#"{"people": 12, "attribute": ["ioss", "not marketplace"]}"#;
    let said: QuoteInput = serde_json::from_str(json).unwrap();
    let input = QuoteInput {
        people: said.people,
        attribute: said.attribute,
        ..shirts()
    };
    let request = input.request(NOW).unwrap();
    assert_eq!(request.people, Some(ewtp_tariff::quote::People::exactly(12)));
    assert!(request.attributes.contains(&"ioss".parse().unwrap()));
    assert!(request.without.contains(&"marketplace".parse().unwrap()));
    let told = |field: &str, code: &str, example: &str| (field.to_owned(), code.to_owned(), example.to_owned());
    assert_eq!(
        fault(|input| input.people = Some("29-10".into())),
        told("people", "people", "10-29")
    );
    let band: QuoteInput = serde_json::from_str(r#"{"people": "10-29"}"#).unwrap();
    assert_eq!(band.people.as_deref(), Some("10-29"));
}
