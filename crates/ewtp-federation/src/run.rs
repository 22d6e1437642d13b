//! A run: consecutive records of a log, placed under one of its signed checkpoints.
//!
//! Announcements and pulled bundles are both runs, so there is one verification: hash the records, complete the tree
//! with the hashes to their left and right, and check the log's signature on the root that results. Whoever altered,
//! dropped or invented a record is caught here, by one signature and no local state.

use bytes::Bytes;
use ewtp_log::{Hash, RangeError, leaf_hash, range_root};
use ewtp_record::{CharterName, HubCode, cbor::CborError};
use ewtp_trust::{CheckpointFault, CosignatureFault, Directory};

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint};
use crate::topic::Acceptance;

/// A value whose signatures were checked against the directory. Only this crate makes one.
#[derive(Clone, Debug)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, no longer marked.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Consecutive records of one log under a signed checkpoint.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whose log.
    pub hub: HubCode,
    /// The checkpoint that the records lie under; its root follows from the run.
    pub checkpoint: SignedCheckpoint,
    /// Index of the first record.
    pub start: u64,
    /// Compact range of the log at `start`.
    pub left: Vec<Hash>,
    /// Exact record bytes, possibly none.
    pub records: Vec<Bytes>,
    /// Leaf hashes of `records`.
    pub leaves: Vec<Hash>,
}

/// What records cost in memory beside their run, in bytes. Without counting hashes and handles, a hub that signs records
/// of one byte each could fill the memory of every other.
pub(crate) fn records_cost(records: &[Bytes]) -> usize {
    let bytes: usize = records.iter().map(Bytes::len).sum();
    bytes + records.len() * (size_of::<Bytes>() + size_of::<Hash>())
}

/// What a frame says of a run before its root is known.
pub(crate) struct Placement {
    pub(crate) hub: HubCode,
    pub(crate) epoch: u32,
    pub(crate) charter: CharterName,
    pub(crate) size: u64,
    pub(crate) signature: [u8; 64],
    pub(crate) start: u64,
    pub(crate) left: Vec<Hash>,
    pub(crate) records: Vec<Bytes>,
    pub(crate) right: Vec<Hash>,
}

impl Run {
    /// Hashes the records and computes the root that the checkpoint must have.
    pub(crate) fn place(placement: Placement) -> Result<Self, RangeError> {
        let Placement {
            hub,
            epoch,
            charter,
            size,
            signature,
            start,
            left,
            records,
            right,
        } = placement;
        let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record)).collect();
        let root = range_root(start, &left, &leaves, size, &right)?;
        let checkpoint = SignedCheckpoint {
            epoch,
            charter,
            size,
            root,
            signature,
        };
        Ok(Self {
            hub,
            checkpoint,
            start,
            left,
            records,
            leaves,
        })
    }

    /// Index after the last record.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start + self.leaves.len() as u64
    }

    /// Checks the log key's signature on the computed root.
    ///
    /// # Errors
    /// [`Fault::Checkpoint`]; the sender is at fault when [`Fault::is_peer_fault`] says so.
    pub fn verify(self, directory: &Directory) -> Result<Verified<Self>, Fault> {
        verify_checkpoint(directory, self.hub, &self.checkpoint)?;
        Ok(Verified::new(self))
    }
}

/// Checks a checkpoint's signature by the log key of the charter that it names.
///
/// # Errors
/// [`Fault::Checkpoint`].
pub(crate) fn verify_checkpoint(
    directory: &Directory,
    hub: HubCode,
    checkpoint: &SignedCheckpoint,
) -> Result<(), Fault> {
    let SignedCheckpoint {
        epoch,
        charter,
        size,
        root,
        signature,
    } = checkpoint;
    match directory.verify_checkpoint(hub, *epoch, *charter, *size, *root, signature) {
        Ok(_) => Ok(()),
        Err(fault) => Err(Fault::Checkpoint(fault)),
    }
}

/// Checks the cosignatures of a published set whose checkpoint was checked before: of the witnesses only those stay whose
/// signature we can check and find right. Witnesses we do not carry are no fault; they are left out.
///
/// # Errors
/// [`Fault::NoWitness`] when no witness remains.
pub(crate) fn verify_witnesses(
    directory: &Directory,
    hub: HubCode,
    mut cosigned: CosignedCheckpoint,
) -> Result<Verified<CosignedCheckpoint>, Fault> {
    let note = cosigned.checkpoint.note(directory.net(), hub);
    // A hub's word on its own log counts for nothing. spec: cosignature R6
    cosigned.cosignatures.retain(|witness| {
        let verified = directory.verify_cosignature(witness.hub, &note, witness.time, &witness.signature);
        witness.hub != hub && verified.is_ok()
    });
    if cosigned.cosignatures.is_empty() {
        return Err(Fault::NoWitness);
    }
    Ok(Verified::new(cosigned))
}

