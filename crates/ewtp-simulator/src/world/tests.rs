//! The world itself: hubs that lie are found out, and hubs that fail are not taken for liars.

use super::*;

/// Four hubs that issued for a while and agree.
fn settled() -> World {
    let mut world = World::new(Scenario::calm(4, Duration::from_secs(5), 1));
    world.run_until(Duration::from_secs(10));
    assert!(world.is_settled());
    world
}

#[test]
fn a_hub_that_signs_two_histories_is_convicted_and_nobody_else() {
    let mut world = settled();
    // Its folder is lost and made anew, and it goes on as if nothing had been logged.
    world.crash(0);
    world.hubs[0].disk = crate::disk::Disk::default();
    world.boot(0);
    for _ in 0..40 {
        let (now, unix) = (world.now(), world.hubs[0].now(world.now()).unix);
        let record = Load::Certificate.record(&mut world.hubs[0], unix);
        world.issue(0, record);
        world.run_until(now + Duration::from_millis(50));
    }
    let observer = &world.observer;
    assert!(!observer.violations.is_empty(), "it signed sizes anew");
    assert_eq!((observer.convicted(), observer.falsely_convicted()), (1, 0));
}

#[test]
fn a_crash_loses_what_was_not_synced_and_nothing_else() {
    let mut world = settled();
    let before = world.hubs[1].disk.logs.clone();
    let unix = world.hubs[1].now(world.now()).unix;
    let record = Load::Certificate.record(&mut world.hubs[1], unix);
    world.issue(1, record);
    assert!(
        !world.hubs[1].writing.is_empty(),
        "the record is on its way to the disk"
    );
    world.hubs[1].crash(0);
    assert_eq!(world.hubs[1].disk.logs, before);
}

#[test]
fn what_waits_on_a_cut_stream_arrives_in_order_after_the_heal() {
    let mut world = settled();
    let kind = crate::scenario::FaultKind::OneWayPartition(vec![true, false, false, false]);
    let fault = crate::scenario::Fault {
        at: world.now(),
        lasts: Some(Duration::from_secs(2)),
        kind,
    };
    world.scenario.faults.push(fault);
    world.fault_begins(0);
    let now = world.now();
    let unix = world.hubs[0].now(now).unix;
    let record = Load::Certificate.record(&mut world.hubs[0], unix);
    world.issue(0, record);
    world.run_until(now + Duration::from_secs(2));
    assert!(!world.is_settled(), "nothing passed from the first hub");
    world.fault_ends(0);
    world.run_until(now + Duration::from_secs(12));
    assert!(world.is_settled());
    assert!(world.stalled.is_empty());
}
