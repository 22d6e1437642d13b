//! How a quote reads a schedule: whole trees, or the proven rows of a duty receipt.

use super::QuoteError;
use crate::row::Entry;
use crate::{PageTrees, Row, RowKey};

/// Where a quote finds rows of the rates tree.
///
/// What is not there must be known not to be there: a source that cannot tell answers [`QuoteError::Unproven`].
// spec: quote R3
pub trait Rows {
    /// Every row between these keys, both included, ascending.
    ///
    /// # Errors
    /// [`QuoteError::Unproven`] when the source does not know all of them.
    fn range(&self, from: &RowKey, to: &RowKey) -> Result<Vec<&Row>, QuoteError>;

    /// The last row at or before this key.
    ///
    /// # Errors
    /// [`QuoteError::Unproven`] when the source does not know it.
    fn last_to(&self, key: &RowKey) -> Result<Option<&Row>, QuoteError>;
}

impl Rows for PageTrees {
    fn range(&self, from: &RowKey, to: &RowKey) -> Result<Vec<&Row>, QuoteError> {
        Ok(self.rates.rows_from(from).take_while(|row| row.key() <= to).collect())
    }

    fn last_to(&self, key: &RowKey) -> Result<Option<&Row>, QuoteError> {
        Ok(self.rates.last_to(key))
    }
}

/// What the row of this key says, if there is one.
pub(super) fn entry<'r>(rows: &'r dyn Rows, key: &RowKey) -> Result<Option<&'r Entry>, QuoteError> {
    Ok(rows.range(key, key)?.first().map(|row| row.entry()))
}
