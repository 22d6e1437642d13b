//! Checkpoints as they travel and rest: a log's signed size and root, and the set of witness signatures on one.
//!
//! The note text that the signatures cover is a function of network, hub, epoch, size and root, so the compact forms
//! here drop it and rebuild it when a signature is checked. spec: checkpoint R7, R8; cosignature R6.

use ewtp_log::{Checkpoint, Hash, Origin};
use ewtp_record::{CharterName, HubCode, NetName, UnixTime};

/// Most witnesses on one checkpoint: a panel has no more. spec: charter R13.
pub const COSIGNATURES_MAX: usize = 15;

/// A log's signed size and root, as its log key vouched for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Generation of the log.
    pub epoch: u32,
    /// The charter whose log key signed.
    pub charter: CharterName,
    /// Number of records covered.
    pub size: u64,
    /// Merkle root over them.
    pub root: Hash,
    /// Ed25519 by the log key over the note body.
    pub signature: [u8; 64],
}

impl SignedCheckpoint {
    /// The checkpoint as the note states it, for the log of `hub` in `net`.
    #[must_use]
    pub fn note(&self, net: &NetName, hub: HubCode) -> Checkpoint {
        Checkpoint {
            origin: Origin::new(net.as_str(), hub.as_str(), self.epoch),
            size: self.size,
            root: self.root,
        }
    }
}

/// One witness's signature on a checkpoint (C2SP `cosignature/v1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSignature {
    /// The hub that witnessed.
    pub hub: HubCode,
    /// When it says it did, Unix seconds.
    pub time: UnixTime,
    /// Ed25519 by its witness key over the cosignature message.
    pub signature: [u8; 64],
}

/// A checkpoint with the witness signatures that its hub published for it, sorted by hub, at most one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignedCheckpoint {
    /// What was witnessed.
    pub checkpoint: SignedCheckpoint,
    /// Who witnessed, at most [`COSIGNATURES_MAX`].
    pub cosignatures: Vec<WitnessSignature>,
}

impl CosignedCheckpoint {
    /// How far this set reaches: a larger size is better, then more witnesses. Replaces a set only when greater.
    #[must_use]
    pub fn rank(&self) -> (u32, u64, usize) {
        (self.checkpoint.epoch, self.checkpoint.size, self.cosignatures.len())
    }
}
