//! What the running node says: its state, its peers, its alarms.

use super::Check;
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
    for carried in &config.carry {
        checks.push(reachable(carried.hub, status));
    }
    for alarm in &status.alarms {
        let since = alarm.since.to_calendar();
        let detail = format!("{} about {} since {since}: {}", alarm.code, alarm.hub, alarm.happened);
        checks.push(Check::fail("alarm", detail, alarm.next.clone()));
    }
}

fn reachable(hub: ewtp_record::HubCode, status: &Status) -> Check {
    let behind = status.frontier.get(&hub).map_or(0, |entry| entry.behind);
    match status.peers.iter().filter(|peer| peer.hub == hub).count() {
        0 => {
            let next = format!("ask {hub} for its address: ewtp peer add {hub}=GENESIS@MULTIADDR");
            Check::fail("peer", format!("no node of {hub} is connected"), next)
        }
        nodes if behind > 0 => Check::warn(
            "peer",
            format!("{hub}: {nodes} connected, {behind} records behind"),
            "ewtp status --watch",
        ),
        nodes => Check::pass("peer", format!("{hub}: {nodes} connected, nothing behind")),
    }
}
