//! Quotes by the edition that counts, and their receipts.

use crate::hub::{NOW, Running, code};
use ewtp_api::quote::QuoteInput;
use ewtp_api::tariff::{Publishing, ScheduleForm};
use ewtp_api::{ClientError, Problem};
use ewtp_record::edition::{About, MeasureKind};
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Receipt, Row, RowKey};
use serde_json::json;
use std::time::Duration;

/// A schedule with one line, which has this duty from this day on.
fn schedule(name: &str, in_force: &str, duty: &str) -> ScheduleForm {
    let line = TariffLine {
        is_declarable: true,
        units: vec!["KGM".parse().unwrap()],
        measures: vec![Measure::of(MeasureKind::Mfn, Some(duty.parse().unwrap()))],
        ..TariffLine::default()
    };
    let row = Row::new(RowKey::Line("610910".parse().unwrap(), 1), Entry::Line(line)).unwrap();
    let about = json!({
        "name": name, "territory": "MY", "hs_edition": 2022, "nomenclature": "HS6", "digits": 6, "in_force": in_force,
        "valuation": "fob", "currency": "MYR", "rounding": [{ "mode": "half-up", "step": 1, "per": "line" }], "languages": ["en"],
    });
    ScheduleForm {
        about: About::from_json(&about).unwrap(),
        trees: PageTrees::of([row]).unwrap(),
    }
}

fn shirts(on: &str) -> QuoteInput {
    QuoteInput {
        to: Some("MY".into()),
        from: Some("CN".into()),
        hs: Some("6109.10".into()),
        value: vec!["1000MYR".into()],
        on: Some(on.into()),
        known: Some(NOW.plus(1_000).to_calendar()),
        ..QuoteInput::default()
    }
}

async fn publish(running: &Running, schedule: &ScheduleForm) {
    let publishing = Publishing {
        confirm: Some(code("MY")),
        ..Publishing::default()
    };
    running.client.publish(schedule, &publishing).await.unwrap();
}

async fn refused(running: &Running, input: &QuoteInput) -> Problem {
    match running.client.quote(input, None).await {
        Err(ClientError::Refused(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_quote_is_by_the_edition_that_counts_on_its_day() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", "2026-01-01", "10%")).await;
    publish(&running, &schedule("2026-2", "2026-12-01", "15%")).await;
    let before = running.client.quote(&shirts("2026-11-30"), None).await.unwrap();
    assert_eq!(
        (before.total.as_deref(), before.edition.name.as_str()),
        (Some("100.00"), "2026-1")
    );
    let told = serde_json::to_value(&before.lines[0]).unwrap();
    assert_eq!(told.get("relief"), Some(&json!(null)), "{told}");
    let after = running
        .client
        .quote(&shirts("2026-12-01"), Some(code("MY")))
        .await
        .unwrap();
    assert_eq!(
        (after.total.as_deref(), after.edition.name.as_str()),
        (Some("150.00"), "2026-2")
    );
}

#[tokio::test]
async fn its_receipt_is_computed_again_and_carries_the_bundle_of_the_edition() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", "2026-01-01", "10%")).await;
    running.hub.lock().await.cosign();
    let bytes = running.client.duty_receipt(&shirts("2026-11-30"), None).await.unwrap();
    let receipt = Receipt::decode(&bytes).unwrap();
    assert_eq!(receipt.replay().unwrap().total().unwrap().to_string(), "100.00 MYR");
    let bundle = ewtp_verify::Bundle::decode(receipt.evidence.as_ref().unwrap()).unwrap();
    assert_eq!(bundle.record, *receipt.record.bytes());
}

#[tokio::test]
async fn what_cannot_be_quoted_is_told_by_its_field() {
    let running = Running::start().await;
    let problem = refused(&running, &shirts("2026-11-30")).await;
    assert_eq!(problem.code, "not-found");
    publish(&running, &schedule("2026-1", "2026-01-01", "10% + 2 MYR/KGM")).await;
    let problem = refused(&running, &shirts("2026-11-30")).await;
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("no-quote", Some("net"))
    );
    assert_eq!(problem.next.as_deref(), Some("net: 40:KGM"));
    let unknown = QuoteInput {
        hs: Some("6109.20".into()),
        ..shirts("2026-11-30")
    };
    assert_eq!(refused(&running, &unknown).await.field.as_deref(), Some("hs"));
}

/// Who signed the checkpoint in the evidence of a receipt.
fn witnesses(receipt: &[u8]) -> Vec<ewtp_record::HubCode> {
    let evidence = Receipt::decode(receipt).unwrap().evidence.unwrap();
    let proof = ewtp_verify::Bundle::decode(&evidence).unwrap().receipt.unwrap();
    proof.cosignatures.iter().map(|by| by.hub).collect()
}

#[tokio::test]
async fn a_receipt_waits_for_the_witnesses_of_an_edition_that_was_published_a_moment_ago() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", "2026-01-01", "10%")).await;
    let asked = shirts("2026-11-30");
    let client = running.client.clone();
    let mut receipt = tokio::spawn(async move { client.duty_receipt(&asked, None).await.unwrap() });
    // The node has looked at its store several times by then, and found nobody.
    let early = tokio::time::timeout(Duration::from_millis(400), &mut receipt).await;
    assert!(early.is_err(), "it was answered without a witness");
    running.hub.lock().await.cosign();
    assert_eq!(witnesses(&receipt.await.unwrap()), [code("RW")]);
}
