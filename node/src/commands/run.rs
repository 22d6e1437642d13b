//! `ewtp run`: the node in the foreground, until it is told to stop.

use crate::cli::PassphraseArgs;
use anyhow::Context;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::keys::{Keys, Passphrase};
use ewtp_node::runtime::{self, RunOptions};
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the hub of `folder` until SIGINT or SIGTERM.
pub(crate) fn answer(folder: &Folder, arguments: &PassphraseArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(folder)?;
    let keys = Keys::load(folder, &config.net, &mut Passphrase::from(arguments.source()))?;
    tell_events(&config.event_filter)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(async {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let told_to_stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        runtime::run(config, keys, RunOptions::default(), told_to_stop).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Events go to stderr: for people on a terminal, one JSON object a line elsewhere.
fn tell_events(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).context("`events` in ewtp.toml is no filter")?;
    let events = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        events.init();
    } else {
        events.json().init();
    }
    Ok(())
}
