//! What the running node says: its state, its peers, its alarms.

use super::{Check, Finding};
use crate::commands::node;
use ewtp_api::{ClientError, NodeState, Status};
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;

/// What asking the node came to.
pub(super) enum Asked {
    /// It runs, and says this.
    Answered(Box<Status>),
    /// A process holds its socket and says nothing.
    Silent(String),
    /// No node runs.
    Stopped,
}

/// Asks the node of `folder` for its status.
pub(super) fn ask(folder: &Folder) -> Asked {
    let asked = node::ask(folder, async |client| Ok(client.status().await));
    match asked {
        Ok(Ok(status)) => Asked::Answered(Box::new(status)),
        Ok(Err(silent @ ClientError::Silent { .. })) => Asked::Silent(silent.to_string()),
        Ok(Err(_)) | Err(_) => Asked::Stopped,
    }
}

/// A node that says nothing: stopped by a signal, or waiting for a disk.
pub(super) fn silent(why: String, checks: &mut Vec<Check>) {
    let next = "ps -C ewtp -o pid,stat,args: T means stopped, kill -CONT PID; D means it waits for the disk";
    checks.push(Check::fail("node", why, next));
}

/// State, each carried hub, and the alarms.
pub(super) fn running(config: &Config, status: &Status, checks: &mut Vec<Check>) {
    let up = clock::span(status.uptime_ms / 1000);
    checks.push(match status.state {
        NodeState::Running => Check::pass("node", format!("runs since {up}, log size {}", status.log.size)),
        NodeState::Starting => Check::warn("node", format!("starting since {up}"), "ewtp status --watch"),
        NodeState::Stopping => Check::warn("node", "is stopping", "ewtp status --watch"),
        NodeState::ReadOnly => Check::fail(
            "node",
            "takes nothing new: the disk failed or is full",
            "df, then ewtp run again",
        ),
    });
    checks.extend(reachable(config, status));
    let is_explained = checks
        .iter()
        .any(|check| matches!(check.code, "panel" | "peer") && check.result != Finding::Pass);
    for alarm in &status.alarms {
        let (code, hub, since) = (&alarm.code, alarm.hub, alarm.since);
        // Who is missing stands above, with what to do about it: once is enough.
        let is_repetition = code == "not-witnessed" && hub == config.hub && is_explained;
        let what = match is_repetition {
            true => "panel and peer above say who is missing",
            false => &alarm.happened,
        };
        checks.push(Check {
            next: (!is_repetition).then(|| alarm.next.clone()),
            ..Check::fail("alarm", format!("{code} about {hub} since {since}: {what}"), "")
        });
    }
}

/// The carried hubs in three lines at most: those out of reach, those behind, those that are well.
fn reachable(config: &Config, status: &Status) -> Vec<Check> {
    let (mut absent, mut behind, mut well) = (Vec::new(), Vec::new(), Vec::new());
    // The alarm says of these why nobody is connected, and what to type.
    let is_told = |hub| {
        let mut alarms = status.alarms.iter();
        alarms.any(|alarm| alarm.code == "wrong-genesis" && alarm.hub == hub)
    };
    let hubs = config.carry.iter().map(|carried| carried.hub);
    for hub in hubs.filter(|hub| !is_told(*hub)) {
        let missing = status.frontier.get(&hub).map_or(0, |entry| entry.behind);
        match status.peers.iter().filter(|peer| peer.hub == hub).count() {
            0 => absent.push(hub.to_string()),
            _ if missing > 0 => behind.push(format!("{hub} by {missing} records")),
            _ => well.push(hub.to_string()),
        }
    }
    let mut checks = Vec::new();
    if let Some(first) = absent.first() {
        let next = format!("ask {first} for its address: ewtp peer add {first}=GENESIS@MULTIADDR");
        let detail = format!("no node is connected of {}", absent.join(", "));
        checks.push(Check::fail("peer", detail, next));
    }
    if !behind.is_empty() {
        let detail = format!("connected and behind: {}", behind.join(", "));
        checks.push(Check::warn("peer", detail, "ewtp status --watch"));
    }
    if !well.is_empty() {
        let detail = format!("connected, nothing behind: {}", well.join(", "));
        checks.push(Check::pass("peer", detail));
    }
    checks
}
