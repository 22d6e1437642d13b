//! The append-only Merkle log: tree, compact range, proofs, checkpoint, cosignature
