//! A duty receipt at the officer's desk: the amounts, and whose edition they are of.

mod lab;
#[path = "../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;

use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_record::{Draft, Duty, RecordKind, UnixTime};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::{Entry, Measure};
use ewtp_tariff::{Receipt, RowKey};
use ewtp_verify::{DutyVerdict, Outcome, Policy, verify, verify_duty};
use lab::{DAY, Hub, Lab, T0, net};
use schedule::{Schedule, line, measure, read, row};

fn schedule() -> Schedule {
    shirts(vec![measure(MeasureKind::Mfn, "16.5%")])
}

fn shirts(measures: Vec<Measure>) -> Schedule {
    let note = row(RowKey::Note(read("note-1")), Entry::Note("Ask the office.".into()));
    let rows = vec![line("61091000", &["H87"], measures), note];
    schedule::schedule("MY", Valuation::Fob, "MYR", rows)
}

fn asked(known: UnixTime) -> Request {
    Request {
        known,
        ..schedule::request("MY", "61091000", "CN", "2026-11-25", "1000.00 MYR")
    }
}

/// Malaysia published an edition, which its log holds and its panel witnessed.
fn lab(duty: Duty) -> Lab {
    lab_of(&schedule(), duty)
}

fn lab_of(schedule: &Schedule, duty: Duty) -> Lab {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer = Hub::new(net(), "MY", &[Duty::Log, duty], &["SG", "TH"]);
    let draft = Draft {
        kind: RecordKind::TARIFF_EDITION,
        issuer: read("MY"),
        subject: read("2026-rev-1"),
        issued_at: T0.plus(DAY),
        expires_at: T0.plus(31 * DAY),
        not_before: None,
        payload: schedule.edition.encode(),
    };
    lab.record = draft.sign(&lab.issuer.key(duty)).expect("a record");
    lab.log();
    lab
}

/// The receipt of a quote, with its evidence.
fn receipt(lab: &Lab) -> Receipt {
    let (quote, receipt) = Receipt::issue(&lab.record, &schedule().trees, &asked(lab.now())).expect("a receipt");
    assert_eq!(quote.sum, 16_500);
    Receipt {
        evidence: Some(lab.bundle().encode().into()),
        ..receipt
    }
}

fn judged(lab: &Lab, receipt: &Receipt) -> DutyVerdict {
    verify_duty(&receipt.encode(), &lab.policy(), lab.now())
}

#[test]
fn a_receipt_of_a_pinned_hub_is_accepted_offline() {
    let lab = lab(Duty::Tariff);
    let verdict = judged(&lab, &receipt(&lab));
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert_eq!(
        verdict.total().map(|total| total.to_string()).as_deref(),
        Some("165.00 MYR")
    );
    let first = verdict.to_string().lines().next().map(str::to_owned).expect("a line");
    assert!(
        first.starts_with("ACCEPTED  duty on 61091000 from CN to MY on 2026-11-25: 165.00 MYR"),
        "{first}"
    );
    let json = serde_json::to_value(&verdict).expect("JSON");
    assert_eq!(
        (&json["schema"], &json["replays"]),
        (&"ewtp.duty-verdict/1".into(), &true.into())
    );
    assert_eq!((&json["total"], &json["currency"]), (&"165.00".into(), &"MYR".into()));
    let line = &json["lines"][0];
    assert_eq!(
        (&line["measure"], &line["amount"]),
        (&"mfn".into(), &"165.00".into()),
        "{json}"
    );
    assert_eq!((&line["base"], &line["rate"]), (&"1000.00".into(), &"16.5".into()));
    assert_eq!(line["why"], "the duty for every origin");
    assert_eq!(json["edition"]["outcome"], "accepted");
}

/// The JSON of the verdict on a receipt of a quote by this schedule.
fn told(schedule: &Schedule) -> serde_json::Value {
    let lab = lab_of(schedule, Duty::Tariff);
    let (_, receipt) = Receipt::issue(&lab.record, &schedule.trees, &asked(lab.now())).expect("a receipt");
    serde_json::to_value(judged(&lab, &receipt)).expect("JSON")
}

