//! Every single bit of a bundle and of a policy, flipped: never accepted on the strength of what was changed.

#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;

use ewtp_record::UnixTime;
use ewtp_verify::{Bundle, Outcome, Policy, Verdict, verify};
use lab::{Hub, Lab, code};
use std::thread;

/// The verdicts of every single-bit change of `bytes`, spread over the processors.
fn each_flip<T: Send>(bytes: &[u8], judge: impl Fn(&[u8]) -> T + Sync) -> Vec<(usize, T)> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = |worker: usize| {
        let judge = &judge;
        move || {
            let mine = (0..bytes.len() * 8).filter(|bit| bit % workers == worker);
            mine.map(|bit| {
                let mut changed = bytes.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                (bit, judge(&changed))
            })
            .collect::<Vec<_>>()
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|worker| scope.spawn(share(worker))).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn no_changed_bit_of_a_bundle_is_accepted_when_every_witness_is_needed() {
    // Two witnesses, both needed: then every byte of the file carries weight, and nothing may be accepted.
    let lab = Lab::of(&["SG", "TH"]);
    let (file, policy, now) = (lab.bundle().encode(), lab.policy(), lab.now());
    assert_eq!(verify(&file, &policy, now).outcome, Outcome::Accepted);
    for (bit, verdict) in each_flip(&file, |changed| verify(changed, &policy, now)) {
        assert_ne!(
            verdict.outcome,
            Outcome::Accepted,
            "bit {bit} of byte {}: {verdict}",
            bit / 8
        );
    }
}

#[test]
fn a_changed_bit_of_a_surplus_witness_loses_that_witness_and_no_more() {
    // Four witnesses, three needed. Only the cosignatures are flipped here: what else there is, the test above has.
    let lab = Lab::of(&["SG", "TH", "RW", "ET"]);
    let (bundle, policy, now) = (lab.bundle(), lab.policy(), lab.now());
    let receipt = bundle.receipt.clone().unwrap();
    for place in 0..4 {
        for (bit, verdict) in each_flip(&receipt.cosignatures[place].signature.0, |changed| {
            let mut bundle = bundle.clone();
            bundle.receipt.as_mut().unwrap().cosignatures[place].signature.0 = changed.try_into().unwrap();
            ewtp_verify::verdict(&bundle, &policy, now)
        }) {
            // Accepted truthfully: the other three are a quorum by themselves, and the changed one is not among them.
            assert_eq!(verdict.outcome, Outcome::Accepted, "bit {bit}");
            assert_eq!(verdict.quorum.have, 3);
            assert!(!verdict.quorum.witnesses.contains(&receipt.cosignatures[place].hub));
        }
    }
}

#[test]
fn a_changed_bit_of_a_policy_is_accepted_only_on_what_was_not_changed() {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    // A hub that has no part in this bundle: its pin may change without any weight.
    policy.pins.insert(code("RW"), Hub::witness("RW").chain.genesis_id());
    policy.charter_min = [(code("MY"), 0), (code("RW"), 1)].into();
    policy.max_age_seconds = Some(3600);
    let (bundle, now) = (lab.bundle(), lab.now());
    let text = policy.to_json();
    assert_eq!(
        ewtp_verify::verdict(&bundle, &Policy::from_json(text.as_bytes()).unwrap(), now).outcome,
        Outcome::Accepted
    );
    let flips = each_flip(text.as_bytes(), |changed| {
        let changed = Policy::from_json(changed).ok()?;
        Some((ewtp_verify::verdict(&bundle, &changed, now), changed))
    });
    assert_eq!(flips.len(), text.len() * 8);
    let read: Vec<_> = flips
        .into_iter()
        .filter_map(|(bit, outcome)| outcome.map(|outcome| (bit, outcome)))
        .collect();
    assert!(read.len() > 64 * 3, "flipped hex digits often read as other digits");
    for (bit, (verdict, changed)) in read {
        if verdict.outcome == Outcome::Accepted {
            assert_rests_on_what_is_unchanged(bit, &verdict, &policy, &changed, &bundle, now);
        }
    }
}

/// When a changed policy still accepts, it is one of two truths:
///
/// - the pin that changed is of a hub that neither issued nor was counted (RW, or a code that is no hub here);
/// - the policy no longer pins a panel member, so that it recognises fewer witnesses, needs fewer, and those that it
///   counts are hubs that it pinned before with the very same genesis.
///
/// In both the net, the own hub, the issuer's pin and the pins of all counted witnesses are what they were. How new the evidence
/// must be may have changed to another demand, which this evidence meets too; the verdict then says nothing about the record
/// that it did not say before.
fn assert_rests_on_what_is_unchanged(
    bit: usize,
    verdict: &Verdict,
    policy: &Policy,
    changed: &Policy,
    bundle: &Bundle,
    now: UnixTime,
) {
    assert_eq!(
        (changed.net, changed.own),
        (policy.net, policy.own),
        "bit {bit}: {verdict}"
    );
    assert_eq!(changed.unlogged, policy.unlogged, "bit {bit}");
    assert!(changed.max_age_seconds >= verdict.age_seconds, "bit {bit}: {verdict}");
    let before = ewtp_verify::verdict(bundle, policy, now);
    assert_eq!(
        (&verdict.record, verdict.as_of),
        (&before.record, before.as_of),
        "bit {bit}"
    );
    let issuer = code("MY");
    let relied_on = verdict.quorum.witnesses.iter().chain([&issuer]);
    for hub in relied_on {
        assert_eq!(changed.pins.get(hub), policy.pins.get(hub), "bit {bit}: {hub}");
    }
    assert!(
        verdict.quorum.have >= verdict.quorum.need && verdict.quorum.need > 0,
        "bit {bit}"
    );
    // And the pins that did not change accept by themselves.
    let mut unchanged = changed.clone();
    unchanged
        .pins
        .retain(|hub, genesis| policy.pins.get(hub) == Some(genesis));
    assert_eq!(
        ewtp_verify::verdict(bundle, &unchanged, now).outcome,
        Outcome::Accepted,
        "bit {bit}"
    );
}

/// What a policy demands is its operator's word and no evidence: it carries no signature, so a changed bit can make it a weaker
/// rule, and nobody can tell that from a rule the operator meant. spec: bundle R27
#[test]
fn a_changed_bit_of_an_operators_demand_changes_that_demand_and_no_other_part_of_the_policy() {
    let lab = Lab::of(&["SG", "TH"]);
    let (bundle, now) = (lab.bundle(), lab.now());
    let age = ewtp_verify::verdict(&bundle, &lab.policy(), now).age_seconds.unwrap();
    let too_old = Policy {
        max_age_seconds: Some(age - 1),
        ..lab.policy()
    };
    let too_few_charters = Policy {
        charter_min: [(code("MY"), 1)].into(),
        ..lab.policy()
    };
    for policy in [too_old, too_few_charters] {
        assert_eq!(ewtp_verify::verdict(&bundle, &policy, now).outcome, Outcome::Undecided);
        let weaker = each_flip(policy.to_json().as_bytes(), |changed| {
            let changed = Policy::from_json(changed).ok()?;
            let accepted = ewtp_verify::verdict(&bundle, &changed, now).outcome == Outcome::Accepted;
            accepted.then_some(changed)
        });
        let weaker: Vec<_> = weaker
            .into_iter()
            .filter_map(|(bit, changed)| Some((bit, changed?)))
            .collect();
        assert!(!weaker.is_empty(), "the limit that the rule tells of is a real one");
        for (bit, changed) in weaker {
            // The demand is never lost without a word: a key that is misspelt is refused. It says another number or hub.
            assert_eq!(changed.charter_min.len(), policy.charter_min.len(), "bit {bit}");
            assert!(
                changed.max_age_seconds.is_none_or(|seconds| seconds >= age),
                "bit {bit}"
            );
            let restored = Policy {
                charter_min: policy.charter_min.clone(),
                max_age_seconds: policy.max_age_seconds,
                ..changed
            };
            assert_eq!(restored, policy, "bit {bit}");
        }
    }
}

#[test]
fn a_changed_bit_of_a_record_is_never_read_as_the_same_record() {
    let lab = Lab::of(&["SG", "TH"]);
    let policy = lab.policy();
    for (bit, verdict) in each_flip(lab.record.bytes(), |changed| {
        let mut bundle = lab.bundle();
        bundle.record = changed.to_vec().into();
        ewtp_verify::verdict(&bundle, &policy, lab.now())
    }) {
        assert_ne!(verdict.outcome, Outcome::Accepted, "bit {bit}");
        assert!(
            verdict.record.is_none_or(|view| view.id != lab.record.id()),
            "bit {bit}"
        );
    }
}
