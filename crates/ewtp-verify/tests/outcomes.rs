//! Each outcome, from the bundle and policy that call for it.

#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;

use ewtp_record::charter::Revocation;
use ewtp_record::{Duty, RecordKind};
use ewtp_verify::{CheckCode, CheckResult, Outcome, Verdict, Verifier, verdict, verify};
use lab::{DAY, Hub, INDEX, Lab, T0, certificate_draft, code, key};

fn result(verdict: &Verdict, code: CheckCode) -> CheckResult {
    verdict
        .checks
        .iter()
        .find(|check| check.code == code)
        .map(|check| check.result)
        .expect("the check was made")
}

#[test]
fn a_logged_and_witnessed_certificate_is_accepted_from_its_file_alone() {
    let lab = Lab::of(&["SG", "TH", "RW"]);
    let verdict = verify(&lab.bundle().encode(), &lab.policy(), lab.now());
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert!(verdict.checks.iter().all(|check| check.result == CheckResult::Pass));
    assert_eq!((verdict.quorum.have, verdict.quorum.need), (3, 3));
    assert_eq!(verdict.as_of, Some(lab.cosigned_at.plus(1)), "the median of three");
    assert_eq!(verdict.age_seconds, Some(599));
}

#[test]
fn the_first_line_says_what_is_stated_and_what_to_compare() {
    let lab = Lab::of(&["SG", "TH"]);
    let text = lab.verdict().to_string();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("ACCEPTED  clearance-certificate "), "{first}");
    assert!(
        first.contains("released") && first.contains("compare: ") && first.contains("HS "),
        "{first}"
    );
}

#[test]
fn the_json_is_as_the_schema_says() {
    let lab = Lab::of(&["SG", "TH"]);
    let json = serde_json::to_string(&lab.verdict()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(
        json.starts_with(r#"{"schema":"ewtp.verdict/1","outcome":"accepted","record":{"id":""#),
        "{json}"
    );
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "schema",
            "outcome",
            "record",
            "checks",
            "as_of",
            "age_seconds",
            "quorum",
            "statement",
            "compare"
        ]
    );
    assert_eq!(value["record"]["kind"], "clearance-certificate");
    assert_eq!(value["record"]["id"], lab.record.id().to_string());
    assert_eq!(
        value["quorum"],
        serde_json::json!({"have": 2, "need": 2, "witnesses": ["SG", "TH"]})
    );
    assert_eq!(value["statement"], "export-release, released");
    assert_eq!(value["compare"][0], "air document 784-12345675");
    assert_eq!(
        value["checks"][0],
        serde_json::json!({"code": "bundle-shape", "result": "pass", "detail": "a bundle"})
    );
}

#[test]
fn a_certificate_is_expired_from_its_last_second_on() {
    let lab = Lab::of(&["SG", "TH"]);
    let ends = lab.record.header().expires_at;
    assert_eq!(verdict(&lab.bundle(), &lab.policy(), ends).outcome, Outcome::Expired);
    let before = ewtp_record::UnixTime(ends.0 - 1);
    assert_eq!(verdict(&lab.bundle(), &lab.policy(), before).outcome, Outcome::Accepted);
}

#[test]
fn a_certificate_that_begins_later_than_the_skew_is_not_yet_valid() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let begins = lab.now().plus(121);
    lab.certify(|draft| draft.not_before = Some(begins));
    assert_eq!(lab.verdict().outcome, Outcome::NotYetValid);
    let within = verdict(&lab.bundle(), &lab.policy(), lab.now().plus(1));
    assert_eq!(within.outcome, Outcome::Accepted, "{within}");
}

#[test]
fn an_issuer_without_a_pin_is_unrecognised_though_genuine() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.pins.remove(&code("MY"));
    let verdict = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!(verdict.outcome, Outcome::Unrecognised);
    assert_eq!(result(&verdict, CheckCode::Signature), CheckResult::Pass);
    assert_eq!(result(&verdict, CheckCode::Recognised), CheckResult::Fail);
}

