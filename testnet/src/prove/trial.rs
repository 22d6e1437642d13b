//! A testnet for one proof: laid fresh, started here, stopped at the end.

use crate::observer::{self, Statuses};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::supervisor::Supervisor;
use crate::{clock, lay, up};
use anyhow::{Context, Result};
use std::path::Path;

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
