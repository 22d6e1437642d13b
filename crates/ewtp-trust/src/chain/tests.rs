use ewtp_record::charter::Revocation;
use ewtp_record::{Duty, LogId, Record, cbor::Octets};
use proptest::prelude::*;
use std::collections::BTreeMap;

use crate::testing::{DAY, Hub, code, net, refusal, role_of, spare_key};
use crate::{Adopted, CharterChain, CharterError, Directory};

fn revocation(hub: &Hub, duty: Duty, index: u64) -> Revocation {
    Revocation {
        kid: hub.key(duty).id(),
        reason: 2,
        first_bad_epoch: 0,
        first_bad_index: index,
    }
}

/// Replaces the customs key by the spare one.
fn replace_customs(plan: &mut crate::draft::RefreshPlan) {
    plan.roles.retain(|role| role.duty != Duty::Customs);
    plan.roles.push(role_of(&spare_key("MY", Duty::Customs), Duty::Customs));
}

/// A refresh whose body breaks a rule that the draft would keep.
fn forged(hub: &Hub, forge: impl FnOnce(&mut ewtp_record::CharterBody)) -> Record {
    let mut body = hub.refresh_draft(|_| {}).body().clone();
    forge(&mut body);
    let keys: Vec<_> = body
        .roles
        .iter()
        .map(|role| {
            Duty::ALL
                .map(|duty| hub.key(duty))
                .into_iter()
                .find(|key| key.public().to_bytes() == role.key)
                .unwrap()
        })
        .collect();
    body.sign(&[&hub.roots[0], &hub.roots[1]], &keys.iter().collect::<Vec<_>>())
        .unwrap()
}

#[test]
fn a_refresh_replaces_role_keys() {
    let mut hub = Hub::new("MY");
    hub.refreshed(replace_customs);
    assert_eq!(hub.chain.number(), 1);
    assert!(hub.chain.newest().role(&hub.key(Duty::Customs).id()).is_none());
    assert!(hub.chain.newest().role(&spare_key("MY", Duty::Customs).id()).is_some());
    assert!(hub.chain.at(0).unwrap().role(&hub.key(Duty::Customs).id()).is_some());
}

#[test]
fn a_refresh_that_changes_the_next_roots_is_refused() {
    let mut hub = Hub::new("MY");
    let changed = forged(&hub, |body| body.next_roots[2] = Octets([0xff; 32]));
    assert_eq!(refusal(hub.chain.extend(&changed)), "refresh-changes-roots");
    assert_eq!(hub.chain.number(), 0);
}

