//! Publishing editions, and reading what is published.

use crate::hub::{NOW, Running, code};
use crate::refusals::send;
use ewtp_api::tariff::{EditionListing, Publication, Publishing, ScheduleForm, ScheduleState};
use ewtp_api::{ClientError, Problem, StandingView};
use ewtp_federation::tariff::PackedPatch;
use ewtp_record::edition::{About, MeasureKind};
use ewtp_record::{Body, Record};
use ewtp_tariff::row::{Area, Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Row, RowKey};
use serde_json::json;

fn line(code: u32, duty: &str) -> Row {
    let line = TariffLine {
        measures: vec![Measure::of(MeasureKind::Mfn, Some(duty.parse().unwrap()))],
        ..TariffLine::default()
    };
    row(code, line)
}

fn row(code: u32, line: TariffLine) -> Row {
    let code = format!("{:06}", 100_000 + code).parse().unwrap();
    Row::new(RowKey::Line(code, 1), Entry::Line(line)).unwrap()
}

/// 400 lines, of which the first `raised` have 15 % and the others 10 %.
fn schedule(name: &str, raised: u32) -> ScheduleForm {
    let duty = |code| if code < raised { "15%" } else { "10%" };
    let trees = PageTrees::of((0..400).map(|code| line(code, duty(code)))).unwrap();
    ScheduleForm {
        about: about(name),
        trees,
    }
}

fn about(name: &str) -> About {
    let about = json!({
        "name": name, "territory": "MY", "hs_edition": 2022, "nomenclature": "AHTN", "digits": 8, "in_force": "2026-01-01",
        "valuation": "cif", "currency": "MYR", "rounding": [{ "mode": "half-up", "step": 1, "per": "line" }], "languages": ["en"],
    });
    About::from_json(&about).unwrap()
}

