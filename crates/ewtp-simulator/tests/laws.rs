//! What holds for every mesh, whatever the seed draws.

use std::sync::LazyLock;
use std::time::Duration;

use ewtp_simulator::{Fault, FaultKind, Report, Scenario, run};

const MINUTE: Duration = Duration::from_secs(60);

/// Hubs that hear nothing by gossip compare what they hold every 5 seconds, and some stand three hops apart.
const AGREE_WITHIN: Duration = Duration::from_secs(10);

/// Rough runs that several laws look at: meshes in which everyone is connected to everyone, and one in which few are.
static ROUGH: LazyLock<Vec<Report>> = LazyLock::new(|| {
    let small = (1..=8).map(|seed| Scenario::rough(8, MINUTE, seed));
    let large = (1..=4).map(|seed| Scenario::rough(12, MINUTE, seed));
    small.chain(large).map(within_seconds).collect()
});

fn within_seconds(scenario: Scenario) -> Report {
    run(Scenario {
        agree_within: AGREE_WITHIN,
        ..scenario
    })
}

fn assert_sound(report: &Report) {
    let Report {
        hubs, seed, violations, ..
    } = report;
    assert_eq!(*violations, Vec::<String>::new(), "{hubs} hubs, seed {seed}");
}

#[test]
fn hubs_agree_within_seconds_of_the_last_fault() {
    ROUGH.iter().for_each(assert_sound);
}

#[test]
fn twenty_hubs_that_hardly_know_each_other_agree_within_seconds() {
    assert_sound(&within_seconds(Scenario::rough(20, 2 * MINUTE, 6)));
}

#[test]
fn every_kind_of_fault_is_injected() {
    let counts: Vec<_> = ROUGH
        .iter()
        .map(|report| serde_json::to_value(report.faults).unwrap())
        .collect();
    let kinds: Vec<&String> = counts[0].as_object().unwrap().keys().collect();
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    for kind in kinds {
        let times: u64 = counts.iter().map(|counts| counts[kind].as_u64().unwrap()).sum();
        assert!(times > 0, "{kind} never happened");
    }
}

/// Three of eight machines are in the hands of someone who forges, floods and repeats for the whole run.
#[test]
fn hostile_hubs_are_blamed_and_harm_nobody() {
    for seed in 1..=4 {
        let mut scenario = Scenario::rough(8, MINUTE, seed);
        scenario.faults.extend([1, 4, 6].map(|hub| Fault {
            at: Duration::from_secs(2),
            lasts: Some(MINUTE),
            kind: FaultKind::Hostile(hub),
        }));
        let report = within_seconds(scenario);
        assert_sound(&report);
        assert!(report.faults.forgeries > 1_000, "{:?}", report.faults);
        assert!(report.faults.blamed > 500, "{:?}", report.faults);
        assert_eq!(report.convicted, 0);
    }
}

#[test]
fn verifying_once_for_all_hubs_or_once_for_each_leaves_the_same_trace() {
    let half_a_minute = Duration::from_secs(30);
    let calm = (1..=2).map(|seed| Scenario::calm(5, half_a_minute, seed));
    let rough = (1..=3).map(|seed| Scenario::rough(6, half_a_minute, seed));
    for scenario in calm.chain(rough) {
        let [once, for_each] = [true, false].map(|memoise| {
            run(Scenario {
                memoise,
                ..scenario.clone()
            })
        });
        assert_eq!(once, for_each, "seed {}", scenario.seed);
    }
}

#[test]
fn a_seed_runs_the_same_way_each_time_and_no_other_seed_does() {
    let runs = [1, 1, 2, 2, 3].map(|seed| run(Scenario::rough(5, MINUTE, seed)));
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[2], runs[3]);
    assert_ne!(runs[0].trace, runs[2].trace);
    assert_ne!(runs[2].trace, runs[4].trace);
    assert_ne!(runs[4].trace, runs[0].trace);
}

#[test]
fn a_run_that_differs_in_one_small_thing_has_another_trace() {
    let scenario = Scenario::calm(4, Duration::from_secs(20), 1);
    let mut other = scenario.clone();
    other.faults.push(Fault {
        at: Duration::from_secs(10),
        lasts: Some(Duration::from_secs(1)),
        kind: FaultKind::Pause(2),
    });
    assert_ne!(run(scenario).trace, run(other).trace);
}

#[test]
fn two_three_four_and_eight_hubs_reach_their_quorum() {
    for hubs in [2, 3, 4, 8] {
        for seed in 1..=5 {
            let report = within_seconds(Scenario::calm(hubs, Duration::from_secs(10), seed));
            assert_sound(&report);
            assert_eq!(report.witnessed, hubs, "hubs with all cosignatures, seed {seed}");
        }
    }
}

/// A mesh of four hubs that goes wrong for good.
fn hurt_for_good(kind: FaultKind, seed: u64) -> Report {
    let mut scenario = Scenario::calm(4, Duration::from_secs(10), seed);
    scenario.faults.push(Fault {
        at: Duration::from_secs(5),
        lasts: None,
        kind,
    });
    within_seconds(scenario)
}

#[test]
fn hubs_that_cannot_agree_are_told_of() {
    let sides = vec![true, true, false, false];
    let kinds = [
        FaultKind::Partition(sides.clone()),
        FaultKind::OneWayPartition(sides),
        FaultKind::Crash(3),
        FaultKind::Pause(3),
    ];
    for (seed, kind) in (7..).zip(kinds) {
        let report = hurt_for_good(kind.clone(), seed);
        assert_eq!((report.seed, report.agreed_after_ms), (seed, None), "{kind:?}");
        let told = report.violations.iter();
        let late = told.filter(|told| told.contains("do not agree 10 s after the last fault"));
        assert_eq!(late.count(), 1, "{kind:?}: {:?}", report.violations);
    }
}
