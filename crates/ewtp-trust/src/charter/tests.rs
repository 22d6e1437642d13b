use ewtp_record::charter::{CharterSignature, Revocation, SealedCharter};
use ewtp_record::{Body, Duty, KeyBytes, Record};

use super::Charter;
use crate::draft::CharterDraft;
use crate::testing::{Hub, code, genesis_plan, key, net, refusal, role, role_of};

/// A genesis draft with a log key only, signed by nobody.
fn draft(change: impl FnOnce(&mut crate::draft::GenesisPlan)) -> CharterDraft {
    let roots: Vec<_> = (0..3).map(|number| key(&format!("MY/root-{number}"))).collect();
    let mut plan = genesis_plan(code("MY"), &roots, vec![role("MY", Duty::Log)]);
    change(&mut plan);
    CharterDraft::genesis(plan).unwrap()
}

fn root(number: u8) -> ewtp_record::SecretKey {
    key(&format!("MY/root-{number}"))
}

/// Seals a body with exactly these inner signatures, whatever they are worth; root 0 signs the envelope.
fn seal(draft: &CharterDraft, mut signatures: Vec<CharterSignature>) -> Record {
    signatures.sort_by_key(|entry| entry.kid);
    let body = draft.body();
    let sealed = SealedCharter {
        number: body.number,
        body: body.encode(),
        signatures,
    };
    body.draft(&sealed).sign(&root(0)).unwrap()
}

fn signed_by(draft: &CharterDraft, key: &ewtp_record::SecretKey) -> CharterSignature {
    CharterSignature {
        kid: key.id(),
        signature: key.sign(&draft.message()),
    }
}

fn judge(record: &Record) -> Result<Charter, crate::CharterError> {
    Charter::verify(record, &net())
}

#[test]
fn two_of_three_roots_and_every_role_key_make_a_charter() {
    let draft = draft(|_| {});
    let log = key("MY/log");
    let charter = judge(&seal(
        &draft,
        vec![signed_by(&draft, &root(1)), signed_by(&draft, &log)],
    ))
    .unwrap();
    assert_eq!(charter.log_key().id(), log.id());
    assert_eq!(charter.id(), draft.id());
    assert!(charter.witness_key().is_none());
}

#[test]
fn one_root_is_below_a_threshold_of_two() {
    let draft = draft(|_| {});
    assert_eq!(
        refusal(judge(&seal(&draft, vec![signed_by(&draft, &key("MY/log"))]))),
        "below-threshold"
    );
}

#[test]
fn a_root_that_signs_envelope_and_body_is_not_counted_twice() {
    let draft = draft(|_| {});
    let padded = seal(
        &draft,
        vec![signed_by(&draft, &root(0)), signed_by(&draft, &key("MY/log"))],
    );
    assert_eq!(refusal(judge(&padded)), "unknown-signer");
}

#[test]
fn a_role_key_does_not_count_towards_the_threshold() {
    let draft = draft(|plan| plan.roles.push(role("MY", Duty::Customs)));
    let signatures = vec![signed_by(&draft, &key("MY/log")), signed_by(&draft, &key("MY/customs"))];
    assert_eq!(refusal(judge(&seal(&draft, signatures))), "below-threshold");
}

#[test]
fn a_role_key_that_did_not_sign_has_not_proven_possession() {
    let draft = draft(|_| {});
    assert_eq!(
        refusal(judge(&seal(&draft, vec![signed_by(&draft, &root(1))]))),
        "no-possession"
    );
}

#[test]
fn a_signature_by_a_stranger_spoils_the_charter() {
    let draft = draft(|_| {});
    let keys = [root(1), key("MY/log"), key("stranger")];
    let record = seal(&draft, keys.iter().map(|key| signed_by(&draft, key)).collect());
    assert_eq!(refusal(judge(&record)), "unknown-signer");
}

#[test]
fn a_signature_on_another_body_is_refused() {
    let other = draft(|plan| plan.display_name = "another".to_owned());
    let draft = draft(|_| {});
    let record = seal(
        &draft,
        vec![signed_by(&other, &root(1)), signed_by(&draft, &key("MY/log"))],
    );
    assert_eq!(refusal(judge(&record)), "signature");
}

#[test]
fn an_envelope_signed_by_a_role_key_is_refused() {
    let draft = draft(|_| {});
    let sealed = SealedCharter {
        number: 0,
        body: draft.body().encode(),
        signatures: vec![signed_by(&draft, &root(1))],
    };
    let record = draft.body().draft(&sealed).sign(&key("MY/log")).unwrap();
    assert_eq!(refusal(judge(&record)), "unknown-signer");
}

#[test]
fn a_charter_of_one_net_is_refused_on_every_other() {
    let record = Hub::new("MY").chain.records()[0].clone();
    for other in ["ewtp", "test:other"] {
        assert_eq!(refusal(Charter::verify(&record, &other.parse().unwrap())), "wrong-net");
    }
}

#[test]
fn a_key_of_small_order_is_not_admitted() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut not_canonical = [0xff; 32];
    not_canonical[0] = 0xee;
    not_canonical[31] = 0x7f;
    for bytes in [identity, [0; 32], not_canonical] {
        let draft = draft(|plan| {
            let mut entry = role_of(&key("any"), Duty::Customs);
            entry.key = KeyBytes(bytes);
            plan.roles.push(entry);
        });
        let record = seal(
            &draft,
            vec![signed_by(&draft, &root(1)), signed_by(&draft, &key("MY/log"))],
        );
        assert_eq!(refusal(judge(&record)), "bad-key");
    }
}

#[test]
fn a_key_that_the_charter_itself_revokes_cannot_have_a_duty() {
    let mut hub = Hub::new("MY");
    let kid = hub.key(Duty::Customs).id();
    let gone = Revocation {
        kid,
        reason: 2,
        first_bad_epoch: 0,
        first_bad_index: 5,
    };
    let mut body = hub.refresh_draft(|plan| plan.revoked.push(gone)).body().clone();
    body.roles
        .retain(|role| role.duty == Duty::Log || role.duty == Duty::Customs);
    let record = body
        .sign(&[&root(0), &root(1)], &[&hub.key(Duty::Log), &hub.key(Duty::Customs)])
        .unwrap();
    assert_eq!(refusal(judge(&record)), "revoked-role");
    assert_eq!(refusal(hub.chain.extend(&record)), "revoked-role");
}

#[test]
fn a_record_of_another_kind_is_no_charter() {
    let hub = Hub::new("MY");
    assert_eq!(refusal(judge(&hub.pulse(crate::testing::T0))), "kind");
}

#[test]
fn every_flipped_bit_of_a_charter_record_is_refused() {
    let record = Hub::new("MY").chain.records()[0].clone();
    let Ok(Body::Charter(..)) = record.body() else {
        panic!("a charter")
    };
    for bit in 0..record.bytes().len() * 8 {
        let mut bytes = record.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = Record::decode(bytes.into())
            .map_err(Into::into)
            .and_then(|changed| judge(&changed));
        assert!(verdict.is_err(), "bit {bit}");
    }
}
