//! A testnet for one proof: laid fresh, started here, stopped at the end.

use crate::agreement::Agreement;
use crate::observer::{self, Statuses};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::supervisor::Supervisor;
use crate::{clock, lay, up};
use anyhow::{Context, Result, ensure};
use ewtp_api::Status;
use ewtp_record::HubCode;
use std::path::Path;
use std::time::Duration;

/// A killed hub answers again within this time.
const BACK_TIME_MAX: Duration = Duration::from_secs(30);

/// Alarms of a log or an identity that contradicts itself. None of them ends by itself, also with a new start (admin R13), so a
/// look at the end sees all that were raised.
const ACCUSING: [&str; 3] = ["log-split", "own-log-ahead", "charter-conflict"];

/// Running hubs and their observer.
pub(super) struct Trial {
    pub(super) testnet: Testnet,
    pub(super) supervisor: Supervisor,
    pub(super) statuses: Statuses,
}

impl Trial {
    /// `hubs` idle hubs that have found each other.
    pub(super) async fn begin(folder: &Path, seed: Seed, hubs: usize) -> Result<Self> {
        let testnet = lay::lay(folder, seed, hubs, clock::unix_now().as_secs())?;
        let supervisor = Supervisor::start(&testnet)?;
        let mut trial = Self {
            statuses: observer::observe(&testnet),
            testnet,
            supervisor,
        };
        up::ready(&mut trial.statuses).await?;
        Ok(trial)
    }

    /// Starts a killed hub again and waits until it answers.
    pub(super) async fn bring_back(&mut self, hub: &str) -> Result<()> {
        self.supervisor.restart(hub).await?;
        observer::look_again(&mut self.statuses).await?;
        observer::wait_until(&mut self.statuses, BACK_TIME_MAX, |now| now.answering == now.hubs).await?;
        Ok(())
    }

    /// Waits until a hub has examined so much of its own log.
    pub(super) async fn examined(&mut self, hub: HubCode, size: u64) -> Result<()> {
        let examined = |status: &Status| {
            let own = status.frontier.get(&hub).filter(|_| status.hub == hub);
            own.is_some_and(|own| own.examined_to >= size)
        };
        observer::wait_for(&mut self.statuses, BACK_TIME_MAX, |statuses| {
            statuses.iter().flatten().any(examined).then_some(())
        })
        .await
    }

    /// Stops the hubs. What was found counts if no hub accuses another, or itself, of a second history or of a loss.
    pub(super) async fn end<T>(mut self, found: Result<T>) -> Result<T> {
        let accused = self.nobody_is_accused().await;
        self.supervisor.stop().await;
        match (found, accused) {
            (found, Ok(())) => found,
            (Ok(_), Err(accused)) => Err(accused),
            // An accusation tells more than what failed because of it.
            (Err(failed), Err(accused)) => Err(failed.context(accused)),
        }
    }

    async fn nobody_is_accused(&mut self) -> Result<()> {
        observer::look_again(&mut self.statuses).await?;
        let all_answer = |now: &Agreement| now.answering == now.hubs;
        let answering = observer::wait_until(&mut self.statuses, BACK_TIME_MAX, all_answer).await;
        let statuses = self.statuses.borrow();
        let alarms = statuses.iter().flatten().flat_map(|status| {
            let accusing = status
                .alarms
                .iter()
                .filter(|alarm| ACCUSING.contains(&alarm.code.as_str()));
            accusing.map(|alarm| format!("{} raised {} about {}", status.hub, alarm.code, alarm.hub))
        });
        let alarms: Vec<_> = alarms.collect();
        ensure!(alarms.is_empty(), "{}", alarms.join("; "));
        answering.map(drop).context("at the end")
    }
}

/// Removes what an earlier proof left.
pub(super) fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}