/// Checks the set of cosignatures beside an announced run. The first cosignature that we can check and that is wrong makes
/// the whole set worthless, so that a forger costs one check. spec: announcement R5
///
/// # Errors
/// [`Fault::Checkpoint`] for the log's signature, [`Fault::Cosignature`], [`Fault::NoWitness`] when no witness remains.
pub(crate) fn verify_announced(
    directory: &Directory,
    run: &Run,
    mut cosigned: CosignedCheckpoint,
) -> Result<Verified<CosignedCheckpoint>, Fault> {
    let hub = run.hub;
    if cosigned.checkpoint != run.checkpoint {
        verify_checkpoint(directory, hub, &cosigned.checkpoint)?;
    }
    let note = cosigned.checkpoint.note(directory.net(), hub);
    let mut known = Vec::with_capacity(cosigned.cosignatures.len());
    for witness in cosigned.cosignatures {
        match directory.verify_cosignature(witness.hub, &note, witness.time, &witness.signature) {
            // A hub's word on its own log counts for nothing. spec: cosignature R6
            Ok(_) if witness.hub != hub => known.push(witness),
            Err(CosignatureFault::Signature { hub }) => return Err(Fault::Cosignature(hub)),
            Ok(_) | Err(_) => {}
        }
    }
    if known.is_empty() {
        return Err(Fault::NoWitness);
    }
    cosigned.cosignatures = known;
    Ok(Verified::new(cosigned))
}

/// Why foreign bytes were not taken. Each names who is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes are not the one deterministic encoding of such an object.
    #[error("malformed: {0}")]
    Cbor(CborError),
    /// The encoding is sound, and what it says breaks a rule.
    #[error("malformed: {why}")]
    Malformed {
        /// The stable code of the rule's reason, as the spec's pages give it.
        code: &'static str,
        /// What was found.
        why: String,
    },
    /// The records do not fit the range that carries them.
    #[error("range: {0}")]
    Range(RangeError),
    /// The log's signature does not hold, or we lack the charter to tell.
    #[error("checkpoint: {0}")]
    Checkpoint(CheckpointFault),
    /// Not one of the cosignatures could be checked and found right.
    #[error("no cosignature by a witness known here")]
    NoWitness,
    /// A cosignature that does not verify under the witness's key that we know. Its sender may know no key of that witness,
    /// or a newer one, so it is no fault of the sender.
    #[error("cosignature by {0} does not verify")]
    Cosignature(HubCode),
    /// A hub signed two charters with one number: its own doing, and never a relay's. spec: trust R14
    #[error("{hub} signed two charters {number}")]
    Conflict {
        /// The hub.
        hub: HubCode,
        /// The number.
        number: u32,
    },
    /// A peer answered something that nobody asked.
    #[error("unasked: {0}")]
    Unasked(&'static str),
    /// The check itself did not end, as when the node stops.
    #[error("the check was cut off")]
    CutOff,
}

impl Fault {
    pub(crate) fn malformed(code: &'static str, why: impl Into<String>) -> Self {
        Self::Malformed { code, why: why.into() }
    }

    /// The stable code of the reason, as the spec's pages and vectors name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(error) => error.fault.code(),
            Self::Malformed { code, .. } => code,
            Self::Range(error) => error.code(),
            Self::Checkpoint(fault) => fault.code(),
            Self::NoWitness => "no-witness",
            Self::Cosignature(_) => "cosignature",
            Self::Conflict { .. } => "conflict",
            Self::Unasked(_) => "unasked",
            Self::CutOff => "cut-off",
        }
    }

    /// Whether any honest node would have refused to send this: the sender pays for it.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Cbor(_) | Self::Malformed { .. } | Self::Range(_) | Self::Unasked(_) => true,
            Self::Checkpoint(fault) => fault.is_peer_fault(),
            Self::NoWitness | Self::Cosignature(_) | Self::Conflict { .. } | Self::CutOff => false,
        }
    }

    /// The hub whose checkpoint it is about.
    pub(crate) fn hub(&self) -> Option<HubCode> {
        let Self::Checkpoint(fault) = self else { return None };
        match fault {
            CheckpointFault::UnknownHub { hub }
            | CheckpointFault::UnknownCharter { hub, .. }
            | CheckpointFault::ReplacedKey { hub, .. }
            | CheckpointFault::RevokedKey { hub, .. }
            | CheckpointFault::Signature { hub, .. } => Some(*hub),
        }
    }

    /// What a relay answers gossip that shows this fault.
    #[must_use]
    pub fn acceptance(&self) -> Acceptance {
        if self.is_peer_fault() {
            Acceptance::Reject
        } else {
            Acceptance::Ignore
        }
    }
}