#[test]
fn an_issuer_pinned_with_another_genesis_is_unrecognised() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    let other = policy.pins[&code("TH")];
    policy.pins.insert(code("MY"), other);
    assert_eq!(
        verdict(&lab.bundle(), &policy, lab.now()).outcome,
        Outcome::Unrecognised
    );
}

#[test]
fn a_record_without_receipt_is_undecided_unless_the_policy_takes_it_on_its_signature() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut bundle = lab.bundle();
    bundle.receipt = None;
    let undecided = verdict(&bundle, &lab.policy(), lab.now());
    assert_eq!(undecided.outcome, Outcome::Undecided);
    assert!(
        undecided
            .to_string()
            .lines()
            .next()
            .unwrap()
            .contains("not shown to be logged"),
        "{undecided}"
    );
    let mut policy = lab.policy();
    policy.unlogged.insert(RecordKind::CERTIFICATE);
    let accepted = verdict(&bundle, &policy, lab.now());
    assert_eq!(accepted.outcome, Outcome::Accepted);
    assert_eq!(result(&accepted, CheckCode::Inclusion), CheckResult::Skip);
    assert!(accepted.to_string().contains("on its signature alone"));
}

#[test]
fn a_bad_receipt_is_invalid_even_where_none_is_needed() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.unlogged.insert(RecordKind::CERTIFICATE);
    let mut bundle = lab.bundle();
    bundle.receipt.as_mut().unwrap().index = 2;
    assert_eq!(verdict(&bundle, &policy, lab.now()).outcome, Outcome::Invalid);
}

#[test]
fn a_bare_record_is_undecided() {
    let lab = Lab::of(&["SG", "TH"]);
    let verdict = verify(lab.record.bytes(), &lab.policy(), lab.now());
    assert_eq!(verdict.outcome, Outcome::Undecided);
    assert_eq!(result(&verdict, CheckCode::Charters), CheckResult::Unknown);
    assert_eq!(verdict.record.unwrap().subject, lab.record.header().subject);
}

#[test]
fn meshes_of_two_three_four_and_eight_reach_their_quorum() {
    let panels: [&[&str]; 4] = [
        &["SG"],
        &["SG", "TH"],
        &["SG", "TH", "RW"],
        &["SG", "TH", "RW", "ET", "BE", "US", "CN-HGH"],
    ];
    for (panel, need) in panels.into_iter().zip([1, 2, 3, 5]) {
        let mut lab = Lab::of(panel);
        assert_eq!(lab.verdict().quorum.need, need);
        assert_eq!(lab.verdict().outcome, Outcome::Accepted);
        let policy = lab.policy();
        lab.witnesses.truncate(need - 1);
        let short = verdict(&lab.bundle(), &policy, lab.now());
        assert_eq!(
            (short.outcome, short.quorum.have),
            (Outcome::Undecided, need - 1),
            "{short}"
        );
        assert_eq!(short.as_of, None, "no age without a quorum");
    }
}

#[test]
fn nobody_to_witness_decides_nothing() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.own = code("MY");
    policy.pins.retain(|hub, _| *hub == code("MY"));
    let verdict = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!((verdict.outcome, verdict.quorum.need), (Outcome::Undecided, 0));
    assert!(
        verdict
            .to_string()
            .contains("its panel is SG, TH, and the policy pins none of them"),
        "{verdict}"
    );
}

#[test]
fn a_log_without_a_panel_says_why_nobody_witnesses_it() {
    let lab = Lab::of(&[]);
    let mut policy = lab.policy();
    let own = policy.own;
    for (own, need) in [(own, lab.verdict().quorum.need), (code("MY"), 0)] {
        policy.own = own;
        let verdict = verdict(&lab.bundle(), &policy, lab.now());
        assert_eq!((verdict.outcome, verdict.quorum.need), (Outcome::Undecided, need));
        let first = verdict.to_string().lines().next().unwrap().to_owned();
        assert!(
            first.contains("the charter of MY names no panel, so nobody witnesses its log"),
            "{first}"
        );
    }
}

#[test]
fn the_issuer_never_witnesses_for_itself() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.own = code("MY");
    assert_eq!(verdict(&lab.bundle(), &policy, lab.now()).quorum.need, 2);
}

