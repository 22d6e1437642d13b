//! The command: what it tells of a run, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Output};

use serde_json::Value;

fn simulate(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ewtp-simulator"));
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The objects on the standard output, one a seed.
fn reports(output: &Output) -> Vec<Value> {
    let lines = str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_broken_promise_names_the_seed_and_the_command_that_shows_it_again() {
    let broken = simulate("--hubs 4 --minutes 0.2 --seed 3 --seeds 2 --rough --agree-within 0 --json");
    assert_eq!(broken.status.code(), Some(1));
    let told = str::from_utf8(&broken.stderr).unwrap();
    assert!(told.contains("seed 3: the hubs do not agree 0 s after"), "{told}");
    let replays: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("replay: ")).collect();
    assert_eq!(replays.len(), 2, "{told}");

    let arguments = replays[1].strip_prefix("cargo simulate").unwrap();
    let again = simulate(&format!("{arguments} --json"));
    assert_eq!(again.status.code(), Some(1));
    let (first, second) = (&reports(&broken)[1], &reports(&again)[0]);
    assert_eq!(first["seed"], 4);
    assert_eq!(
        (&first["trace"], &first["violations"]),
        (&second["trace"], &second["violations"])
    );
}

#[test]
fn a_run_without_a_broken_promise_ends_well() {
    let sound = simulate("--hubs 3 --minutes 0.2 --idle --json");
    assert_eq!(sound.status.code(), Some(0));
    assert!(sound.stderr.is_empty());
    assert_eq!(reports(&sound)[0]["schema"], "ewtp.simulation/1");
}
