//! Laying the folder of a new hub: keys, genesis charter, node manifest, configuration and policy.
//!
//! [`lay_folder`] writes everything from a [`Plan`] and [`Seeds`]; `ewtp init` gives it fresh seeds and a passphrase,
//! the testnet gives it derived seeds and a fixed time. A hub's genesis id depends on its plan and seeds alone
//! ([`genesis`]), so that a testnet can compute all ids first and then let each hub carry the others.

mod charter;
mod plan;
mod warnings;

pub use charter::{genesis, manifest, read_charters, write_charters};
pub use plan::{Plan, Seeds, parse_carried};
pub use warnings::{NO_PANEL, NO_PANEL_NEXT, Warning, warnings};

use crate::failure::Failure;
use crate::folder::Folder;
use crate::keys::file::write as write_key;
use crate::keys::{KeyName, Protection};
use anyhow::Context;
use ewtp_record::{CharterId, NodeKey};
use ewtp_verify::Policy;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// What was laid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// The id of the hub's first charter: what others pin.
    pub genesis: CharterId,
    /// The node's libp2p identity.
    pub node: NodeKey,
}

/// Writes the folder of a new hub. The configuration file is written last: a folder without one was not finished.
///
/// # Errors
/// When the folder holds a hub already, the plan breaks a rule of the charter, or the disk refuses.
pub fn lay_folder(plan: &Plan, seeds: &Seeds, protection: &Protection) -> anyhow::Result<Laid> {
    let folder = &plan.config.folder;
    refuse_to_overwrite(folder)?;
    if matches!(protection, Protection::None) && !plan.config.net.is_test() {
        let message = format!(
            "unencrypted keys are for test: nets, and this hub is on {}",
            plan.config.net
        );
        return Err(Failure::new("key-unencrypted", message)
            .next("give a passphrase: --passphrase-file FILE")
            .into());
    }
    let charter = genesis(plan, seeds)?;
    let manifest = manifest(plan, seeds)?;
    make_folder(folder.root())?;
    make_folder(&folder.keys())?;
    for (name, seed) in seeds.iter() {
        write_key(&folder.key(name), seed, protection, name.strength())?;
    }
    write_charters(folder, std::slice::from_ref(&charter.record))?;
    write(&folder.manifest(), manifest.bytes())?;
    write(&folder.policy(), policy(plan, charter.id).as_bytes())?;
    write(&folder.config(), plan.config.render().as_bytes())?;
    Ok(Laid {
        genesis: charter.id,
        node: NodeKey(*seeds.public(KeyName::Node).as_bytes()),
    })
}

/// Refuses a folder that holds a hub already.
///
/// # Errors
/// When it does.
pub fn refuse_to_overwrite(folder: &Folder) -> anyhow::Result<()> {
    for path in [folder.config(), folder.keys(), folder.charters(), folder.ledger()] {
        if path.exists() {
            let message = format!("{} exists: this folder holds a hub already", path.display());
            return Err(Failure::new("folder-exists", message)
                .next("ewtp init --dir ANOTHER")
                .into());
        }
    }
    Ok(())
}

/// The verifier's policy: this hub and those it recognises, each pinned to its genesis.
fn policy(plan: &Plan, own: CharterId) -> String {
    let mut pins = plan.recognised.clone();
    pins.insert(plan.config.hub, own);
    let policy = Policy {
        net: plan.config.net,
        own: plan.config.hub,
        pins,
        unlogged: BTreeSet::new(),
        charter_min: BTreeMap::new(),
        max_age_seconds: None,
    };
    policy.to_json()
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
