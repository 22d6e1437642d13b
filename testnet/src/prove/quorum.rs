//! Small meshes: two, three, four and eight hubs witness each other.

use super::trial::Trial;
use crate::door::{self, Document};
use crate::seed::Seed;
use crate::{observer, roster, screen, trade};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Duration;

/// Witnesses answer within this time; they cosign at most every 2 s.
const QUORUM_TIME_MAX: Duration = Duration::from_secs(20);

/// Lays each mesh, issues one certificate at every hub, and waits until every log has its quorum.
pub(super) async fn prove(folder: &Path, seed: Seed) -> Result<Value> {
    let mut found = Map::new();
    for hubs in [2, 3, 4, 8] {
        let mut trial = Trial::begin(&folder.join(hubs.to_string()), seed, hubs).await?;
        let reached = reach(&mut trial, seed)
            .await
            .with_context(|| format!("a mesh of {hubs} hubs"));
        trial.end().await;
        found.insert(format!("of_{hubs}"), reached?);
    }
    Ok(Value::Object(found))
}

async fn reach(trial: &mut Trial, seed: Seed) -> Result<Value> {
    let testnet = &trial.testnet;
    for hub in testnet.codes() {
        let facts = roster::find(&hub).context("a testnet takes its hubs from the roster")?;
        let certificate = trade::certificate(seed, facts, "Q1", testnet.laid_at);
        door::issue(&door::of(testnet, &hub)?, Document::Certificates, &[certificate]).await?;
    }
    let witnesses = screen::panel(testnet.hubs.len());
    let need = quorum(witnesses) as u64;
    let enough = 2 * testnet.hubs.len() as u64;
    let now = observer::wait_until(&mut trial.statuses, QUORUM_TIME_MAX, |now| {
        now.agreed && now.records >= enough && now.cosignatures_min >= need
    });
    let now = now.await?;
    Ok(json!({"witnesses": witnesses, "need": need, "have_at_least": now.cosignatures_min}))
}

/// Two thirds of the witnesses and one; all of them when they are one or two (D7).
fn quorum(witnesses: usize) -> usize {
    if witnesses <= 2 {
        witnesses
    } else {
        witnesses * 2 / 3 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_all_of_two_and_more_than_two_thirds_of_more() {
        assert_eq!([1, 2, 3, 4, 7, 15].map(quorum), [1, 2, 3, 3, 5, 11]);
    }
}
