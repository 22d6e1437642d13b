//! `issue` and `load`: more trade.

use crate::clock;
use crate::door::{self, Document};
use crate::load::{self, Load, Phase};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::{answer, roster, trade};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

pub(super) async fn issue(dir: &Path, hub: &str, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let facts = roster::find(&testnet.hub(hub)?.hub).context("a testnet takes its hubs from the roster")?;
    let number = format!("T{}", clock::unix_now().as_millis());
    let certificate = trade::certificate(Seed(testnet.seed), facts, &number, testnet.laid_at);
    let issued = door::issue(&door::of(&testnet, hub)?, Document::Certificates, &[certificate]).await?;
    issued.iter().try_for_each(|issued| match json {
        true => answer::object(issued),
        false => answer::line(&format!(
            "{hub} issued clearance certificate {number}, number {} of its log: {}",
            issued.index, issued.id
        )),
    })
}

/// How long after the end `load` waits for a hub that does not answer: longer than a hub needs to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// `ewtp.testnet-load/1`.
#[derive(Serialize)]
struct Loaded {
    schema: &'static str,
    acknowledged: u64,
    refused: u64,
    unanswered: u64,
    p50_ms: u64,
    p99_ms: u64,
}

pub(super) async fn load(dir: &Path, rate: u32, seconds: u64, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let load = Load::new(format!("L{}", clock::unix_now().as_millis()), rate, PATIENCE);
    let (end, phase) = watch::channel(Phase::Going);
    let timer = async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let _ = end.send(Phase::Ending);
    };
    let (books, ()) = tokio::join!(load.run(&testnet, &phase), timer);
    let books = books?;
    let mut times: Vec<Duration> = books
        .iter()
        .flat_map(|book| &book.acknowledged)
        .map(|one| one.took)
        .collect();
    let refused: Vec<&String> = books.iter().flat_map(|book| &book.refused).collect();
    let loaded = Loaded {
        schema: "ewtp.testnet-load/1",
        acknowledged: times.len() as u64,
        refused: refused.len() as u64,
        unanswered: books.iter().map(|book| book.unanswered).sum(),
        p50_ms: milliseconds(load::percentile(&mut times, 50)),
        p99_ms: milliseconds(load::percentile(&mut times, 99)),
    };
    if json {
        answer::object(&loaded)?;
    } else {
        let all = loaded.acknowledged + loaded.refused + loaded.unanswered;
        let times = match loaded.acknowledged {
            0 => String::new(),
            _ => format!(
                "; half of them within {} ms, 99 of 100 within {} ms",
                loaded.p50_ms, loaded.p99_ms
            ),
        };
        answer::line(&format!(
            "{} of {all} certificates durable under signed checkpoints{times}",
            loaded.acknowledged
        ))?;
    }
    load::nothing_was_refused(&books)?;
    load::everything_was_answered(&books, &testnet)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
