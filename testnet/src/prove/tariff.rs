//! A real schedule and its revisions, published one after the other: what moves for each, and how soon every hub has it.

use super::trial::Trial;
use crate::clock::Stopwatch;
use crate::door;
use crate::observer::{self, Statuses};
use crate::seed::Seed;
use crate::tariff::{self, US};
use crate::up::Traded;
use anyhow::{Context, Result, ensure};
use ewtp_api::Status;
use ewtp_api::tariff::ScheduleForm;
use ewtp_tariff_import::us_hts::{self, History};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Hubs of the mesh; the seventh publishes.
const HUBS: usize = 8;

/// Every hub has an edition within this time.
const HELD_TIME_MAX: Duration = Duration::from_secs(8);

/// The same for an edition whose publisher was killed: it is away for a while.
const HELD_TIME_AFTER_A_KILL_MAX: Duration = Duration::from_secs(60);

/// The revision whose publisher is killed when one other hub holds it: the others get it from that one.
const KILLED_WHEN_ONE_HOLDS: usize = 11;

/// The revision whose publisher is killed the moment it answered.
const KILLED_AT_THE_ANSWER: usize = 22;

/// What the editions of a schedule cost the hubs that did not publish them.
#[derive(Default)]
struct Figures {
    /// The most bytes that came to a hub for an edition, in the order of the editions.
    bytes: Vec<u64>,
    /// How long after the publisher's answer each hub held an edition, all editions and hubs.
    held_ms: Vec<u64>,
}

/// Publishes the edition of 2025 in `data` and every revision to the last, which must be the published one to the row.
pub(super) async fn prove(folder: &Path, seed: Seed, data: &Path) -> Result<Value> {
    let (history, last) = read(data)?;
    let mut trial = Trial::begin(folder, seed, HUBS).await?;
    let found = revise(&mut trial, history, &last).await;
    trial.end(found).await
}

fn read(data: &Path) -> Result<(History, ScheduleForm)> {
    let file = |name: &str| {
        let path = data.join(name);
        std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
    };
    let published = file("hts_2026_rev_5.json.gz")?;
    let history = History::read(
        &file("us_hts_2025_basic_normalised.csv")?,
        &file("us_hts_row_changes_to_2026_rev_5.csv")?,
        &us_hts::source_rows(&published)?,
    )?;
    let last = ScheduleForm {
        about: tariff::about_us("published", "2026-04-06")?,
        trees: us_hts::read(&published)?.trees,
    };
    Ok((history, last))
}

async fn revise(trial: &mut Trial, mut history: History, last: &ScheduleForm) -> Result<Value> {
    let mut figures = Figures::default();
    let mut schedule = ScheduleForm {
        about: tariff::about_us("2025_basic", "2025-01-01")?,
        trees: history.edition()?.trees,
    };
    publish(trial, &schedule, 0, &mut figures).await?;
    for number in 1.. {
        let Some(revision) = history.advance()? else { break };
        schedule = ScheduleForm {
            about: tariff::about_us(&revision.name, &revision.in_force.to_string())?,
            trees: history.edition()?.trees,
        };
        match number {
            KILLED_WHEN_ONE_HOLDS | KILLED_AT_THE_ANSWER => publish_and_kill(trial, &schedule, number).await?,
            _ => publish(trial, &schedule, number, &mut figures).await?,
        }
    }
    ensure!(
        schedule.trees.summary() == last.trees.summary(),
        "the last edition is not the one that was published"
    );
    figures.told()
}

