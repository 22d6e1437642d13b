//! Whose edition counts: that of the hub that is named, else of one that is pinned. A carried hub decides nothing.

use crate::hub::{NOW, Running, code, key, net};
use ewtp_api::quote::{QuoteAnswer, QuoteInput};
use ewtp_api::tariff::{EditionListing, Publishing, ScheduleForm};
use ewtp_api::{ClientError, Problem, StandingView};
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{About, MeasureKind, PatchSummary};
use ewtp_record::{Draft, Duty, Edition, HubCode, Record, RecordId, RecordKind};
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Row, RowKey};
use serde_json::json;
use std::collections::BTreeMap;

/// A schedule of one line with this duty.
fn schedule(name: &str, territory: &str, duty: &str) -> ScheduleForm {
    let line = TariffLine {
        is_declarable: true,
        measures: vec![Measure::of(MeasureKind::Mfn, Some(duty.parse().unwrap()))],
        ..TariffLine::default()
    };
    let row = Row::new(RowKey::Line("610910".parse().unwrap(), 1), Entry::Line(line)).unwrap();
    let mut about = json!({
        "name": name, "territory": territory, "hs_edition": 2022, "nomenclature": "HS6", "digits": 6, "in_force": "2026-01-01",
        "valuation": "fob", "currency": "EUR", "rounding": [{ "mode": "half-up", "step": 1, "per": "line" }], "languages": ["en"],
    });
    if territory == "EU" {
        about["members"] = json!(["BE", "DE"]);
    }
    ScheduleForm {
        about: About::from_json(&about).unwrap(),
        trees: PageTrees::of([row]).unwrap(),
    }
}

/// The first edition of a territory, signed by a key of that duty.
fn edition(hub: &str, duty: Duty, schedule: &ScheduleForm) -> Record {
    signed(hub, duty, schedule, |_| {})
}

/// An edition with this number, which names a record as the one before.
fn behind(hub: &str, before: RecordId, number: u32, schedule: &ScheduleForm) -> Record {
    signed(hub, Duty::Tariff, schedule, |edition| {
        edition.number = number;
        edition.previous = Some(before);
        edition.patch = Some(PatchSummary {
            id: Octets([7; 32]),
            bytes: 40,
            rows: 1,
        });
    })
}

fn signed(hub: &str, duty: Duty, schedule: &ScheduleForm, change: impl FnOnce(&mut Edition)) -> Record {
    let mut edition = schedule.about.edition(schedule.trees.summary());
    change(&mut edition);
    let draft = Draft {
        kind: RecordKind::TARIFF_EDITION,
        issuer: code(hub),
        subject: schedule.about.name,
        issued_at: NOW,
        expires_at: NOW.plus(90 * 86_400),
        not_before: None,
        payload: edition.encode(),
    };
    draft.sign(&key(code(hub), duty)).unwrap()
}

/// The hub's code was typed, for what is unusual.
fn confirmed() -> Publishing {
    Publishing {
        confirm: Some(code("MY")),
        ..Publishing::default()
    }
}

/// A node that carries `RW` and `TH` with such editions: a territory, its duty, and the duty of the key.
async fn carrying(editions: &[(&str, &str, &str, Duty)]) -> Running {
    let running = Running::start().await;
    let mut logs: BTreeMap<&str, Vec<Record>> = BTreeMap::new();
    for (hub, territory, duty, signed_by) in editions {
        let schedule = schedule(&format!("{territory}-1"), territory, duty);
        running.schedules.keep(&schedule.trees).unwrap();
        logs.entry(hub).or_default().push(edition(hub, *signed_by, &schedule));
    }
    for (hub, records) in logs {
        running.hub.lock().await.carry(code(hub), &records);
    }
    running
}

