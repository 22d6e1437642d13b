//! Each check is shown to fail on a disk that someone doctored.

use std::time::Duration;

use super::*;
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

/// What is broken after someone changed the first hub's copy of its own log.
fn broken_after(doctor: impl Fn(&mut Vec<Bytes>)) -> Vec<String> {
    let mut world = settled();
    let hub = &mut world.hubs[0];
    let own = LogId {
        hub: hub.identity.hub,
        epoch: 0,
    };
    doctor(&mut hub.disk.log_mut(own).records);
    check(&world)
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
