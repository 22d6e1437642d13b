//! Every case of this crate.

use ewtp_vectors::Case;

use super::{amounts, refusals};

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    [amounts::amounts(), refusals::unanswered(), refusals::refused()].concat()
}
