//! Each check is shown to fail on a disk that someone doctored.

use std::time::Duration;

use super::*;
use crate::load::Load;
use crate::scenario::Scenario;

/// Three hubs that issued for some seconds and agree.
fn settled() -> World {
    let mut world = World::new(Scenario::calm(3, Duration::from_secs(5), 1));
    world.run_until(Duration::from_secs(15));
    assert!(world.is_settled());
    assert!(world.observer.acknowledged.len() > 10);
    assert_eq!(check(&world), Vec::<String>::new());
    world
}

/// What is broken after someone changed a hub's copy of the first hub's log.
fn broken_at(hub: usize, doctor: impl Fn(&mut Vec<Bytes>)) -> Vec<String> {
    let mut world = settled();
    let first = LogId {
        hub: world.hubs[0].identity.hub,
        epoch: 0,
    };
    doctor(&mut world.hubs[hub].disk.log_mut(first).records);
    check(&world)
}

/// What is broken after someone changed the first hub's copy of its own log.
fn broken_after(doctor: impl Fn(&mut Vec<Bytes>)) -> Vec<String> {
    broken_at(0, doctor)
}

fn tells(broken: &[String], what: &str) -> bool {
    broken.iter().any(|told| told.contains(what))
}

/// The last byte of a record belongs to its signature.
fn forged(record: &Bytes) -> Bytes {
    let mut bytes = record.to_vec();
    *bytes.last_mut().expect("a record has bytes") ^= 1;
    bytes.into()
}

#[test]
fn a_lost_acknowledged_record_is_told() {
    let broken = broken_after(|records| drop(records.pop()));
    assert!(tells(&broken, "is not at"), "{broken:?}");
    assert!(tells(&broken, "lacks 1 acknowledged"), "{broken:?}");
}

#[test]
fn an_acknowledged_record_at_another_position_is_told() {
    let broken = broken_after(|records| records.swap(1, 2));
    assert!(tells(&broken, "is not at"), "{broken:?}");
}

#[test]
fn another_history_is_told() {
    let broken = broken_after(|records| records.swap(1, 2));
    assert!(tells(&broken, "another history"), "{broken:?}");
}

#[test]
fn a_replica_with_another_history_is_told() {
    let broken = broken_at(2, |records| records.swap(1, 2));
    assert_eq!(broken, ["CN-0002 holds another history of CN-0000"]);
}

#[test]
fn a_replica_without_an_acknowledged_record_is_told() {
    let broken = broken_at(1, |records| records.truncate(records.len() - 2));
    assert_eq!(broken, ["CN-0001 lacks 2 acknowledged records"]);
}

#[test]
fn a_replica_with_more_than_was_issued_is_told() {
    let broken = broken_at(1, |records| records.push(records[1].clone()));
    assert!(
        tells(&broken, "CN-0001 holds more of CN-0000 than was issued"),
        "{broken:?}"
    );
}

#[test]
fn a_charter_that_nobody_signed_is_told() {
    let mut world = settled();
    let of = world.hubs[0].identity.hub;
    let noise = vec![Bytes::from_static(b"a"), Bytes::from_static(b"b")];
    world.hubs[2].disk.charters.insert(of, noise);
    assert_eq!(
        check(&world),
        ["CN-0002 holds charters of CN-0000 that were not signed"]
    );
}

#[test]
fn a_record_by_a_key_without_the_duty_is_told() {
    let mut world = settled();
    let hub = &mut world.hubs[0];
    let unix = hub.now(Duration::ZERO).unix;
    // The log key may sign checkpoints and pulses, and no certificate.
    std::mem::swap(&mut hub.identity.customs_key, &mut hub.identity.log_key);
    let record = Load::Certificate.record(hub, unix);
    let first = LogId {
        hub: hub.identity.hub,
        epoch: 0,
    };
    hub.disk.log_mut(first).records.push(record.bytes().clone());
    assert!(tells(&check(&world), "is wrong-duty"), "{:?}", check(&world));
}

#[test]
fn a_forged_signature_is_told() {
    let broken = broken_after(|records| records.push(forged(&records[1])));
    assert!(tells(&broken, "is signature"), "{broken:?}");
}

#[test]
fn bytes_that_are_no_record_are_told() {
    let broken = broken_after(|records| records.push(Bytes::from_static(b"no record")));
    assert!(tells(&broken, "does not decode"), "{broken:?}");
}

#[test]
fn a_passed_bound_is_told() {
    let mut world = settled();
    world.observer.bounds.gossiped(1 << 20);
    assert!(tells(&check(&world), "above the bound"));
}

#[test]
fn a_flooded_link_is_told() {
    let mut world = settled();
    world.observer.bounds.carried(1 << 30, Duration::from_secs(60));
    assert!(tells(&check(&world), "bytes a second to one peer"));
}

#[test]
fn a_run_tells_of_what_is_broken() {
    let mut world = settled();
    let hub = &mut world.hubs[0];
    let first = LogId {
        hub: hub.identity.hub,
        epoch: 0,
    };
    hub.disk.log_mut(first).records.pop();
    let report = crate::conclude(world, Some(Duration::ZERO));
    assert!(tells(&report.violations, "is not at"), "{:?}", report.violations);
    assert!(!tells(&report.violations, "do not agree"));
}