#[test]
fn a_refresh_that_changes_roots_or_thresholds_is_refused() {
    let mut hub = Hub::new("MY");
    let fewer_roots = forged(&hub, |body| {
        let kept = [hub.roots[0].public().to_bytes(), hub.roots[1].public().to_bytes()];
        body.roots.retain(|root| kept.contains(root));
    });
    let cases = [
        fewer_roots,
        forged(&hub, |body| body.next_threshold = 1),
        forged(&hub, |body| body.next_roots.truncate(2)),
    ];
    for changed in cases {
        assert_eq!(refusal(hub.chain.extend(&changed)), "refresh-changes-roots");
    }
    let mut body = hub.refresh_draft(|_| {}).body().clone();
    body.threshold = 3;
    let keys: Vec<_> = [
        Duty::Log,
        Duty::Witness,
        Duty::Operator,
        Duty::Customs,
        Duty::Inspection,
        Duty::Registrar,
    ]
    .map(|duty| hub.key(duty))
    .to_vec();
    let roots: Vec<_> = hub.roots.iter().collect();
    let higher = body.sign(&roots, &keys.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(refusal(hub.chain.extend(&higher)), "refresh-changes-roots");
}

#[test]
fn a_refresh_names_the_charter_before_it() {
    let mut hub = Hub::new("MY");
    let stray = forged(&hub, |body| body.previous = Some(Hub::new("SG").genesis()));
    assert_eq!(refusal(hub.chain.extend(&stray)), "previous");
}

#[test]
fn a_refresh_of_another_hub_is_refused() {
    let mut hub = Hub::new("MY");
    let stray = forged(&hub, |body| body.hub = code("SG"));
    assert_eq!(refusal(hub.chain.extend(&stray)), "wrong-hub");
}

#[test]
fn a_refresh_is_not_issued_before_its_predecessor() {
    let mut hub = Hub::new("MY");
    let early = forged(&hub, |body| body.issued_at.0 -= 2 * DAY);
    assert_eq!(refusal(hub.chain.extend(&early)), "time-runs-back");
}

#[test]
fn a_revocation_stays_and_only_its_position_may_go_down() {
    let mut hub = Hub::new("MY");
    let bad = revocation(&hub, Duty::Customs, 100);
    hub.refreshed(|plan| {
        replace_customs(plan);
        plan.revoked.push(bad);
    });
    let weaken = |change: &dyn Fn(&mut Vec<Revocation>)| {
        let mut body = hub.refresh_draft(|_| {}).body().clone();
        change(&mut body.revoked);
        let roles: Vec<_> = [
            Duty::Log,
            Duty::Witness,
            Duty::Operator,
            Duty::Inspection,
            Duty::Registrar,
        ]
        .map(|duty| hub.key(duty))
        .to_vec();
        let spare = spare_key("MY", Duty::Customs);
        let keys: Vec<_> = roles.iter().chain([&spare]).collect();
        body.sign(&[&hub.roots[0], &hub.roots[1]], &keys).unwrap()
    };
    let mut chain = hub.chain.clone();
    assert_eq!(
        refusal(chain.extend(&weaken(&|revoked| revoked.clear()))),
        "revocation-weakened"
    );
    assert_eq!(
        refusal(chain.extend(&weaken(&|revoked| revoked[0].first_bad_index = 101))),
        "revocation-weakened"
    );
    assert_eq!(
        refusal(chain.extend(&weaken(&|revoked| revoked[0].first_bad_epoch = 1))),
        "revocation-weakened"
    );
    chain
        .extend(&weaken(&|revoked| revoked[0].first_bad_index = 99))
        .unwrap();
    assert_eq!(chain.revoked_from(&bad.kid).unwrap().index, 99);
    let log = LogId {
        hub: hub.code,
        epoch: 0,
    };
    let reopened = [0, 1, 2].map(|number| chain.reopened_by(log, number));
    assert_eq!(reopened, [None, Some(100), Some(99)], "each by what it adds or lowers");
    let left = [0, 1, 2].map(|number| chain.reopens_from(log, number));
    assert_eq!(left, [Some(99), Some(99), None]);
}

#[test]
fn another_charter_under_a_known_number_is_a_conflict_and_changes_nothing() {
    let mut hub = Hub::new("MY");
    let other = hub.refresh(|plan| plan.display_name = "two-faced".to_owned());
    let kept = hub.refreshed(|_| {});
    assert_eq!(refusal(hub.chain.extend(&other)), "conflict");
    assert_eq!(hub.chain.records()[1], kept);
}

#[test]
fn a_charter_of_a_branch_that_began_further_down_proves_no_conflict_alone() {
    let mut hub = Hub::new("MY");
    let mut twin = hub.clone();
    let first = twin.refreshed(|plan| plan.display_name = "two-faced".to_owned());
    let second = twin.refreshed(|_| {});
    hub.refreshed(|_| {});
    hub.refreshed(|_| {});
    assert_eq!(refusal(hub.chain.extend(&second)), "gap", "nobody's fault");
    assert_eq!(refusal(hub.chain.extend(&first)), "conflict");
}

#[test]
fn who_serves_the_next_charter_of_another_branch_is_not_at_fault() {
    let mut hub = Hub::new("MY");
    let mut twin = hub.clone();
    let twins_first = twin.refreshed(|plan| plan.display_name = "two-faced".to_owned());
    let twins_second = twin.refreshed(|_| {});
    let first = hub.refreshed(|_| {});
    let mut directory = Directory::new(net(), BTreeMap::from([(hub.code, hub.genesis())]));
    directory.adopt_chain(hub.code, hub.chain.records()).unwrap();
    let mut refused = |records: &[&Record]| {
        let records: Vec<Record> = records.iter().copied().cloned().collect();
        let error = directory.adopt_chain(hub.code, &records).unwrap_err();
        (error.code(), error.is_peer_fault())
    };
    assert_eq!(refused(&[&twins_second]), ("gap", false));
    assert_eq!(refused(&[&twins_first, &twins_second]).0, "conflict");
    assert_eq!(
        refused(&[&first, &twins_second]),
        ("previous", true),
        "no chain has these two"
    );
}

#[test]
fn who_makes_up_a_charter_of_another_branch_is_at_fault() {
    let mut hub = Hub::new("MY");
    hub.refreshed(|_| {});
    let stranger = Hub::new("SG").genesis();
    let made_up = |roots: [Octets<32>; 3]| {
        forged(&hub, |body| {
            body.previous = Some(stranger);
            body.next_roots = roots.to_vec();
        })
    };
    let mut directory = Directory::new(net(), BTreeMap::from([(hub.code, hub.genesis())]));
    directory.adopt_chain(hub.code, hub.chain.records()).unwrap();
    let error = directory
        .adopt_chain(hub.code, &[made_up([1, 2, 3].map(|byte| Octets([byte; 32])))])
        .unwrap_err();
    assert_eq!((error.code(), error.is_peer_fault()), ("refresh-changes-roots", true));
}

#[test]
fn the_same_body_under_other_signatures_is_the_same_charter() {
    let mut hub = Hub::new("MY");
    let mut draft = hub.refresh_draft(|_| {});
    let record = hub.refreshed(|_| {});
    for duty in [
        Duty::Log,
        Duty::Witness,
        Duty::Operator,
        Duty::Customs,
        Duty::Inspection,
        Duty::Registrar,
    ] {
        draft.sign(&hub.key(duty)).unwrap();
    }
    draft.sign(&hub.roots[1]).unwrap();
    let by_root_2 = draft.close(&hub.roots[2]).unwrap();
    assert_ne!(by_root_2.id(), record.id());
    assert_eq!(hub.chain.extend(&by_root_2), Ok(()));
    assert_eq!(hub.chain.records()[1], record);
}

#[test]
fn a_charter_after_a_gap_waits_for_those_between() {
    let mut hub = Hub::new("MY");
    let mut start = hub.chain.clone();
    hub.refreshed(|_| {});
    let third = hub.refreshed(|_| {});
    assert_eq!(start.extend(&third), Err(CharterError::Gap { got: 2, needed: 1 }));
    assert_eq!(refusal(CharterChain::from_records(&[third], &net())), "gap");
}

/// The records of a chain of six charters, made once: signing is slow.
fn six() -> (Hub, Vec<Record>) {
    let mut hub = Hub::new("MY");
    for _ in 0..5 {
        hub.refreshed(|_| {});
    }
    let records = hub.chain.records().to_vec();
    (hub, records)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn charters_in_any_order_and_number_of_deliveries_lead_to_one_chain(
        deliveries in proptest::collection::vec(proptest::collection::vec(0_usize..6, 1..4), 0..12)
    ) {
        let (hub, records) = six();
        let mut directory = Directory::new(net(), BTreeMap::from([(hub.code, hub.genesis())]));
        let all = (0..6).map(|number| vec![number]);
        for numbers in deliveries.into_iter().chain(all) {
            let batch: Vec<Record> = numbers.iter().map(|number| records[*number].clone()).collect();
            let before = directory.chain(hub.code).map(|chain| chain.number());
            match directory.adopt_chain(hub.code, &batch) {
                Ok(Adopted::Extended { from }) => prop_assert_eq!(from, before),
                Ok(Adopted::Unchanged) | Err(CharterError::Gap { .. }) => {
                    prop_assert_eq!(directory.chain(hub.code).map(|chain| chain.number()), before);
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
        let chain = directory.chain(hub.code).unwrap();
        prop_assert_eq!(chain.records(), &records[..]);
    }
}
