//! Small meshes: two, three, four and eight hubs witness each other.

use super::trial::Trial;
use crate::door::{self, Document};
use crate::seed::Seed;
use crate::{agreement, observer, roster, screen, trade};
use anyhow::{Context, Result};
use ewtp_api::{Issued, Status};
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
        let reached = reach(&mut trial, seed).await;
        let reached = trial.end(reached).await;
        found.insert(
            format!("of_{hubs}"),
            reached.with_context(|| format!("a mesh of {hubs} hubs"))?,
        );
    }
    Ok(Value::Object(found))
}

async fn reach(trial: &mut Trial, seed: Seed) -> Result<Value> {
    let testnet = &trial.testnet;
    let mut issued = Vec::new();
    for hub in testnet.codes() {
        let facts = roster::find(&hub).context("a testnet takes its hubs from the roster")?;
        let certificate = trade::certificate(seed, facts, "Q1", testnet.laid_at);
        issued.extend(door::issue(&door::of(testnet, &hub)?, Document::Certificates, &[certificate]).await?);
    }
    let witnesses = screen::panel(testnet.hubs.len());
    let need = quorum(witnesses) as u64;
    let have = observer::wait_for(&mut trial.statuses, QUORUM_TIME_MAX, |statuses| {
        let have = agreement::of(statuses).agreed.then(|| witnesses_min(statuses, &issued));
        have.filter(|have| *have >= need)
    });
    let have = have.await?;
    Ok(json!({"witnesses": witnesses, "need": need, "have_at_least": have}))
}

/// Fewest witnesses whose cosignature covers the certificate that the hub issued; both in roster order. Cosignatures of a
/// checkpoint before it count nothing.
fn witnesses_min(statuses: &[Option<Status>], issued: &[Issued]) -> u64 {
    let logs = statuses.iter().flatten().map(|status| &status.log);
    let covering = logs.zip(issued).map(|(log, issued)| match log.cosigned_size {
        size if size > issued.index => log.cosignatures,
        _ => 0,
    });
    covering.min().unwrap_or(0)
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
