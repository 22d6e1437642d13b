//! Record ↔ leaf ↔ path ↔ root ↔ origin ↔ key ↔ hub: each link, cut, and what the verdict then says.

mod lab;

use ewtp_log::Hash;
use ewtp_record::{Duty, Record};
use ewtp_verify::{Bundle, CheckCode, CheckResult, Outcome, Verdict, verdict};
use lab::{Hub, Lab, certificate, certificate_draft, code, net};

/// The verdict on the lab's bundle after `cut`.
fn after(cut: impl FnOnce(&mut Bundle, &Lab)) -> Verdict {
    let lab = Lab::of(&["SG", "TH"]);
    let mut bundle = lab.bundle();
    assert_eq!(
        verdict(&bundle, &lab.policy(), lab.now()).outcome,
        Outcome::Accepted,
        "it holds before the cut"
    );
    cut(&mut bundle, &lab);
    verdict(&bundle, &lab.policy(), lab.now())
}

fn assert_fails(verdict: &Verdict, code: CheckCode) {
    assert_eq!(verdict.outcome, Outcome::Invalid, "{verdict}");
    let check = verdict
        .checks
        .iter()
        .find(|check| check.code == code)
        .expect("the check was made");
    assert_eq!(check.result, CheckResult::Fail, "{verdict}");
}

#[test]
fn record_to_leaf_another_genuine_record_does_not_fit_the_proof() {
    let verdict = after(|bundle, lab| {
        let other = certificate(&lab.issuer, |draft| draft.subject = "ANOTHER-1".parse().unwrap());
        bundle.record = other.bytes().clone();
    });
    assert_fails(&verdict, CheckCode::Inclusion);
}

#[test]
fn record_to_leaf_the_same_content_signed_by_another_key_does_not_fit() {
    let verdict = after(|bundle, lab| {
        let draft = certificate_draft(&lab.issuer);
        bundle.record = draft.sign(&lab.issuer.key(Duty::Log)).unwrap().bytes().clone();
    });
    assert_fails(&verdict, CheckCode::Authority);
    assert_fails(&verdict, CheckCode::Inclusion);
}

#[test]
fn leaf_to_path_another_index_does_not_fit() {
    for index in [0, 2, 4, 6] {
        assert_fails(
            &after(|bundle, _| bundle.receipt.as_mut().unwrap().index = index),
            CheckCode::Inclusion,
        );
    }
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().index = 7),
        CheckCode::Inclusion,
    );
}

#[test]
fn path_to_root_a_changed_missing_or_added_hash_does_not_fit() {
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().path[1] = Hash([7; 32])),
        CheckCode::Inclusion,
    );
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().path.truncate(2)),
        CheckCode::Inclusion,
    );
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().path.push(Hash([7; 32]))),
        CheckCode::Inclusion,
    );
}

#[test]
fn root_to_origin_another_size_or_epoch_was_not_signed() {
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().size = 8),
        CheckCode::Checkpoint,
    );
    assert_fails(
        &after(|bundle, _| bundle.receipt.as_mut().unwrap().epoch = 1),
        CheckCode::Checkpoint,
    );
}

#[test]
fn origin_to_key_a_root_signed_by_another_key_of_the_hub_is_refused() {
    let verdict = after(|bundle, lab| {
        let tree = lab.tree();
        let (note, _) = lab.issuer.checkpoint(tree.size(), tree.root());
        let receipt = bundle.receipt.as_mut().unwrap();
        receipt.signature.0 = lab.issuer.key(Duty::Customs).sign(note.body().as_bytes());
    });
    assert_fails(&verdict, CheckCode::Checkpoint);
}

#[test]
fn key_to_hub_a_checkpoint_of_another_hub_over_the_same_root_is_refused() {
    let verdict = after(|bundle, lab| {
        let tree = lab.tree();
        let (note, signature) = lab.witnesses[0].checkpoint(tree.size(), tree.root());
        let receipt = bundle.receipt.as_mut().unwrap();
        receipt.signature = signature;
        receipt.cosignatures = vec![lab.witnesses[1].cosign(&note, lab.cosigned_at)];
    });
    assert_fails(&verdict, CheckCode::Checkpoint);
}

