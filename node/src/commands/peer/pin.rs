//! `ewtp peer pin`: has officers of this folder accept what a carried hub signs.
//!
//! The genesis is the one under which the hub is carried, which its operator gave: nothing that a peer sent is taken. Pinning
//! is trusting, so what was pinned is told in groups that two people can read to each other.

use super::Edit;
use crate::cli::PeerPinArgs;
use crate::commands::node;
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_node::config::{Carried, Config};
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{CharterId, HubCode};
use ewtp_verify::{POLICY_BYTES_MAX, Policy};
use serde_json::json;

/// Digits that are read aloud at a time.
const SPOKEN_DIGITS: usize = 4;

pub(super) fn answer(folder: &Folder, arguments: &PeerPinArgs, output: &Output) -> anyhow::Result<()> {
    let hub = node::hub(&arguments.hub)?;
    let config = Config::load(folder)?;
    let carried = config.carry.iter().find(|carried| carried.hub == hub);
    let carried = carried.ok_or_else(|| not_carried(hub))?;
    let mut policy = read(folder)?;
    let before = policy.pins.insert(hub, carried.genesis);
    match before {
        Some(pinned) if pinned != carried.genesis => return Err(pinned_otherwise(folder, carried, pinned).into()),
        Some(_) => {}
        None => Edit {
            path: folder.policy(),
            text: policy.to_json(),
        }
        .write()?,
    }
    tell(folder, carried, before.is_none(), output)
}

fn read(folder: &Folder) -> anyhow::Result<Policy> {
    let path = folder.policy();
    let bytes = crate::commands::input::read(&path, POLICY_BYTES_MAX)?;
    Policy::from_json(&bytes).with_context(|| format!("cannot read {}", path.display()))
}

fn not_carried(hub: HubCode) -> Failure {
    let message = format!("{hub} is not carried here, so its genesis is not known");
    Failure::new("not-found", message).next(format!(
        "ewtp peer add {hub}=GENESIS@MULTIADDR, as its operator tells them"
    ))
}

/// One of the two is wrong, and only people can say which.
fn pinned_otherwise(folder: &Folder, carried: &Carried, pinned: CharterId) -> Failure {
    let Carried { hub, genesis, .. } = carried;
    let policy = folder.policy();
    let message = format!(
        "{hub} is pinned at {pinned} in {}, and carried with {genesis}; nothing was changed",
        policy.display()
    );
    Failure::new("pinned-otherwise", message).next(format!(
        "ask the operator of {hub} for its genesis, on a line that both trust, and correct the one that is wrong"
    ))
}

fn tell(folder: &Folder, carried: &Carried, is_new: bool, output: &Output) -> anyhow::Result<()> {
    let Carried { hub, genesis, .. } = carried;
    let policy = folder.policy().display().to_string();
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.peer-pinned/1", "hub": hub.to_string(), "genesis": genesis.to_string(), "policy": policy,
            "changed": is_new,
        }));
    }
    let already = if is_new { "" } else { "already " };
    output.line(format!(
        "{hub} is {already}pinned in {policy}: officers who verify by it accept what {hub} signs"
    ))?;
    output.line(format!("  genesis {}", spoken(&genesis.to_string())))?;
    note(
        output,
        format!(
            "Read the genesis aloud with the operator of {hub}, on a line that both trust; if one digit differs, take the line out \
             of {policy} again."
        ),
    );
    Ok(())
}

/// Digits in groups, as two people read them to each other.
fn spoken(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    let groups = digits
        .chunks(SPOKEN_DIGITS)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}
