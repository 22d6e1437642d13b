//! What a node says about itself: `ewtp status --json` and `GET /v1/status` print this object as it stands here.

use crate::schema::StatusSchema;
use ewtp_log::Hash;
use ewtp_record::{CharterId, HubCode, NetName, UnixTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of one node (`ewtp.status/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// `ewtp.status/1`.
    pub schema: StatusSchema,
    /// The hub this node belongs to.
    pub hub: HubCode,
    /// Version of the software, as `ewtp --version` prints it.
    pub version: String,
    /// The net this node is part of.
    pub net: NetName,
    /// Whether the node works as it should.
    pub state: NodeState,
    /// Time since the node started, in milliseconds, at the moment of the answer.
    pub uptime_ms: u64,
    /// Multiaddresses this node listens at.
    pub addresses: Vec<String>,
    /// The node's own log.
    pub log: LogHead,
    /// Every carried log, its own included, as this node holds it.
    pub frontier: BTreeMap<HubCode, FrontierEntry>,
    /// The members connected now.
    pub peers: Vec<Peer>,
    /// Hubs that introduced themselves and wait to be carried.
    #[serde(default)]
    pub waiting: Vec<Waiting>,
    /// The schedules of the editions that carried hubs published.
    #[serde(default)]
    pub schedules: ScheduleCounts,
    /// What needs an operator, oldest first.
    pub alarms: Vec<Alarm>,
}

/// What a node does at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// Reading its ledger, or waiting to be admitted before it signs.
    Starting,
    /// Issues, serves and follows.
    Running,
    /// Serves what it holds and takes nothing new: the disk failed or is full; an alarm says which.
    ReadOnly,
    /// Finishing before it ends.
    Stopping,
}

/// The newest durable signed checkpoint of the node's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// The log's generation.
    pub epoch: u32,
    /// Records covered.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Witnesses whose cosignature on the newest cosigned checkpoint this node holds: they cover `cosigned_size` records, and
    /// not those after.
    pub cosignatures: u64,
    /// Records covered by the newest cosigned checkpoint; 0 without one. Below `size` while the newest records wait for their
    /// witnesses.
    #[serde(default)]
    pub cosigned_size: u64,
}

/// One carried log as this node holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontierEntry {
    /// The log's generation.
    pub epoch: u32,
    /// Records held durably and covered by a checkpoint of the hub.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Records that a verified checkpoint covers and this node does not hold yet.
    pub behind: u64,
    /// Records judged so far; equals `size` when the node is idle.
    pub examined_to: u64,
}

/// A connected member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its libp2p identity, `12D3Koo…`.
    pub peer_id: String,
    /// The hub whose manifest names it.
    pub hub: HubCode,
    /// The address of the connection.
    pub address: String,
}

/// A hub that introduced itself and waits until an operator carries it. Anybody can found a hub of any code: the genesis id
/// must be the one that the hub's operator tells on another line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The hub that it says it is.
    pub hub: HubCode,
    /// The id of its genesis charter.
    pub genesis: CharterId,
    /// The libp2p identity of its node, `12D3Koo…`.
    pub peer_id: String,
    /// The first address of that node's manifest; empty when it has none.
    pub address: String,
    /// When it introduced itself first.
    pub since: UnixTime,
    /// What to type to carry it.
    pub next: String,
}

/// The schedules of carried hubs' editions, and what moved for them since the node started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleCounts {
    /// Editions whose schedules this node holds, checked.
    pub held: u64,
    /// Editions whose schedules are being gathered, or wait for it.
    pub wanted: u64,
    /// Pages that came from peers.
    pub pages_moved: u64,
    /// Pages of the schedules gathered that did not need to come: they were here, or followed from a patch.
    pub pages_saved: u64,
    /// Bytes of pages and patches that came from peers, packed.
    pub bytes_moved: u64,
}

/// Something an operator should know and act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Stable name of the kind of alarm.
    pub code: String,
    /// The hub it is about.
    pub hub: HubCode,
    /// When it was raised.
    pub since: UnixTime,
    /// What happened, in a sentence.
    pub happened: String,
    /// What still works meanwhile.
    pub works: String,
    /// What to do, and what to type.
    pub next: String,
}

impl Status {
    /// Whether the node answers for everything it should: it runs and follows every log it carries to the end.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let level = |entry: &FrontierEntry| entry.behind == 0 && entry.examined_to == entry.size;
        self.state == NodeState::Running && self.frontier.values().all(level)
    }
}
