//! Steady trade: certificates issued at all hubs at a rate, through kills and cuts, and a book of what was acknowledged.
//!
//! A hub that does not answer loses nobody's record: what was sent and not acknowledged is sent again, with the same
//! content, until it is. That is how a customs system must behave, and issuing is idempotent so that it can.

use crate::clock::Stopwatch;
use crate::door::{self, Document};
use crate::roster::{self, HubFacts};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::trade;
use anyhow::{Context, Result, ensure};
use ewtp_api::Issued;
use ewtp_record::HubCode;
use futures::future::join_all;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Certificates are sent in batches this often at each hub.
const BATCH_INTERVAL: Duration = Duration::from_millis(100);

/// Most certificates in one batch; a hub that was away catches up in steps.
const BATCH_MAX: usize = 1000;

/// Patience of a proof that kills hubs under load: far longer than any start, so that it ends for a fault only.
pub const AFTER_A_KILL: Duration = Duration::from_secs(600);

/// One acknowledged certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its number at its hub, counted from 0 in this load.
    pub number: u64,
    /// What the hub answered.
    pub issued: Issued,
    /// From the first time it was sent to the acknowledgement.
    pub took: Duration,
}

/// What a load did at one hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The hub.
    pub hub: String,
    /// Every acknowledged certificate, in the order of acknowledgement.
    pub acknowledged: Vec<Acknowledged>,
    /// Certificates refused by the hub; a load never sends what should be.
    pub refused: Vec<String>,
    /// Certificates due by the end that the hub had not acknowledged when patience ended.
    pub unanswered: u64,
}

/// What the hubs acknowledged so far, for whoever looks while a load goes on.
#[derive(Clone, Debug, Default)]
pub struct SoFar(Arc<Mutex<Vec<Issued>>>);

impl SoFar {
    fn note(&self, issued: &Issued) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(issued.clone());
    }

    /// What one hub acknowledged until now.
    pub fn at(&self, hub: HubCode) -> Vec<Issued> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|issued| issued.hub == hub).cloned().collect()
    }
}

/// A steady trade at every hub of a testnet.
#[derive(Clone, Debug)]
pub struct Load {
    /// Goes into every certificate's number, so that two loads issue different ones.
    pub name: String,
    /// Certificates a second, all hubs together.
    pub rate: u32,
    /// How long after the end a hub is waited for that does not answer. Time that a hub needs to start again after a kill.
    pub patience: Duration,
    /// Filled while it runs.
    pub so_far: SoFar,
}

/// Whether a load goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// New certificates are made.
    Going,
    /// What was sent is finished; nothing new is made.
    Ending,
}

impl Load {
    /// A load that did nothing yet; the parameters are its fields.
    pub fn new(name: impl Into<String>, rate: u32, patience: Duration) -> Self {
        Self {
            name: name.into(),
            rate,
            patience,
            so_far: SoFar::default(),
        }
    }

    /// Trades until `phase` says it ends, and then until everything sent is acknowledged or patience ends.
    ///
    /// # Errors
    /// When a hub is not of the testnet.
    pub async fn run(&self, testnet: &Testnet, phase: &watch::Receiver<Phase>) -> Result<Vec<Book>> {
        let codes = testnet.codes();
        let desks = codes
            .iter()
            .map(|hub| Desk::open(self, testnet, hub))
            .collect::<Result<Vec<_>>>()?;
        Ok(join_all(desks.into_iter().map(|desk| desk.work(phase.clone()))).await)
    }

    /// The certificate of a number at a hub: the same whenever it is asked for.
    pub fn certificate(&self, testnet: &Testnet, facts: &HubFacts, number: u64) -> serde_json::Value {
        trade::certificate(
            Seed(testnet.seed),
            facts,
            &format!("{}-{number}", self.name),
            testnet.laid_at,
        )
    }
}

/// The desk at one hub.
struct Desk<'a> {
    load: &'a Load,
    testnet: &'a Testnet,
    facts: &'static HubFacts,
    client: ewtp_api::Client,
    per_batch: f64,
    next_number: u64,
    /// Sent or due, and not acknowledged, with the moment of first sending.
    open: VecDeque<(u64, Duration)>,
    watch: Stopwatch,
    book: Book,
}

