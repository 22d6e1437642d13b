//! One function a command: look at the arguments, make one or two calls, answer.

mod background;
mod faults;
mod look;
mod trade;
mod up;

use crate::cli::{Cli, Command};
use crate::control::{self, Order};
use crate::state::Testnet;
use crate::supervisor::ProcessView;
use crate::{answer, hub_process, prove, supervisor};
use anyhow::Result;
use std::path::Path;

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
        Command::Down { remove } => down(dir, remove).await,
        Command::Status => look::status(dir, cli.json).await,
        Command::Kill { hub } => order(dir, Order::Kill { hub }).await,
        Command::Pause { hub } => order(dir, Order::Pause { hub }).await,
        Command::Resume { hub } => order(dir, Order::Resume { hub }).await,
        Command::Restart { hub } => order(dir, Order::Restart { hub }).await,
        Command::Partition { groups } => faults::partition(dir, &groups),
        Command::Heal => faults::heal(dir),
        Command::Link(link) => faults::link(dir, &link),
        Command::Issue { hub } => trade::issue(dir, &hub).await,
        Command::Load { rate, seconds } => trade::load(dir, rate, seconds, cli.json).await,
        Command::Wait { what, timeout } => look::wait(dir, what, timeout, cli.json).await,
        Command::Logs { hub, lines } => look::logs(dir, &hub, lines),
        Command::Env { hub } => look::env(dir, &hub),
        Command::Prove(proof) => prove::run(dir, &proof.claim, proof.seed, cli.json).await,
        Command::Hub { .. } => unreachable!("a hub process has a runtime of its own: handled above"),
    }
}

async fn order(dir: &Path, order: Order) -> Result<()> {
    let processes = control::order(&Testnet::expect(dir)?, &order).await?;
    processes.iter().try_for_each(tell_process)
}

fn tell_process(process: &ProcessView) -> Result<()> {
    let pid = process.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
    answer::line(&format!(
        "{:<8} {:<8} pid {pid:<8} started {} times",
        process.hub, process.state, process.starts
    ))
}

async fn down(dir: &Path, remove: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    if supervisor::is_up(&testnet)? {
        control::order(&testnet, &Order::Down).await?;
        background::wait_for_the_end(&testnet).await?;
    }
    if remove {
        up::remove(&testnet)?;
    }
    Ok(())
}