#[test]
fn two_hubs_with_one_witness_key_are_one_witness() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let shared = key("SG/witness");
    lab.witnesses[1] = twin(&shared);
    let mut bundle = lab.bundle();
    let receipt = bundle.receipt.as_mut().unwrap();
    receipt.cosignatures[1] = ewtp_verify::WitnessCosignature {
        hub: code("TH"),
        ..receipt.cosignatures[0].clone()
    };
    let verdict = verdict(&bundle, &lab.policy(), lab.now());
    assert_eq!(
        (verdict.outcome, verdict.quorum.have),
        (Outcome::Undecided, 1),
        "{verdict}"
    );
    assert!(
        verdict.to_string().contains("TH signed with the key of SG"),
        "{verdict}"
    );
}

/// Thailand, whose charter names Singapore's witness key; that key's holder agreed.
fn twin(shared: &ewtp_record::SecretKey) -> Hub {
    use ewtp_trust::draft::{CharterDraft, GenesisPlan, role};
    let log = key("TH/log");
    let window = (T0, T0.plus(200 * DAY));
    let plan = GenesisPlan {
        net: lab::net(),
        hub: code("TH"),
        display_name: "TH".to_owned(),
        issued_at: T0,
        expires_at: T0.plus(300 * DAY),
        roots: vec![key("TH/root").public().to_bytes()],
        threshold: 1,
        next_roots: vec![key("TH/next").public().to_bytes()],
        next_threshold: 1,
        roles: vec![
            role(log.public().to_bytes(), Duty::Log, window, DAY),
            role(shared.public().to_bytes(), Duty::Witness, window, DAY),
        ],
        panel: Vec::new(),
    };
    let record = CharterDraft::genesis(plan)
        .unwrap()
        .sign_all(&[&key("TH/root")], &[&log, shared])
        .unwrap();
    let mut hub = Hub::witness("TH");
    hub.chain = ewtp_trust::CharterChain::genesis(&record, &lab::net()).unwrap();
    hub
}

#[test]
fn a_cosignature_from_the_future_does_not_count() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let now = lab.now();
    lab.cosigned_at = now.plus(121);
    let verdict = verdict(&lab.bundle(), &lab.policy(), now);
    assert_eq!((verdict.outcome, verdict.quorum.have), (Outcome::Undecided, 0));
}

#[test]
fn a_bad_cosignature_takes_nothing_from_a_quorum_of_others() {
    let lab = Lab::of(&["SG", "TH", "RW", "ET"]);
    let mut bundle = lab.bundle();
    bundle.receipt.as_mut().unwrap().cosignatures[0].signature.0[7] ^= 1;
    let verdict = verdict(&bundle, &lab.policy(), lab.now());
    assert_eq!(
        (verdict.outcome, verdict.quorum.have, verdict.quorum.need),
        (Outcome::Accepted, 3, 3),
        "{verdict}"
    );
    assert_eq!(result(&verdict, CheckCode::Cosignatures), CheckResult::Warn);
}

#[test]
fn a_record_of_an_unknown_kind_is_unsupported() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.certify(|draft| draft.kind = RecordKind::STATUS);
    let verdict = lab.verdict();
    assert_eq!(verdict.outcome, Outcome::Unsupported, "{verdict}");
    assert_eq!(verdict.outcome.exit_code(), 16);
}

/// A lab whose next charter revokes the customs key from that index on.
fn revoked_from(first_bad_index: u64) -> Lab {
    let mut lab = Lab::of(&["SG", "TH"]);
    let kid = lab.issuer.key(Duty::Customs).id();
    lab.issuer.refresh(T0.plus(10 * DAY), |plan| {
        plan.roles.retain(|role| role.duty != Duty::Customs);
        plan.revoked.push(Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index,
        });
    });
    lab
}

#[test]
fn a_revoked_key_counts_up_to_the_first_bad_position_and_no_further() {
    for (first_bad, expected) in [(INDEX + 1, Outcome::Accepted), (INDEX, Outcome::Invalid)] {
        let verdict = revoked_from(first_bad).verdict();
        assert_eq!(verdict.outcome, expected, "{verdict}");
    }
}