#[test]
fn key_to_hub_a_chain_under_another_code_is_refused() {
    let verdict = after(|bundle, lab| {
        let place = bundle
            .chains
            .iter()
            .position(|(hub, _)| *hub == lab.issuer.code)
            .unwrap();
        bundle.chains[place].1 = lab.witnesses[0].charters().1;
    });
    assert_fails(&verdict, CheckCode::Charters);
}

#[test]
fn key_to_hub_a_hub_of_the_same_code_with_its_own_keys_is_unrecognised() {
    let lab = Lab::of(&["SG", "TH"]);
    // The impostor takes the code and makes everything anew, so that all holds together but the pin.
    let mut impostor = Lab::of(&["SG", "TH"]);
    impostor.issuer = Hub::new(net(), "MY", &[Duty::Log, Duty::Customs, Duty::Operator], &["SG", "TH"]);
    impostor.record = certificate(&impostor.issuer, |_| {});
    impostor.log();
    let verdict = verdict(&impostor.bundle(), &lab.policy(), lab.now());
    assert_eq!(verdict.outcome, Outcome::Unrecognised, "{verdict}");
}

#[test]
fn hub_to_record_a_record_that_names_another_issuer_is_judged_by_that_issuers_charters() {
    let verdict = after(|bundle, lab| {
        let mut draft = certificate_draft(&lab.issuer);
        draft.issuer = code("TH");
        bundle.record = draft.sign(&lab.issuer.key(Duty::Customs)).unwrap().bytes().clone();
    });
    assert_fails(&verdict, CheckCode::Authority);
}

#[test]
fn a_key_of_another_duty_cannot_sign_a_certificate() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let draft = certificate_draft(&lab.issuer);
    lab.record = draft.sign(&lab.issuer.key(Duty::Log)).unwrap();
    lab.log();
    assert_fails(&lab.verdict(), CheckCode::Authority);
}

#[test]
fn a_signature_that_does_not_verify_is_invalid_though_logged_and_witnessed() {
    let mut lab = Lab::of(&["SG", "TH"]);
    let mut bytes = lab.record.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    lab.record = Record::decode(bytes.into()).unwrap();
    lab.log();
    assert_fails(&lab.verdict(), CheckCode::Signature);
}

#[test]
fn a_life_longer_than_the_key_may_grant_is_invalid() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.certify(|draft| draft.expires_at = draft.issued_at.plus(90 * lab::DAY + 1));
    assert_fails(&lab.verdict(), CheckCode::Window);
}

#[test]
fn a_record_issued_before_its_keys_window_is_invalid() {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.certify(|draft| draft.issued_at.0 = lab::T0.0 - 1);
    assert_fails(&lab.verdict(), CheckCode::Window);
}

#[test]
fn cosignatures_on_another_checkpoint_are_not_counted() {
    let verdict = after(|bundle, lab| {
        let (note, _) = lab.issuer.checkpoint(8, lab.tree().root());
        let receipt = bundle.receipt.as_mut().unwrap();
        receipt.cosignatures = lab
            .witnesses
            .iter()
            .map(|hub| hub.cosign(&note, lab.cosigned_at))
            .collect();
    });
    assert_eq!(
        (verdict.outcome, verdict.quorum.have),
        (Outcome::Undecided, 0),
        "{verdict}"
    );
}

#[test]
fn a_cosignature_under_another_hubs_name_is_not_counted() {
    let verdict = after(|bundle, _| {
        let receipt = bundle.receipt.as_mut().unwrap();
        receipt.cosignatures[1].signature = receipt.cosignatures[0].signature;
    });
    assert_eq!(
        (verdict.outcome, verdict.quorum.have),
        (Outcome::Undecided, 1),
        "{verdict}"
    );
}

#[test]
fn witnesses_whose_charters_are_missing_are_not_counted() {
    let verdict = after(|bundle, _| bundle.chains.retain(|(hub, _)| *hub != code("TH")));
    assert_eq!(
        (verdict.outcome, verdict.quorum.have),
        (Outcome::Undecided, 1),
        "{verdict}"
    );
    assert!(verdict.to_string().contains("the charters of TH are not in the bundle"));
}

#[test]
fn without_the_issuers_charters_nothing_is_decided() {
    let verdict = after(|bundle, _| bundle.chains.retain(|(hub, _)| *hub != code("MY")));
    assert_eq!(verdict.outcome, Outcome::Undecided, "{verdict}");
}
