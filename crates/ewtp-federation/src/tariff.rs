//! Schedules on the wire: how pages and patches are asked for and answered.
//!
//! To ask, send a [`TariffRequest`] and read what comes with a [`PageAnswer`] or a [`PatchAnswer`]; to serve, cut frames
//! with [`page_frame`] and [`patch_frames`]. What they ask for is named by its hash, so an answer proves itself, and what is
//! wrong with one is either its sender's doing or that of whoever signed the edition: see [`TariffFault`].
// spec: tariff-sync

mod deflate;
mod fault;
mod page_answer;
mod page_frame;
mod patch;
mod request;

pub use fault::{Refusal, TariffFault};
pub use page_answer::PageAnswer;
pub use page_frame::{page_frame, pages_that_fit};
pub use patch::{PatchAnswer, patch_frames};
pub use request::TariffRequest;

/// Most bytes of one page frame, deflated and inflated. spec: tariff-sync R4
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Most pages of one page frame. spec: tariff-sync R4
pub const FRAME_PAGES_MAX: usize = 64;

/// Most page bytes put in one frame, if it has more than one page: leaves room for the proof, and for what deflate adds to
/// bytes that it cannot shrink. spec: tariff-sync R4
pub const FRAME_PAGE_BYTES_MAX: usize = 240 * 1024;

/// What the frames of a patch may have more than the patch: deflate adds 5 bytes to each 16 KiB that it cannot shrink.
/// spec: tariff-sync R7
pub const PATCH_FRAMES_SURPLUS: u64 = 64 * 1024;

/// Requests of one peer that we serve at a time: twice what an asker of ours has open with one. spec: tariff-sync R13
pub const SERVINGS_PER_PEER_MAX: usize = 4;

/// Requests that we serve at a time, of all peers: each holds a tree in memory while it is read. spec: tariff-sync R13
pub const SERVINGS_MAX: usize = 16;

#[cfg(test)]
mod tests;
