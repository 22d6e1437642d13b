//! Who may sign what, when: charter chains, the directory, examination of a logged record.
//!
//! To take in a hub, give a [`Directory`] its pinned genesis id and then what peers serve: [`Directory::adopt_chain`],
//! [`Directory::verify_checkpoint`]. To judge a record that the log holds, call [`examine`] with the log's [`Authority`].
//! Everything here is a function of its arguments: no clock, no randomness, no disk. The rules are numbered in
//! `protocol-spec/trust.md`.

mod charter;
mod charter_error;

mod chain;

mod checkpoint;
mod directory;
mod manifest;
mod quorum;
mod verified;

mod authority;
mod examine;
mod finding;

pub mod draft;
mod introduction;

pub use authority::{Authority, NotLogged};
pub use chain::{CHAIN_CHARTERS_MAX, CharterChain};
pub use charter::{Charter, RoleKey};
pub use charter_error::CharterError;
pub use checkpoint::{CheckpointFault, CosignatureFault, VerifiedCheckpoint, VerifiedCosignature};
pub use directory::{Adopted, Directory, NodeClaim};
pub use examine::{duty_for, examine, examine_under, fault_under};
pub use finding::{Fault, Finding, Standing};
pub use introduction::{Acquaintance, CLOCK_SKEW, INTRODUCTION_BYTES_MAX, Introduced, Introduction, IntroductionFault};
pub use manifest::{ManifestFault, NodeManifest, verify_manifest};
pub use quorum::quorum_need;
pub use verified::Verified;

#[cfg(test)]
mod testing;
