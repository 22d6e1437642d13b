//! What the store asks of an index engine: one ordered space of rows, and batches that take effect together.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::ControlFlow;

use crate::error::StoreError;

/// Whether a batch must be on disk when its write returns. The ledger holds the truth, so most need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// May be lost in a crash, whole and together with every later one; the ledger is followed again from there.
    Lazy,
    /// On disk, with everything before it.
    Durable,
}

/// Rows to put, or with `None` to delete, in key order.
pub(crate) type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A row: key and value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Called with each row of a scan.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// An index engine. Reads run beside the one writer and see whole batches only.
pub(crate) trait IndexEngine: Debug + Send + Sync {
    /// The value of a row.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The last row of `low..=high`.
    fn floor(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError>;

    /// Every row of `low..high` in key order, until `visit` breaks.
    fn scan(&self, low: &[u8], high: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Applies a batch, all of it or nothing.
    fn write(&self, rows: &Rows, durability: Durability) -> Result<(), StoreError>;
}
