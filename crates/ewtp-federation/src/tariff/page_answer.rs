//! Reading the answer to a request for pages: each frame is checked alone against the root of the tree.

use std::ops::Range;

use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, bundle_entries, leaf_hash, range_root};
use ewtp_record::edition::TreeSummary;

use super::page_frame::{ClaimedRun, PageFrame};
use super::{Refusal, TariffFault, TariffRequest};
use crate::run::Fault;

/// What was asked of one tree, and how far the answer has come.
#[derive(Clone, Debug)]
pub struct PageAnswer {
    tree: TreeSummary,
    /// What is still to come.
    pages: Range<u32>,
}

impl PageAnswer {
    /// The answer to a request for these pages of a tree.
    #[must_use]
    pub fn new(tree: TreeSummary, pages: Range<u32>) -> Self {
        Self { tree, pages }
    }

    /// What to ask for.
    #[must_use]
    pub fn request(&self) -> TariffRequest {
        TariffRequest::Pages {
            root: self.root(),
            tree_pages: self.tree.pages,
            pages: self.pages.clone(),
        }
    }

    /// The tree that they are of.
    #[must_use]
    pub const fn tree(&self) -> &TreeSummary {
        &self.tree
    }

    /// The pages that have not come.
    #[must_use]
    pub const fn rest(&self) -> &Range<u32> {
        &self.pages
    }

    fn root(&self) -> Hash {
        Hash(self.tree.root.0)
    }

    /// Reads the next frame.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for a frame that was not asked for or does not lead to the root, [`TariffFault::Publisher`]
    /// for pages that lead there and break a rule.
    pub fn read(&mut self, frame: Bytes) -> Result<PageFrame, TariffFault> {
        let claimed = ClaimedRun::unpack(&frame)?;
        self.check_place(&claimed)?;
        self.check_root(&claimed)?;
        let run = claimed.read().and_then(|run| {
            run.check(self.tree.pages.into(), &self.root())?;
            Ok(run)
        });
        let run = run.map_err(Refusal::Page)?;
        self.pages.start += u32::try_from(run.pages.len()).expect("a frame has at most 64 pages");
        Ok(PageFrame { run, bytes: frame })
    }

    // spec: tariff-sync R5
    fn check_place(&self, claimed: &ClaimedRun) -> Result<(), Fault> {
        let is_next = claimed.start == u64::from(self.pages.start);
        if is_next && claimed.pages.len() <= self.pages.len() {
            Ok(())
        } else {
            Err(Fault::Unasked("pages outside of the range that was requested"))
        }
    }

    /// Whether the bytes are those under the root, before anything in them is read.
    // spec: tariff-sync R5
    fn check_root(&self, claimed: &ClaimedRun) -> Result<(), Fault> {
        let leaves = claimed.pages.iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
        let led_to = range_root(
            claimed.start,
            &claimed.left,
            &leaves,
            self.tree.pages.into(),
            &claimed.right,
        );
        if led_to.map_err(Fault::Range)? == self.root() {
            Ok(())
        } else {
            Err(Fault::malformed("root-mismatch", "the pages lead to another root"))
        }
    }
}

/// The leaf of a page in its tree, by its bytes alone.
// spec: tariff-page R3, R6
fn leaf(page: &Bytes) -> Result<Hash, Fault> {
    let rows = bundle_entries(page).map_err(|_| Fault::malformed("form", "a page that is no list of rows"))?;
    let mut id = CompactRange::new();
    rows.iter().for_each(|row| id.append(leaf_hash(row)));
    Ok(leaf_hash(id.root().as_bytes()))
}
