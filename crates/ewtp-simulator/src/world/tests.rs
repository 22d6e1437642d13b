//! The world itself: hubs that lie are found out, and hubs that fail are not taken for liars.

use ewtp_federation::OwnLog;

use super::*;
use crate::scenario::{Fault, FaultKind};

/// Four hubs that issued for a while and agree.
fn settled() -> World {
    let mut world = World::new(Scenario::calm(4, Duration::from_secs(5), 1));
    world.run_until(Duration::from_secs(10));
    assert!(world.is_settled());
    world
}

/// A hub issues a certificate.
fn issue(world: &mut World, hub: usize) {
    let unix = world.hubs[hub].now(world.now()).unix;
    let record = Load::Certificate.record(&mut world.hubs[hub], unix);
    world.issue(hub, record);
}

/// Begins a fault now, and tells its number, to end it by.
fn begin(world: &mut World, kind: FaultKind) -> usize {
    let (at, lasts) = (world.now(), None);
    world.scenario.faults.push(Fault { at, lasts, kind });
    let fault = world.scenario.faults.len() - 1;
    world.fault_begins(fault);
    fault
}

#[test]
fn a_hub_that_signs_two_histories_is_convicted_and_nobody_else() {
    let mut world = settled();
    // Its folder is lost and made anew, and it goes on as if nothing had been logged.
    world.crash(0);
    world.hubs[0].disk = crate::disk::Disk::default();
    world.boot(0);
    for _ in 0..40 {
        issue(&mut world, 0);
        let now = world.now();
        world.run_until(now + Duration::from_millis(50));
    }
    let observer = &world.observer;
    assert!(!observer.violations.is_empty(), "it signed sizes anew");
    assert_eq!((observer.convicted(), observer.falsely_convicted()), (1, 0));
}

#[test]
fn a_hub_that_starts_from_an_old_copy_of_its_folder_signs_nothing_and_what_it_lost_is_told_of() {
    let mut world = settled();
    let old = world.hubs[0].disk.clone();
    for hub in [0, 1, 0] {
        issue(&mut world, hub);
        world.run_until(world.now() + Duration::from_secs(1));
    }
    world.crash(0);
    world.hubs[0].disk = old;
    world.boot(0);
    // Before its first peer tells it of the longer log.
    issue(&mut world, 0);
    world.run_until(world.now() + Duration::from_secs(30));
    let observer = &world.observer;
    assert_eq!(observer.violations, Vec::<String>::new());
    assert_eq!((observer.convicted(), observer.falsely_convicted()), (0, 0));
    let engine = world.hubs[0].engine.as_ref().unwrap();
    assert!(matches!(engine.status().own_log, OwnLog::Halted(Some(_))));
    let broken = crate::verdicts::check(&world);
    assert!(
        broken.iter().any(|told| told.contains("is not at CN-0000")),
        "{broken:?}"
    );
}

#[test]
fn an_accusation_that_is_not_true_is_told_of() {
    let mut world = settled();
    world.observer.accuses(1, 2);
    assert_eq!(world.observer.falsely_convicted(), 1);
    assert!(world.observer.violations[0].contains("which it did not sign"));
}

#[test]
fn a_crash_loses_what_was_not_synced_and_nothing_else() {
    let mut world = settled();
    let before = world.hubs[1].disk.logs.clone();
    issue(&mut world, 1);
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
    let (fault, now) = (
        begin(&mut world, FaultKind::OneWayPartition(vec![true, false, false, false])),
        world.now(),
    );
    issue(&mut world, 0);
    world.run_until(now + Duration::from_secs(2));
    assert!(!world.is_settled(), "nothing passed from the first hub");
    world.fault_ends(fault);
    world.run_until(now + Duration::from_secs(12));
    assert!(world.is_settled());
    assert!(world.stalled.is_empty());
}

#[test]
fn what_gossip_loses_after_a_quiet_time_arrives_within_seconds() {
    for seed in 1..=5 {
        let mut world = World::new(Scenario::idle(20, Duration::ZERO, seed));
        let run = |world: &mut World, seconds| world.run_until(world.now() + Duration::from_secs(seconds));
        run(&mut world, 95); // idle hubs compare at 60 to 75 s, and then a minute later
        assert!(world.is_settled(), "seed {seed}");
        let fault = begin(&mut world, FaultKind::Partition((0..20).map(|hub| hub == 0).collect()));
        issue(&mut world, 0);
        run(&mut world, 1);
        world.fault_ends(fault);
        run(&mut world, 10);
        let own = world.hubs[0].identity.hub;
        let holding = world
            .engines()
            .filter(|engine| engine.frontier_entry(own).is_some_and(|own| own.size == 2));
        assert_eq!(holding.count(), 20, "seed {seed}");
        run(&mut world, 10);
        let mut digests: Vec<_> = world.engines().map(|engine| engine.frontier().digest()).collect();
        digests.dedup();
        assert_eq!(digests.len(), 1, "seed {seed}");
    }
}

/// What two hubs that hold the same say to each other costs a metered line next to nothing.
#[test]
fn equal_peers_exchange_at_most_64_bytes_a_minute() {
    let mut world = World::new(Scenario::calm(6, Duration::from_secs(20), 1));
    world.run_until(Duration::from_secs(90));
    assert!(world.is_settled());
    let said = |world: &World| -> Vec<u64> {
        let both = |(a, b)| [(a, b), (b, a)].map(|(from, to)| world.links.link(from, to).sync_bytes);
        let pairs = world.links.pairs();
        pairs.into_iter().map(|pair| both(pair).iter().sum()).collect()
    };
    let before = said(&world);
    let minutes = 8;
    world.run_until(Duration::from_secs(90 + minutes * 60));
    for (before, after) in before.into_iter().zip(said(&world)) {
        let bytes = after - before;
        assert!(bytes > 0, "they compare");
        assert!(bytes <= 64 * minutes, "{bytes} bytes in {minutes} minutes");
    }
}

/// Whatever was lost with a crash or a connection, every panel cosigns the newest checkpoint in the end.
#[test]
fn after_the_faults_every_panel_cosigns() {
    for hubs in [2, 3, 4, 8] {
        for seed in 1..=6 {
            let mut world = World::new(Scenario::rough(hubs, Duration::from_secs(60), seed));
            world.run_until(world.faults_end() + Duration::from_secs(40));
            assert_eq!(world.witnessed(), hubs, "seed {seed}");
        }
    }
}
