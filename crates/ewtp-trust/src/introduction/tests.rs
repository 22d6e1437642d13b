use std::collections::BTreeMap;

use ewtp_record::{NodeKey, Record, UnixTime};

use crate::testing::{DAY, Hub, T0, code, directory, net};
use crate::{Acquaintance, Directory, INTRODUCTION_BYTES_MAX, Introduced, Introduction, IntroductionFault};

const NODE: NodeKey = NodeKey([7; 32]);
const NOW: UnixTime = UnixTime(T0.0 + 3 * DAY);

fn introduction(hub: &Hub) -> Introduction {
    let charters = hub.chain.records().to_vec();
    Introduction {
        net: net(),
        hub: hub.code,
        charters,
        manifest: hub.manifest(NODE, 0),
    }
}

fn code_of(result: Result<Introduced, IntroductionFault>) -> &'static str {
    result.expect_err("a refusal").code()
}

/// The refusal of Malaysia's introduction after `change`, by a directory that knows it.
fn refusal(change: impl FnOnce(&mut Introduction)) -> &'static str {
    let my = Hub::new("MY");
    let mut introduction = introduction(&my);
    change(&mut introduction);
    code_of(introduction.verify(&directory(&[&my]), NODE, NOW))
}

#[test]
fn an_introduction_reads_back_and_holds() {
    let my = Hub::new("MY");
    let frame = introduction(&my).encode();
    let introduced = Introduction::decode(&frame)
        .unwrap()
        .verify(&directory(&[&my]), NODE, NOW)
        .unwrap();
    assert_eq!(
        (introduced.hub(), introduced.acquaintance()),
        (my.code, Acquaintance::Carried)
    );
    assert_eq!(introduced.manifest().node, NODE);
}

#[test]
fn a_hub_that_is_not_carried_is_a_stranger() {
    let my = Hub::new("MY");
    let mut empty = Directory::new(net(), BTreeMap::new());
    let introduced = introduction(&my).verify(&empty, NODE, NOW).unwrap();
    assert_eq!(introduced.acquaintance(), Acquaintance::Stranger);
    assert_eq!(empty.adopt_introduction(&introduced).unwrap_err().code(), "not-pinned");
}

#[test]
fn an_introduction_brings_newer_charters_and_an_older_one_does_no_harm() {
    let mut my = Hub::new("MY");
    let old = introduction(&my);
    let mut known = directory(&[&my]);
    my.refreshed(|_| {});
    let introduced = introduction(&my).verify(&known, NODE, NOW).unwrap();
    known.adopt_introduction(&introduced).unwrap();
    assert_eq!(known.chain(my.code).unwrap().number(), 1);
    let again = old.verify(&known, NODE, NOW).unwrap();
    assert_eq!(again.chain().number(), 1, "what the reader knows already counts");
}

#[test]
fn another_net_is_refused_by_frame_and_by_charter() {
    assert_eq!(
        refusal(|introduction| introduction.net = "ewtp".parse().unwrap()),
        "wrong-net"
    );
    let my = Hub::new("MY");
    let live = Directory::new("ewtp".parse().unwrap(), BTreeMap::from([(my.code, my.genesis())]));
    let mut posing = introduction(&my);
    posing.net = "ewtp".parse().unwrap();
    assert_eq!(code_of(posing.verify(&live, NODE, NOW)), "wrong-net");
}

#[test]
fn another_hub_than_the_charters_is_refused() {
    assert_eq!(refusal(|introduction| introduction.hub = code("SG")), "wrong-hub");
}

#[test]
fn another_genesis_than_the_pin_is_refused() {
    let my = Hub::new("MY");
    let pinned = Directory::new(net(), BTreeMap::from([(my.code, Hub::new("SG").genesis())]));
    assert_eq!(code_of(introduction(&my).verify(&pinned, NODE, NOW)), "wrong-genesis");
}

#[test]
fn another_genesis_than_the_pin_is_refused_before_a_signature_is_checked() {
    let my = Hub::new("MY");
    let mut forged = introduction(&my);
    let mut bytes = forged.charters[0].bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.charters[0] = Record::decode(bytes.into()).unwrap();
    let empty = Directory::new(net(), BTreeMap::new());
    assert_eq!(
        code_of(forged.verify(&empty, NODE, NOW)),
        "signature",
        "the signatures are broken"
    );
    let other = Directory::new(net(), BTreeMap::from([(my.code, Hub::new("SG").genesis())]));
    assert_eq!(
        code_of(forged.verify(&other, NODE, NOW)),
        "wrong-genesis",
        "and not even looked at"
    );

    let pinned = directory(&[&my]);
    assert_eq!(introduction(&my).look_up(&pinned), Ok(Acquaintance::Carried));
    assert_eq!(introduction(&my).look_up(&empty), Ok(Acquaintance::Stranger));
}

#[test]
fn a_charter_that_contradicts_the_known_one_is_refused() {
    let mut my = Hub::new("MY");
    let mut two_faced = my.clone();
    my.refreshed(|_| {});
    two_faced.refreshed(|plan| plan.display_name = "two-faced".to_owned());
    assert_eq!(
        code_of(introduction(&two_faced).verify(&directory(&[&my]), NODE, NOW)),
        "conflict"
    );
}

#[test]
fn a_chain_without_its_genesis_is_refused() {
    assert_eq!(refusal(|introduction| introduction.charters.clear()), "gap");
}

#[test]
fn a_manifest_of_another_node_hub_or_time_is_refused() {
    let my = Hub::new("MY");
    let known = directory(&[&my]);
    let sound = introduction(&my);
    assert_eq!(code_of(sound.verify(&known, NodeKey([8; 32]), NOW)), "wrong-node");
    assert_eq!(code_of(sound.verify(&known, NODE, T0.plus(30 * DAY + 121))), "expired");
    assert!(sound.verify(&known, NODE, T0.plus(30 * DAY + 120)).is_ok());
    assert_eq!(code_of(sound.verify(&known, NODE, UnixTime(T0.0 - 121))), "expired");
    assert_eq!(
        refusal(|introduction| introduction.manifest = Hub::new("SG").manifest(NODE, 0)),
        "manifest"
    );
}

#[test]
fn a_hub_whose_newest_charter_expired_is_refused() {
    let my = Hub::new("MY");
    let late = T0.plus(300 * DAY + 121);
    assert_eq!(
        code_of(introduction(&my).verify(&directory(&[&my]), NODE, late)),
        "charter-expired"
    );
}

#[test]
fn oversize_and_foreign_frames_are_refused() {
    let decode = |bytes: &[u8]| Introduction::decode(bytes).unwrap_err().code();
    assert_eq!(decode(&vec![0; INTRODUCTION_BYTES_MAX + 1]), "malformed");
    assert_eq!(decode(b""), "malformed");
    let mut frame = introduction(&Hub::new("MY")).encode().to_vec();
    assert_eq!(frame[1], 1, "the version");
    frame[1] = 2;
    assert_eq!(decode(&frame), "version");
    frame[1] = 1;
    frame.push(0);
    assert_eq!(decode(&frame), "malformed");
}
