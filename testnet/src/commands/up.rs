//! `up`: lay or open the folder, then run the hubs here or in the background.

use super::background;
use crate::cli::{Moment, Up};
use crate::clock::{self, Stopwatch};
use crate::roster::ROSTER;
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
    // Before anything of an earlier testnet is removed: a file that cannot be used costs nothing.
    let us_hts = options.us_hts.as_deref().map(tariff::published).transpose()?;
    let testnet = prepare(dir, options)?;
    if options.detach {
        let report = background::start(&testnet, options, watch, json).await?;
        return answer_report(&report, json);
    }
    let plan = Plan {
        trade: if options.idle {
            Trade::None
        } else {
            Trade::Sample {
                us_hts: us_hts.map(Box::new),
            }
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

/// The testnet of the folder, laid now if there is none. Nothing is removed for options that cannot be followed.
fn prepare(dir: &Path, options: &Up) -> Result<Testnet> {
    let hubs = options.hubs.map_or(HUBS_DEFAULT, usize::from);
    has_publisher(options, ROSTER[..hubs].iter().map(|facts| facts.code))?;
    if let Some(testnet) = Testnet::open(dir)? {
        ensure!(
            !supervisor::is_up(&testnet)?,
            "this testnet is already up: `{}`",
            testnet.as_typed("status")
        );
        if !options.fresh {
            return fits(testnet, options);
        }
        remove(&testnet)?;
    }
    let seed = Seed(options.seed.unwrap_or(SEED_DEFAULT));
    lay::lay(dir, seed, hubs, clock::unix_now().as_secs()).context("laying the hubs")
}

/// Who asks for the real schedule has the hub that publishes it.
fn has_publisher<'h>(options: &Up, hubs: impl Iterator<Item = &'h str>) -> Result<()> {
    match options.us_hts {
        Some(_) => tariff::expect_us(hubs),
        None => Ok(()),
    }
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
    has_publisher(options, testnet.hubs.iter().map(|hub| hub.hub.as_str()))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(us_hts: &str, hubs: Option<u16>) -> Up {
        Up {
            hubs,
            seed: None,
            fresh: true,
            idle: false,
            us_hts: Some(us_hts.into()),
            until: None,
            detach: false,
            supervise: false,
        }
    }

    #[tokio::test]
    async fn a_schedule_that_cannot_be_read_costs_nothing_of_the_net_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        Testnet::new(folder.path(), Seed(3), 0, vec![]).save().unwrap();
        let none = folder.path().join("none.json");
        let error = up(folder.path(), &fresh(none.to_str().unwrap(), None), true)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("none.json"), "{error:#}");
        std::fs::write(&none, "{").unwrap();
        up(folder.path(), &fresh(none.to_str().unwrap(), None), true)
            .await
            .unwrap_err();
        assert!(Testnet::open(folder.path()).unwrap().is_some());
    }

    #[test]
    fn a_net_without_the_united_states_is_refused_their_schedule_before_anything_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        Testnet::new(folder.path(), Seed(3), 0, vec![]).save().unwrap();
        let error = prepare(folder.path(), &fresh("us.json", Some(3))).unwrap_err();
        assert!(error.to_string().contains("--hubs 8"), "{error:#}");
        assert!(Testnet::open(folder.path()).unwrap().is_some());
    }
}
