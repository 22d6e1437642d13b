//! The announcement: a hub's new checkpoint with the records since its last one, as gossip carries it.
//!
//! It carries the compact range at its start, so any node checks root and signature without knowing the log and passes
//! it on even across a gap. Gossip only accelerates: everything lost here is repaired by sync. spec: announcement R2–R6.

use bytes::Bytes;
use ewtp_record::{
    CharterName, HubCode, array_form,
    cbor::{self, Blob, Octets},
};
use ewtp_trust::Directory;

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint};
use crate::limits::{ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENT_RECORD_BYTES_MAX};
use crate::run::{Fault, Placement, Run, Verified, verify_announced};
use crate::wire::{self, CosignedForm};

const VERSION: u64 = 1;

/// See the module.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The checkpoint and the records that lead up to it.
    pub run: Run,
    /// The hub asks its panel to cosign exactly this checkpoint.
    pub asks_cosigning: bool,
    /// The newest cosigned checkpoint of the hub.
    pub cosigned: Option<CosignedCheckpoint>,
}

/// An announcement whose checkpoint signature, and each remaining cosignature, was found right.
#[derive(Clone, Debug)]
pub struct VerifiedAnnouncement {
    /// The records, proven under the signed checkpoint.
    pub run: Verified<Run>,
    /// As in [`Announcement::asks_cosigning`]: a wish, not signed.
    pub asks_cosigning: bool,
    /// Cosignatures by witnesses known here.
    pub cosigned: Option<Verified<CosignedCheckpoint>>,
    /// It carried a cosignature that we can check and that is wrong: it is not passed on, and its set counts for nothing. No
    /// fault of the sender, who may lack that witness's charters. spec: announcement R5, R11
    pub is_forged: bool,
}

struct AnnouncementForm {
    version: u64,
    hub: HubCode,
    epoch: u32,
    charter: CharterName,
    size: u64,
    signature: Octets<64>,
    start: u64,
    left: Blob,
    records: Blob,
    asks_cosigning: bool,
    cosigned: Option<CosignedForm>,
}
array_form!(AnnouncementForm {
    version,
    hub,
    epoch,
    charter,
    size,
    signature,
    start,
    left,
    records,
    asks_cosigning,
    cosigned
});

impl Announcement {
    /// Reads an announcement and computes the root that its checkpoint must have.
    ///
    /// # Errors
    /// [`Fault::Cbor`], [`Fault::Malformed`] or [`Fault::Range`]; always the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let form: AnnouncementForm = wire::read(bytes, ANNOUNCEMENT_BYTES_MAX)?;
        if form.version != VERSION {
            let why = format!("announcement version {} is not {VERSION}", form.version);
            return Err(Fault::malformed("version", why));
        }
        wire::check_signed_size(form.size)?;
        if form.records.0.len() > ANNOUNCEMENT_RECORD_BYTES_MAX {
            let why = "more record bytes than an announcement may carry";
            return Err(Fault::malformed("record-bytes", why));
        }
        let placement = Placement {
            hub: form.hub,
            epoch: form.epoch,
            charter: form.charter,
            size: form.size,
            signature: form.signature.0,
            start: form.start,
            left: wire::split_hashes(&form.left)?,
            records: wire::split_records(&form.records.0)?,
            right: Vec::new(),
        };
        let run = Run::place(placement).map_err(Fault::Range)?;
        let cosigned = form.cosigned.map(CosignedCheckpoint::try_from).transpose()?;
        Ok(Self {
            run,
            asks_cosigning: form.asks_cosigning,
            cosigned,
        })
    }

    /// The bytes that are gossiped. The caller keeps within the limits.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let SignedCheckpoint {
            epoch,
            charter,
            size,
            signature,
            ..
        } = self.run.checkpoint;
        let form = AnnouncementForm {
            version: VERSION,
            hub: self.run.hub,
            epoch,
            charter,
            size,
            signature: Octets(signature),
            start: self.run.start,
            left: wire::join_hashes(&self.run.left),
            records: wire::join_records(&self.run.records),
            asks_cosigning: self.asks_cosigning,
            cosigned: self.cosigned.as_ref().map(CosignedForm::from),
        };
        cbor::encode(&form).into()
    }

    /// Checks the log's signatures, and keeps of the cosignatures those that we can check.
    ///
    /// # Errors
    /// [`Fault::Checkpoint`].
    pub fn verify(self, directory: &Directory) -> Result<VerifiedAnnouncement, Fault> {
        let Self {
            run,
            asks_cosigning,
            cosigned,
        } = self;
        let run = run.verify(directory)?;
        let judged = cosigned.map(|set| verify_announced(directory, &run, set)).transpose();
        let (cosigned, is_forged) = match judged {
            Ok(set) => (set, false),
            // Whoever could check the run's signature could check this one.
            Err(fault) if fault.is_peer_fault() => return Err(fault),
            // The records are proven without the set.
            Err(fault) => (None, matches!(fault, Fault::Cosignature(_))),
        };
        Ok(VerifiedAnnouncement {
            run,
            asks_cosigning,
            cosigned,
            is_forged,
        })
    }
}

/// How many records, counted from the newest, fit in an announcement.
pub(crate) fn fits<'a>(newest_first: impl Iterator<Item = &'a Bytes>) -> usize {
    let mut room = ANNOUNCEMENT_RECORD_BYTES_MAX;
    newest_first
        .take_while(|record| {
            let needed = record.len() + wire::RECORD_PREFIX_BYTES;
            let fits = needed <= room;
            room = room.saturating_sub(needed);
            fits
        })
        .count()
}

#[cfg(test)]
mod tests;