async fn publish(running: &Running, schedule: &ScheduleForm) -> Publication {
    let publishing = Publishing {
        confirm: Some(code("MY")),
        ..Publishing::default()
    };
    running.client.publish(schedule, &publishing).await.unwrap()
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> Problem {
    match answer {
        Err(ClientError::Refused(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_edition_is_published_behind_the_one_before_and_its_schedule_is_held_first() {
    let running = Running::start().await;
    let first = publish(&running, &schedule("2026-1", 0)).await;
    assert_eq!(
        (first.number, first.previous, first.rows, first.rows_changed),
        (1, None, 400, 0)
    );
    let id = first.issued.unwrap().id;
    let second = publish(&running, &schedule("2026-2", 3)).await;
    assert_eq!((second.number, second.previous, second.rows_before), (2, Some(id), 400));
    assert_eq!((second.rows_changed, second.set, second.rates_changed), (3, 3, 3));
    let told = &second.largest[0];
    assert_eq!(
        (told.hs.as_str(), told.old.as_deref(), told.new.as_deref()),
        ("100000", Some("10%"), Some("15%"))
    );
    assert!(second.bytes_moved < first.bytes_moved / 10, "{second:?}");

    let bytes = running.client.record_bytes(&second.issued.unwrap().id).await.unwrap();
    let Body::Edition(edition) = Record::decode(bytes).unwrap().body().unwrap() else {
        panic!()
    };
    assert_eq!(edition.trees, schedule("2026-2", 3).trees.summary());
    let patch = edition.patch.unwrap();
    let id = ewtp_log::Hash(patch.id.0);
    let served = running.schedules.patch(&id, patch.bytes).unwrap().unwrap();
    PackedPatch::decode(served, &id, patch.bytes).unwrap();
    assert_eq!((patch.bytes, patch.rows), (second.bytes_moved, 3));
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_keeps_nothing() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", 0)).await;
    let before = running.schedules.usage();
    let dry_run = Publishing {
        dry_run: true,
        ..Publishing::default()
    };
    let told = running.client.publish(&schedule("2026-2", 9), &dry_run).await.unwrap();
    assert_eq!((told.number, told.rows_changed, told.issued), (2, 9, None));
    assert!(told.needs_confirmation && told.largest.len() == 9);
    assert_eq!(running.schedules.usage(), before);
    assert_eq!(
        running
            .client
            .editions(&EditionListing::default())
            .await
            .unwrap()
            .editions
            .len(),
        1
    );
}

#[tokio::test]
async fn more_than_one_row_in_a_hundred_asks_for_the_hubs_code() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", 0)).await;
    publish(&running, &schedule("2026-2", 4)).await;
    let many = schedule("2026-3", 12);
    let refused = refusal(running.client.publish(&many, &Publishing::default()).await);
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("not-confirmed", Some("confirm"))
    );
    assert!(
        refused.message.starts_with("8 of 400 rows change"),
        "{}",
        refused.message
    );
    assert!(refused.next.unwrap().ends_with("add --confirm MY"));
    for (hub, is_published) in [("SG", false), ("MY", true)] {
        let publishing = Publishing {
            confirm: Some(code(hub)),
            ..Publishing::default()
        };
        assert_eq!(
            running.client.publish(&many, &publishing).await.is_ok(),
            is_published,
            "{hub}"
        );
    }
}

#[tokio::test]
async fn the_first_edition_and_one_of_another_country_ask_for_the_hubs_code() {
    let running = Running::start().await;
    let first = schedule("2026-1", 0);
    let refused = refusal(running.client.publish(&first, &Publishing::default()).await);
    assert_eq!(refused.code, "not-confirmed");
    let message = "it is the first edition of MY by this hub; nothing was published";
    assert_eq!(refused.message, message);
    publish(&running, &first).await;
    // What was published is answered again without a word; and the next of the country is nothing unusual.
    for (name, raised) in [("2026-1", 0), ("2026-2", 1)] {
        let form = schedule(name, raised);
        let told = running.client.publish(&form, &Publishing::default()).await.unwrap();
        assert!(told.unusual.is_empty() && !told.needs_confirmation, "{told:?}");
    }

    let mut words = about("sg-1").to_json();
    words.insert("territory".to_owned(), json!("SG"));
    let foreign = ScheduleForm {
        about: About::from_json(&words.into()).unwrap(),
        trees: schedule("sg-1", 0).trees,
    };
    let dry_run = Publishing {
        dry_run: true,
        ..Publishing::default()
    };
    let told = running.client.publish(&foreign, &dry_run).await.unwrap();
    let codes: Vec<_> = told.unusual.iter().map(|unusual| unusual.code.as_str()).collect();
    assert_eq!(codes, ["first-edition", "foreign-territory"]);
    assert!(told.needs_confirmation);
    let refused = refusal(running.client.publish(&foreign, &Publishing::default()).await);
    assert!(
        refused.message.contains("SG is not the country of hub MY"),
        "{}",
        refused.message
    );
}

#[tokio::test]
async fn the_same_edition_again_gets_the_first_answer_and_another_under_its_name_is_refused() {
    let running = Running::start().await;
    let first = publish(&running, &schedule("2026-1", 0)).await;
    let second = publish(&running, &schedule("2026-2", 2)).await;
    running.hub.lock().await.examine();
    assert_eq!(publish(&running, &schedule("2026-1", 0)).await.issued, first.issued);
    assert_eq!(publish(&running, &schedule("2026-2", 2)).await, second);
    let refused = refusal(
        running
            .client
            .publish(&schedule("2026-2", 3), &Publishing::default())
            .await,
    );
    assert_eq!(refused.code, "already-issued-differently");
    assert_eq!(
        refused.existing.as_deref(),
        second.issued.as_ref().map(|issued| &issued.id)
    );
}

#[tokio::test]
async fn a_correction_names_what_it_corrects_and_the_corrected_edition_says_so() {
    let running = Running::start().await;
    publish(&running, &schedule("2026-1", 0)).await;
    let wrong = publish(&running, &schedule("2026-2", 4)).await.issued.unwrap().id;
    let correcting = Publishing {
        corrects: Some(wrong),
        ..Publishing::default()
    };
    let right = running
        .client
        .publish(&schedule("2026-2a", 2), &correcting)
        .await
        .unwrap();
    assert_eq!((right.number, right.corrects), (3, Some(wrong)));
    running.hub.lock().await.examine();
    let told = running.client.edition(&wrong).await.unwrap();
    assert_eq!(told.corrected_by, [right.issued.unwrap().id]);
    let nobody = Publishing {
        corrects: Some(ewtp_record::RecordId([7; 32])),
        ..Publishing::default()
    };
    let refused = refusal(running.client.publish(&schedule("2026-3", 2), &nobody).await);
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("invalid-field", Some("corrects"))
    );
}

#[tokio::test]
async fn a_schedule_whose_rows_do_not_fit_each_other_is_refused_with_the_row() {
    let running = Running::start().await;
    let area: Area = "GSP".parse().unwrap();
    let measure = Measure {
        areas: vec![area],
        ..Measure::of(MeasureKind::Preference, "free".parse().ok())
    };
    let lost = row(
        1,
        TariffLine {
            measures: vec![measure],
            ..TariffLine::default()
        },
    );
    let trees = PageTrees::of([lost]).unwrap();
    let schedule = ScheduleForm {
        about: about("2026-1"),
        trees,
    };
    let refused = refusal(running.client.publish(&schedule, &Publishing::default()).await);
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("schedule-refused", Some("line 100001"))
    );
    assert!(refused.message.contains("tariff-row R16"), "{}", refused.message);
}

#[tokio::test]
async fn a_schedule_whose_rates_are_notes_is_refused() {
    let running = Running::start().await;
    let sound = schedule("2026-1", 0);
    let note = Row::new(
        RowKey::Note("n-1".parse().unwrap()),
        Entry::Note("of all goods".to_owned()),
    );
    let notes = PageTrees::of([note.unwrap()]).unwrap().notes;
    let trees = PageTrees {
        rates: notes,
        ..PageTrees::default()
    };
    let astray = ScheduleForm { trees, ..sound };
    let refused = refusal(running.client.publish(&astray, &Publishing::default()).await);
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("schedule-refused", Some("note n-1"))
    );
    assert!(refused.message.contains("tariff-row R1)"), "{}", refused.message);
}

