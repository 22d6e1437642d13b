//! What the engine asks the store to make durable, and what the store gives back after a restart.
//!
//! Every item of a [`Commit`] is on disk before `Input::Committed` answers it; signing and speaking follow from that
//! answer only. The store knows this module and nothing else of the engine.

mod fact;

use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, Tree};
use ewtp_record::{HubCode, LogId};

pub use fact::{CosignGuard, Fact, Facts, Guard, Halt, Split};

/// Names one commit between engine and store; counts up from 0 in each start of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub u64);

/// Items that become durable together or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Answered by `Input::Committed` with the same id.
    pub id: CommitId,
    /// In the order in which they take effect.
    pub items: Vec<Item>,
}

/// One thing that the node must not forget.
#[derive(Clone, Debug)]
pub enum Item {
    /// Consecutive records of a log, ours or another hub's.
    Entries {
        /// Which log.
        log: LogId,
        /// Index of the first record.
        start: u64,
        /// Exact record bytes.
        records: Vec<Bytes>,
        /// `leaves[i]` is the leaf hash (record id) of `records[i]`: hashed once, where the bytes came in.
        leaves: Vec<Hash>,
    },
    /// Something else that must not be forgotten.
    Fact(Fact),
}

/// Everything an engine starts from: what its store held when it was opened.
#[derive(Debug, Default)]
pub struct Restored {
    /// One for each log held, sorted by hub, newest epoch last.
    pub logs: Vec<RestoredLog>,
    /// Charters by hub, in the order of their numbers.
    pub charters: Vec<(HubCode, Vec<Bytes>)>,
    /// Node manifests that examination found sound, by hub.
    pub manifests: Vec<(HubCode, Bytes)>,
}

/// One log as the store held it.
#[derive(Debug)]
pub struct RestoredLog {
    /// Which log.
    pub log: LogId,
    /// Its hashes, up to the last durable record.
    pub tree: Tree,
    /// Bytes of those records.
    pub bytes: u64,
    /// The facts about it; the checkpoint among them is of at most the tree's size.
    pub facts: Facts,
    /// The compact range of the log at that checkpoint's size.
    pub checkpoint_range: Option<CompactRange>,
    /// Records below this index have been examined.
    pub examined_to: u64,
    /// Number of the newest charter in it: of our own log only.
    pub charter: Option<u32>,
}
