//! Schedules on the wire: how pages and patches are asked for and answered.
//!
//! To ask, send a [`TariffRequest`] and read what comes with a [`PageAnswer`] or a [`PatchAnswer`]. What is asked for is named by
//! its hash, so an answer proves itself, and what is wrong with one is either its sender's doing or that of whoever signed the
//! edition: see [`TariffFault`].
//!
//! Packing takes long. So whoever publishes a schedule packs it once, by [`page_frames`] and [`PackedPatch::of`], and everybody
//! keeps and serves [`PageFrame::bytes`] and [`PackedPatch::stream`] as they came.
// spec: tariff-sync

mod fault;
mod packing;
mod page_answer;
mod page_frame;
mod patch;
mod request;

pub use fault::{Refusal, TariffFault};
pub use packing::Effort;
pub use page_answer::PageAnswer;
pub use page_frame::{PageFrame, page_frames, pages_that_fit};
pub use patch::{PackedPatch, PatchAnswer, patch_frames};
pub use request::TariffRequest;

/// The rules by which a schedule is refused: the release, and a number that counts up with each change of them within one. What
/// was refused by others is looked at again.
pub const RULES: &str = concat!(env!("CARGO_PKG_VERSION"), " 1");

/// Most bytes of one page frame, packed and unpacked. spec: tariff-sync R4
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Most pages of one page frame. spec: tariff-sync R4
pub const FRAME_PAGES_MAX: usize = 64;

/// Most page bytes put in one frame, if it has more than one page: leaves room for the proof, and for what brotli adds to
/// bytes that it cannot shrink. spec: tariff-sync R4
pub const FRAME_PAGE_BYTES_MAX: usize = 240 * 1024;

/// What a page frame may have more than it unpacks to: brotli adds 4 bytes to each 16 KiB that it cannot shrink, and 6 more.
/// spec: tariff-sync R4
pub const FRAME_SURPLUS_BYTES_MAX: usize = 1_024;

/// What the frames of a patch may have more than the patch: brotli adds 4 bytes to each 16 KiB that it cannot shrink.
/// spec: tariff-sync R7
pub const PATCH_FRAMES_SURPLUS: u64 = 64 * 1024;

/// Requests of one peer that we serve at a time: twice what an asker of ours has open with one. spec: tariff-sync R13
pub const SERVINGS_PER_PEER_MAX: usize = 4;

/// Requests that we serve at a time, of all peers: each holds a frame in memory, or a patch as it travels. spec: tariff-sync R13
pub const SERVINGS_MAX: usize = 16;

#[cfg(test)]
mod tests;
