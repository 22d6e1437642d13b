//! Many hubs in one thread from one seed: delay, loss, duplication, reordering, partition, crash and clock skew.
//!
//! The engines, the messages and the signatures are those of a node; sockets, disks and clocks are simulated. After each
//! run the promises that no hub may break are checked, and equal seeds leave equal traces.
//!
//! ```
//! use std::time::Duration;
//!
//! let report = ewtp_simulator::run(ewtp_simulator::Scenario::calm(3, Duration::from_secs(20), 1));
//! assert_eq!(report.violations, Vec::<String>::new());
//! ```

mod bounds;
mod disk;
mod founding;
mod hub;
mod links;
mod load;
mod medium;
mod observer;
mod scenario;
mod schedule;
mod traffic;
mod verdicts;
mod world;

use std::time::Duration;

use serde::Serialize;

pub use bounds::Bounds;
pub use observer::FaultCounts;
pub use scenario::{Acquaintance, Fault, FaultKind, Links, Scenario};
pub use traffic::Traffic;

use world::World;

/// How often it is looked whether they do.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a run showed (`ewtp.simulation/1`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// `ewtp.simulation/1`.
    pub schema: &'static str,
    /// Number of hubs.
    pub hubs: usize,
    /// Simulated minutes of load and faults.
    pub minutes: f64,
    /// The seed.
    pub seed: u64,
    /// Hash over everything that happened; equal for equal seeds.
    pub trace: String,
    /// Real time the run took, in milliseconds. Filled in by the caller: nothing here reads a clock.
    pub wall_ms: u64,
    /// Announcements published.
    pub announcements: usize,
    /// Announcements received for the first time, over all hubs.
    pub deliveries: usize,
    /// Half of all deliveries took at most this long, in simulated milliseconds.
    pub announcement_p50_ms: f64,
    /// 99 of 100 deliveries took at most this long.
    pub announcement_p99_ms: f64,
    /// Deliveries that gossip never made although the hub was up and connected; sync made up for them.
    pub missed: usize,
    /// Records acknowledged to those who issued them.
    pub acknowledged: usize,
    /// Hubs whose newest checkpoint their whole panel cosigned.
    pub witnessed: usize,
    /// Simulated time from the end of load and faults until all hubs agreed, in milliseconds.
    pub agreed_after_ms: Option<u64>,
    /// Hubs convicted of two histories.
    pub convicted: usize,
    /// Of these, hubs that did not sign two.
    pub falsely_convicted: usize,
    /// How often each kind of fault was injected.
    pub faults: FaultCounts,
    /// The largest of what must stay bounded.
    pub bounds: Bounds,
    /// What hubs sent each other.
    pub traffic: Traffic,
    /// Broken promises, in words.
    pub violations: Vec<String>,
}

/// Runs a scenario to its end and checks it.
#[must_use]
pub fn run(scenario: Scenario) -> Report {
    let mut world = World::new(scenario);
    let faults_end = world.faults_end();
    world.run_until(faults_end);
    let agreed_after = agree(&mut world);
    conclude(world, agreed_after)
}

/// Lets time pass until all hubs agree; `None` when they take too long.
fn agree(world: &mut World) -> Option<Duration> {
    let start = world.now();
    let end = start + world.scenario.agree_within;
    while world.now() < end {
        let next = world.now() + LOOK_EVERY;
        world.run_until(next);
        if world.is_settled() {
            return Some(world.now() - start);
        }
    }
    None
}

/// Checks every promise and tells what was seen.
fn conclude(mut world: World, agreed_after: Option<Duration>) -> Report {
    let (hubs, seed) = (world.scenario.hubs, world.scenario.seed);
    if agreed_after.is_none() {
        let within = world.scenario.agree_within.as_secs_f64();
        let late = format!("the hubs do not agree {within} s after the last fault");
        world.observer.violations.push(late);
    }
    world.measure_links();
    let broken = verdicts::check(&world);
    world.observer.violations.extend(broken);
    let (announcements, missed) = world.announced();
    let witnessed = world.witnessed();
    let traffic = Traffic::measure(&world.links, hubs, world.now());
    let observer = &mut world.observer;
    Report {
        schema: "ewtp.simulation/1",
        hubs,
        minutes: world.scenario.duration.as_secs_f64() / 60.0,
        seed,
        trace: hex::encode(observer.trace_hash()),
        wall_ms: 0,
        announcements,
        deliveries: observer.deliveries(),
        announcement_p50_ms: observer.latency_ms(0.5),
        announcement_p99_ms: observer.latency_ms(0.99),
        missed,
        acknowledged: observer.acknowledged.len(),
        witnessed,
        agreed_after_ms: agreed_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        convicted: observer.convicted(),
        falsely_convicted: observer.falsely_convicted(),
        faults: observer.faults,
        bounds: observer.bounds.clone(),
        traffic,
        violations: observer.violations.clone(),
    }
}
