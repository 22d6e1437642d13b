//! Keys, statements and notes that the cases of checkpoints and cosignatures start from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use ewtp_log::{Checkpoint, Cosignature, Note, NotedCheckpoint, Origin, witness_name};

use super::cases::range;

/// The net of all vectors.
pub(crate) const NET: &str = "test:vectors";
/// When the witness signed: 1 January 2026.
pub(crate) const TIME: u64 = 1_767_225_600;

pub(crate) fn log_key() -> SigningKey {
    SigningKey::from_bytes(&[0x4c; 32])
}

pub(crate) fn witness_key() -> SigningKey {
    SigningKey::from_bytes(&[0x57; 32])
}

pub(crate) fn public(key: &SigningKey) -> String {
    hex::encode(key.verifying_key().as_bytes())
}

pub(crate) fn statement(size: u64) -> Checkpoint {
    let root = if size > 10_000 {
        range(1).root()
    } else {
        range(size).root()
    };
    Checkpoint {
        origin: Origin::new(NET, "MY", 0),
        size,
        root,
    }
}

pub(crate) fn sign(checkpoint: Checkpoint, key: &SigningKey) -> NotedCheckpoint {
    NotedCheckpoint {
        signature: key.sign(checkpoint.body().as_bytes()).to_bytes(),
        checkpoint,
    }
}

pub(crate) fn cosign(checkpoint: &Checkpoint, key: &SigningKey, time: u64) -> Cosignature {
    Cosignature {
        time,
        signature: key.sign(Cosignature::message(checkpoint, time).as_bytes()).to_bytes(),
    }
}

pub(crate) fn cosigned() -> Note {
    let (signed, name, key) = (sign(statement(300), &log_key()), witness_name(NET, "SG"), witness_key());
    let cosignature = cosign(&signed.checkpoint, &key, TIME);
    signed.to_note(
        &log_key().verifying_key(),
        &[(&name, &key.verifying_key(), cosignature)],
    )
}

/// The note after its last line's bytes were changed.
pub(crate) fn with_line(note: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (rest, line) = note
        .trim_end()
        .rsplit_once(' ')
        .expect("a signature line ends in base64");
    let mut bytes = STANDARD.decode(line).expect("the line is base64");
    change(&mut bytes);
    format!("{rest} {}\n", STANDARD.encode(bytes))
}