/// Writes the policy of the node's folder.
async fn pin(running: &Running, hubs: &[&str]) {
    let directory = running.hub.lock().await.directory.borrow().clone();
    let genesis = |hub: &str| directory.genesis(code(hub)).unwrap().to_string();
    let pins: BTreeMap<_, _> = hubs.iter().chain(&["MY"]).map(|hub| (*hub, genesis(hub))).collect();
    write(
        running,
        &json!({ "net": net().to_string(), "own": "MY", "pins": pins }).to_string(),
    );
}

fn write(running: &Running, policy: &str) {
    std::fs::write(running.socket.with_file_name("policy.json"), policy).unwrap();
}

fn to(territory: &str) -> QuoteInput {
    QuoteInput {
        to: Some(territory.into()),
        from: Some("CN".into()),
        hs: Some("6109.10".into()),
        value: vec!["1000EUR".into()],
        on: Some("2026-11-30".into()),
        known: Some(NOW.plus(1_000).to_calendar()),
        ..QuoteInput::default()
    }
}

async fn total(running: &Running, territory: &str, hub: Option<HubCode>) -> (Option<String>, Option<HubCode>) {
    let QuoteAnswer { total, edition, .. } = running.client.quote(&to(territory), hub).await.unwrap();
    (total, edition.hub)
}

