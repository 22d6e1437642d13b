//! `up --detach`: the same testnet under a supervisor in the background, and how to know that it is there.

use crate::cli::Up;
use crate::clock::Stopwatch;
use crate::control::{self, Order};
use crate::state::Testnet;
use crate::supervisor;
use crate::up::{self, Report, Traded};
use crate::{observer, tariff, trade};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longer than the supervisor gives its hubs to stop.
const END_TIME_MAX: Duration = Duration::from_secs(30);

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
pub(super) async fn start(testnet: &Testnet, options: &Up, watch: Stopwatch) -> Result<Report> {
    let mut child = spawn(testnet, options)?;
    let traded = if options.idle {
        Traded::default()
    } else {
        Traded {
            records: trade::RECORDS as u64,
            editions: tariff::count(testnet),
        }
    };
    let waiting = up::watch_hubs(observer::observe(testnet), traded, watch);
    let told = tokio::select! {
        told = waiting => told?,
        () = ended(&mut child) => bail!("the hubs could not be started: see {}", log(testnet).display()),
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

async fn ended(child: &mut Child) {
    while !matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn log(testnet: &Testnet) -> std::path::PathBuf {
    testnet.folder().join("supervisor.log")
}
