//! Page frames: a few pages with what proves them, packed. A frame travels and lies on disk as its publisher packed it.

use std::ops::Range;

use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::{
    array_form,
    cbor::{self, Blob},
};
use ewtp_tariff::page::{Page, PageError, PageRun, PageTree};

use super::packing::{Effort, Unpacking, packed};
use super::{FRAME_BYTES_MAX, FRAME_PAGE_BYTES_MAX, FRAME_PAGES_MAX, FRAME_SURPLUS_BYTES_MAX, Refusal, TariffFault};
use crate::run::Fault;
use crate::wire;

/// A run of pages, and the bytes in which it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFrame {
    pub(super) run: PageRun,
    pub(super) bytes: Bytes,
}

impl PageFrame {
    /// The frame of a run of no more pages than [`pages_that_fit`].
    #[must_use]
    pub fn of(run: PageRun, effort: Effort) -> Self {
        let form = PageFrameForm {
            start: run.start,
            left: wire::join_hashes(&run.left),
            pages: run.pages.iter().map(|page| Blob(page.bytes().clone())).collect(),
            right: wire::join_hashes(&run.right),
        };
        let bytes = packed(&cbor::encode(&form), effort);
        Self { run, bytes }
    }

    /// Reads a frame that was checked against its tree before it was put on disk; one from a peer is read by
    /// [`PageAnswer::read`](super::PageAnswer::read).
    ///
    /// # Errors
    /// As there, but for what needs the tree.
    pub fn decode(bytes: Bytes) -> Result<Self, TariffFault> {
        let run = ClaimedRun::unpack(&bytes)?.read().map_err(Refusal::Page)?;
        Ok(Self { run, bytes })
    }

    /// The pages, with what proves them.
    #[must_use]
    pub const fn run(&self) -> &PageRun {
        &self.run
    }

    /// Which pages.
    #[must_use]
    pub fn pages(&self) -> Range<u64> {
        self.run.start..self.run.start + self.run.pages.len() as u64
    }

    /// As it travels and lies on disk.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

struct PageFrameForm {
    start: u64,
    left: Blob,
    pages: Vec<Blob>,
    right: Blob,
}
array_form!(PageFrameForm {
    start,
    left,
    pages,
    right
});

/// What a page frame says before anything of it is believed.
pub(super) struct ClaimedRun {
    pub(super) start: u64,
    pub(super) left: Vec<Hash>,
    /// 1 to 64 of them.
    pub(super) pages: Vec<Bytes>,
    pub(super) right: Vec<Hash>,
}

impl ClaimedRun {
    // spec: tariff-sync R4
    pub(super) fn unpack(frame: &[u8]) -> Result<Self, TariffFault> {
        let too_large = || TariffFault::sender("too-large", format!("a frame of {} bytes", frame.len()));
        if frame.len() > FRAME_BYTES_MAX {
            return Err(too_large());
        }
        let mut unpacking = Unpacking::new(FRAME_BYTES_MAX);
        unpacking.push(frame)?;
        let unpacked = unpacking.finish()?;
        // Everybody keeps a frame as it came: one that was swollen would be handed on for ever.
        if frame.len() > unpacked.len() + FRAME_SURPLUS_BYTES_MAX {
            return Err(too_large());
        }
        let form: PageFrameForm = wire::read(&unpacked, FRAME_BYTES_MAX)?;
        let count = form.pages.len();
        let (left, right) = (wire::split_hashes(&form.left)?, wire::split_hashes(&form.right)?);
        if !(1..=FRAME_PAGES_MAX).contains(&count) {
            return Err(Fault::malformed("page-count", format!("{count} pages in a frame")).into());
        }
        Ok(Self {
            start: form.start,
            left,
            pages: form.pages.into_iter().map(|page| page.0).collect(),
            right,
        })
    }

    /// Reads the pages themselves.
    pub(super) fn read(self) -> Result<PageRun, PageError> {
        Ok(PageRun {
            start: self.start,
            left: self.left,
            pages: self.pages.into_iter().map(Page::decode).collect::<Result<_, _>>()?,
            right: self.right,
        })
    }
}

/// How many of these pages, from the first on, go in one frame: at least one.
// spec: tariff-sync R4
#[must_use]
pub fn pages_that_fit(pages: &[Page]) -> usize {
    let mut room = FRAME_PAGE_BYTES_MAX;
    let fitting = pages.iter().take(FRAME_PAGES_MAX).take_while(|page| {
        let fits = page.bytes().len() <= room;
        room = room.saturating_sub(page.bytes().len());
        fits
    });
    fitting.count().max(1)
}

/// The frames of a whole tree, each with as many pages as fit.
#[must_use]
pub fn page_frames(tree: &PageTree, effort: Effort) -> Vec<PageFrame> {
    let (mut frames, mut next) = (Vec::new(), 0);
    while next < tree.pages().len() {
        let end = next + pages_that_fit(&tree.pages()[next..]);
        let run = tree.run(next..end).expect("pages of the tree");
        frames.push(PageFrame::of(run, effort));
        next = end;
    }
    frames
}