impl<'a> Desk<'a> {
    fn open(load: &'a Load, testnet: &'a Testnet, hub: &str) -> Result<Self> {
        let share = f64::from(load.rate) / testnet.hubs.len() as f64;
        Ok(Self {
            load,
            testnet,
            facts: roster::find(hub).with_context(|| format!("hub {hub} is not on the roster"))?,
            client: door::of(testnet, hub)?,
            per_batch: share * BATCH_INTERVAL.as_secs_f64(),
            next_number: 0,
            open: VecDeque::new(),
            watch: Stopwatch::start(),
            book: Book {
                hub: hub.to_owned(),
                acknowledged: Vec::new(),
                refused: Vec::new(),
                unanswered: 0,
            },
        })
    }

    async fn work(mut self, phase: watch::Receiver<Phase>) -> Book {
        let mut gives_up = phase.clone();
        let patience = self.load.patience;
        let patience = async move {
            // A sender that is gone ends the load too.
            let _ = gives_up.wait_for(|phase| *phase == Phase::Ending).await;
            tokio::time::sleep(patience).await;
        };
        // A stopped process holds its connection open: only a limit around the question ends the waiting.
        tokio::select! {
            () = self.trade(phase) => {}
            () = patience => {}
        }
        self.book.unanswered = self.open.len() as u64;
        self.book
    }

    async fn trade(&mut self, phase: watch::Receiver<Phase>) {
        let mut beat = tokio::time::interval(BATCH_INTERVAL);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut due = 0.0;
        loop {
            beat.tick().await;
            match *phase.borrow() {
                Phase::Going => {
                    due += self.per_batch;
                    while due >= 1.0 {
                        due -= 1.0;
                        self.open.push_back((self.next_number, self.watch.elapsed()));
                        self.next_number += 1;
                    }
                }
                Phase::Ending if self.open.is_empty() => return,
                Phase::Ending => {}
            }
            self.send().await;
        }
    }

    /// Sends the oldest open certificates; those without an answer stay open.
    async fn send(&mut self) {
        let batch: Vec<_> = self.open.iter().take(BATCH_MAX).copied().collect();
        if batch.is_empty() {
            return;
        }
        let documents: Vec<_> = batch
            .iter()
            .map(|(number, _)| self.load.certificate(self.testnet, self.facts, *number))
            .collect();
        let so_far = &self.load.so_far;
        let answers = door::issue_until_broken(&self.client, Document::Certificates, &documents, |answer| {
            answer.iter().for_each(|issued| so_far.note(issued));
        });
        let answers = answers.await;
        let mut again = Vec::new();
        for ((number, sent_at), answer) in batch
            .into_iter()
            .zip(answers.into_iter().map(Some).chain(std::iter::repeat(None)))
        {
            match answer {
                Some(Ok(issued)) => {
                    let took = self.watch.elapsed().saturating_sub(sent_at);
                    self.book.acknowledged.push(Acknowledged { number, issued, took });
                }
                // The hub is starting or stopping: it says so, and takes the certificate later.
                Some(Err(problem)) if problem.http_status() == 503 => again.push((number, sent_at)),
                Some(Err(problem)) => self.book.refused.push(format!("{number}: {problem}")),
                None => again.push((number, sent_at)),
            }
        }
        let sent = documents.len();
        self.open.drain(..sent);
        again.into_iter().rev().for_each(|open| self.open.push_front(open));
    }
}

/// Checks that no hub refused a certificate: what is refused stands in nobody's list of what was acknowledged.
///
/// # Errors
/// How many were refused, and the first.
pub fn nothing_was_refused(books: &[Book]) -> Result<()> {
    let refused: Vec<&String> = books.iter().flat_map(|book| &book.refused).collect();
    ensure!(
        refused.is_empty(),
        "{} certificates were refused, the first: {}",
        refused.len(),
        refused[0]
    );
    Ok(())
}

/// Checks that every hub answered for every certificate.
///
/// # Errors
/// The hubs that did not, and the command that starts them again.
pub fn everything_was_answered(books: &[Book], testnet: &Testnet) -> Result<()> {
    let silent = books.iter().filter(|book| book.unanswered > 0);
    let told: Vec<_> = silent
        .map(|book| {
            let (hub, unanswered) = (&book.hub, book.unanswered);
            let [restart, resume] = ["restart", "resume"].map(|verb| testnet.as_typed(&format!("{verb} {hub}")));
            format!("{hub} left {unanswered} certificates unanswered: `{restart}` or `{resume}`")
        })
        .collect();
    ensure!(told.is_empty(), "{}", told.join("; "));
    Ok(())
}

/// The share of `times` that took at most this long; zero for no times at all. `percent` is 0 to 100.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let place = times.len() * percent / 100;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let mut times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut times, 50), Duration::from_millis(51));
        assert_eq!(percentile(&mut times, 99), Duration::from_millis(100));
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }
}
