//! One hub as a process of its own: the node library behind roads that can be bad.
//!
//! This is what `ewtp-testnet hub` runs, and nobody types. It differs from `ewtp run` in three things only: it dies with
//! its parent, it serves its admin interface on a loopback address too, and it asks [`crate::faults`] about its roads.

use crate::road_watch::RoadWatch;
use crate::state::Testnet;
use anyhow::{Context, Result, ensure};
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::keys::{Keys, Passphrase};
use ewtp_node::runtime::{self, RunOptions};
use nix::sys::signal::Signal;
use nix::unistd::getppid;
use std::io;
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
    let folder = Folder::new(&testnet.hub_folder(code));
    let config = Config::load(&folder)?;
    let keys = Keys::load(&folder, &config.net, &mut Passphrase::default())?;
    tell_events(&config.event_filter)?;
    let options = RunOptions {
        faults: Some(Arc::new(RoadWatch::start(&testnet, code)?)),
        admin_http: Some(hub.http),
        ..RunOptions::default()
    };
    let _socket_place = folder.prepare_socket().context("no place for the admin socket")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async { runtime::run(config, keys, options, told_to_stop()?).await })
}

/// Asks the kernel to kill this process when its parent dies, however that happens. The parent may have died between
/// starting us and this call; then nobody would, so that is checked after.
fn die_with(parent: u32) -> Result<()> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).context("asking to die with the supervisor")?;
    ensure!(
        u32::try_from(getppid().as_raw()) == Ok(parent),
        "the supervisor is gone already"
    );
    Ok(())
}

/// Events go to standard error, which the supervisor led into the hub's `events.log`.
fn tell_events(filter: &str) -> Result<()> {
    let filter =
        tracing_subscriber::EnvFilter::try_new(filter).with_context(|| format!("the event filter `{filter}`"))?;
    let told = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        .try_init();
    told.map_err(|error| anyhow::anyhow!("telling events: {error}"))
}

/// Resolves when the supervisor says so.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for the end")?;
    Ok(async move {
        terminate.recv().await;
    })
}
