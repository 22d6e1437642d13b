//! `kill -9` of any hub at any moment under load.

use super::past::{self, Past};
use super::trial::Trial;
use crate::answer;
use crate::door::{self, Document};
use crate::load::{self, Book, Load, Phase};
use crate::roster;
use crate::seed::Seed;
use crate::state::Testnet;
use crate::up::{self, Traded};
use anyhow::{Context, Result, ensure};
use rand::RngExt;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

/// Hubs that are killed in turn.
const HUBS: usize = 8;

/// Kills a random hub `rounds` times under load, and compares everything acknowledged with what is there.
pub(super) async fn prove(folder: &Path, seed: Seed, rounds: u32, rate: u32) -> Result<Value> {
    let mut trial = Trial::begin(folder, seed, HUBS).await?;
    let found = attack(&mut trial, seed, rounds, rate).await;
    trial.end().await;
    found
}

async fn attack(trial: &mut Trial, seed: Seed, rounds: u32, rate: u32) -> Result<Value> {
    let load = Load {
        name: "K".to_owned(),
        rate,
        patience: load::AFTER_A_KILL,
    };
    let (end_load, phase) = watch::channel(Phase::Going);
    let (end_past, past_ends) = watch::channel(false);
    let past = Past::collect(trial.statuses.clone(), past_ends);
    let trading = tokio::spawn({
        let (load, testnet) = (load.clone(), trial.testnet.clone());
        async move { load.run(&testnet, &phase).await }
    });
    kill_in_turn(trial, seed, rounds).await?;
    let _ = end_load.send(Phase::Ending);
    let books = trading.await.context("the trade broke off")??;
    load::nothing_was_refused(&books)?;
    load::everything_was_answered(&books)?;
    let traded = books.iter().map(|book| book.acknowledged.len() as u64).sum();
    up::converged(&mut trial.statuses, Traded::records(traded)).await?;
    let _ = end_past.send(true);
    let logs = past::logs_at_neighbours(&trial.testnet).await?;
    let acknowledged = past::nothing_is_lost(&books, &logs)?;
    let heads = past.compare(&logs).await?;
    resend_all(&trial.testnet, &load, &books).await?;
    let after = past::logs_at_neighbours(&trial.testnet).await?;
    ensure!(after == logs, "resending what was acknowledged changed a log");
    Ok(
        json!({"kills": rounds, "acknowledged": acknowledged, "lost": 0, "heads_compared": heads, "second_histories": 0, "grown_by_resending": 0}),
    )
}

async fn kill_in_turn(trial: &mut Trial, seed: Seed, rounds: u32) -> Result<()> {
    let mut random = seed.stream("kill");
    let hubs = trial.testnet.codes();
    for round in 1..=rounds {
        let hub = &hubs[random.random_range(0..hubs.len())];
        tokio::time::sleep(Duration::from_millis(random.random_range(20..700))).await;
        trial.supervisor.kill(hub).await?;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..300))).await;
        trial
            .bring_back(hub)
            .await
            .with_context(|| format!("hub {hub} after kill {round}"))?;
        answer::note(&format!("kill {round} of {rounds}: {hub} is back"));
    }
    Ok(())
}

/// Sends everything acknowledged once more, and hears the same answers.
async fn resend_all(testnet: &Testnet, load: &Load, books: &[Book]) -> Result<()> {
    for book in books {
        let facts = roster::find(&book.hub).context("a testnet takes its hubs from the roster")?;
        let again: Vec<Value> = book
            .acknowledged
            .iter()
            .map(|one| load.certificate(testnet, facts, one.number))
            .collect();
        let answers = door::issue(&door::of(testnet, &book.hub)?, Document::Certificates, &again).await?;
        for (one, answer) in book.acknowledged.iter().zip(answers) {
            ensure!(
                one.issued == answer,
                "{} was acknowledged as {:?} and is now {answer:?}",
                one.number,
                one.issued
            );
        }
    }
    Ok(())
}
