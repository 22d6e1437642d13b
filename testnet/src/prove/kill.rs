//! `kill -9` of any hub at any moment under load.

use super::past::{self, Logs, Past};
use super::trial::Trial;
use crate::answer;
use crate::door::{self, Document};
use crate::load::{self, Book, Load, Phase, SoFar};
use crate::roster;
use crate::seed::Seed;
use crate::state::Testnet;
use crate::up::{self, Traded};
use anyhow::{Context, Result, ensure};
use ewtp_api::Issued;
use ewtp_record::HubCode;
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
    trial.end(found).await
}

async fn attack(trial: &mut Trial, seed: Seed, rounds: u32, rate: u32) -> Result<Value> {
    let load = Load::new("K", rate, load::AFTER_A_KILL);
    let (end_load, phase) = watch::channel(Phase::Going);
    let (end_past, past_ends) = watch::channel(false);
    let past = Past::collect(trial.statuses.clone(), past_ends);
    let trading = tokio::spawn({
        let (load, testnet) = (load.clone(), trial.testnet.clone());
        async move { load.run(&testnet, &phase).await }
    });
    let found_after_kills = kill_in_turn(trial, seed, rounds, &load.so_far).await?;
    let _ = end_load.send(Phase::Ending);
    let books = trading.await.context("the trade broke off")??;
    load::nothing_was_refused(&books)?;
    load::everything_was_answered(&books, &trial.testnet)?;
    let traded = books.iter().map(|book| book.acknowledged.len() as u64).sum();
    up::converged(&mut trial.statuses, Traded::records(traded)).await?;
    let _ = end_past.send(true);
    let logs = past::logs_at_neighbours(&trial.testnet).await?;
    let kept = past::nothing_is_lost(&books, &logs)?;
    let compared = past.compare(&logs).await?;
    resend_all(&trial.testnet, &load, &books).await?;
    let after = past::logs_at_neighbours(&trial.testnet).await?;
    let grown = past::grown(&logs, &after)?;
    Ok(json!({
        "kills": rounds, "found_after_kills": found_after_kills, "acknowledged": kept.acknowledged, "lost": kept.lost,
        "heads_compared": compared.heads, "second_histories": compared.second_histories, "grown_by_resending": grown,
    }))
}

/// Answers how many records were looked for after the kills, all hubs together; each is looked for after every kill of its hub.
async fn kill_in_turn(trial: &mut Trial, seed: Seed, rounds: u32, so_far: &SoFar) -> Result<usize> {
    let mut found = 0;
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
        // By now the trade has read every answer that was on its way when the hub was killed.
        let acknowledged = so_far.at(hub.parse().context("a hub's code")?);
        found += all_is_there(trial, hub, &acknowledged)
            .await
            .with_context(|| format!("hub {hub} after kill {round}"))?;
        answer::note(&format!(
            "kill {round} of {rounds}: {hub} is back with all {} it had acknowledged",
            acknowledged.len()
        ));
    }
    Ok(found)
}

/// Looks in a hub's own log for everything it acknowledged.
async fn all_is_there(trial: &mut Trial, hub: &str, acknowledged: &[Issued]) -> Result<usize> {
    let code: HubCode = hub.parse().context("a hub's code")?;
    let size = acknowledged.iter().map(|issued| issued.index + 1).max().unwrap_or(0);
    trial.examined(code, size).await?;
    let log = past::list(&trial.testnet, hub, code).await?;
    Ok(past::all_are_there(acknowledged.iter(), &Logs::from([(code, log)]))?.acknowledged)
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
