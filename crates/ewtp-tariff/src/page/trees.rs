//! The three trees of an edition together.

use super::{PageError, PageTree};
use crate::{Row, RowKey, TreeKind};
use ewtp_record::edition::Trees;

/// All rows of a schedule in the three trees of its edition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageTrees {
    /// Lines with their measures, and the dated tables.
    pub rates: PageTree,
    /// Descriptions of lines.
    pub texts: PageTree,
    /// Notes.
    pub notes: PageTree,
}

impl PageTrees {
    /// The trees of these rows, whatever their order; of two with one key the later counts.
    ///
    /// # Errors
    /// More rows than a tree may have.
    pub fn of(rows: impl IntoIterator<Item = Row>) -> Result<Self, PageError> {
        let (rates, other): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.key().tree() == TreeKind::Rates);
        let (texts, notes): (Vec<_>, Vec<_>) = other.into_iter().partition(|row| row.key().tree() == TreeKind::Texts);
        Ok(Self {
            rates: PageTree::of(rates)?,
            texts: PageTree::of(texts)?,
            notes: PageTree::of(notes)?,
        })
    }

    /// All rows, in the order of their keys.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rates.rows().chain(self.texts.rows()).chain(self.notes.rows())
    }

    /// The row of this key.
    #[must_use]
    pub fn get(&self, key: &RowKey) -> Option<&Row> {
        match key.tree() {
            TreeKind::Rates => self.rates.get(key),
            TreeKind::Texts => self.texts.get(key),
            TreeKind::Notes => self.notes.get(key),
        }
    }

    /// As an edition names them.
    #[must_use]
    pub fn summary(&self) -> Trees {
        Trees {
            rates: self.rates.summary(),
            texts: self.texts.summary(),
            notes: self.notes.summary(),
        }
    }
}