#[test]
fn what_only_a_person_can_decide_is_told_with_its_reason_and_row() {
    let json = told(&shirts(vec![
        measure(MeasureKind::Mfn, "text(note-1)"),
        measure(MeasureKind::Levy, "1%"),
    ]));
    let open = serde_json::json!([{
        "measure": "mfn", "reason": "needs-person", "message": "read the note note-1", "note": null, "row": "line 61091000",
    }]);
    assert_eq!(json["needs_person"], open);
    assert_eq!(
        (&json["total"], &json["waived"]),
        (&serde_json::Value::Null, &false.into())
    );
    assert_eq!(json["lines"][0]["amount"], "10.00");
}

#[test]
fn a_sum_that_is_not_collected_is_told_as_waived() {
    let mut schedule = schedule();
    assert_eq!(told(&schedule)["waived"], false);
    schedule.edition.collected_from = Some(read("165.01 MYR"));
    let json = told(&schedule);
    assert_eq!((&json["total"], &json["waived"]), (&"0.00".into(), &true.into()));
    assert_eq!(
        (&json["lines"][0]["amount"], &json["needs_person"]),
        (&"165.00".into(), &serde_json::json!([]))
    );
}

#[test]
fn a_receipt_that_cannot_be_read_says_nothing_of_waiving() {
    let lab = lab(Duty::Tariff);
    let json = serde_json::to_value(verify_duty(b"no receipt", &lab.policy(), lab.now())).expect("JSON");
    assert_eq!(
        (&json["waived"], &json["needs_person"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
}

#[test]
fn a_receipt_without_evidence_replays_and_is_undecided() {
    let lab = lab(Duty::Tariff);
    let verdict = judged(
        &lab,
        &Receipt {
            evidence: None,
            ..receipt(&lab)
        },
    );
    assert_eq!(verdict.outcome, Outcome::Undecided, "{verdict}");
    assert!(verdict.quote.is_some());
}

#[test]
fn another_amount_is_invalid_and_named() {
    let lab = lab(Duty::Tariff);
    let mut forged = receipt(&lab);
    forged.answer.lines[0].amount = 1_650;
    let verdict = judged(&lab, &forged);
    assert_eq!((verdict.outcome, verdict.quote.is_some()), (Outcome::Invalid, false));
    assert!(
        verdict
            .reason
            .contains("the receipt says 1650, the schedule gives 16500"),
        "{verdict}"
    );
}

#[test]
fn a_forged_receipt_cannot_write_its_own_verdict_on_the_screen() {
    let lab = lab(Duty::Tariff);
    let mut forged = receipt(&lab);
    forged.answer.lines[0].expression = format!("\u{1b}[2K\r\nACCEPTED  duty\u{202e}{}", "x".repeat(1_000));
    let verdict = judged(&lab, &forged);
    assert_eq!(verdict.outcome, Outcome::Invalid, "{verdict}");
    let text = verdict.to_string();
    assert!(text.lines().all(|line| !line.starts_with("ACCEPTED")), "{text}");
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
    assert!(verdict.reason.len() < 300, "{}", verdict.reason.len());
}

#[test]
fn an_edition_that_another_duty_signed_is_invalid() {
    let lab = lab(Duty::Customs);
    let verdict = judged(&lab, &receipt(&lab));
    assert_eq!(verdict.outcome, Outcome::Invalid, "{verdict}");
    assert!(verdict.quote.is_some(), "the amounts follow all the same");
}

#[test]
fn evidence_of_another_record_is_invalid() {
    let lab = lab(Duty::Tariff);
    let other = Lab::of(&["SG", "TH"]);
    let strange = Receipt {
        evidence: Some(other.bundle().encode().into()),
        ..receipt(&lab)
    };
    let verdict = judged(&lab, &strange);
    assert_eq!(
        (verdict.outcome, verdict.reason.as_str()),
        (Outcome::Invalid, "the evidence is of another record than the edition")
    );
    let broken = Receipt {
        evidence: Some(vec![0x80].into()),
        ..receipt(&lab)
    };
    assert_eq!(judged(&lab, &broken).outcome, Outcome::Invalid);
}

#[test]
fn a_receipt_is_good_years_after_the_edition_ended() {
    let lab = lab(Duty::Tariff);
    let bytes = receipt(&lab).encode();
    let later = lab.now().plus(3 * 365 * DAY);
    assert_eq!(verify_duty(&bytes, &lab.policy(), later).outcome, Outcome::Accepted);
    let mut strict = lab.policy();
    strict.max_age_seconds = Some(3_600);
    assert_eq!(verify_duty(&bytes, &strict, lab.now()).outcome, Outcome::Accepted);
    assert_eq!(verify_duty(&bytes, &strict, later).outcome, Outcome::Undecided);
}

#[test]
fn a_hub_that_is_not_pinned_is_unrecognised() {
    let lab = lab(Duty::Tariff);
    let mut policy = lab.policy();
    policy.pins.remove(&lab.issuer.code);
    assert_eq!(
        verify_duty(&receipt(&lab).encode(), &policy, lab.now()).outcome,
        Outcome::Unrecognised
    );
}

#[test]
fn no_flipped_byte_is_accepted_with_another_total() {
    let lab = lab(Duty::Tariff);
    let bytes = Receipt {
        evidence: None,
        ..receipt(&lab)
    }
    .encode();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let verdict = verify_duty(&other, &lab.policy(), lab.now());
        assert!(verdict.quote.is_none_or(|quote| quote.sum == 16_500), "byte {at}");
        assert_ne!(
            verdict.outcome,
            Outcome::Accepted,
            "byte {at}: nothing says whose edition it is"
        );
    }
    assert_eq!(
        verify_duty(&bytes[..40], &lab.policy(), lab.now()).outcome,
        Outcome::Invalid
    );
}

#[test]
fn without_a_policy_a_receipt_is_computed_again_and_its_hub_not_recognised() {
    let lab = lab(Duty::Tariff);
    let file = receipt(&lab).encode();
    let verdict = verify_duty(&file, &Policy::of_nobody(&file), lab.now());
    assert_eq!(verdict.outcome, Outcome::Unrecognised, "{verdict}");
    let total = verdict.total().map(|total| total.to_string());
    assert_eq!(total.as_deref(), Some("165.00 MYR"));
    let bare = Receipt {
        evidence: None,
        ..receipt(&lab)
    };
    let file = bare.encode();
    let verdict = verify_duty(&file, &Policy::of_nobody(&file), lab.now());
    assert_eq!(verdict.outcome, Outcome::Unrecognised, "{verdict}");
    assert!(verdict.total().is_some() && Policy::proposed_by(&file).is_none());
}

#[test]
fn without_a_policy_a_forgery_is_invalid() {
    let lab = lab(Duty::Tariff);
    let mut forged = receipt(&lab);
    forged.answer.sum = 1;
    let file = forged.encode();
    assert_eq!(
        verify_duty(&file, &Policy::of_nobody(&file), lab.now()).outcome,
        Outcome::Invalid
    );
    // What cannot be read at all is judged too.
    let cut = &file[..file.len() / 2];
    assert_eq!(
        verify_duty(cut, &Policy::of_nobody(cut), lab.now()).outcome,
        Outcome::Invalid
    );
    let mut bundle = lab.bundle();
    let mut bytes = bundle.record.to_vec();
    *bytes.last_mut().expect("a record has bytes") ^= 1;
    bundle.record = bytes.into();
    let file = bundle.encode();
    let verdict = verify(&file, &Policy::of_nobody(&file), lab.now());
    assert_eq!(verdict.outcome, Outcome::Invalid, "{verdict}");
}

#[test]
fn the_policy_that_a_file_proposes_pins_whom_it_shows() {
    let lab = lab(Duty::Tariff);
    let file = receipt(&lab).encode();
    let proposed = Policy::proposed_by(&file).expect("it shows charters");
    assert_eq!(proposed.pins, lab.policy().pins);
    assert_eq!(Policy::from_json(proposed.to_json().as_bytes()), Ok(proposed.clone()));
    assert_eq!(verify_duty(&file, &proposed, lab.now()).outcome, Outcome::Accepted);
}
