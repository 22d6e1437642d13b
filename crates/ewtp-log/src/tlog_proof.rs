//! The textual proof that a record is logged (C2SP tlog-proof): index, path and the checkpoint's note in one file.
//!
//! The form in which a receipt leaves the mesh; `.tlog-proof` files verify with foreign tools and the log's key alone.
//! See `protocol-spec/log.md`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use crate::checkpoint::{CheckpointError, NotedCheckpoint};
use crate::compact::PATH_HASHES_MAX;
use crate::hash::Hash;
use crate::note::{NOTE_BYTES_MAX, Note, NoteError};
use crate::proof::{InclusionProof, ProofError};

/// First line of every proof.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Longest extra data that is read, in bytes of base64: more has no use here.
const EXTRA_MAX: usize = 4_096;

/// Largest proof text that is read.
pub const TLOG_PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + EXTRA_MAX + (PATH_HASHES_MAX + 3) * 64;

/// A proof text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// More than [`TLOG_PROOF_BYTES_MAX`] bytes, or not UTF-8.
    #[error("a proof is a text of at most 24704 bytes")]
    NotText,
    /// The lines are not as the format orders them.
    #[error("line {line} of the proof is malformed")]
    Line {
        /// Number of the line, from 1.
        line: usize,
    },
    /// The checkpoint is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint is not the log's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path does not prove inclusion.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl TlogProofError {
    /// The stable code of the reason, as `protocol-spec/log.md` and `checkpoint.md` name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotText => "proof-not-text",
            Self::Line { .. } => "proof-line",
            Self::Note(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
        }
    }
}

/// A proof with the checkpoint it leads to; nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data beside the proof that nobody signed; empty when there is none.
    pub extra: Vec<u8>,
    /// Index of the leaf.
    pub index: u64,
    /// Its path to the checkpoint's root.
    pub proof: InclusionProof,
    /// The checkpoint as a note, with its cosignatures.
    pub note: Note,
}

impl TlogProof {
    /// Checks that `leaf` is logged in a checkpoint that `log_key` signed, and returns that checkpoint.
    ///
    /// # Errors
    /// The checkpoint is not the key's, or the path does not lead to its root.
    pub fn verify(&self, leaf: &Hash, log_key: &VerifyingKey) -> Result<NotedCheckpoint, TlogProofError> {
        let signed = NotedCheckpoint::from_note(&self.note, log_key)?;
        self.proof
            .verify(self.index, signed.checkpoint.size, leaf, &signed.checkpoint.root)?;
        Ok(signed)
    }

    /// Reads a proof text. // spec: log R12
    ///
    /// # Errors
    /// See [`TlogProofError`]; nothing is verified.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > TLOG_PROOF_BYTES_MAX {
            return Err(TlogProofError::NotText);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::NotText)?;
        let (head, note) = text.split_once("\n\n").ok_or(TlogProofError::Line { line: 1 })?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        lines
            .next_if(|(_, line)| *line == HEADER)
            .ok_or(TlogProofError::Line { line: 1 })?;
        let extra = lines.next_if(|(_, line)| line.starts_with("extra "));
        let extra = extra.map_or(Some(Vec::new()), |(_, line)| parse_extra(line));
        let extra = extra.ok_or(TlogProofError::Line { line: 2 })?;
        let (line, index) = lines.next().ok_or(TlogProofError::Line { line: 2 })?;
        let index = parse_index(index).ok_or(TlogProofError::Line { line })?;
        let path = lines
            .map(|(line, hash)| parse_hash(hash).ok_or(TlogProofError::Line { line }))
            .collect::<Result<Vec<_>, _>>()?;
        if path.len() > PATH_HASHES_MAX {
            return Err(ProofError::PathLength {
                expected: PATH_HASHES_MAX,
                found: path.len(),
            }
            .into());
        }
        Ok(Self {
            extra,
            index,
            proof: InclusionProof { path },
            note: Note::parse(note.as_bytes())?,
        })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", STANDARD.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof
            .path
            .iter()
            .try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

fn parse_extra(line: &str) -> Option<Vec<u8>> {
    let encoded = line
        .strip_prefix("extra ")
        .filter(|encoded| encoded.len() <= EXTRA_MAX)?;
    STANDARD.decode(encoded).ok().filter(|extra| !extra.is_empty())
}

fn parse_index(line: &str) -> Option<u64> {
    let text = line.strip_prefix("index ")?;
    let index: u64 = text.parse().ok()?;
    (index.to_string() == text).then_some(index)
}

fn parse_hash(line: &str) -> Option<Hash> {
    Hash::try_from(&STANDARD.decode(line).ok()?[..]).ok()
}
