//! The small forms that several messages share: lists of hashes, lists of records, checkpoints.

use bytes::{BufMut as _, Bytes, BytesMut};
use ewtp_log::{BUNDLE, Hash, PATH_HASHES_MAX, SIZE_MAX};
use ewtp_record::{
    CharterName, HubCode, UnixTime, array_form,
    cbor::{self, Blob, Limits, Octets},
};
use serde::de::DeserializeOwned;

use crate::checkpoint::{COSIGNATURES_MAX, CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use crate::run::Fault;

/// Length prefix of a record in a list: two bytes, big-endian, as in C2SP entry bundles.
pub(crate) const RECORD_PREFIX_BYTES: usize = 2;

const HASH_BYTES: usize = 32;

/// Reads a message of at most `bytes_max` bytes.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], bytes_max: usize) -> Result<T, Fault> {
    cbor::decode(bytes, &Limits::message(bytes_max)).map_err(Fault::Cbor)
}

/// A size or index that no log reaches would overflow what is computed from it. spec: log R4
pub(crate) fn check_sizes(sizes: &[u64]) -> Result<(), Fault> {
    match sizes.iter().find(|size| **size > SIZE_MAX) {
        None => Ok(()),
        Some(size) => Err(Fault::malformed("size-too-large", format!("{size} is above 2^63 - 1"))),
    }
}

/// What is said of a signed checkpoint: a log key signs no empty log. spec: checkpoint R3
pub(crate) fn check_signed_size(size: u64) -> Result<(), Fault> {
    check_sizes(&[size])?;
    if size == 0 {
        return Err(Fault::malformed("size-zero", "no log signs that it is empty"));
    }
    Ok(())
}

/// A list of hashes is their concatenation.
pub(crate) fn join_hashes(hashes: &[Hash]) -> Blob {
    let mut joined = BytesMut::with_capacity(hashes.len() * HASH_BYTES);
    hashes.iter().for_each(|hash| joined.put_slice(&hash.0));
    Blob(joined.freeze())
}

pub(crate) fn split_hashes(joined: &Blob) -> Result<Vec<Hash>, Fault> {
    let (hashes, rest) = joined.0.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() || hashes.len() > PATH_HASHES_MAX {
        return Err(Fault::malformed(
            "hash-list",
            format!("{} bytes are no list of hashes", joined.0.len()),
        ));
    }
    Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// A list of records is a C2SP entry bundle: each record behind its length in two bytes.
pub(crate) fn join_records(records: &[Bytes]) -> Blob {
    let length = records.iter().map(|record| record.len() + RECORD_PREFIX_BYTES).sum();
    let mut joined = BytesMut::with_capacity(length);
    for record in records {
        joined.put_u16(u16::try_from(record.len()).expect("a record has at most 65,535 bytes"));
        joined.put_slice(record);
    }
    Blob(joined.freeze())
}

/// Splits a list of records without copying them. At most a bundle's worth.
pub(crate) fn split_records(joined: &Bytes) -> Result<Vec<Bytes>, Fault> {
    let mut rest = joined.clone();
    let mut records = Vec::with_capacity(rest.len().min(BUNDLE as usize));
    while let Some((prefix, _)) = rest.split_first_chunk::<RECORD_PREFIX_BYTES>() {
        let end = RECORD_PREFIX_BYTES + usize::from(u16::from_be_bytes(*prefix));
        if end > rest.len() || end == RECORD_PREFIX_BYTES || records.len() as u64 == BUNDLE {
            return Err(Fault::malformed(
                "record-list",
                "a list of records is cut short, too long, or has an empty one",
            ));
        }
        records.push(rest.split_to(end).slice(RECORD_PREFIX_BYTES..));
    }
    if rest.is_empty() {
        Ok(records)
    } else {
        Err(Fault::malformed("record-list", "a stray byte after the records"))
    }
}

/// `[epoch, charter, size, root, signature]`. spec: checkpoint R7.
pub(crate) struct CheckpointForm {
    epoch: u32,
    charter: CharterName,
    size: u64,
    root: Octets<32>,
    signature: Octets<64>,
}
array_form!(CheckpointForm {
    epoch,
    charter,
    size,
    root,
    signature
});

impl From<&SignedCheckpoint> for CheckpointForm {
    fn from(checkpoint: &SignedCheckpoint) -> Self {
        let SignedCheckpoint {
            epoch,
            charter,
            size,
            root,
            signature,
        } = checkpoint;
        Self {
            epoch: *epoch,
            charter: *charter,
            size: *size,
            root: Octets(root.0),
            signature: Octets(*signature),
        }
    }
}

impl From<CheckpointForm> for SignedCheckpoint {
    fn from(form: CheckpointForm) -> Self {
        let CheckpointForm {
            epoch,
            charter,
            size,
            root,
            signature,
        } = form;
        Self {
            epoch,
            charter,
            size,
            root: Hash(root.0),
            signature: signature.0,
        }
    }
}

/// `[hub, time, signature]`. spec: cosignature R6.
pub(crate) struct WitnessForm {
    hub: HubCode,
    time: u64,
    signature: Octets<64>,
}
array_form!(WitnessForm { hub, time, signature });

/// `[checkpoint, [witness …]]`. spec: checkpoint R8.
pub(crate) struct CosignedForm {
    checkpoint: CheckpointForm,
    cosignatures: Vec<WitnessForm>,
}
array_form!(CosignedForm {
    checkpoint,
    cosignatures
});

impl From<&CosignedCheckpoint> for CosignedForm {
    fn from(cosigned: &CosignedCheckpoint) -> Self {
        let witness = |known: &WitnessSignature| WitnessForm {
            hub: known.hub,
            time: known.time.0,
            signature: Octets(known.signature),
        };
        let cosignatures = cosigned.cosignatures.iter().map(witness).collect();
        Self {
            checkpoint: (&cosigned.checkpoint).into(),
            cosignatures,
        }
    }
}

impl TryFrom<CosignedForm> for CosignedCheckpoint {
    type Error = Fault;

    fn try_from(form: CosignedForm) -> Result<Self, Fault> {
        check_signed_size(form.checkpoint.size)?;
        let sorted = form.cosignatures.is_sorted_by(|one, next| one.hub < next.hub);
        if !sorted || form.cosignatures.len() > COSIGNATURES_MAX {
            return Err(Fault::malformed(
                "cosignatures",
                "cosignatures must be sorted by hub, one each, at most 15",
            ));
        }
        let witness = |form: WitnessForm| WitnessSignature {
            hub: form.hub,
            time: UnixTime(form.time),
            signature: form.signature.0,
        };
        let cosignatures = form.cosignatures.into_iter().map(witness).collect();
        Ok(Self {
            checkpoint: form.checkpoint.into(),
            cosignatures,
        })
    }
}

#[cfg(test)]
mod tests;
