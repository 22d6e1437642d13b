//! What can be wrong with a hub's signed word about its log, and with another hub's cosignature on it.

use ewtp_log::{Checkpoint, Hash, Origin};
use ewtp_record::{CharterName, HubCode, KeyId, UnixTime};

use crate::CharterChain;
use crate::charter::Charter;

/// A checkpoint whose signature verified under the log key of the charter it names; only a
/// [`Directory`](crate::Directory) or a [`CharterChain`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    pub(crate) hub: HubCode,
    pub(crate) charter: u32,
    pub(crate) note: Checkpoint,
}

impl VerifiedCheckpoint {
    /// The hub whose log it is.
    pub fn hub(&self) -> HubCode {
        self.hub
    }

    /// Number of the charter whose `log` key signed.
    pub fn charter(&self) -> u32 {
        self.charter
    }

    /// Origin, size and root, as the note states them.
    pub fn note(&self) -> &Checkpoint {
        &self.note
    }
}

impl CharterChain {
    /// Verifies a checkpoint of this hub as it counted in its time: `signature` over its note, by the log key of charter
    /// number `charter`, also when a later charter replaced that key. Who follows a log asks
    /// [`Directory::verify_checkpoint`](crate::Directory::verify_checkpoint) instead. // spec: trust R17, R18
    ///
    /// # Errors
    /// [`CheckpointFault`], but for an unknown hub and a replaced key.
    pub fn verify_checkpoint(
        &self,
        epoch: u32,
        charter: u32,
        size: u64,
        root: Hash,
        signature: &[u8; 64],
    ) -> Result<VerifiedCheckpoint, CheckpointFault> {
        let by = self.signer(epoch, charter, size)?;
        self.verify_signed_by(by, epoch, size, root, signature)
    }

    /// The same for a checkpoint that says where the log stands now, and by a charter's id. // spec: trust R17, R18
    pub(crate) fn verify_newest_checkpoint(
        &self,
        epoch: u32,
        named: CharterName,
        size: u64,
        root: Hash,
        signature: &[u8; 64],
    ) -> Result<VerifiedCheckpoint, CheckpointFault> {
        let by = self.signer(epoch, named.number, size)?;
        if by.id() != named.id {
            return Err(self.unknown_charter(named.number));
        }
        if by.log_key().id() != self.newest().log_key().id() {
            // Whoever still has the key could go on with a history of their own. What it signed while it was in force
            // lies below what the newer key signed, and comes with that.
            return Err(CheckpointFault::ReplacedKey {
                hub: self.hub(),
                charter: named.number,
                newest: self.number(),
            });
        }
        self.verify_signed_by(by, epoch, size, root, signature)
    }

    fn unknown_charter(&self, number: u32) -> CheckpointFault {
        CheckpointFault::UnknownCharter {
            hub: self.hub(),
            number,
            newest: self.number(),
        }
    }

    /// The charter whose log key is to have signed, unless it is unknown or the key revoked from a position covered.
    fn signer(&self, epoch: u32, charter: u32, size: u64) -> Result<&Charter, CheckpointFault> {
        let hub = self.hub();
        let by = self.at(charter).ok_or_else(|| self.unknown_charter(charter))?;
        let key = by.log_key().id();
        match self.revoked_from(&key) {
            Some(from) if (epoch, size) > (from.epoch, from.index) => Err(CheckpointFault::RevokedKey { hub, key }),
            _ => Ok(by),
        }
    }

    fn verify_signed_by(
        &self,
        by: &Charter,
        epoch: u32,
        size: u64,
        root: Hash,
        signature: &[u8; 64],
    ) -> Result<VerifiedCheckpoint, CheckpointFault> {
        let (hub, charter) = (self.hub(), by.number());
        let note = Checkpoint {
            origin: Origin::new(self.net().as_str(), hub.as_str(), epoch),
            size,
            root,
        };
        let bad = |_| CheckpointFault::Signature { hub, charter };
        by.log_key().verify(note.body().as_bytes(), signature).map_err(bad)?;
        Ok(VerifiedCheckpoint { hub, charter, note })
    }
}

/// A cosignature that verified under a witness key in force at its time; only a [`Directory`](crate::Directory) makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedCosignature {
    pub(crate) hub: HubCode,
    pub(crate) time: UnixTime,
    pub(crate) key: KeyId,
}

impl VerifiedCosignature {
    /// The hub that witnessed.
    pub fn hub(&self) -> HubCode {
        self.hub
    }

    /// When it says it did.
    pub fn time(&self) -> UnixTime {
        self.time
    }

    /// The id of the witness key. Two hubs with one key are one witness.
    pub fn key(&self) -> KeyId {
        self.key
    }
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// No chain of this hub is known: not pinned, or not yet fetched.
    #[error("no charter of hub {hub} is known")]
    UnknownHub {
        /// The hub.
        hub: HubCode,
    },
    /// It names a charter that is not known: fetch the chain first. With a number that is known it is another charter of
    /// that number, perhaps. // spec: trust R17
    #[error("the charter {number} of {hub} that it names is not known, the newest known is {newest}")]
    UnknownCharter {
        /// The hub.
        hub: HubCode,
        /// The charter it names.
        number: u32,
        /// The newest charter known.
        newest: u32,
    },
    /// A newer charter has another log key: what this one signed comes as part of what the newer one signs.
    // spec: trust R18
    #[error("charter {newest} of {hub} has another log key than charter {charter}, by which this checkpoint is signed")]
    ReplacedKey {
        /// The hub.
        hub: HubCode,
        /// The charter it names.
        charter: u32,
        /// The newest charter known.
        newest: u32,
    },
    /// Its log key is revoked from a position that it covers. // spec: trust R18
    #[error("log key {key} of {hub} is revoked from a position this checkpoint covers")]
    RevokedKey {
        /// The hub.
        hub: HubCode,
        /// The revoked key.
        key: KeyId,
    },
    /// The signature does not verify. // spec: trust R17
    #[error("the checkpoint's signature does not verify under the log key of charter {charter} of {hub}")]
    Signature {
        /// The hub.
        hub: HubCode,
        /// The charter it names.
        charter: u32,
    },
}

impl CheckpointFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownHub { .. } => "unknown-hub",
            Self::UnknownCharter { .. } => "unknown-charter",
            Self::ReplacedKey { .. } => "replaced-key",
            Self::RevokedKey { .. } => "revoked-key",
            Self::Signature { .. } => "signature",
        }
    }

    /// Whether no honest peer relays such a checkpoint. A revoked or replaced key is
    /// not: the peer may not know the newer charter.
    pub fn is_peer_fault(&self) -> bool {
        matches!(self, Self::Signature { .. })
    }
}

/// Why a cosignature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureFault {
    /// No chain of the witnessing hub is known.
    #[error("no charter of hub {hub} is known")]
    UnknownHub {
        /// The witnessing hub.
        hub: HubCode,
    },
    /// The hub had no witness key in force at that time. // spec: trust R19
    #[error("{hub} had no witness key in force at {time}")]
    NoWitnessKey {
        /// The witnessing hub.
        hub: HubCode,
        /// The cosignature's time.
        time: UnixTime,
    },
    /// It does not verify under any witness key in force at that time. // spec: trust R19
    #[error("the cosignature of {hub} does not verify")]
    Signature {
        /// The witnessing hub.
        hub: HubCode,
    },
}
