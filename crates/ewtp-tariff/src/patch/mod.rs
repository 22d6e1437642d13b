//! Patches: how one edition becomes the next, row by row.
//!
//! To publish, make [`Patch::between`] two editions; to follow, [`Patch::apply`] it, which answers only with the very trees
//! that the edition signed.
// spec: tariff-page R8

mod error;
mod rates;
mod room;

pub use error::PatchError;
pub use rates::RateChange;

use crate::page::PageTrees;
use crate::{Row, RowKey};
use bytes::Bytes;
use ewtp_record::Edition;
use ewtp_record::cbor::{self, Blob, ByteList, Limits};
use ewtp_record::edition::{PatchSummary, Trees};
use room::Room;
use std::collections::BTreeMap;

/// The rows that one edition lacks of the one before, and those that are new or other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    removed: Vec<RowKey>,
    set: Vec<Row>,
}

impl Patch {
    /// The bounds of edition R9, and of what stands around its rows.
    const LIMITS: Limits = Limits {
        bytes: Edition::PATCH_BYTES_MAX as usize,
        depth: 2,
        items: 3 + Edition::PATCH_ROWS_MAX as usize,
    };

    /// What leads from `old` to `new`.
    #[must_use]
    pub fn between(old: &PageTrees, new: &PageTrees) -> Self {
        let removed = old.rows().map(Row::key).filter(|key| new.get(key).is_none());
        let set = new.rows().filter(|row| old.get(row.key()) != Some(*row));
        Self {
            removed: removed.copied().collect(),
            set: set.cloned().collect(),
        }
    }

    /// The keys of the rows that go, ascending.
    #[must_use]
    pub fn removed(&self) -> &[RowKey] {
        &self.removed
    }

    /// The rows that are new or other than before, ascending.
    #[must_use]
    pub fn set(&self) -> &[Row] {
        &self.set
    }

    /// How many rows it changes.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.removed.len() + self.set.len()
    }

    /// Its bytes, whose leaf hash the edition names.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let removed: Vec<_> = self.removed.iter().map(|key| Blob::from(key.encode())).collect();
        let set: Vec<_> = self.set.iter().map(|row| Blob(row.bytes().clone())).collect();
        cbor::encode(&(removed, set))
    }

    /// Reads a patch. What it takes in memory is what its rows take, whatever its lists announce.
    ///
    /// # Errors
    /// Too many bytes or rows, another form, a key or row that is none, or keys out of order.
    pub fn decode(bytes: &[u8]) -> Result<Self, PatchError> {
        Self::read(cbor::two_byte_lists(bytes, &Self::LIMITS)?, Room::ENDLESS)
    }

    /// Reads the patch that an edition names, and that leads to the trees that it signed.
    ///
    /// # Errors
    /// As [`Patch::decode`]; [`PatchError::Rows`] before a row is read when it has another number of them; and
    /// [`PatchError::Roots`] at the first row for which the trees have no room.
    pub fn decode_as(bytes: &[u8], named: &PatchSummary, signed: &Trees) -> Result<Self, PatchError> {
        let [removed, set] = cbor::two_byte_lists(bytes, &Self::LIMITS)?;
        let rows = removed.len() + set.len();
        if rows != named.rows as usize {
            return Err(PatchError::Rows {
                named: named.rows,
                rows,
            });
        }
        Self::read([removed, set], Room::of(signed))
    }

    /// Key by key and row by row, so that the first that is none ends it.
    fn read([removed, set]: [ByteList<'_>; 2], mut room: Room) -> Result<Self, PatchError> {
        let mut patch = Self::default();
        for key in removed {
            let key = RowKey::decode(key)?;
            if patch.removed.last().is_some_and(|before| *before >= key) {
                return Err(PatchError::Order(key));
            }
            patch.removed.push(key);
        }
        for row in set {
            // Each row owns its bytes: kept for years, it must not keep the patch with it.
            let row = Row::decode(Bytes::copy_from_slice(row))?;
            if patch.set.last().is_some_and(|before| before.key() >= row.key()) {
                return Err(PatchError::Order(*row.key()));
            }
            if !room.take(&row) {
                return Err(PatchError::Roots);
            }
            patch.set.push(row);
        }
        Ok(patch)
    }

    /// The trees after this patch, if they are those that the edition signed.
    ///
    /// # Errors
    /// A removed row that is not there, a row set to what it was, or other trees than `signed`.
    // spec: tariff-page R9
    pub fn apply(&self, old: &PageTrees, signed: &Trees) -> Result<PageTrees, PatchError> {
        let mut rows: BTreeMap<&RowKey, &Row> = old.rows().map(|row| (row.key(), row)).collect();
        for key in &self.removed {
            rows.remove(key).ok_or(PatchError::Absent(*key))?;
        }
        for row in &self.set {
            let before = old.get(row.key());
            let is_removed = self.removed.binary_search(row.key()).is_ok();
            if before == Some(row) || is_removed {
                return Err(PatchError::Needless(*row.key()));
            }
            rows.insert(row.key(), row);
        }
        // Counted before rows are copied: what comes to another number leads to other roots.
        let counts = [signed.rates.rows, signed.texts.rows, signed.notes.rows];
        if rows.len() as u64 != counts.into_iter().map(u64::from).sum::<u64>() {
            return Err(PatchError::Roots);
        }
        let new = PageTrees::of(rows.into_values().cloned())?;
        if new.summary() == *signed {
            Ok(new)
        } else {
            Err(PatchError::Roots)
        }
    }
}

#[cfg(test)]
mod tests;
