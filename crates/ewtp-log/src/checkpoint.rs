//! The checkpoint: a log's signed statement of its size and root, as a C2SP note.
//!
//! The signature covers the text `origin LF size LF base64(root) LF`, which is a function of (origin, size, root); so the
//! compact CBOR forms drop the text and rebuild it. See `protocol-spec/checkpoint.md`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};

use crate::compact::SIZE_MAX;
use crate::cosignature::Cosignature;
use crate::hash::Hash;
use crate::note::{KeyType, Note, NoteError, NoteSignature, key_hash};
use crate::origin::Origin;

/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A checkpoint or cosignature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text is no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not exactly three lines: origin, size, root.
    #[error("a checkpoint has three lines: origin, size and root")]
    Lines,
    /// The first line is no origin.
    #[error("the first line of a checkpoint reads ewtp/<net>/<hub>/<epoch>")]
    Origin,
    /// The second line is no size: decimal, no leading zero, 1 to 2^63 - 1.
    #[error("the size of a checkpoint is a decimal number from 1 to 2^63 - 1")]
    Size,
    /// The third line is not the base64 of 32 bytes.
    #[error("the root of a checkpoint is the base64 of 32 bytes")]
    Root,
    /// No line, or more than one, by the expected key.
    #[error("{found} signature lines are by the expected key, one is needed")]
    SignatureLines {
        /// Lines by that name and key hash.
        found: usize,
    },
    /// The signature line holds a signature of another length.
    #[error("a signature line of this kind holds {expected} bytes, not {found}")]
    SignatureLength {
        /// Bytes needed.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

impl CheckpointError {
    /// The stable code of this reason, as the vectors name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Note(error) => error.code(),
            Self::Lines => "checkpoint-lines",
            Self::Origin => "checkpoint-origin",
            Self::Size => "checkpoint-size",
            Self::Root => "checkpoint-root",
            Self::SignatureLines { .. } => "signature-lines",
            Self::SignatureLength { .. } => "signature-length",
            Self::Signature => "signature",
        }
    }
}

/// What a log states about itself: its name, its size and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Number of leaves.
    pub size: u64,
    /// Merkle root of these leaves.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that the log key signs. // spec: checkpoint R1
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// Reads a body; extension lines are refused, because nobody audits them. // spec: checkpoint R3
    ///
    /// # Errors
    /// [`CheckpointError`] for a line that is not as [`body`](Self::body) writes it.
    pub fn parse(body: &str) -> Result<Self, CheckpointError> {
        let mut lines = body.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        Ok(Self {
            origin: origin.parse().map_err(|_| CheckpointError::Origin)?,
            size: parse_size(size).ok_or(CheckpointError::Size)?,
            root: parse_root(root).ok_or(CheckpointError::Root)?,
        })
    }
}

/// A checkpoint with the signature of its log, as it stands in a C2SP signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedCheckpoint {
    /// The statement.
    pub checkpoint: Checkpoint,
    /// The log key's signature over [`Checkpoint::body`].
    pub signature: [u8; SIGNATURE_BYTES],
}

impl NotedCheckpoint {
    /// Checks the log's signature, strictly. // spec: checkpoint R6
    ///
    /// # Errors
    /// [`CheckpointError::Signature`].
    pub fn verify(&self, log_key: &VerifyingKey) -> Result<(), CheckpointError> {
        verify_strict(log_key, self.checkpoint.body().as_bytes(), &self.signature)
    }

    /// The note of this checkpoint, with the cosignatures of the named witnesses below the log's signature.
    pub fn to_note(&self, log_key: &VerifyingKey, cosigners: &[(&str, &VerifyingKey, Cosignature)]) -> Note {
        let name = self.checkpoint.origin.as_str();
        let own = NoteSignature {
            name: name.to_owned(),
            key_hash: key_hash(name, KeyType::Ed25519, log_key),
            signature: self.signature.to_vec(),
        };
        let theirs = cosigners
            .iter()
            .map(|(name, key, cosignature)| cosignature.to_line(name, key));
        Note::new(self.checkpoint.body(), std::iter::once(own).chain(theirs).collect())
    }

    /// Takes a checkpoint from a note, verified: exactly one line is by `log_key` under the checkpoint's origin.
    ///
    /// Lines by others are ignored here; [`Cosignature::from_note`] reads them.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn from_note(note: &Note, log_key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let line = only_line(note, checkpoint.origin.as_str(), KeyType::Ed25519, log_key)?;
        let signature = line.signature[..]
            .try_into()
            .map_err(|_| CheckpointError::SignatureLength {
                expected: SIGNATURE_BYTES,
                found: line.signature.len(),
            })?;
        let signed = Self { checkpoint, signature };
        signed.verify(log_key)?;
        Ok(signed)
    }
}

/// The one signature line of a note by this key under this name. // spec: checkpoint R5
pub(crate) fn only_line<'a>(
    note: &'a Note,
    name: &str,
    key_type: KeyType,
    key: &VerifyingKey,
) -> Result<&'a NoteSignature, CheckpointError> {
    let hash = key_hash(name, key_type, key);
    let mut lines = note.signatures_by(name, hash);
    match (lines.next(), lines.count()) {
        (Some(line), 0) => Ok(line),
        (first, others) => Err(CheckpointError::SignatureLines {
            found: usize::from(first.is_some()) + others,
        }),
    }
}

/// The one signature rule of the mesh: `verify_strict`, never a batch. // spec: checkpoint R6
pub(crate) fn verify_strict(
    key: &VerifyingKey,
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), CheckpointError> {
    key.verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| CheckpointError::Signature)
}

fn parse_size(text: &str) -> Option<u64> {
    let size: u64 = text.parse().ok()?;
    // `+7` and `07` are other texts of the same number. A log that signs has at least its genesis charter.
    ((1..=SIZE_MAX).contains(&size) && size.to_string() == text).then_some(size)
}

fn parse_root(text: &str) -> Option<Hash> {
    let mut root = Hash::default();
    let bytes = STANDARD.decode(text).ok()?;
    root.0 = bytes.try_into().ok()?;
    Some(root)
}
