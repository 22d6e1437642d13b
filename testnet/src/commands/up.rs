//! `up`: lay or open the folder, then run the hubs here or in the background.

use super::background;
use crate::cli::{Moment, Up};
use crate::clock::{self, Stopwatch};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::up::{self, Plan, Telling, Trade, Until};
use crate::{answer, lay, supervisor, tariff};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;

/// Hubs when nothing else is said.
const HUBS_DEFAULT: usize = 8;

/// The seed when nothing else is said.
const SEED_DEFAULT: u64 = 1;

pub(super) async fn up(dir: &Path, options: &Up, json: bool) -> Result<()> {
    let watch = Stopwatch::start();
    let testnet = prepare(dir, options)?;
    if options.detach {
        let report = background::start(&testnet, options, watch).await?;
        return answer_report(&report, json);
    }
    if options.us_hts.is_some() {
        tariff::expect_us(&testnet)?;
    }
    let plan = Plan {
        trade: if options.idle {
            Trade::None
        } else {
            let us_hts = options.us_hts.clone();
            Trade::Sample { us_hts }
        },
        until: if options.until == Some(Moment::Converged) {
            Until::Converged
        } else {
            Until::Told
        },
        telling: if options.supervise || json {
            Telling::Silent
        } else {
            Telling::Screen
        },
    };
    let until = plan.until;
    let report = up::run(&testnet, plan, watch).await?;
    match report {
        Some(report) => answer_report(&report, json),
        None if until == Until::Converged => bail!("stopped before the hubs agreed"),
        None => Ok(()),
    }
}

fn answer_report(report: &up::Report, json: bool) -> Result<()> {
    if json {
        return answer::object(report);
    }
    answer::line(&format!(
        "{} hubs agreed on {} records and {} tariffs after {:.1} s (all connected after {:.1} s), at most {} MB a hub",
        report.hubs,
        report.records,
        report.editions,
        report.converged_ms as f64 / 1000.0,
        report.ready_ms as f64 / 1000.0,
        report.rss_mb_max
    ))
}

/// The testnet of the folder, laid now if there is none.
fn prepare(dir: &Path, options: &Up) -> Result<Testnet> {
    if let Some(testnet) = Testnet::open(dir)? {
        ensure!(
            !supervisor::is_up(&testnet)?,
            "this testnet is already up: `ewtp-testnet status`"
        );
        if !options.fresh {
            return fits(testnet, options);
        }
        remove(&testnet)?;
    }
    let seed = Seed(options.seed.unwrap_or(SEED_DEFAULT));
    let hubs = options.hubs.map_or(HUBS_DEFAULT, usize::from);
    lay::lay(dir, seed, hubs, clock::unix_now().as_secs()).context("laying the hubs")
}

/// What the folder holds goes on, unless something else was asked for.
fn fits(testnet: Testnet, options: &Up) -> Result<Testnet> {
    let hubs_differ = options.hubs.is_some_and(|hubs| usize::from(hubs) != testnet.hubs.len());
    let seed_differs = options.seed.is_some_and(|seed| seed != testnet.seed);
    if hubs_differ || seed_differs {
        bail!(
            "{} holds {} hubs grown from seed {}: `up` alone goes on with them, `up --fresh` starts over, `--dir` takes another folder",
            testnet.folder().display(),
            testnet.hubs.len(),
            testnet.seed
        );
    }
    Ok(testnet)
}

/// Removes a testnet's folder: what `testnet.json` names first, so that a folder with other things in it keeps them.
pub(super) fn remove(testnet: &Testnet) -> Result<()> {
    let folder = testnet.folder();
    for hub in testnet.codes() {
        remove_folder(&testnet.hub_folder(&hub))?;
    }
    remove_folder(&folder.join("faults"))?;
    for file in ["testnet.json", "supervisor.lock", "supervisor.log"] {
        let path = folder.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", path.display()));
            }
            _ => {}
        }
    }
    // Whatever else lies there is not ours; then the folder stays.
    let _ = std::fs::remove_dir(folder);
    Ok(())
}

fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}
