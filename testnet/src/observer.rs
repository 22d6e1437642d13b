//! Looks at all hubs of a testnet through their doors, over and over, and tells whoever waits.

use crate::agreement::{self, Agreement};
use crate::door;
use crate::state::Testnet;
use crate::supervisor::ProcessView;
use anyhow::{Result, bail};
use ewtp_api::Status;
use futures::future::join_all;
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks. A look costs each hub a few milliseconds; people and deadlines count in seconds.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// A hub that takes longer to answer counts as silent for this look.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// The newest look at all hubs, in roster order; `None` for one that did not answer.
#[derive(Clone, Debug)]
pub struct Statuses {
    newest: watch::Receiver<Vec<Option<Status>>>,
    /// What one types to read why a hub does not answer.
    logs: String,
}

impl Deref for Statuses {
    type Target = watch::Receiver<Vec<Option<Status>>>;

    fn deref(&self) -> &Self::Target {
        &self.newest
    }
}

impl DerefMut for Statuses {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.newest
    }
}

/// One hub: its process, and what its node says of itself.
#[derive(Clone, Debug)]
pub struct HubView {
    /// The process.
    pub process: ProcessView,
    /// What the node says; `None` when it does not answer.
    pub status: Option<Status>,
}

/// Joins what the supervisor knows with what the nodes say; both in roster order.
pub fn views(processes: Vec<ProcessView>, statuses: &[Option<Status>]) -> Vec<HubView> {
    let statuses = statuses.iter().cloned().chain(std::iter::repeat(None));
    processes
        .into_iter()
        .zip(statuses)
        .map(|(process, status)| HubView { process, status })
        .collect()
}

/// Asks every hub once, all at the same time.
pub async fn look(testnet: &Testnet) -> Vec<Option<Status>> {
    join_all(testnet.hubs.iter().map(|hub| look_at(testnet, &hub.hub))).await
}

async fn look_at(testnet: &Testnet, hub: &str) -> Option<Status> {
    let answer = async { door::of(testnet, hub).ok()?.status().await.ok() };
    tokio::time::timeout(ANSWER_TIME_MAX, answer).await.ok().flatten()
}

/// The newest look at all hubs; looking goes on as long as somebody holds it.
pub fn observe(testnet: &Testnet) -> Statuses {
    let (sender, newest) = watch::channel(vec![None; testnet.hubs.len()]);
    let logs = testnet.as_typed("logs HUB");
    let testnet = testnet.clone();
    tokio::spawn(async move {
        while !sender.is_closed() {
            let statuses = look(&testnet).await;
            if sender.send(statuses).is_err() {
                return;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    });
    Statuses { newest, logs }
}

/// Waits for a look that began after this call: the newest look may be older than what the caller just did.
///
/// # Errors
/// When nobody looks any more.
pub async fn look_again(statuses: &mut Statuses) -> Result<()> {
    statuses.mark_unchanged();
    // The first to arrive may have begun before.
    statuses.changed().await?;
    Ok(statuses.changed().await?)
}

/// Waits until what the hubs say together satisfies `condition`.
///
/// # Errors
/// After `time_max`, with what the hubs said last.
pub async fn wait_until(
    statuses: &mut Statuses,
    time_max: Duration,
    condition: impl Fn(&Agreement) -> bool,
) -> Result<Agreement> {
    let agreement = |statuses: &[_]| Some(agreement::of(statuses)).filter(&condition);
    wait_for(statuses, time_max, agreement).await
}

/// Waits until something is found in a look at all hubs.
///
/// # Errors
/// As [`wait_until`].
pub async fn wait_for<T>(
    statuses: &mut Statuses,
    time_max: Duration,
    find: impl Fn(&[Option<Status>]) -> Option<T>,
) -> Result<T> {
    let mut found = None;
    let wait = statuses.newest.wait_for(|statuses| {
        found = find(statuses);
        found.is_some()
    });
    // A wait whose time is over, and an observer that is gone, found nothing.
    let _ = tokio::time::timeout(time_max, wait).await;
    if let Some(found) = found {
        return Ok(found);
    }
    let last = agreement::of(&statuses.borrow());
    bail!(
        "not within {} s: {} of {} hubs answer, {} run with all neighbours, {}, {} records on each; see `{}`",
        time_max.as_secs(),
        last.answering,
        last.hubs,
        last.ready,
        if last.agreed { "all agree" } else { "they do not agree" },
        last.records,
        statuses.logs
    )
}
