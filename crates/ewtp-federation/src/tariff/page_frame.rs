//! Page frames: a few pages with what proves them, deflated.

use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::{
    array_form,
    cbor::{self, Blob},
};
use ewtp_tariff::page::PageRun;

use super::deflate::{Inflating, deflated};
use super::{FRAME_BYTES_MAX, FRAME_PAGE_BYTES_MAX, FRAME_PAGES_MAX, TariffFault};
use crate::run::Fault;
use crate::wire;

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
pub(super) struct PageFrame {
    pub(super) start: u64,
    pub(super) left: Vec<Hash>,
    /// 1 to 64 of them.
    pub(super) pages: Vec<Bytes>,
    pub(super) right: Vec<Hash>,
}

impl PageFrame {
    // spec: tariff-sync R4
    pub(super) fn decode(frame: &[u8]) -> Result<Self, TariffFault> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(TariffFault::sender(
                "too-large",
                format!("a frame of {} bytes", frame.len()),
            ));
        }
        let mut inflating = Inflating::new(FRAME_BYTES_MAX);
        inflating.push(frame)?;
        let form: PageFrameForm = wire::read(&inflating.finish()?, FRAME_BYTES_MAX)?;
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
}

/// How many pages from the first on go in one frame: at least one, if there is one.
// spec: tariff-sync R4
#[must_use]
pub fn pages_that_fit(run: &PageRun) -> usize {
    let mut room = FRAME_PAGE_BYTES_MAX;
    let fitting = run.pages.iter().take(FRAME_PAGES_MAX).take_while(|page| {
        let fits = page.bytes().len() <= room;
        room = room.saturating_sub(page.bytes().len());
        fits
    });
    fitting.count().max(1)
}

/// The frame of a run of no more pages than [`pages_that_fit`].
#[must_use]
pub fn page_frame(run: &PageRun) -> Bytes {
    let form = PageFrameForm {
        start: run.start,
        left: wire::join_hashes(&run.left),
        pages: run.pages.iter().map(|page| Blob(page.bytes().clone())).collect(),
        right: wire::join_hashes(&run.right),
    };
    deflated(&cbor::encode(&form)).into()
}
