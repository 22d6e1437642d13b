//! Every case of this crate.

use ewtp_vectors::Case;

use super::{
    amounts, chains, pages, patches, quotas, quotes, receipts, refusals, reliefs, rows, schedules, silent, unquoted,
};

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    let expressions = [amounts::amounts(), refusals::unanswered(), refusals::refused()].concat();
    let rows = [rows::sound(), rows::faulty(), rows::later()].concat();
    [
        expressions,
        rows,
        pages::all(),
        patches::all(),
        quotes::all(),
        quotas::all(),
        reliefs::all(),
        unquoted::all(),
        silent::all(),
        receipts::all(),
        schedules::all(),
        chains::all(),
    ]
    .concat()
}
