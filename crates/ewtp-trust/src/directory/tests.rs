use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_log::Hash;
use ewtp_record::charter::Revocation;
use ewtp_record::{CharterId, CharterName, Duty, NodeKey, Record, RecordKind, UnixTime};

use crate::testing::{DAY, Hub, T0, directory, net, refusal, role_of, spare_key};
use crate::{Adopted, CheckpointFault, CosignatureFault, Directory, Introduction, NodeClaim};

const NODE: NodeKey = NodeKey([7; 32]);

fn verify(directory: &Directory, hub: &Hub, charter: u32, size: u64) -> Result<(), CheckpointFault> {
    let unknown = CharterId::of(b"a charter that nobody has");
    let id = hub.chain.at(charter).map_or(unknown, |charter| charter.id());
    verify_named(directory, hub, CharterName { number: charter, id }, size)
}

fn verify_named(directory: &Directory, hub: &Hub, named: CharterName, size: u64) -> Result<(), CheckpointFault> {
    let (note, signature) = hub.checkpoint(size);
    directory
        .verify_checkpoint(hub.code, 0, named, note.size, note.root, &signature)
        .map(|_| ())
}

/// Replaces the key of a duty by its spare one.
fn replace(duty: Duty) -> impl Fn(&mut crate::draft::RefreshPlan) {
    move |plan| {
        plan.roles.retain(|role| role.duty != duty);
        plan.roles.push(role_of(&spare_key("MY", duty), duty));
    }
}

#[test]
fn a_chain_is_taken_in_only_under_its_pin() {
    let (my, sg) = (Hub::new("MY"), Hub::new("SG"));
    let mut known = Directory::new(net(), BTreeMap::from([(my.code, sg.genesis())]));
    assert_eq!(refusal(known.adopt_chain(my.code, my.chain.records())), "wrong-genesis");
    assert_eq!(refusal(known.adopt_chain(my.code, sg.chain.records())), "wrong-hub");
    assert_eq!(refusal(known.adopt_chain(sg.code, sg.chain.records())), "not-pinned");
    assert_eq!(known.pin(sg.code, sg.genesis()), Ok(()));
    assert_eq!(
        known.adopt_chain(sg.code, sg.chain.records()),
        Ok(Adopted::Extended { from: None })
    );
    assert_eq!(known.adopt_chain(sg.code, sg.chain.records()), Ok(Adopted::Unchanged));
}

#[test]
fn a_pin_is_corrected_only_while_no_charter_is_known_under_it() {
    let (my, sg) = (Hub::new("MY"), Hub::new("SG"));
    let mut known = Directory::new(net(), BTreeMap::from([(my.code, sg.genesis())]));
    assert_eq!(known.pin(my.code, my.genesis()), Ok(()));
    assert_eq!(
        known.adopt_chain(my.code, my.chain.records()),
        Ok(Adopted::Extended { from: None })
    );
    assert_eq!(refusal(known.pin(my.code, sg.genesis())), "wrong-genesis");
    assert_eq!(known.genesis(my.code), Some(my.genesis()));
}

#[test]
fn a_delivery_with_one_bad_charter_changes_nothing() {
    let mut my = Hub::new("MY");
    let mut known = directory(&[&my]);
    let good = my.refreshed(|_| {});
    let mut bytes = my.refreshed(|_| {}).bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let bad = Record::decode(bytes.into()).unwrap();
    assert_eq!(refusal(known.adopt_chain(my.code, &[good.clone(), bad])), "signature");
    assert_eq!(known.chain(my.code).unwrap().number(), 0);
    assert_eq!(
        known.adopt_chain(my.code, &[good]),
        Ok(Adopted::Extended { from: Some(0) })
    );
}

