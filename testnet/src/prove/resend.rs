//! The same records sent again after a kill.

use super::past;
use super::trial::Trial;
use crate::door::{self, Document};
use crate::load::{self, Load};
use crate::observer;
use crate::roster::ROSTER;
use crate::seed::Seed;
use crate::up::{self, Traded};
use anyhow::{Context, Result, ensure};
use ewtp_api::{Client, Issued};
use ewtp_record::RecordId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// One that issues and one that replicates.
const HUBS: usize = 2;

/// Issues `records` certificates, kills the hub in the middle, and sends all of them twice more.
pub(super) async fn prove(folder: &Path, seed: Seed, records: u64) -> Result<Value> {
    let mut trial = Trial::begin(folder, seed, HUBS).await?;
    let found = resend(&mut trial, records).await;
    trial.end(found).await
}

async fn resend(trial: &mut Trial, records: u64) -> Result<Value> {
    let (facts, testnet) = (&ROSTER[0], trial.testnet.clone());
    let load = Load::new("R", 0, load::AFTER_A_KILL);
    let documents: Vec<Value> = (0..records)
        .map(|number| load.certificate(&testnet, facts, number))
        .collect();
    let client = door::of(&testnet, facts.code)?;

    let acknowledged = issue_and_kill(trial, &client, facts.code, &documents).await?;
    let first = door::issue(&client, Document::Certificates, &documents)
        .await
        .context("sending all of them again")?;
    let held = certificates(trial, records).await?;
    let second = door::issue(&client, Document::Certificates, &documents)
        .await
        .context("sending all of them once more")?;
    let held_then = certificates(trial, records).await?;

    ensure!(
        first[..acknowledged.len()] == acknowledged[..],
        "an acknowledged record moved"
    );
    ensure!(first == second, "two sendings were answered differently");
    let answered: BTreeSet<_> = first.iter().map(|issued| (issued.index, issued.id)).collect();
    ensure!(
        held == answered && held_then == answered,
        "{} certificates were sent; the neighbour holds {}, and {} after they were sent once more",
        documents.len(),
        held.len(),
        held_then.len()
    );
    Ok(json!({
        "records": records, "acknowledged_before_the_kill": acknowledged.len(), "held": held.len(),
        "grown_by_resending": held_then.len() - documents.len(),
    }))
}

/// Every certificate of the first hub's log as the second holds it, when both agree on at least so many. The log's own
/// records, a pulse among them, are none.
async fn certificates(trial: &mut Trial, records: u64) -> Result<BTreeSet<(u64, RecordId)>> {
    observer::look_again(&mut trial.statuses).await?;
    up::converged(&mut trial.statuses, Traded::records(records)).await?;
    let hub = ROSTER[0].code.parse().context("a hub of the roster")?;
    let held = past::summaries(&trial.testnet, ROSTER[1].code, hub, Some("clearance-certificate")).await?;
    Ok(held.into_iter().map(|record| (record.index, record.id)).collect())
}

/// Issues until a third is acknowledged, kills the hub there and then, and starts it again. Answers what had been
/// acknowledged until the connection broke.
async fn issue_and_kill(trial: &mut Trial, client: &Client, hub: &str, documents: &[Value]) -> Result<Vec<Issued>> {
    let (progress, mut seen) = tokio::sync::watch::channel(0_usize);
    let issuing = tokio::spawn({
        let (client, documents) = (client.clone(), documents.to_vec());
        async move {
            let issuing = door::issue_until_broken(&client, Document::Certificates, &documents, |_| {
                progress.send_modify(|seen| *seen += 1);
            });
            issuing.await
        }
    });
    let third = documents.len() / 3;
    seen.wait_for(|seen| *seen >= third)
        .await
        .context("the hub stopped answering before it was killed")?;
    trial.supervisor.kill(hub).await?;
    let answers = issuing.await.context("the issuing broke off")?;
    trial.bring_back(hub).await?;
    let acknowledged = answers.into_iter().collect::<Result<_, _>>();
    acknowledged.context("the hub refused a certificate")
}
