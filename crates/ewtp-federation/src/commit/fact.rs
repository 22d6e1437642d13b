//! Facts: what a node must not forget beside the records themselves.
//!
//! A fact is declared here and given a form on disk in `ewtp-store`'s `ledger/fact.rs`, nowhere else: the store, a restart
//! and the simulator's disk all keep the [`Facts`] of a log, and [`Facts::take`] alone says which of two facts counts.

use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::{HubCode, LogId, NodeKey, UnixTime};

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint};

/// What our log key is about to sign. Durable before the signature exists, in the entries' own group commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Size about to be signed.
    pub size: u64,
    /// Root about to be signed.
    pub root: Hash,
}

/// What our witness key is about to sign about a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CosignGuard {
    /// Size about to be cosigned.
    pub size: u64,
    /// Root about to be cosigned.
    pub root: Hash,
    /// Time about to be stated.
    pub time: UnixTime,
}

/// Two checkpoints that one hub signed and that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The newest signed checkpoint whose every record we hold.
    pub held: Option<SignedCheckpoint>,
    /// The signed checkpoint that does not fit the records we hold.
    pub offered: SignedCheckpoint,
}

/// Why our own log stands still: a checkpoint by our key that our records do not bear out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// What was shown.
    pub shown: SignedCheckpoint,
    /// The node that showed it.
    pub by: NodeKey,
    /// When.
    pub at: UnixTime,
    /// An operator let the log go on all the same. What was shown, or less, halts it no more.
    pub lifted: bool,
}

/// One fact, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The newest signed checkpoint of a hub whose every record we hold.
    Checkpoint(HubCode, SignedCheckpoint),
    /// The newest set of cosignatures that we hold for a hub's log.
    Cosigned(HubCode, CosignedCheckpoint),
    /// The last thing our log key was to sign.
    Guard(LogId, Guard),
    /// The last thing our witness key was to sign about a log.
    CosignGuard(LogId, CosignGuard),
    /// The exact bytes of a charter of a carried hub, which travels ahead of its log. All of them are kept.
    Charter(HubCode, Bytes),
    /// A hub signed two histories of its log.
    Evidence(HubCode, Box<Split>),
    /// Our own log stands still, or goes on by an operator's word.
    Halt(LogId, Halt),
}

impl Fact {
    /// The log that the fact is about; `None` for a charter, which is about a hub.
    #[must_use]
    pub fn log(&self) -> Option<LogId> {
        let of = |hub: &HubCode, epoch| LogId { hub: *hub, epoch };
        match self {
            Self::Checkpoint(hub, checkpoint) => Some(of(hub, checkpoint.epoch)),
            Self::Cosigned(hub, cosigned) => Some(of(hub, cosigned.checkpoint.epoch)),
            Self::Guard(log, _) | Self::CosignGuard(log, _) | Self::Halt(log, _) => Some(*log),
            Self::Charter(..) => None,
            Self::Evidence(hub, split) => Some(of(hub, split.offered.epoch)),
        }
    }
}

/// The facts about one log that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The newest signed checkpoint whose every record we hold.
    pub checkpoint: Option<SignedCheckpoint>,
    /// The newest set of cosignatures.
    pub cosigned: Option<CosignedCheckpoint>,
    /// The last thing our log key was to sign.
    pub guard: Option<Guard>,
    /// The last thing our witness key was to sign.
    pub cosign_guard: Option<CosignGuard>,
    /// Why we stand still with this log: the first two histories that we saw of it.
    pub split: Option<Split>,
    /// Why our log stands still, or stood.
    pub halt: Option<Halt>,
}

impl Facts {
    /// Takes in a fact about this log. False when a better one is known.
    pub fn take(&mut self, fact: &Fact) -> bool {
        match fact {
            Fact::Checkpoint(_, new) => replace(&mut self.checkpoint, new, |old| old.size <= new.size),
            Fact::Cosigned(_, new) => replace(&mut self.cosigned, new, |old| old.rank() <= new.rank()),
            Fact::Guard(_, new) => replace(&mut self.guard, new, |_| true),
            Fact::CosignGuard(_, new) => replace(&mut self.cosign_guard, new, |_| true),
            Fact::Charter(..) => false,
            Fact::Evidence(_, new) => replace(&mut self.split, new.as_ref(), |_| false),
            Fact::Halt(_, new) => replace(&mut self.halt, new, |_| true),
        }
    }
}

fn replace<T: Clone>(held: &mut Option<T>, new: &T, counts: impl Fn(&T) -> bool) -> bool {
    let taken = held.as_ref().is_none_or(counts);
    if taken {
        *held = Some(new.clone());
    }
    taken
}
