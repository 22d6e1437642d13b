//! What the engine asks the store to make durable, and what the store gives back after a restart.
//!
//! Every item of a [`Commit`] is on disk before `Input::Committed` answers it; signing and speaking follow from that
//! answer only. The store knows this module and nothing else of the engine.

use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, Tree};
use ewtp_record::{HubCode, LogId, UnixTime};

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint};

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
    /// The newest signed checkpoint whose every record we hold.
    Checkpoint {
        /// Whose log.
        hub: HubCode,
        /// Supersedes smaller ones of the same epoch.
        checkpoint: SignedCheckpoint,
    },
    /// The newest set of cosignatures we hold for a log.
    Cosigned {
        /// Whose log.
        hub: HubCode,
        /// Supersedes sets of lower rank.
        checkpoint: CosignedCheckpoint,
    },
    /// What our log key is about to sign. Written before the signature exists, in the entries' own group commit.
    Guard {
        /// Our log.
        log: LogId,
        /// Size about to be signed.
        size: u64,
        /// Root about to be signed.
        root: Hash,
    },
    /// What our witness key is about to sign.
    CosignGuard {
        /// The witnessed log.
        log: LogId,
        /// Size about to be cosigned.
        size: u64,
        /// Root about to be cosigned.
        root: Hash,
        /// Time about to be stated.
        time: UnixTime,
    },
    /// A charter of a carried hub, which travels ahead of its log.
    Charter {
        /// Whose charter.
        hub: HubCode,
        /// Exact record bytes.
        record: Bytes,
    },
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
    /// The newest signed checkpoint of at most the tree's size.
    pub checkpoint: Option<SignedCheckpoint>,
    /// The compact range of the log at that checkpoint's size.
    pub checkpoint_range: Option<CompactRange>,
    /// The newest set of cosignatures.
    pub cosigned: Option<CosignedCheckpoint>,
    /// Records below this index have been examined.
    pub examined_to: u64,
    /// Index and number of each charter found in the log.
    pub logged_charters: Vec<(u64, u32)>,
    /// The last thing our log key was to sign.
    pub guard: Option<(u64, Hash)>,
    /// The last thing our witness key was to sign for this log.
    pub cosign_guard: Option<(u64, Hash, UnixTime)>,
}
