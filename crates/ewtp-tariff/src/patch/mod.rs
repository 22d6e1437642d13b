//! Patches: how one edition becomes the next, row by row.
//!
//! To publish, make [`Patch::between`] two editions; to follow, [`Patch::apply`] it, which answers only with the very trees
//! that the edition signed.
// spec: tariff-page R8

mod error;
mod rates;

pub use error::PatchError;
pub use rates::RateChange;

use crate::page::PageTrees;
use crate::{Row, RowKey};
use bytes::Bytes;
use ewtp_record::Edition;
use ewtp_record::cbor::{self, Blob, Limits};
use ewtp_record::edition::Trees;
use std::collections::BTreeMap;

/// The rows that one edition lacks of the one before, and those that are new or other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    removed: Vec<RowKey>,
    set: Vec<Row>,
}

impl Patch {
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

    /// Reads a patch.
    ///
    /// # Errors
    /// Too many bytes, another form, a key or row that is none, or keys out of order.
    pub fn decode(bytes: &[u8]) -> Result<Self, PatchError> {
        const BYTES_MAX: usize = Edition::PATCH_BYTES_MAX as usize;
        let (removed, set): (Vec<Blob>, Vec<Blob>) = cbor::decode(bytes, &Limits::message(BYTES_MAX))?;
        let removed = removed
            .iter()
            .map(|key| RowKey::decode(&key.0))
            .collect::<Result<Vec<_>, _>>()?;
        // Each row owns its bytes: kept for years, it must not keep the patch with it.
        let set = set
            .iter()
            .map(|row| Row::decode(Bytes::copy_from_slice(&row.0)))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(pair) = removed.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(PatchError::Order(pair[1]));
        }
        if let Some(pair) = set.windows(2).find(|pair| pair[0].key() >= pair[1].key()) {
            return Err(PatchError::Order(*pair[1].key()));
        }
        Ok(Self { removed, set })
    }

    /// The trees after this patch, if they are those that the edition signed.
    ///
    /// # Errors
    /// A removed row that is not there, a row set to what it was, or other trees than `signed`.
    // spec: tariff-page R9
    pub fn apply(&self, old: &PageTrees, signed: &Trees) -> Result<PageTrees, PatchError> {
        let mut rows: BTreeMap<RowKey, Row> = old.rows().map(|row| (*row.key(), row.clone())).collect();
        for key in &self.removed {
            rows.remove(key).ok_or(PatchError::Absent(*key))?;
        }
        for row in &self.set {
            let before = old.get(row.key());
            let is_removed = self.removed.binary_search(row.key()).is_ok();
            if before == Some(row) || is_removed {
                return Err(PatchError::Needless(*row.key()));
            }
            rows.insert(*row.key(), row.clone());
        }
        let new = PageTrees::of(rows.into_values())?;
        if new.summary() == *signed {
            Ok(new)
        } else {
            Err(PatchError::Roots)
        }
    }
}

#[cfg(test)]
mod tests;