#[test]
fn a_chain_that_was_verified_elsewhere_is_taken_in_under_the_same_rules() {
    let (mut my, sg) = (Hub::new("MY"), Hub::new("SG"));
    let mut two_faced = my.clone();
    let first = Arc::new(my.chain.clone());
    my.refreshed(|_| {});
    two_faced.refreshed(|plan| plan.display_name = "two-faced".to_owned());
    let (longer, other) = (Arc::new(my.chain.clone()), Arc::new(two_faced.chain.clone()));
    let mut known = Directory::new(net(), BTreeMap::from([(my.code, my.genesis())]));
    assert_eq!(refusal(known.adopt_verified(Arc::new(sg.chain))), "not-pinned");
    assert_eq!(
        known.adopt_verified(Arc::clone(&first)),
        Ok(Adopted::Extended { from: None })
    );
    assert_eq!(
        known.adopt_verified(Arc::clone(&longer)),
        Ok(Adopted::Extended { from: Some(0) })
    );
    assert_eq!(known.adopt_verified(longer), Ok(Adopted::Unchanged));
    assert_eq!(refusal(known.adopt_verified(other)), "conflict");
    assert_eq!(refusal(known.adopt_verified(first)), "conflict");
    let mut live = Directory::new("ewtp".parse().unwrap(), BTreeMap::from([(my.code, my.genesis())]));
    assert_eq!(refusal(live.adopt_verified(Arc::new(my.chain))), "wrong-net");
}

#[test]
fn a_checkpoint_is_verified_by_the_log_key_of_the_charter_it_names() {
    let mut my = Hub::new("MY");
    assert_eq!(verify(&directory(&[&my]), &my, 0, 5), Ok(()));
    my.refreshed(|_| {});
    let newer = directory(&[&my]);
    assert_eq!(verify(&newer, &my, 0, 5), Ok(()), "the key is the same");
    my.refreshed(replace(Duty::Log));
    let (note, signature) = my.checkpoint(5);
    let old = |charter| my.chain.verify_checkpoint(0, charter, note.size, note.root, &signature);
    assert_eq!(old(1).unwrap().note(), &note);
    let (hub, charter) = (my.code, 2);
    assert_eq!(old(2), Err(CheckpointFault::Signature { hub, charter }));
}

#[test]
fn a_replaced_log_key_extends_no_log_and_still_proves_what_it_signed_in_its_time() {
    let mut my = Hub::new("MY");
    my.refreshed(replace(Duty::Log));
    my.refreshed(|_| {});
    let replaced = verify(&directory(&[&my]), &my, 0, 5).unwrap_err();
    assert_eq!(
        replaced,
        CheckpointFault::ReplacedKey {
            hub: my.code,
            charter: 0,
            newest: 2
        }
    );
    assert!(!replaced.is_peer_fault(), "the peer may not know the newer charter");
    let (note, signature) = my.checkpoint(5);
    let receipt = my.chain.verify_checkpoint(0, 0, note.size, note.root, &signature);
    assert_eq!(receipt.unwrap().charter(), 0);
}

#[test]
fn an_unknown_charter_or_hub_is_no_fault_of_the_peer() {
    let (my, sg) = (Hub::new("MY"), Hub::new("SG"));
    let known = directory(&[&my]);
    let unknown = verify(&known, &my, 3, 5).unwrap_err();
    assert_eq!(
        unknown,
        CheckpointFault::UnknownCharter {
            hub: my.code,
            number: 3,
            newest: 0
        }
    );
    assert!(!unknown.is_peer_fault());
    assert_eq!(
        verify(&known, &sg, 0, 5),
        Err(CheckpointFault::UnknownHub { hub: sg.code })
    );
}

#[test]
fn another_charter_of_a_known_number_is_unknown_and_its_relay_not_blamed() {
    let my = Hub::new("MY");
    let (mut one, mut other) = (my.clone(), my);
    one.refreshed(|_| {});
    other.refreshed(replace(Duty::Log));
    let named = other.chain.newest().name();
    let fault = verify_named(&directory(&[&one]), &one, named, 5).unwrap_err();
    assert_eq!(
        fault,
        CheckpointFault::UnknownCharter {
            hub: one.code,
            number: 1,
            newest: 1
        }
    );
    assert!(!fault.is_peer_fault());
}

#[test]
fn a_checkpoint_says_what_was_signed_and_nothing_else() {
    let my = Hub::new("MY");
    let known = directory(&[&my]);
    let (note, signature) = my.checkpoint(5);
    let named = my.chain.newest().name();
    let verify = |epoch, size, root| known.verify_checkpoint(my.code, epoch, named, size, root, &signature);
    assert_eq!(verify(0, 5, note.root).unwrap().note(), &note);
    for (epoch, size, root) in [(1, 5, note.root), (0, 6, note.root), (0, 5, Hash([9; 32]))] {
        assert!(verify(epoch, size, root).unwrap_err().is_peer_fault());
    }
}

