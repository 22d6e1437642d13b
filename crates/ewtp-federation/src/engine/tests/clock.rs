//! A witness states no time of a clock that it has reason to doubt.

use super::mesh::{Mesh, Site};
use crate::alarm::AlarmCode;
use crate::testing::{Hub, T0, directory, found};

const HOUR: u64 = 3_600;

/// MY, whose log is witnessed, and SG, whose clock is to go wrong.
fn pair() -> ([Hub; 2], Mesh) {
    let hubs = found(["MY", "SG"]);
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, directory(&hubs))));
    mesh.connect(0, 1);
    mesh.run(10_000);
    (hubs, mesh)
}

/// Sets SG's clock.
fn set_clock(mesh: &mut Mesh, ahead: u64) {
    mesh.sites[1].clock_ahead = ahead;
    mesh.run(50);
}

fn is_alarmed(mesh: &Mesh) -> bool {
    let alarms = mesh.sites[1].engine.status().alarms;
    alarms.iter().any(|alarm| alarm.code == AlarmCode::Clock)
}

/// The times that SG stated in cosignatures, in seconds after the beginning.
fn stated(mesh: &Mesh) -> Vec<u64> {
    let times = mesh.sites[1].seen.cosigned.iter().map(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("time ")).unwrap();
        line.parse::<u64>().unwrap() - T0.0
    });
    times.collect()
}

#[test]
fn a_witness_whose_clock_jumped_signs_no_time_until_it_is_steady() {
    let (_, mut mesh) = pair();
    let before = stated(&mesh).len();
    assert!(before > 0 && !is_alarmed(&mesh));
    set_clock(&mut mesh, 30 * 24 * HOUR);
    assert!(is_alarmed(&mesh));
    mesh.issue(0, 1);
    mesh.run(30_000);
    assert_eq!(stated(&mesh).len(), before, "a month ahead would bind all later times");
    set_clock(&mut mesh, 0);
    mesh.run(59_000);
    assert_eq!(stated(&mesh).len(), before, "it was set again");
    mesh.run(2_000);
    assert!(!is_alarmed(&mesh));
    let times = stated(&mesh);
    assert!(times.len() > before, "what waited is cosigned");
    assert!(times.iter().all(|time| *time < 200), "{times:?}");
}

#[test]
fn a_log_whose_stated_time_lies_ahead_waits_until_the_clock_comes_near() {
    let (_, mut mesh) = pair();
    set_clock(&mut mesh, HOUR);
    mesh.issue(0, 1);
    mesh.run(70_000);
    let wrong = stated(&mesh).into_iter().max().unwrap();
    assert!(wrong > HOUR, "the clock was steady for a minute");
    set_clock(&mut mesh, 0);
    mesh.issue(0, 1);
    mesh.run(120_000);
    assert!(is_alarmed(&mesh));
    assert_eq!(stated(&mesh).into_iter().max(), Some(wrong));
    let count = stated(&mesh).len();
    mesh.run(3_300_000);
    assert_eq!(stated(&mesh).len(), count);
    mesh.run(300_000);
    assert!(!is_alarmed(&mesh));
    let times = stated(&mesh);
    assert!(times.len() > count && times.is_sorted(), "and no time goes back");
}

#[test]
fn a_witness_whose_charter_ended_signs_nothing_and_says_so() {
    let (_, mut mesh) = pair();
    set_clock(&mut mesh, 301 * 24 * HOUR);
    let before = stated(&mesh).len();
    mesh.issue(0, 1);
    mesh.run(200_000);
    assert!(is_alarmed(&mesh));
    assert_eq!(stated(&mesh).len(), before);
}
