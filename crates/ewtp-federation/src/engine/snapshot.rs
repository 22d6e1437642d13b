//! What an operator sees: logs, peers and alarms at one moment.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_record::{HubCode, NodeKey};

use crate::alarm::Alarm;
use crate::engine::Engine;
use crate::frontier::FrontierEntry;
use crate::journal::OwnLog;
use crate::replica::Replica;

/// The state of a node at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Our hub.
    pub hub: HubCode,
    /// Every carried log, ours among them.
    pub logs: BTreeMap<HubCode, LogStatus>,
    /// Connected nodes.
    pub peers: Vec<PeerStatus>,
    /// Whether our log is signed.
    pub own_log: OwnLog,
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
    /// Records beyond what we hold durably that a checkpoint covers whose signature we verified.
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
    /// The protocol version in use and the start of the node, once it said hello.
    pub greeting: Option<(u64, [u8; 16])>,
}

/// The largest of what an engine keeps for others at one moment. Each has its bound in [`crate::limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Bytes of verified bundles of one log that wait for an earlier one.
    pub window_bytes: usize,
    /// Bytes of records of all logs on their way to the store.
    pub uncommitted_bytes: usize,
    /// Checkpoints of one log whose records are missing.
    pub heads: usize,
    /// Range requests on their way to one peer.
    pub requests: usize,
    /// Range requests of one peer that are being served.
    pub servings: usize,
    /// Records of our own log that wait for their commit.
    pub waiting_records: usize,
}

impl Engine {
    /// What this engine keeps in memory now and could grow by what others send.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory {
            window_bytes: self.windows.largest(),
            uncommitted_bytes: self.uncommitted_bytes,
            heads: self.replicas.values().map(Replica::heads).max().unwrap_or(0),
            requests: self.peers.iter().map(|(_, peer)| peer.fetching).max().unwrap_or(0),
            servings: self.peers.servings(),
            waiting_records: self.journal.waiting(),
        }
    }

    /// What we hold durably of one hub's log; `None` when its charters are not known.
    #[must_use]
    pub fn frontier_entry(&self, hub: HubCode) -> Option<FrontierEntry> {
        self.entry(hub)
    }

    /// The state of this node now.
    #[must_use]
    pub fn status(&self) -> Status {
        let logs = self
            .frontier()
            .entries
            .iter()
            .map(|(hub, entry)| (*hub, self.log_status(*hub, entry)));
        let peers = self.peers.iter().filter_map(|(node, peer)| {
            let greeting = peer.greeting.map(|greeting| (greeting.version, greeting.instance));
            let hub = peer.hub?;
            Some(PeerStatus { node, hub, greeting })
        });
        Status {
            hub: self.hub,
            logs: logs.collect(),
            peers: peers.collect(),
            own_log: self.own_log(),
            alarms: self.alarms.list(),
        }
    }

    fn log_status(&self, hub: HubCode, entry: &FrontierEntry) -> LogStatus {
        let (promised, examined_to) = if hub == self.hub {
            (self.journal.next_index(), self.journal.examined_to)
        } else {
            self.replicas
                .get(&hub)
                .map_or((0, 0), |replica| (replica.promised(), replica.examined_to))
        };
        let FrontierEntry {
            epoch,
            size,
            root,
            cosigned_size,
            cosignatures,
            ..
        } = *entry;
        // What peers say they hold is unproven: one that lies must not make us look behind for ever.
        let behind = promised.saturating_sub(size);
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
