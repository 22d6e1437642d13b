//! The append-only Merkle log: tree, compact range, proofs, checkpoint, cosignature.
//!
//! The formats are C2SP's (tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof, signed-note) over the tree of
//! RFC 9162, so that witnesses, monitors and mirrors that others wrote read our logs unmodified. Pure: no clock, no
//! randomness, no I/O. Rules: `protocol-spec/log.md`, `checkpoint.md`, `cosignature.md`.
//!
//! To check records that a peer sent, fold them with [`range_root`] and compare the result with a verified
//! [`NotedCheckpoint`]; to check one record offline, use [`InclusionProof::verify`].

mod checkpoint;
mod compact;
mod cosignature;
mod hash;
mod note;
mod origin;
mod proof;
mod range;
mod tile;
mod tlog_proof;
mod tree;

pub use checkpoint::{Checkpoint, CheckpointError, NotedCheckpoint, SIGNATURE_BYTES};
pub use compact::{CompactRange, CompactRangeError, PATH_HASHES_MAX, SIZE_MAX};
pub use cosignature::Cosignature;
pub use hash::{EMPTY_ROOT, HASH_BYTES, Hash, HashTextError, leaf_hash, node_hash};
pub use note::{KeyHash, KeyType, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, NoteError, NoteSignature, key_hash};
pub use origin::{ORIGIN_BYTES_MAX, Origin, OriginError, witness_name};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use range::{RangeError, range_root, right_levels};
pub use tile::{TILE_WIDTH, TileError, TileKind, TilePath, bundle_entries, entry_bundle, tile_bytes, tile_hashes};
pub use tlog_proof::{TLOG_PROOF_BYTES_MAX, TlogProof, TlogProofError};
pub use tree::{BUNDLE, Tree, TreeError, bundle_root};
