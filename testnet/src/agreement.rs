//! Whether hubs agree: the one question that `up`, `wait`, the screen and every proof ask.

use ewtp_api::{FrontierEntry, NodeState, Status};
use ewtp_record::HubCode;
use std::collections::{BTreeMap, BTreeSet};

/// What the statuses of all hubs of a testnet say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Hubs that answered.
    pub answering: usize,
    /// Hubs there are.
    pub hubs: usize,
    /// Hubs that run and are connected to every other one.
    pub ready: usize,
    /// Whether every hub answered, holds every log to the same size and root, has examined all of it, and holds the schedules of
    /// all editions in it.
    pub agreed: bool,
    /// Records that every hub holds and has examined.
    pub records: u64,
    /// Tariff editions whose schedules every hub holds.
    pub editions: u64,
}

/// Compares the statuses; `None` stands for a hub that did not answer.
pub fn of(statuses: &[Option<Status>]) -> Agreement {
    let heard: Vec<&Status> = statuses.iter().flatten().collect();
    Agreement {
        answering: heard.len(),
        hubs: statuses.len(),
        ready: heard.iter().filter(|status| is_ready(status, statuses.len())).count(),
        agreed: heard.len() == statuses.len() && is_one_frontier(&heard) && heard.iter().all(|status| is_level(status)),
        records: heard.iter().map(|status| examined(status)).min().unwrap_or(0),
        editions: heard.iter().map(|status| status.schedules.held).min().unwrap_or(0),
    }
}

/// Runs, and has a connection to a node of every other hub.
fn is_ready(status: &Status, hubs: usize) -> bool {
    let neighbours: BTreeSet<HubCode> = status
        .peers
        .iter()
        .map(|peer| peer.hub)
        .filter(|hub| *hub != status.hub)
        .collect();
    status.state == NodeState::Running && neighbours.len() + 1 == hubs
}

/// Examined as far as held, and knows of nothing it does not hold.
fn is_level(status: &Status) -> bool {
    let mut logs = status.frontier.values();
    status.schedules.wanted == 0 && logs.all(|entry| entry.behind == 0 && entry.examined_to == entry.size)
}

/// Every hub holds the log of every hub, to the size and root that the log's own hub says.
fn is_one_frontier(heard: &[&Status]) -> bool {
    let own: BTreeMap<HubCode, _> = heard.iter().map(|status| (status.hub, head_of_own(status))).collect();
    heard.iter().all(|status| {
        status.frontier.len() == own.len()
            && status
                .frontier
                .iter()
                .all(|(hub, entry)| own.get(hub) == Some(&head(entry)))
    })
}

type Head = (u32, u64, ewtp_log::Hash);

fn head(entry: &FrontierEntry) -> Head {
    (entry.epoch, entry.size, entry.root)
}

fn head_of_own(status: &Status) -> Head {
    (status.log.epoch, status.log.size, status.log.root)
}

/// Records examined in all carried logs.
pub fn examined(status: &Status) -> u64 {
    status.frontier.values().map(|entry| entry.examined_to).sum()
}

/// Records known of and not held.
pub fn behind(status: &Status) -> u64 {
    status.frontier.values().map(|entry| entry.behind).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn entry(size: u64, root: &str) -> Value {
        json!({"epoch": 0, "size": size, "root": root.repeat(32), "behind": 0, "examined_to": size})
    }

    fn status(hub: &str, size: u64, root: &str, frontier: &Value) -> Value {
        json!({
            "schema": "ewtp.status/1", "hub": hub, "version": "0", "net": "test:seed-1", "state": "running",
            "uptime_ms": 1, "addresses": [],
            "log": {"epoch": 0, "size": size, "root": root.repeat(32), "cosignatures": 1}, "frontier": frontier,
            "peers": [{"peer_id": "12D3KooW", "hub": if hub == "MY" { "RW" } else { "MY" }, "address": ""}], "alarms": []
        })
    }

    fn two() -> [Value; 2] {
        let frontier = json!({"MY": entry(5, "aa"), "RW": entry(7, "bb")});
        [status("MY", 5, "aa", &frontier), status("RW", 7, "bb", &frontier)]
    }

    fn agreement(statuses: [Value; 2]) -> Agreement {
        of(&statuses.map(|status| serde_json::from_value(status).unwrap()))
    }

    #[test]
    fn hubs_with_one_frontier_examined_to_its_end_agree() {
        let agreement = agreement(two());
        assert!(agreement.agreed);
        assert_eq!((agreement.records, agreement.ready), (12, 2));
    }

    #[test]
    fn another_root_a_smaller_size_or_an_unexamined_tail_is_no_agreement() {
        for (field, value) in [
            ("root", json!("cc".repeat(32))),
            ("size", json!(6)),
            ("examined_to", json!(6)),
            ("behind", json!(1)),
        ] {
            let mut statuses = two();
            statuses[0]["frontier"]["RW"][field] = value;
            assert!(!agreement(statuses).agreed, "{field}");
        }
    }

    #[test]
    fn a_silent_hub_and_a_log_not_carried_are_no_agreement() {
        let [one, other] = two();
        let silent = of(&[serde_json::from_value(one.clone()).unwrap(), None]);
        assert!(!silent.agreed);
        assert_eq!((silent.answering, silent.hubs), (1, 2));
        let mut forgetful = one;
        forgetful["frontier"].as_object_mut().unwrap().remove("RW");
        assert!(!agreement([forgetful, other]).agreed);
    }

    #[test]
    fn a_hub_without_a_neighbour_is_not_ready() {
        let mut statuses = two();
        statuses[1]["peers"] = json!([]);
        assert_eq!(agreement(statuses).ready, 1);
    }
}