/// A lab whose customs key was revoked for all it signed, and its bundle without the charter that says so.
fn trimmed() -> (Lab, ewtp_verify::Bundle) {
    let lab = revoked_from(0);
    let mut bundle = lab.bundle();
    for (hub, charters) in &mut bundle.chains {
        if *hub == lab.issuer.code {
            charters.truncate(1);
        }
    }
    (lab, bundle)
}

#[test]
fn a_bundle_that_hides_a_revocation_is_undecided_where_the_policy_knows_of_a_newer_charter() {
    let (lab, bundle) = trimmed();
    assert_eq!(
        lab.verdict().outcome,
        Outcome::Invalid,
        "the whole bundle says that the key is revoked"
    );
    let mut policy = lab.policy();
    assert_eq!(
        verdict(&bundle, &policy, lab.now()).outcome,
        Outcome::Accepted,
        "nothing shows it here"
    );
    policy.charter_min.insert(code("MY"), 1);
    let undecided = verdict(&bundle, &policy, lab.now());
    assert_eq!(undecided.outcome, Outcome::Undecided, "{undecided}");
    assert_eq!(result(&undecided, CheckCode::Charters), CheckResult::Unknown);
    let first = undecided.to_string().lines().next().unwrap().to_owned();
    assert!(
        first.contains("end at 0") && first.contains("ewtp cert bundle"),
        "{first}"
    );
    // A forgery stays one.
    let mut forged = bundle;
    forged.receipt.as_mut().unwrap().index = 2;
    assert_eq!(verdict(&forged, &policy, lab.now()).outcome, Outcome::Invalid);
}

#[test]
fn a_chain_that_reaches_the_lowest_charter_asked_for_is_accepted() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer.refresh(T0.plus(DAY / 2), |_| {});
    lab.charter = 1;
    let mut policy = lab.policy();
    policy.charter_min.insert(code("MY"), 1);
    let accepted = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!(accepted.outcome, Outcome::Accepted, "{accepted}");
}

#[test]
fn a_witness_whose_charters_are_older_than_asked_for_does_not_count() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.charter_min.insert(code("TH"), 1);
    let undecided = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!(undecided.outcome, Outcome::Undecided, "{undecided}");
    assert_eq!(result(&undecided, CheckCode::Quorum), CheckResult::Unknown);
    assert_eq!(undecided.quorum.have, 1);
    assert!(undecided.to_string().contains("older than the policy asks for"));
}

#[test]
fn evidence_older_than_the_policy_allows_is_undecided_with_the_next_step() {
    let lab = Lab::of(&["SG", "TH", "RW"]);
    let mut policy = lab.policy();
    // The median of the three cosigned 599 s ago.
    policy.max_age_seconds = Some(599);
    let accepted = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!(accepted.outcome, Outcome::Accepted, "{accepted}");
    assert_eq!(result(&accepted, CheckCode::Age), CheckResult::Pass);
    policy.max_age_seconds = Some(598);
    let undecided = verdict(&lab.bundle(), &policy, lab.now());
    assert_eq!(undecided.outcome, Outcome::Undecided, "{undecided}");
    assert_eq!(undecided.age_seconds, Some(599));
    let first = undecided.to_string().lines().next().unwrap().to_owned();
    assert!(
        first.contains("599 s old") && first.contains("ewtp cert bundle"),
        "{first}"
    );
}

#[test]
fn a_record_without_evidence_is_undecided_where_the_policy_says_how_old_it_may_be() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    policy.unlogged.insert(RecordKind::CERTIFICATE);
    policy.max_age_seconds = Some(DAY);
    let mut bundle = lab.bundle();
    bundle.receipt = None;
    let undecided = verdict(&bundle, &policy, lab.now());
    assert_eq!(undecided.outcome, Outcome::Undecided, "{undecided}");
    assert_eq!(result(&undecided, CheckCode::Age), CheckResult::Unknown);
}

