//! `partition`, `heal`, `link`: bad roads.

use crate::answer;
use crate::cli::Link;
use crate::faults::{self, Road};
use crate::state::Testnet;
use anyhow::{Result, ensure};
use serde::Serialize;
use std::path::Path;

/// `ewtp.testnet-partition/1`.
#[derive(Serialize)]
struct Partitioned<'a> {
    schema: &'static str,
    groups: &'a [Vec<String>],
    /// Roads cut now, each counted once.
    roads_cut: usize,
}

pub(super) fn partition(dir: &Path, groups: &str, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let hubs = testnet.codes();
    let groups = faults::whole(faults::groups(groups, &hubs)?, &hubs);
    faults::partition(testnet.folder(), &hubs, &groups)?;
    let roads_cut = faults::bad_roads(testnet.folder(), &hubs, |road| road.cut)?;
    if json {
        return answer::object(&Partitioned {
            schema: "ewtp.testnet-partition/1",
            groups: &groups,
            roads_cut,
        });
    }
    let groups: Vec<String> = groups.iter().map(|group| group.join(",")).collect();
    answer::line(&format!("{roads_cut} roads cut: {}", groups.join(" | ")))
}

/// `ewtp.testnet-heal/1`.
#[derive(Serialize)]
struct Healed {
    schema: &'static str,
    /// Roads that were cut, slow or lossy, each counted once.
    roads_opened: usize,
}

pub(super) fn heal(dir: &Path, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let hubs = testnet.codes();
    let roads_opened = faults::bad_roads(testnet.folder(), &hubs, |road| !road.is_open())?;
    faults::heal(testnet.folder(), &hubs)?;
    if json {
        let schema = "ewtp.testnet-heal/1";
        return answer::object(&Healed { schema, roads_opened });
    }
    answer::line(&format!("{roads_opened} roads opened: every road is open"))
}

/// `ewtp.testnet-link/1`.
#[derive(Serialize)]
struct Linked<'a> {
    schema: &'static str,
    one: &'a str,
    other: &'a str,
    #[serde(flatten)]
    road: Road,
}

pub(super) fn link(dir: &Path, link: &Link, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let (one, other) = (&testnet.hub(&link.one)?.hub, &testnet.hub(&link.other)?.hub);
    ensure!(
        one != other,
        "a road leads from one hub to another, not from {one} to {one}"
    );
    let road = Road {
        cut: link.cut,
        delay_ms: link.delay,
        jitter_ms: link.jitter,
        bytes_per_second: link.rate,
        loss_per_mille: link.loss,
    };
    faults::link(testnet.folder(), one, other, road)?;
    if json {
        let schema = "ewtp.testnet-link/1";
        return answer::object(&Linked {
            schema,
            one,
            other,
            road,
        });
    }
    answer::line(&format!("{one} to {other}, both ways: {}", described(&road)))
}

fn described(road: &Road) -> String {
    if road.cut {
        return "cut".to_owned();
    }
    let parts = [
        (u64::from(road.delay_ms), "ms delay"),
        (u64::from(road.jitter_ms), "ms jitter"),
        (road.bytes_per_second, "bytes a second at most"),
        (u64::from(road.loss_per_mille), "of 1000 writes stall"),
    ];
    let set: Vec<String> = parts
        .iter()
        .filter(|(value, _)| *value > 0)
        .map(|(value, what)| format!("{value} {what}"))
        .collect();
    match set.is_empty() {
        true => "open".to_owned(),
        false => set.join(", "),
    }
}
