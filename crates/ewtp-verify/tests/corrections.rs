//! A duty receipt whose edition was corrected: the officer is told so, and the receipt stays what it is.
#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;
#[path = "../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;
mod trade;

use ewtp_record::Duty;
use ewtp_verify::{Bundle, DutyVerdict, Effect, Outcome, verify_duty_with_editions};
use lab::{Hub, net};
use trade::Trade;

fn judged(trade: &Trade, editions: &[Bundle]) -> DutyVerdict {
    let receipt = trade.receipts[0].encode();
    verify_duty_with_editions(&receipt, editions, &trade.lab.policy(), trade.lab.now())
}

/// A correction that was published 20 s after the receipt was asked for, with its bundle.
fn corrected(trade: &mut Trade) -> Bundle {
    let published = trade.receipts[0].request.known.plus(20);
    let record = trade.correction("2026-rev-1a", &trade.edition, published, |_| {});
    trade.bundle_of(&record)
}

#[test]
fn a_correction_is_told_and_the_receipt_stays_accepted() {
    let mut trade = Trade::of(&["61091000"]);
    let correction = corrected(&mut trade);
    let verdict = judged(&trade, &[correction]);
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    let text = verdict.to_string();
    let first = text.lines().next().unwrap();
    assert!(first.ends_with("; corrected by edition 2026-rev-1a"), "{first}");
    assert!(text.contains("quote again by what is known now"), "{text}");
    let json = serde_json::to_value(&verdict).unwrap();
    let told = &json["corrections"][0];
    assert_eq!(
        (&told["name"], &told["effect"], &told["outcome"]),
        (&"2026-rev-1a".into(), &"counts-since".into(), &"accepted".into()),
        "{json}"
    );
    assert_eq!(told["corrects"], trade.edition.id().to_string());
}

#[test]
fn nothing_shown_tells_of_no_correction() {
    let trade = Trade::of(&["61091000"]);
    let verdict = judged(&trade, &[]);
    assert_eq!((verdict.outcome, verdict.corrections.len()), (Outcome::Accepted, 0));
    assert!(!verdict.to_string().contains("corrected"), "{verdict}");
}

#[test]
fn a_correction_by_another_hub_is_none() {
    let mut trade = Trade::of(&["61091000"]);
    let hub = Hub::new(net(), "BN", &[Duty::Log, Duty::Tariff], &["SG", "TH"]);
    let own = std::mem::replace(&mut trade.lab.issuer, hub);
    let strange = corrected(&mut trade);
    trade.lab.issuer = own;
    assert!(judged(&trade, &[strange]).corrections.is_empty());
}

#[test]
fn a_correction_that_is_not_shown_to_be_the_hubs_says_nothing() {
    let mut trade = Trade::of(&["61091000"]);
    let proven = corrected(&mut trade);
    let bare = Bundle {
        receipt: None,
        ..proven.clone()
    };
    let verdict = judged(&trade, std::slice::from_ref(&bare));
    assert_eq!(verdict.corrections[0].effect, Effect::Unproven, "{verdict}");
    let first = verdict.to_string().lines().next().unwrap().to_owned();
    assert!(!first.contains("corrected"), "{first}");
    // Shown twice, it counts by its better proof.
    let effects: Vec<_> = judged(&trade, &[bare, proven])
        .corrections
        .iter()
        .map(|one| one.effect)
        .collect();
    assert_eq!(effects, [Effect::CountsSince]);
}
