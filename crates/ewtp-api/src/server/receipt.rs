//! Proofs out of what the node holds: the inclusion path of a record and the note of a checkpoint.

use super::held;
use crate::problem::Problem;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use ewtp_log::{BUNDLE, Cosignature, InclusionProof, witness_name};
use ewtp_record::{HubCode, LogId, PublicKey};
use ewtp_store::Reader;
use ewtp_trust::Directory;

/// A checkpoint with the cosignatures that the node holds for it; none if they are for another one.
pub(super) fn checkpoint(reader: &Reader, log: LogId, size: Option<u64>) -> Option<CosignedCheckpoint> {
    let matches = |checkpoint: &SignedCheckpoint| size.is_none_or(|size| checkpoint.size == size);
    let newest = held::signed(reader, log).filter(matches);
    let cosigned = held::cosigned(reader, log).filter(|cosigned| matches(&cosigned.checkpoint));
    match (newest, cosigned) {
        (Some(newest), Some(cosigned)) if cosigned.checkpoint.size >= newest.size => Some(cosigned),
        (Some(newest), _) => Some(CosignedCheckpoint {
            checkpoint: newest,
            cosignatures: Vec::new(),
        }),
        (None, cosigned) => cosigned,
    }
}

/// The path from the record at `index` to the root of the log's first `size` records.
pub(super) fn inclusion(reader: &Reader, log: LogId, index: u64, size: u64) -> Result<InclusionProof, Problem> {
    let tree = reader.tree(log, size)?;
    let start = index - index % BUNDLE;
    let leaves = reader.leaves(log, start, size.min(start + BUNDLE))?;
    tree.inclusion(index, tree.head(), &leaves)
        .map_err(|fault| Problem::internal(&fault))
}

/// The signed note of a checkpoint, with a line for each cosignature whose witness the node knows.
pub(super) fn note(directory: &Directory, hub: HubCode, cosigned: &CosignedCheckpoint) -> Result<String, Problem> {
    let CosignedCheckpoint {
        checkpoint,
        cosignatures,
    } = cosigned;
    let charter = directory
        .chain(hub)
        .and_then(|chain| chain.at(checkpoint.charter.number));
    let log_key = charter
        .ok_or_else(|| Problem::not_found(format!("charter {} of {hub} is not known", checkpoint.charter.number)))?
        .log_key();
    let note = checkpoint.note(directory.net(), hub);
    let named: Vec<_> = cosignatures
        .iter()
        .filter_map(|by| cosigner(directory, &note, by))
        .collect();
    let lines: Vec<_> = named
        .iter()
        .map(|(name, key, cosignature)| (name.as_str(), key.dalek(), *cosignature))
        .collect();
    let signed = ewtp_log::NotedCheckpoint {
        checkpoint: note,
        signature: checkpoint.signature,
    };
    Ok(signed.to_note(log_key.dalek(), &lines).to_string())
}

/// A witness's name in the note and the key it signed with, which the cosignature's time chooses among its keys.
fn cosigner<'a>(
    directory: &'a Directory,
    note: &ewtp_log::Checkpoint,
    by: &WitnessSignature,
) -> Option<(String, &'a PublicKey, Cosignature)> {
    let cosignature = Cosignature {
        time: by.time.0,
        signature: by.signature,
    };
    let mut keys = directory.chain(by.hub)?.witness_keys_at(by.time);
    let key = keys.find(|key| cosignature.verify(note, key.dalek()).is_ok())?;
    Some((
        witness_name(directory.net().as_str(), by.hub.as_str()),
        key,
        cosignature,
    ))
}
