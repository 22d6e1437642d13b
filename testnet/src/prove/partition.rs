//! A mesh cut in two halves under load, and made whole again.

use super::past;
use super::trial::Trial;
use crate::clock::Stopwatch;
use crate::faults;
use crate::load::{self, Load, Phase};
use crate::observer;
use crate::seed::Seed;
use crate::{agreement, up};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

/// Hubs of the mesh, half of them on each side.
const HUBS: usize = 8;

/// After the heal all agree within this time.
const AGREE_TIME_MAX: Duration = Duration::from_secs(5);

/// Cuts for `seconds`, heals, and measures until all agree.
pub(super) async fn prove(folder: &Path, seed: Seed, seconds: u64, rate: u32) -> Result<Value> {
    let mut trial = Trial::begin(folder, seed, HUBS).await?;
    let found = cut(&mut trial, seconds, rate).await;
    trial.end(found).await
}

async fn cut(trial: &mut Trial, seconds: u64, rate: u32) -> Result<Value> {
    let testnet = trial.testnet.clone();
    let hubs = testnet.codes();
    let (end, phase) = watch::channel(Phase::Going);
    let trading = tokio::spawn({
        let testnet = testnet.clone();
        async move {
            let load = Load::new("P", rate, load::AFTER_A_KILL);
            load.run(&testnet, &phase).await
        }
    });
    let (one, other) = hubs.split_at(HUBS / 2);
    faults::partition(testnet.folder(), &hubs, &[one.to_vec(), other.to_vec()])?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let _ = end.send(Phase::Ending);
    let books = trading.await.context("the trade broke off")??;
    load::nothing_was_refused(&books)?;
    load::everything_was_answered(&books, &trial.testnet)?;
    let traded: u64 = books.iter().map(|book| book.acknowledged.len() as u64).sum();
    let cut = agreement::of(&observer::look(&testnet).await);
    ensure!(!cut.agreed, "the halves agree although every road between them is cut");

    let watch = Stopwatch::start();
    faults::heal(testnet.folder(), &hubs)?;
    let enough = traded + hubs.len() as u64;
    observer::wait_until(&mut trial.statuses, AGREE_TIME_MAX, |now| {
        now.agreed && now.records >= enough
    })
    .await?;
    let agreed_ms = watch.elapsed_ms();
    up::ready(&mut trial.statuses).await?;
    let kept = past::nothing_is_lost(&books, &past::logs_at_neighbours(&testnet).await?)?;
    Ok(json!({
        "hubs": HUBS, "cut_seconds": seconds, "acknowledged": kept.acknowledged, "lost": kept.lost,
        "agreed_ms_after_heal": agreed_ms,
    }))
}