#[tokio::test]
async fn what_is_no_schedule_is_refused() {
    let running = Running::start().await;
    let mut bytes = schedule("2026-1", 0).encode().to_vec();
    bytes.pop();
    assert!(ScheduleForm::decode(bytes.clone().into()).is_err());
    bytes.extend([0; 9]);
    assert!(ScheduleForm::decode(bytes.into()).is_err());
    for (kind, status) in [("application/json", 415), ("application/vnd.ewtp.schedule", 400)] {
        let (told, body) = send(&running, "POST", "/v1/tariffs", kind, "{}").await;
        assert_eq!(told, status, "{body}");
    }
}

#[tokio::test]
async fn the_edition_of_a_day_is_found_and_its_schedule_handed_out() {
    let running = Running::start().await;
    let first = publish(&running, &schedule("2026-1", 0)).await.issued.unwrap().id;
    let later = json!({ "in_force": "2026-12-01", "name": "2026-12" });
    let mut stated = about("x").to_json();
    stated.extend(later.as_object().unwrap().clone());
    let december = ScheduleForm {
        about: About::from_json(&stated.into()).unwrap(),
        ..schedule("x", 2)
    };
    let second = publish(&running, &december).await.issued.unwrap().id;
    for (day, expected) in [("2026-11-22", first), ("2026-12-24", second)] {
        let listing = EditionListing {
            territory: Some("MY".to_owned()),
            on: day.parse().ok(),
            known: Some(NOW.plus(1)),
            ..EditionListing::default()
        };
        let found = running.client.editions(&listing).await.unwrap().editions;
        assert_eq!(
            found.iter().map(|edition| edition.id).collect::<Vec<_>>(),
            [expected],
            "{day}"
        );
    }
    let told = running.client.edition(&second).await.unwrap();
    assert_eq!(
        (told.schedule.state, told.standing),
        (ScheduleState::Held, StandingView::Undecided)
    );
    assert_eq!(told.content.unwrap()["number"], 2);
    assert_eq!(running.client.schedule(&second).await.unwrap(), december);
    let nothing = EditionListing {
        territory: Some("MY".to_owned()),
        on: "2025-01-01".parse().ok(),
        ..EditionListing::default()
    };
    assert_eq!(refusal(running.client.editions(&nothing).await).code, "not-found");
}
