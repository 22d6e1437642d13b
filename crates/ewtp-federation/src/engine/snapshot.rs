//! What an operator sees: logs, peers and alarms at one moment.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_record::{HubCode, NodeKey};

use crate::alarm::Alarm;
use crate::engine::Engine;
use crate::frontier::FrontierEntry;

/// The state of a node at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Our hub.
    pub hub: HubCode,
    /// Every carried log, ours among them.
    pub logs: BTreeMap<HubCode, LogStatus>,
    /// Connected nodes.
    pub peers: Vec<PeerStatus>,
    /// What is wrong.
    pub alarms: Vec<Alarm>,
}

/// One log as this node holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogStatus {
    /// Generation.
    pub epoch: u32,
    /// Records held durably under a signed checkpoint.
    pub size: u64,
    /// Root at that size.
    pub root: Hash,
    /// Records that the hub is known to have beyond what we hold durably.
    pub behind: u64,
    /// Records examined.
    pub examined_to: u64,
    /// Size of the newest cosigned checkpoint.
    pub cosigned_size: u64,
    /// Cosignatures on it.
    pub cosignatures: u32,
}

/// One connected node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// The node.
    pub node: NodeKey,
    /// Whose it is.
    pub hub: HubCode,
}

impl Engine {
    /// The state of this node now.
    #[must_use]
    pub fn status(&self) -> Status {
        let logs = self
            .frontier()
            .entries
            .into_iter()
            .map(|(hub, entry)| (hub, self.log_status(hub, &entry)));
        let peers = self
            .peers
            .iter()
            .filter_map(|(node, peer)| Some(PeerStatus { node, hub: peer.hub? }));
        Status {
            hub: self.hub,
            logs: logs.collect(),
            peers: peers.collect(),
            alarms: self.alarms.list(),
        }
    }

    fn log_status(&self, hub: HubCode, entry: &FrontierEntry) -> LogStatus {
        let told = self
            .peers
            .iter()
            .filter_map(|(_, peer)| peer.holds.get(&hub))
            .map(|held| held.size)
            .max();
        let (promised, examined_to) = if hub == self.hub {
            (self.journal.next_index(), self.journal.examined_to)
        } else {
            self.replicas
                .get(&hub)
                .map_or((0, 0), |replica| (replica.promised(), replica.examined_to))
        };
        let known = promised.max(told.unwrap_or(0));
        let FrontierEntry {
            epoch,
            size,
            root,
            cosigned_size,
            cosignatures,
            ..
        } = *entry;
        let behind = known.saturating_sub(size);
        LogStatus {
            epoch,
            size,
            root,
            behind,
            examined_to,
            cosigned_size,
            cosignatures,
        }
    }
}