#[test]
fn a_dropped_key_is_good_where_the_log_was_witnessed_before_and_undecided_where_not() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer.refresh(T0.plus(DAY / 2), |plan| {
        plan.roles.retain(|role| role.duty != Duty::Customs)
    });
    // The receipt's checkpoint was signed under charter 0, so the record was logged before charter 1.
    assert_eq!(lab.verdict().outcome, Outcome::Accepted);
    lab.charter = 1;
    let verdict = lab.verdict();
    assert_eq!(verdict.outcome, Outcome::Undecided, "{verdict}");
    assert!(
        verdict
            .to_string()
            .contains("charter 1 no longer allows the signing key"),
        "{verdict}"
    );
}

#[test]
fn a_receipt_under_a_log_key_that_was_replaced_later_still_proves_what_it_proved() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer.replace(T0.plus(10 * DAY), &[Duty::Log]);
    assert_eq!(lab.verdict().outcome, Outcome::Accepted);
}

#[test]
fn a_replaced_log_key_cannot_log_what_only_a_later_charter_lets_sign() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer.replace(T0.plus(DAY / 2), &[Duty::Log, Duty::Customs]);
    lab.record = certificate_draft(&lab.issuer)
        .sign(&lab.issuer.newer_key(Duty::Customs))
        .unwrap();
    lab.log();
    let verdict = lab.verdict();
    assert_eq!(verdict.outcome, Outcome::Invalid, "{verdict}");
    assert_eq!(result(&verdict, CheckCode::Authority), CheckResult::Fail);
}

#[test]
fn a_shortened_window_leaves_what_was_issued_before_the_change_good() {
    for (shortened_at, expected) in [
        (T0.plus(2 * DAY), Outcome::Accepted),
        (T0.plus(DAY / 2), Outcome::Undecided),
    ] {
        let mut lab = Lab::of(&["SG", "TH"]);
        lab.issuer.refresh(shortened_at, |plan| {
            for role in plan.roles.iter_mut().filter(|role| role.duty == Duty::Customs) {
                role.not_after = T0.plus(DAY / 4);
            }
        });
        lab.charter = 1;
        let verdict = lab.verdict();
        assert_eq!(verdict.outcome, expected, "{verdict}");
    }
}

#[test]
fn a_test_bundle_is_refused_under_any_other_net() {
    let lab = Lab::of(&["SG", "TH"]);
    for other in ["ewtp", "test:other"] {
        let mut policy = lab.policy();
        policy.net = other.parse().unwrap();
        let verdict = verdict(&lab.bundle(), &policy, lab.now());
        assert_eq!(verdict.outcome, Outcome::Invalid);
        assert_eq!(result(&verdict, CheckCode::Net), CheckResult::Fail);
    }
}

#[test]
fn the_most_severe_of_several_reasons_is_the_answer() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let ended = lab.record.header().expires_at;
    let mut policy = lab.policy();
    policy.pins.remove(&code("MY"));
    assert_eq!(verdict(&lab.bundle(), &policy, ended).outcome, Outcome::Expired);
    lab.leaves[0] = lab.leaves[1];
    let mut bundle = lab.bundle();
    bundle.receipt.as_mut().unwrap().path[0] = lab.leaves[5];
    assert_eq!(verdict(&bundle, &policy, ended).outcome, Outcome::Invalid);
}

#[test]
fn a_desk_that_remembers_charters_gives_the_same_verdicts() {
    let (small, large) = (Lab::of(&["SG", "TH"]), Lab::of(&["SG", "TH", "RW", "ET"]));
    let mut refreshed = Lab::of(&["SG", "TH"]);
    refreshed.issuer.refresh(T0.plus(DAY / 2), |plan| {
        plan.roles.retain(|role| role.duty != Duty::Customs)
    });
    refreshed.charter = 1;
    let mut broken = small.bundle();
    let place = broken.chains.iter().position(|(hub, _)| *hub == code("TH")).unwrap();
    let mut charter = broken.chains[place].1[0].to_vec();
    *charter.last_mut().unwrap() ^= 1;
    broken.chains[place].1[0] = charter.into();
    let bundles = [
        small.bundle(),
        broken,
        refreshed.bundle(),
        large.bundle(),
        small.bundle(),
    ];
    let mut desk = Verifier::new(small.policy());
    for bundle in bundles.iter().chain(&bundles) {
        assert_eq!(
            desk.verdict(bundle, small.now()),
            verdict(bundle, &small.policy(), small.now())
        );
    }
}
