//! One function a command: look at the arguments, make one or two calls, answer.

mod background;
mod faults;
mod look;
mod processes;
mod trade;
mod up;

use crate::cli::{Cli, Command};
use crate::control::Order;
use crate::{hub_process, prove};
use anyhow::Result;

/// Does what the command line says.
///
/// # Errors
/// What went wrong, with what to type next where that helps.
pub fn run(cli: Cli) -> Result<()> {
    if let Command::Hub { hub, parent } = &cli.command {
        return hub_process::run(&cli.dir, hub, *parent);
    }
    // One thread: hubs must be started from the thread that lives as long as the process (see `supervisor`).
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(obey(cli))
}

async fn obey(cli: Cli) -> Result<()> {
    let dir = cli.dir.as_path();
    match cli.command {
        Command::Up(options) => up::up(dir, &options, cli.json).await,
        Command::Down { remove } => processes::down(dir, remove, cli.json).await,
        Command::Status => look::status(dir, cli.json).await,
        Command::Kill { hub } => processes::order(dir, &hub.clone(), Order::Kill { hub }, cli.json).await,
        Command::Pause { hub } => processes::order(dir, &hub.clone(), Order::Pause { hub }, cli.json).await,
        Command::Resume { hub } => processes::order(dir, &hub.clone(), Order::Resume { hub }, cli.json).await,
        Command::Restart { hub } => processes::order(dir, &hub.clone(), Order::Restart { hub }, cli.json).await,
        Command::Partition { groups } => faults::partition(dir, &groups, cli.json),
        Command::Heal => faults::heal(dir, cli.json),
        Command::Link(link) => faults::link(dir, &link, cli.json),
        Command::Issue { hub } => trade::issue(dir, &hub, cli.json).await,
        Command::Load { rate, seconds } => trade::load(dir, rate, seconds, cli.json).await,
        Command::Wait { what, timeout } => look::wait(dir, what, timeout, cli.json).await,
        Command::Logs { hub, lines } => look::logs(dir, &hub, lines, cli.json),
        Command::Env { hub } => look::env(dir, &hub, cli.json),
        Command::Prove(proof) => prove::run(dir, &proof.claim, proof.seed, cli.json).await,
        Command::Hub { .. } => unreachable!("a hub process has a runtime of its own: handled above"),
    }
}
