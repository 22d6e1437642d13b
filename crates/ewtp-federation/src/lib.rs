//! The engine of a node, without I/O: announcements, replicas, the journal, witnessing and sync as one state machine.
//!
//! Bytes from others are decoded and verified first, on any thread, against a snapshot of the directory
//! ([`Announcement::decode`], [`bundle::decode`], then `verify`). What was verified goes into [`Engine::handle`] with the
//! time; what to do comes out of [`Engine::poll_output`]. The runtime of a node, and the simulator, are loops around
//! these two calls.
//!
//! Nothing here reads a clock, draws a random number or does I/O, so a thousand hubs run in one thread from one seed.

pub mod bundle;
pub mod gathering;
pub mod limits;
pub mod message;
pub mod tariff;

mod admitted;
mod alarm;
mod announcement;
mod announcer;
mod bucket;
mod caps;
mod charter_questions;
mod checkpoint;
mod clock;
mod commit;
mod directory;
mod engine;
mod examined_watch;
mod fetch;
mod forwarding;
mod frontier;
mod gate;
mod input;
mod journal;
mod now;
mod outbox;
mod panel_watch;
mod peers;
mod relayed;
mod replica;
mod run;
mod servings;
#[cfg(test)]
mod testing;
mod topic;
mod wire;
mod witness;

pub use alarm::{Alarm, AlarmCode};
pub use announcement::{Announcement, VerifiedAnnouncement};
pub use bucket::{Bucket, Quota};
pub use bundle::{BundlePlan, RangeRequest, Serving};
pub use caps::{Caps, NotCarried};
pub use checkpoint::{COSIGNATURES_MAX, CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
pub use commit::{Commit, CommitId, CosignGuard, Fact, Facts, Guard, Halt, Item, Restored, RestoredLog, Split};
pub use engine::{Engine, EngineConfig, LogStatus, Memory, NotResumed, PeerStatus, Status};
pub use fetch::RequestId;
pub use frontier::{Frontier, FrontierEntry};
pub use gate::{Gate, named_hub};
pub use gathering::{Gatherer, GatheringInput, GatheringOutput};
pub use input::{GossipId, Input, NotIssued, Output, ServingId, SigningId, SigningKey};
pub use journal::{Issued, OwnLog, Ticket, ToIssue};
pub use message::{Cosignature, Hello, Message};
pub use now::Now;
pub use run::{Fault, Run, Verified};
pub use tariff::{Refusal, TariffFault, TariffRequest};
pub use topic::{Acceptance, Topic};