#[test]
fn a_revoked_log_key_vouches_for_what_lies_below_the_first_bad_position() {
    let mut my = Hub::new("MY");
    let kid = my.key(Duty::Log).id();
    my.refreshed(|plan| {
        replace(Duty::Log)(plan);
        plan.revoked.push(Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 5,
        });
    });
    let receipt = |size| {
        let (note, signature) = my.checkpoint(size);
        my.chain
            .verify_checkpoint(0, 0, size, note.root, &signature)
            .map(|_| ())
    };
    let revoked = Err(CheckpointFault::RevokedKey { hub: my.code, key: kid });
    assert_eq!(receipt(5), Ok(()), "five records, the last at index 4");
    assert_eq!(receipt(6), revoked);
    assert_eq!(verify(&directory(&[&my]), &my, 0, 6), revoked);
}

#[test]
fn a_cosignature_counts_under_the_witness_key_in_force_at_its_time() {
    let (my, mut sg) = (Hub::new("MY"), Hub::new("SG"));
    let (note, _) = my.checkpoint(5);
    let check = |known: &Directory, sg: &Hub, time: UnixTime| {
        known
            .verify_cosignature(sg.code, &note, time, &sg.cosign(&note, time))
            .map(|cosignature| cosignature.time())
    };
    let before = directory(&[&my, &sg]);
    assert_eq!(check(&before, &sg, T0.plus(5)), Ok(T0.plus(5)));
    let early = UnixTime(T0.0 - 1);
    assert_eq!(
        check(&before, &sg, early),
        Err(CosignatureFault::NoWitnessKey {
            hub: sg.code,
            time: early
        })
    );
    // A restore retires the witness key: what it signed before stands, what it signs later counts for nothing.
    sg.refreshed(|plan| plan.roles.retain(|role| role.duty != Duty::Witness));
    let after = directory(&[&my, &sg]);
    let retired = sg.chain.newest().body().issued_at;
    assert!(check(&after, &sg, UnixTime(retired.0 - 1)).is_ok());
    assert!(check(&after, &sg, retired).is_err());
}

#[test]
fn a_revoked_witness_key_counts_at_no_time() {
    let (my, mut sg) = (Hub::new("MY"), Hub::new("SG"));
    let (note, _) = my.checkpoint(5);
    let kid = sg.key(Duty::Witness).id();
    sg.refreshed(|plan| {
        plan.roles.retain(|role| role.duty != Duty::Witness);
        plan.revoked.push(Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 1_000,
        });
    });
    let known = directory(&[&my, &sg]);
    let signature = sg.cosign(&note, T0.plus(5));
    assert!(
        known
            .verify_cosignature(sg.code, &note, T0.plus(5), &signature)
            .is_err()
    );
}

#[test]
fn a_cosignature_is_of_one_hub_one_time_and_one_checkpoint() {
    let (my, sg, th) = (Hub::new("MY"), Hub::new("SG"), Hub::new("TH"));
    let known = directory(&[&my, &sg, &th]);
    let ((note, _), (other, _)) = (my.checkpoint(5), my.checkpoint(6));
    let signature = sg.cosign(&note, T0);
    let check = |hub: &Hub, note, time| known.verify_cosignature(hub.code, note, time, &signature).map(|_| ());
    assert_eq!(check(&sg, &note, T0), Ok(()));
    assert_eq!(
        check(&sg, &other, T0),
        Err(CosignatureFault::Signature { hub: sg.code })
    );
    assert_eq!(
        check(&sg, &note, T0.plus(1)),
        Err(CosignatureFault::Signature { hub: sg.code })
    );
    assert_eq!(check(&th, &note, T0), Err(CosignatureFault::Signature { hub: th.code }));
}

