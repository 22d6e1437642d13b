//! `partition`, `heal`, `link`: bad roads.

use crate::cli::Link;
use crate::faults::{self, Road};
use crate::state::Testnet;
use anyhow::{Result, ensure};
use std::path::Path;

pub(super) fn partition(dir: &Path, groups: &str) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let hubs = testnet.codes();
    faults::partition(testnet.folder(), &hubs, &faults::groups(groups, &hubs)?)
}

pub(super) fn heal(dir: &Path) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    faults::heal(testnet.folder(), &testnet.codes())
}

pub(super) fn link(dir: &Path, link: &Link) -> Result<()> {
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
    faults::link(testnet.folder(), one, other, road)
}
