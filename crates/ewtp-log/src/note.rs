//! Signed notes (C2SP signed-note): a text, a blank line, and one line a signature.
//!
//! Notes are the form in which checkpoints leave the mesh; inside it the same signatures travel as CBOR.
//! See `protocol-spec/checkpoint.md`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

/// Largest note that is read: a checkpoint with 15 cosignatures takes 2.4 KiB, foreign witnesses may add theirs.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Most signature lines that are read, as a bound on the work that a stranger's note costs.
pub const NOTE_SIGNATURES_MAX: usize = 64;

/// An em dash and a space open each signature line.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// What a key in a note signs with; its number enters the key hash. // spec: checkpoint R5
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyType {
    /// A log's own Ed25519 signature over the text.
    Ed25519 = 0x01,
    /// A witness's timestamped Ed25519 cosignature, `cosignature/v1`.
    CosignatureV1 = 0x04,
}

/// The first four bytes of a key's hash: a hint which key made a signature, never a proof.
pub type KeyHash = [u8; 4];

/// The key hash of an Ed25519 key under a name: `SHA-256(name || LF || type || key)[..4]`. // spec: checkpoint R5
pub fn key_hash(name: &str, key_type: KeyType, key: &VerifyingKey) -> KeyHash {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([b'\n', key_type as u8]);
    hasher.update(key.as_bytes());
    let hash: [u8; 32] = hasher.finalize().into();
    *hash.first_chunk().expect("a hash has more than four bytes")
}

/// The text is not a signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`NOTE_BYTES_MAX`] bytes.
    #[error("a note has at most 16384 bytes")]
    TooLong,
    /// Not UTF-8, or a control character other than the line feed.
    #[error("a note is UTF-8 text without control characters")]
    NotText,
    /// No blank line between text and signatures, or no final line feed.
    #[error("a note is a text, a blank line and signature lines")]
    Shape,
    /// A signature line that is not an em dash, a name and base64 of at least five bytes.
    #[error("signature line {line} is malformed")]
    SignatureLine {
        /// Number of the signature line, from 1.
        line: usize,
    },
    /// No signature at all, or more than [`NOTE_SIGNATURES_MAX`].
    #[error("a note has 1 to 64 signatures, not {found}")]
    SignatureCount {
        /// Signature lines found.
        found: usize,
    },
}

impl NoteError {
    /// The stable code of this reason, as the vectors name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "note-too-long",
            Self::NotText => "note-not-text",
            Self::Shape => "note-shape",
            Self::SignatureLine { .. } => "note-signature-line",
            Self::SignatureCount { .. } => "note-signature-count",
        }
    }
}

/// A text with signatures; nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key: an origin for a log, a witness name for a cosigner.
    pub name: String,
    /// Which key of that name.
    pub key_hash: KeyHash,
    /// The signature; its form depends on the key's type.
    pub signature: Vec<u8>,
}

impl Note {
    /// Puts a text that ends in a line feed and its signatures together.
    pub(crate) fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// Reads a note. // spec: checkpoint R4
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::NotText);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let found = lines.split('\n').count();
        if found > NOTE_SIGNATURES_MAX {
            return Err(NoteError::SignatureCount { found });
        }
        let signatures = (1..)
            .zip(lines.split('\n'))
            .map(|(number, line)| NoteSignature::parse(line).ok_or(NoteError::SignatureLine { line: number }))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// The signed text, its final line feed included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in the order of their lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The signatures under a name by the key with that hash.
    pub fn signatures_by<'a>(&'a self, name: &str, key_hash: KeyHash) -> impl Iterator<Item = &'a NoteSignature> {
        self.signatures
            .iter()
            .filter(move |line| line.name == name && line.key_hash == key_hash)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (key_hash, signature) = bytes.split_first_chunk()?;
        let named = !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+');
        (named && !signature.is_empty()).then(|| Self {
            name: name.to_owned(),
            key_hash: *key_hash,
            signature: signature.to_vec(),
        })
    }
}

impl fmt::Display for NoteSignature {
    /// The line without its line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_hash[..], &self.signature].concat();
        write!(f, "{SIGNATURE_PREFIX}{} {}", self.name, STANDARD.encode(bytes))
    }
}