/// Publishes an edition; the `number` before it are everywhere.
async fn publish(trial: &mut Trial, schedule: &ScheduleForm, number: usize, figures: &mut Figures) -> Result<()> {
    let before = moved(&trial.statuses)?;
    tariff::publish_at(&trial.testnet, US, schedule).await?;
    let watch = Stopwatch::start();
    let mut waiting: Vec<usize> = others(trial).collect();
    while !waiting.is_empty() {
        let left = HELD_TIME_MAX.checked_sub(watch.elapsed());
        let left = left.with_context(|| format!("{} hubs lack {}", waiting.len(), schedule.about.name))?;
        let _ = tokio::time::timeout(left, trial.statuses.changed()).await; // late: told above
        let statuses = trial.statuses.borrow_and_update();
        waiting.retain(|hub| {
            let holds = holds(&statuses[*hub], number + 1);
            if holds {
                figures.held_ms.push(watch.elapsed_ms());
            }
            !holds
        });
    }
    let after = moved(&trial.statuses)?;
    let most = others(trial).map(|hub| after[hub] - before[hub]).max();
    figures.bytes.push(most.unwrap_or(0));
    Ok(())
}

/// The same with the publisher killed half-way, and brought back when that shows what it should.
async fn publish_and_kill(trial: &mut Trial, schedule: &ScheduleForm, number: usize) -> Result<()> {
    tariff::publish_at(&trial.testnet, US, schedule).await?;
    let others: Vec<_> = others(trial).collect();
    let of = |statuses: &[Option<Status>]| others.iter().filter(|hub| holds(&statuses[**hub], number + 1)).count();
    if number == KILLED_WHEN_ONE_HOLDS {
        wait(&mut trial.statuses, |statuses| of(statuses) >= 1).await?;
    }
    trial.supervisor.kill(US).await?;
    if number == KILLED_WHEN_ONE_HOLDS {
        wait(&mut trial.statuses, |statuses| of(statuses) == others.len())
            .await
            .context("an edition that one other hub holds did not reach the rest without its publisher")?;
    }
    trial.bring_back(US).await?;
    let all = Traded {
        records: 0,
        editions: number as u64 + 1,
    };
    let everywhere = |now: &_| all.is_everywhere(now);
    observer::wait_until(&mut trial.statuses, HELD_TIME_AFTER_A_KILL_MAX, everywhere)
        .await
        .context("an acknowledged edition did not survive its publisher")?;
    let held = door::of(&trial.testnet, US)?.editions(&Default::default()).await?;
    ensure!(held.editions.len() == number + 1, "an acknowledged edition is lost");
    Ok(())
}

async fn wait(statuses: &mut Statuses, condition: impl Fn(&[Option<Status>]) -> bool) -> Result<()> {
    let wait = statuses.wait_for(|statuses| condition(statuses));
    tokio::time::timeout(HELD_TIME_AFTER_A_KILL_MAX, wait)
        .await
        .context("waiting in vain")??;
    Ok(())
}

/// All hubs but the publisher, by their places.
fn others(trial: &Trial) -> impl Iterator<Item = usize> + use<> {
    let codes = trial.testnet.codes();
    (0..codes.len()).filter(move |hub| codes[*hub] != US)
}

fn holds(status: &Option<Status>, editions: usize) -> bool {
    status
        .as_ref()
        .is_some_and(|status| status.schedules.held >= editions as u64)
}

/// Bytes of schedules that came to each hub since it started.
fn moved(statuses: &Statuses) -> Result<Vec<u64>> {
    let statuses = statuses.borrow();
    let each = statuses
        .iter()
        .map(|status| Some(status.as_ref()?.schedules.bytes_moved));
    each.collect::<Option<_>>().context("a hub does not answer")
}

impl Figures {
    fn told(mut self) -> Result<Value> {
        let first = self.bytes.remove(0);
        self.bytes.sort_unstable();
        self.held_ms.sort_unstable();
        let at = |sorted: &[u64], percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        let (median, worst) = (at(&self.bytes, 50), at(&self.bytes, 100));
        ensure!(
            first <= 700_000 && median <= 10_000 && worst <= 130_000,
            "more moves than was said: {first} bytes first, then {median} (median), {worst} (worst)"
        );
        Ok(json!({
            "hubs": HUBS, "editions": self.bytes.len() + 3, "kills": 2, "lost": 0, "first_bytes": first, "revision_bytes_median": median,
            "revision_bytes_worst": worst, "held_p50_ms": at(&self.held_ms, 50), "held_p99_ms": at(&self.held_ms, 99),
        }))
    }
}
