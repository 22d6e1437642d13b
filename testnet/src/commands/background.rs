//! `up --detach`: the same testnet under a supervisor in the background, and how to know that it is there.

use crate::cli::Up;
use crate::clock::Stopwatch;
use crate::control::{self, Order};
use crate::observer::{self, Statuses};
use crate::state::Testnet;
use crate::supervisor;
use crate::up::{self, Report, Traded};
use crate::{agreement, answer, tariff, trade};
use anyhow::{Context, Result, bail};
use std::convert::Infallible;
use std::fs::File;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longer than the supervisor gives its hubs to stop.
const END_TIME_MAX: Duration = Duration::from_secs(30);

/// A person who waits is told this often how far the hubs have come.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(3);

/// Waits until the supervisor and with it every hub is gone.
pub(super) async fn wait_for_the_end(testnet: &Testnet) -> Result<()> {
    let watch = Stopwatch::start();
    while supervisor::is_up(testnet)? {
        if watch.elapsed() > END_TIME_MAX {
            bail!(
                "the supervisor did not end within {} s: see supervisor.log in the folder",
                END_TIME_MAX.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Starts the supervisor in the background and waits until the hubs agree.
pub(super) async fn start(testnet: &Testnet, options: &Up, watch: Stopwatch, json: bool) -> Result<Report> {
    let mut child = spawn(testnet, options)?;
    let traded = if options.idle {
        Traded::default()
    } else {
        Traded {
            records: trade::RECORDS as u64,
            editions: tariff::count(testnet),
        }
    };
    let statuses = observer::observe(testnet);
    let waiting = up::watch_hubs(statuses.clone(), traded, watch);
    let told = tokio::select! {
        told = waiting => told?,
        never = tell_progress(&statuses, watch), if !json && std::io::stderr().is_terminal() => match never {},
        () = ended(&mut child) => bail!("{}", why(testnet)),
    };
    let processes = control::order(testnet, &Order::Show).await?;
    Ok(told.into_report(&processes))
}

fn spawn(testnet: &Testnet, options: &Up) -> Result<Child> {
    let file = File::create(log(testnet)).context("opening the supervisor's log")?;
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.arg("--dir").arg(testnet.folder()).args(["up", "--supervise"]);
    if options.idle {
        command.arg("--idle");
    }
    if let Some(file) = &options.us_hts {
        command.arg("--us-hts").arg(file);
    }
    // A group of its own: Ctrl-C in the terminal that started it does not reach it.
    command.process_group(0);
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone().context("sharing the log")?)
        .stderr(file);
    command.spawn().context("starting the supervisor")
}

/// How far the hubs have come, for a person who waits.
async fn tell_progress(statuses: &Statuses, watch: Stopwatch) -> Infallible {
    loop {
        tokio::time::sleep(PROGRESS_INTERVAL).await;
        let now = agreement::of(&statuses.borrow());
        answer::note(&format!(
            "{:>3} s: {} of {} hubs run, {} connected to all, {} records and {} tariffs on each",
            watch.elapsed().as_secs(),
            now.answering,
            now.hubs,
            now.ready,
            now.records,
            now.editions
        ));
    }
}

/// What the supervisor said last, and where the rest is.
fn why(testnet: &Testnet) -> String {
    let path = log(testnet);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let reason = last.map_or("it said nothing", |line| line.trim_start_matches("ewtp-testnet: "));
    format!("the hubs could not be started: {reason}; see {}", path.display())
}

async fn ended(child: &mut Child) {
    while !matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn log(testnet: &Testnet) -> std::path::PathBuf {
    testnet.folder().join("supervisor.log")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn a_supervisor_that_ended_is_told_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let testnet = Testnet::new(folder.path(), Seed(3), 0, vec![]);
        std::fs::write(log(&testnet), "ready\newtp-testnet: the tariffs were not published\n\n").unwrap();
        let told = why(&testnet);
        assert!(
            told.starts_with("the hubs could not be started: the tariffs were not published; see "),
            "{told}"
        );
    }
}
