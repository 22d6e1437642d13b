//! What the running node says: its state, its peers, its alarms.

use super::Check;
use crate::commands::node;
use ewtp_api::{NodeState, Status};
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;

/// The status of the running node, if one runs.
pub(super) fn status(folder: &Folder) -> Option<Status> {
    node::ask(folder, async |client| Ok(client.status().await?)).ok()
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
