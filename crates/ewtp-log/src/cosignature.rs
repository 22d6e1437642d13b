//! The cosignature: a witness states that it saw this checkpoint at this time and saw nothing that contradicts it.
//!
//! C2SP `cosignature/v1`. A witness persists what it cosigns before it signs. See `protocol-spec/cosignature.md`.

use ed25519_dalek::VerifyingKey;

use crate::checkpoint::{Checkpoint, CheckpointError, SIGNATURE_BYTES, only_line, verify_strict};
use crate::note::{KeyType, Note, NoteSignature, key_hash};

/// Bytes of a cosignature in a note line: the time and the signature.
const LINE_BYTES: usize = 8 + SIGNATURE_BYTES;

/// A witness's signature over a checkpoint and the time at which it saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    /// When the witness signed, in Unix seconds.
    pub time: u64,
    /// The witness key's signature over [`Cosignature::message`].
    pub signature: [u8; SIGNATURE_BYTES],
}

impl Cosignature {
    /// The text that a witness signs. // spec: cosignature R1
    pub fn message(checkpoint: &Checkpoint, time: u64) -> String {
        format!("cosignature/v1\ntime {time}\n{}", checkpoint.body())
    }

    /// Checks the witness's signature, strictly. // spec: cosignature R3
    ///
    /// # Errors
    /// [`CheckpointError::Signature`].
    pub fn verify(&self, checkpoint: &Checkpoint, witness_key: &VerifyingKey) -> Result<(), CheckpointError> {
        verify_strict(
            witness_key,
            Self::message(checkpoint, self.time).as_bytes(),
            &self.signature,
        )
    }

    /// The signature line of a note. // spec: cosignature R2
    pub fn to_line(&self, witness_name: &str, witness_key: &VerifyingKey) -> NoteSignature {
        NoteSignature {
            name: witness_name.to_owned(),
            key_hash: key_hash(witness_name, KeyType::CosignatureV1, witness_key),
            signature: [&self.time.to_be_bytes()[..], &self.signature].concat(),
        }
    }

    /// Takes the cosignature of one witness from a checkpoint's note, verified.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn from_note(note: &Note, witness_name: &str, witness_key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let line = only_line(note, witness_name, KeyType::CosignatureV1, witness_key)?;
        let cosignature = Self::from_line(line)?;
        cosignature.verify(&checkpoint, witness_key)?;
        Ok(cosignature)
    }

    /// Reads a signature line; nothing is verified.
    ///
    /// # Errors
    /// [`CheckpointError::SignatureLength`].
    pub fn from_line(line: &NoteSignature) -> Result<Self, CheckpointError> {
        let length = CheckpointError::SignatureLength {
            expected: LINE_BYTES,
            found: line.signature.len(),
        };
        let (time, signature) = line.signature.split_first_chunk().ok_or(length)?;
        let signature = signature.try_into().map_err(|_| length)?;
        Ok(Self {
            time: u64::from_be_bytes(*time),
            signature,
        })
    }
}
