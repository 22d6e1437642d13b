//! Room: what a patch may set of each tree. Every row that it sets is a row of the schedule that results, so it sets no more
//! rows and bytes of a tree than the edition names: one that would is refused while it is read, and takes no more memory than
//! the schedule may.

use crate::{Row, TreeKind};
use ewtp_record::edition::{TreeSummary, Trees};

/// Bytes of a row's length in its page (tariff-page R2).
const LENGTH_BYTES: u64 = 2;

/// See the module.
#[derive(Debug)]
pub(super) struct Room {
    rates: OfTree,
    texts: OfTree,
    notes: OfTree,
}

#[derive(Debug, Clone, Copy)]
struct OfTree {
    rows: u32,
    bytes: u64,
}

impl Room {
    /// For a patch of which no edition is at hand.
    pub(super) const ENDLESS: Self = Self {
        rates: OfTree::ENDLESS,
        texts: OfTree::ENDLESS,
        notes: OfTree::ENDLESS,
    };

    /// For a patch that leads to these trees.
    pub(super) const fn of(signed: &Trees) -> Self {
        Self {
            rates: OfTree::of(&signed.rates),
            texts: OfTree::of(&signed.texts),
            notes: OfTree::of(&signed.notes),
        }
    }

    /// Takes the room of a row; false when its tree has none left for it.
    pub(super) fn take(&mut self, row: &Row) -> bool {
        let tree = match row.key().tree() {
            TreeKind::Rates => &mut self.rates,
            TreeKind::Texts => &mut self.texts,
            TreeKind::Notes => &mut self.notes,
        };
        let bytes = row.bytes().len() as u64 + LENGTH_BYTES;
        let left = tree.rows.checked_sub(1).zip(tree.bytes.checked_sub(bytes));
        left.inspect(|(rows, bytes)| (tree.rows, tree.bytes) = (*rows, *bytes))
            .is_some()
    }
}

impl OfTree {
    const ENDLESS: Self = Self {
        rows: u32::MAX,
        bytes: u64::MAX,
    };

    const fn of(tree: &TreeSummary) -> Self {
        let TreeSummary { rows, bytes, .. } = *tree;
        Self { rows, bytes }
    }
}
