//! The engine of a node, without I/O: announcements, replicas, the journal, witnessing and sync as one state machine.

pub mod checkpoint;
pub mod commit;
pub mod topic;

pub use checkpoint::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
pub use commit::{Commit, CommitId, Item, Restored, RestoredLog};
pub use topic::{Acceptance, Topic};
