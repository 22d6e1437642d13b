//! Whole meshes in virtual time, through the binary that people run.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::{command, stdout};
use serde_json::Value;

fn simulate(hubs: u32, minutes: u32, seed: u64) -> Value {
    let mut simulator = command("ewtp-simulator");
    simulator.args(["--hubs", &hubs.to_string(), "--minutes", &minutes.to_string()]);
    simulator.args(["--seed", &seed.to_string(), "--json"]);
    serde_json::from_str(&stdout(&simulator.output().unwrap())).unwrap()
}

#[test]
fn a_mesh_converges_without_a_violation() {
    for seed in 1..=3 {
        let told = simulate(8, 1, seed);
        assert_eq!(told["schema"], "ewtp.simulation/1");
        assert_eq!(told["violations"], Value::Array(Vec::new()), "seed {seed}");
        assert_eq!(told["falsely_convicted"], 0, "seed {seed}");
        assert!(told["announcements"].as_u64().unwrap() > 0, "seed {seed}");
    }
}

#[test]
fn the_same_seed_runs_the_same_way() {
    let (first, second, other) = (simulate(5, 1, 7), simulate(5, 1, 7), simulate(5, 1, 8));
    assert_eq!(first["trace"], second["trace"]);
    assert_ne!(first["trace"], other["trace"]);
}