async fn refused(running: &Running, territory: &str) -> Problem {
    match running.client.quote(&to(territory), None).await {
        Err(ClientError::Refused(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

fn by(total: &str, hub: &str) -> (Option<String>, Option<HubCode>) {
    (Some(total.to_owned()), Some(code(hub)))
}

#[tokio::test]
async fn an_edition_of_a_carried_hub_counts_when_the_hub_is_named_or_pinned() {
    let running = carrying(&[("RW", "EU", "10%", Duty::Tariff)]).await;
    let problem = refused(&running, "DE").await;
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("not-pinned", Some("hub"))
    );
    assert!(
        problem.message.starts_with("RW published an edition of DE"),
        "{}",
        problem.message
    );
    assert!(
        problem
            .next
            .unwrap()
            .starts_with("say whose is meant: --hub RW; or pin")
    );
    assert_eq!(total(&running, "DE", Some(code("RW"))).await, by("100.00", "RW"));
    pin(&running, &["RW"]).await;
    assert_eq!(total(&running, "DE", None).await, by("100.00", "RW"));
    assert_eq!(total(&running, "EU", None).await, by("100.00", "RW"));
}

#[tokio::test]
async fn a_pin_of_another_genesis_pins_nobody_who_is_carried() {
    let running = carrying(&[("RW", "EU", "10%", Duty::Tariff)]).await;
    let directory = running.hub.lock().await.directory.borrow().clone();
    let (own, other) = (
        directory.genesis(code("MY")).unwrap(),
        directory.genesis(code("TH")).unwrap(),
    );
    let pins = json!({ "MY": own.to_string(), "RW": other.to_string() });
    write(
        &running,
        &json!({ "net": "test:lab", "own": "MY", "pins": pins }).to_string(),
    );
    assert_eq!(refused(&running, "EU").await.code, "not-pinned");
}

#[tokio::test]
async fn a_carried_hub_that_is_not_pinned_hides_nobodys_edition() {
    let running = carrying(&[
        ("RW", "EU", "10%", Duty::Tariff),
        ("TH", "DE", "90%", Duty::Tariff),
        ("TH", "MY", "80%", Duty::Tariff),
    ])
    .await;
    pin(&running, &["RW"]).await;
    let own = schedule("2026-1", "MY", "5%");
    running.client.publish(&own, &confirmed()).await.unwrap();
    assert_eq!(total(&running, "DE", None).await, by("100.00", "RW"));
    assert_eq!(total(&running, "MY", None).await, by("50.00", "MY"));
    assert_eq!(total(&running, "DE", Some(code("TH"))).await, by("900.00", "TH"));
    let listing = EditionListing {
        territory: Some("DE".into()),
        on: Some("2026-11-30".parse().unwrap()),
        ..EditionListing::default()
    };
    let listed = running.client.editions(&listing).await.unwrap().editions;
    assert_eq!(
        listed.iter().map(|edition| edition.hub).collect::<Vec<_>>(),
        [code("RW")]
    );
}

#[tokio::test]
async fn a_faulty_edition_hides_nobodys() {
    let running = carrying(&[
        ("RW", "EU", "10%", Duty::Tariff),
        ("RW", "DE", "90%", Duty::Customs),
        ("TH", "EU", "80%", Duty::Customs),
    ])
    .await;
    pin(&running, &["RW", "TH"]).await;
    assert_eq!(total(&running, "DE", None).await, by("100.00", "RW"));
}

#[tokio::test]
async fn an_edition_out_of_its_chain_or_without_the_one_before_counts_nowhere() {
    let running = Running::start().await;
    let forms = [("EU-1", "10%"), ("EU-3", "80%"), ("EU-9", "90%")].map(|(name, duty)| schedule(name, "EU", duty));
    for form in &forms {
        running.schedules.keep(&form.trees).unwrap();
    }
    let first = edition("RW", Duty::Tariff, &forms[0]);
    let misplaced = behind("RW", first.id(), 3, &forms[1]);
    let undecided = behind("RW", RecordId([9; 32]), 9, &forms[2]);
    let records = [first, misplaced, undecided];
    running.hub.lock().await.carry(code("RW"), &records);
    assert_eq!(total(&running, "EU", Some(code("RW"))).await, by("100.00", "RW"));
    let told = running
        .client
        .editions(&EditionListing::default())
        .await
        .unwrap()
        .editions;
    let standings: Vec<_> = told.iter().map(|edition| edition.standing).collect();
    assert_eq!(
        standings,
        [StandingView::Sound, StandingView::Faulty, StandingView::Undecided]
    );
    let newest = EditionListing {
        newest: true,
        ..EditionListing::default()
    };
    let told = running.client.editions(&newest).await.unwrap().editions;
    assert_eq!(
        told.iter().map(|edition| edition.id).collect::<Vec<_>>(),
        [records[0].id()]
    );
}

#[tokio::test]
async fn several_pinned_publishers_are_named_with_what_to_type() {
    let running = carrying(&[("RW", "EU", "10%", Duty::Tariff), ("TH", "EU", "20%", Duty::Tariff)]).await;
    pin(&running, &["RW", "TH"]).await;
    let problem = refused(&running, "BE").await;
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("bad-request", Some("hub"))
    );
    assert_eq!(problem.message, "several hubs publish editions of BE: RW, TH");
    assert_eq!(
        problem.next.as_deref(),
        Some("say whose is meant: --hub RW or --hub TH")
    );
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_decides_nothing() {
    let running = carrying(&[("RW", "EU", "10%", Duty::Tariff)]).await;
    write(&running, "{");
    let problem = refused(&running, "EU").await;
    assert_eq!((problem.code.as_str(), problem.line), ("unavailable", Some(1)));
    assert_eq!(total(&running, "EU", Some(code("RW"))).await, by("100.00", "RW"));
}

#[tokio::test]
async fn the_newest_of_each_territory_is_that_behind_which_the_next_is_published() {
    let running = carrying(&[]).await;
    for (name, territory) in [("my-1", "MY"), ("eu-1", "EU"), ("my-2", "MY")] {
        let form = schedule(name, territory, if name == "my-2" { "7%" } else { "5%" });
        running.client.publish(&form, &confirmed()).await.unwrap();
    }
    let listing = |territory: Option<&str>| EditionListing {
        hub: Some(code("MY")),
        territory: territory.map(str::to_owned),
        newest: true,
        ..EditionListing::default()
    };
    for (territory, names) in [(None, vec!["eu-1", "my-2"]), (Some("MY"), vec!["my-2"])] {
        let editions = running.client.editions(&listing(territory)).await.unwrap().editions;
        let told: Vec<_> = editions.iter().map(|edition| edition.name.as_str()).collect();
        assert_eq!(told, names);
    }
}