#[test]
fn the_newer_manifest_of_a_node_counts() {
    let my = Hub::new("MY");
    let mut known = directory(&[&my]);
    assert_eq!(known.adopt_manifest(&my.manifest(NODE, 3)), Ok(NodeClaim::Taken));
    assert_eq!(known.adopt_manifest(&my.manifest(NODE, 2)), Ok(NodeClaim::Old));
    assert_eq!(known.adopt_manifest(&my.manifest(NODE, 4)), Ok(NodeClaim::Taken));
    assert_eq!(known.node(NODE), Some(my.code));
    assert_eq!(
        known
            .manifests(my.code)
            .map(|manifest| manifest.revision)
            .collect::<Vec<_>>(),
        [4]
    );
    known.drop_expired_manifests(T0.plus(31 * DAY));
    assert_eq!(known.node(NODE), None);
}

#[test]
fn a_manifest_by_a_revoked_operator_key_vouches_for_nobody_from_then_on() {
    let mut my = Hub::new("MY");
    let mut known = directory(&[&my]);
    known.adopt_manifest(&my.manifest(NODE, 3)).unwrap();
    let replaced = my.refreshed(replace(Duty::Operator));
    known.adopt_chain(my.code, &[replaced]).unwrap();
    assert_eq!(known.node(NODE), Some(my.code), "a replaced key alone was not bad");
    let kid = my.key(Duty::Operator).id();
    let revoked = my.refreshed(|plan| {
        plan.revoked.push(Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 5,
        });
    });
    known.adopt_chain(my.code, &[revoked]).unwrap();
    assert_eq!(known.node(NODE), None);
    assert_eq!(known.manifests(my.code).count(), 0);
}

#[test]
fn a_manifest_needs_the_operator_key_of_the_newest_charter() {
    let mut my = Hub::new("MY");
    let manifest = my.manifest(NODE, 0);
    let mut by_customs = my.pulse_draft(T0);
    by_customs.kind = RecordKind::MANIFEST;
    by_customs.payload = manifest.payload().to_vec().into();
    let by_customs = my.signed(&by_customs, Duty::Customs);
    let mut known = directory(&[&my]);
    assert_eq!(known.adopt_manifest(&by_customs).unwrap_err().code(), "wrong-duty");
    assert_eq!(known.adopt_manifest(&my.pulse(T0)).unwrap_err().code(), "kind");
    assert_eq!(
        known
            .adopt_manifest(&Hub::new("SG").manifest(NODE, 0))
            .unwrap_err()
            .code(),
        "unknown-hub"
    );
    let refresh = my.refreshed(replace(Duty::Operator));
    known.adopt_chain(my.code, &[refresh]).unwrap();
    assert_eq!(known.adopt_manifest(&manifest).unwrap_err().code(), "unknown-key");
}

#[test]
fn a_hub_cannot_fill_the_directory_with_nodes() {
    let my = Hub::new("MY");
    let mut known = directory(&[&my]);
    for number in 0..64 {
        assert_eq!(
            known.adopt_manifest(&my.manifest(NodeKey([number; 32]), 0)),
            Ok(NodeClaim::Taken)
        );
    }
    assert_eq!(
        known
            .adopt_manifest(&my.manifest(NodeKey([200; 32]), 0))
            .unwrap_err()
            .code(),
        "too-many-nodes"
    );
    assert_eq!(
        known.adopt_manifest(&my.manifest(NodeKey([5; 32]), 1)),
        Ok(NodeClaim::Taken)
    );
}

#[test]
fn claiming_the_node_of_another_hub_does_not_take_it() {
    let (my, sg) = (Hub::new("MY"), Hub::new("SG"));
    let mut known = directory(&[&my, &sg]);
    known.adopt_manifest(&my.manifest(NODE, 0)).unwrap();
    known.adopt_manifest(&sg.manifest(NODE, 0)).unwrap();
    assert_eq!(known.node(NODE), None, "two claims and no proof");
    let charters = my.chain.records().to_vec();
    let introduction = Introduction {
        net: net(),
        hub: my.code,
        charters,
        manifest: my.manifest(NODE, 0),
    };
    let introduced = introduction.verify(&known, NODE, T0.plus(5)).unwrap();
    known.adopt_introduction(&introduced).unwrap();
    assert_eq!(known.node(NODE), Some(my.code));
}
