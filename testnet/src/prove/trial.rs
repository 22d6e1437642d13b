//! A testnet for one proof: laid fresh, started here, stopped at the end.

use crate::observer::{self, Statuses};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::supervisor::Supervisor;
use crate::{clock, lay, up};
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// A killed hub answers again within this time.
const BACK_TIME_MAX: Duration = Duration::from_secs(30);

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

    pub(super) async fn end(self) {
        self.supervisor.stop().await;
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
