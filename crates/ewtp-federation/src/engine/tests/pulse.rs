//! A log that stands still shows life.

use std::time::Duration;

use super::mesh::{Mesh, Site};
use crate::testing::{directory, found};

#[test]
fn a_log_gets_a_pulse_when_it_stood_still_for_as_long_as_its_operator_says() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    mesh.sites[0].engine.pulse_every = Duration::from_secs(60);
    mesh.issue(0, 1);
    mesh.run(59_000);
    mesh.issue(0, 1);
    mesh.run(59_000);
    assert!(mesh.sites[0].seen.pulses.is_empty(), "it grew");
    mesh.run(2_000);
    assert_eq!(
        mesh.sites[0].seen.pulses,
        [3],
        "the index behind a charter and two records"
    );
    mesh.run(60_000);
    assert_eq!(mesh.sites[0].seen.pulses.len(), 2);
}
