//! `ewtp run`: the node in the foreground, until Ctrl-C, SIGTERM or `POST /v1/stop`.

use crate::cli::RunArgs;
use crate::output::Output;
use anyhow::Context;
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_node::keys::{Keys, Passphrase};
use ewtp_node::manifest::{Renewal, renew_if_due};
use ewtp_node::runtime::{self, RunOptions};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Which events are told, before what `ewtp.toml` says.
const FILTER_VARIABLE: &str = "EWTP_LOG";

/// Runs the node of `folder`.
pub(crate) fn answer(folder: &Folder, arguments: &RunArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let config = Config::load(folder)?;
    // Keys before anything else: a passphrase that is wrong or missing is told at once, and to a quiet terminal.
    let keys = Keys::load(
        folder,
        &config.net,
        &mut Passphrase::from(arguments.passphrase.source()),
    )?;
    tell_events(&config, output)?;
    // An introduction shows the manifest from the first connection on, so it must be good before the node runs.
    match renew_if_due(&config, &keys, &BTreeSet::new(), clock::now())? {
        Renewal::NotDue => {}
        Renewal::Renewed => tracing::info!("the node manifest was renewed"),
        Renewal::NoOperatorKey => {
            tracing::warn!("the node manifest should be renewed, and keys/operator.pem is not here")
        }
    }
    let _socket_place = folder.prepare_socket().context("no place for the admin socket")?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) = (signals(SignalKind::interrupt())?, signals(SignalKind::terminate())?);
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        runtime::run(config, keys, RunOptions::default(), stop).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn signals(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("cannot listen for signals")
}

/// Events go to stderr: lines for a person at a terminal, one JSON object each for a program.
fn tell_events(config: &Config, output: &Output) -> anyhow::Result<()> {
    let filter = std::env::var(FILTER_VARIABLE).unwrap_or_else(|_| config.event_filter.clone());
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        let failure = Failure::new("config", format!("`{filter}` is not an event filter: {error}"));
        failure.field("events.filter").next("info, or ewtp_network=debug,info")
    })?;
    let events = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if output.is_json() || !std::io::stderr().is_terminal() {
        events.json().init();
    } else {
        events.init();
    }
    Ok(())
}
