//! One command a claim: each lays a testnet of its own, does its worst, and says in one line what it found.
//!
//! A proof that fails leaves its folder with every hub's log for whoever looks; one that holds removes it.

mod kill;
mod partition;
mod past;
mod quorum;
mod resend;
mod tariff;
mod trial;

use crate::answer;
use crate::cli::Claim;
use crate::clock::Stopwatch;
use crate::seed::Seed;
use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;

/// What a proof found (`ewtp.testnet-proof/1`), with the figures of its claim.
#[derive(Debug, Serialize)]
struct Proof {
    schema: &'static str,
    claim: &'static str,
    holds: bool,
    wall_ms: u64,
    #[serde(flatten)]
    found: Map<String, Value>,
}

/// Shows that a claim holds, in `DIR/prove-CLAIM`.
///
/// # Errors
/// When it does not hold; the message says what was found.
pub async fn run(dir: &Path, claim: &Claim, seed: u64, json: bool) -> Result<()> {
    let watch = Stopwatch::start();
    let name = name(claim);
    let folder = dir.join(format!("prove-{name}"));
    trial::clear(&folder)?;
    let found = match claim {
        Claim::Kill { rounds, rate } => kill::prove(&folder, Seed(seed), *rounds, *rate).await,
        Claim::Resend { records } => resend::prove(&folder, Seed(seed), *records).await,
        Claim::Partition { seconds, rate } => partition::prove(&folder, Seed(seed), *seconds, *rate).await,
        Claim::Quorum => quorum::prove(&folder, Seed(seed)).await,
        Claim::Tariff { us_hts } => tariff::prove(&folder, Seed(seed), us_hts).await,
    };
    let found = found.with_context(|| format!("`{name}` does not hold; its hubs lie in {}", folder.display()))?;
    trial::clear(&folder)?;
    let Value::Object(found) = found else {
        unreachable!("every proof tells its figures by name")
    };
    if json {
        let proof = Proof {
            schema: "ewtp.testnet-proof/1",
            claim: name,
            holds: true,
            wall_ms: watch.elapsed_ms(),
            found,
        };
        return answer::object(&proof);
    }
    let figures: Vec<_> = found.iter().map(|(name, value)| format!("{name} {value}")).collect();
    answer::line(&format!(
        "`{name}` holds: {}, in {:.0} s",
        figures.join(", "),
        watch.elapsed().as_secs_f64()
    ))
}

fn name(claim: &Claim) -> &'static str {
    match claim {
        Claim::Kill { .. } => "kill",
        Claim::Resend { .. } => "resend",
        Claim::Partition { .. } => "partition",
        Claim::Quorum => "quorum",
        Claim::Tariff { .. } => "tariff",
    }
}
