use ewtp_record::charter::Revocation;
use ewtp_record::{Duty, KeyBytes, SecretKey};

use super::{CharterDraft, GenesisPlan, RefreshPlan};
use crate::testing::{DAY, Hub, T0, bytes, code, genesis_plan, key, net, refusal, role};
use crate::{Charter, CharterChain};

fn roots() -> Vec<SecretKey> {
    (0..3).map(|number| key(&format!("MY/root-{number}"))).collect()
}

fn plan() -> GenesisPlan {
    genesis_plan(
        code("MY"),
        &roots(),
        vec![role("MY", Duty::Customs), role("MY", Duty::Log)],
    )
}

fn draft() -> CharterDraft {
    CharterDraft::genesis(plan()).unwrap()
}

#[test]
fn key_holders_sign_one_at_a_time_in_any_order_and_place() {
    let (first, second) = (draft(), draft());
    assert_eq!(
        first.id(),
        second.id(),
        "a plan has one body, in whatever order its lists came"
    );
    let mut draft = first;
    // Each holder gets the bytes, signs elsewhere, and sends the signature back.
    for key in [key("MY/log"), roots()[2].clone(), key("MY/customs")] {
        let mut received = CharterDraft::from_bytes(&draft.to_bytes()).unwrap();
        received.add(key.id(), key.sign(&received.message())).unwrap();
        draft = received;
    }
    assert!(draft.missing_roles().is_empty());
    assert_eq!(draft.missing_roots(), 1);
    let closing = &roots()[0];
    let envelope = draft.envelope(&bytes(closing));
    let record = draft
        .close_with(&bytes(closing), &closing.sign(envelope.message()))
        .unwrap();
    assert_eq!(
        record,
        draft.close(closing).unwrap(),
        "here or elsewhere, the record is the same"
    );
    assert_eq!(CharterChain::genesis(&record, &net()).unwrap().genesis_id(), draft.id());
}

#[test]
fn a_draft_says_who_is_missing() {
    let mut draft = draft();
    assert_eq!((draft.missing_roots(), draft.missing_roles().len()), (2, 2));
    draft.sign(&key("MY/log")).unwrap();
    draft.sign(&roots()[1]).unwrap();
    let missing: Vec<Duty> = draft.missing_roles().iter().map(|role| role.duty).collect();
    assert_eq!((draft.missing_roots(), missing), (1, vec![Duty::Customs]));
    assert_eq!(refusal(draft.close(&roots()[0])), "no-possession");
}

#[test]
fn a_root_that_closes_is_not_counted_for_its_inner_signature() {
    let mut draft = draft();
    for key in [&key("MY/log"), &key("MY/customs"), &roots()[0]] {
        draft.sign(key).unwrap();
    }
    assert_eq!(refusal(draft.close(&roots()[0])), "below-threshold");
    draft.sign(&roots()[1]).unwrap();
    assert!(draft.close(&roots()[0]).is_ok());
}

#[test]
fn a_foreign_or_wrong_signature_is_refused_when_it_is_added() {
    let mut draft = draft();
    assert_eq!(refusal(draft.sign(&key("stranger"))), "unknown-signer");
    let log = key("MY/log");
    assert_eq!(refusal(draft.add(log.id(), log.sign(b"something else"))), "signature");
    let mut sent = draft.clone();
    sent.sign(&log).unwrap();
    let mut bytes = sent.to_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(refusal(CharterDraft::from_bytes(&bytes)), "signature");
}

#[test]
fn a_plan_that_breaks_a_rule_is_refused_before_anyone_signs() {
    let mut below_half = plan();
    below_half.threshold = 1;
    let mut no_log_key = plan();
    no_log_key.roles.pop();
    let mut own_panel = plan();
    own_panel.panel = vec![code("MY")];
    for broken in [below_half, no_log_key, own_panel] {
        assert!(CharterDraft::genesis(broken).is_err());
    }
}

#[test]
fn lists_of_a_plan_may_come_in_any_order() {
    let mut shuffled = plan();
    shuffled.roots.reverse();
    shuffled.roles.reverse();
    shuffled.next_roots.reverse();
    assert_eq!(CharterDraft::genesis(shuffled).unwrap().id(), draft().id());
}

#[test]
fn a_refresh_keeps_revocations_and_takes_the_lower_position() {
    let mut hub = Hub::new("MY");
    let entry = |duty, index| Revocation {
        kid: hub.key(duty).id(),
        reason: 1,
        first_bad_epoch: 0,
        first_bad_index: index,
    };
    let (customs, lower, inspection) = (
        entry(Duty::Customs, 50),
        entry(Duty::Customs, 40),
        entry(Duty::Inspection, 60),
    );
    hub.refreshed(|plan: &mut RefreshPlan| {
        plan.roles.retain(|role| role.duty != Duty::Customs);
        plan.revoked.push(customs);
    });
    hub.refreshed(|plan| {
        plan.roles.retain(|role| role.duty != Duty::Inspection);
        plan.revoked.extend([inspection, lower]);
    });
    let revoked = &hub.chain.newest().body().revoked;
    assert_eq!(revoked.len(), 2);
    assert!(revoked.contains(&lower) && revoked.contains(&inspection));
}

#[test]
fn all_keys_at_hand_sign_in_one_call() {
    let (roots, roles) = (roots(), [key("MY/log"), key("MY/customs")]);
    let record = draft()
        .sign_all(&[&roots[0], &roots[1], &roots[2]], &roles.each_ref())
        .unwrap();
    let charter = Charter::verify(&record, &net()).unwrap();
    assert_eq!(charter.body().issued_at, T0);
    assert_eq!(charter.body().expires_at, T0.plus(300 * DAY));
    let named: Vec<KeyBytes> = charter.roots().iter().map(|root| root.to_bytes()).collect();
    assert_eq!(named, charter.body().roots);
}
