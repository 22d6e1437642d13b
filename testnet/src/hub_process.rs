//! One hub as a process of its own: the node library behind roads that can be bad.
//!
//! This is what `ewtp-testnet hub` runs, and nobody types. It differs from `ewtp run` in three things only: it dies with
//! its parent, it serves its admin interface on a loopback address too, and it asks [`crate::faults`] about its roads.

use crate::road_watch::RoadWatch;
use crate::state::Testnet;
use anyhow::{Context, Result, ensure};
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::runtime::{self, RunOptions};
use nix::sys::signal::Signal;
use nix::unistd::getppid;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the hub `code` of the testnet in `folder` until it is told to stop.
///
/// # Errors
/// When the folder, the keys or the node say so; the supervisor shows it with `logs`.
pub fn run(folder: &Path, code: &str, parent: u32) -> Result<()> {
    die_with(parent)?;
    let testnet = Testnet::expect(folder)?;
    let hub = testnet.hub(code)?;
    let config = Config::load(&Folder::new(&testnet.hub_folder(code)))?;
    listen_to_events(&config.event_filter)?;
    let options = RunOptions { faults: Some(Arc::new(RoadWatch::start(&testnet, code)?)), admin_http: Some(hub.http) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(runtime::run(config, options, told_to_stop()?))
}

/// Asks the kernel to kill this process when its parent dies, however that happens. The parent may have died between
/// starting us and this call; then nobody would, so that is checked after.
fn die_with(parent: u32) -> Result<()> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).context("asking to die with the supervisor")?;
    ensure!(u32::try_from(getppid().as_raw()) == Ok(parent), "the supervisor is gone already");
    Ok(())
}
