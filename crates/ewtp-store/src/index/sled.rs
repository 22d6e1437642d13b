//! sled 0.34 behind the verbs of [`IndexEngine`]. Its flush survives a kill but not a power cut (`sync_file_range`), and
//! its memory exceeds its limit: see the README of the repository. The ledger makes the first harmless, nothing the second.

use std::ops::ControlFlow;
use std::path::Path;

use sled::{Batch, Config, Db, Error};

use crate::error::StoreError;
use crate::index::engine::{Durability, IndexEngine, Row, Rows, Visit};

const FOLDER: &str = "sled";

/// An open sled folder.
#[derive(Debug)]
pub(crate) struct SledEngine {
    database: Db,
}

impl SledEngine {
    /// Opens or creates the folder in that folder.
    pub(crate) fn open(folder: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let cache_bytes = u64::try_from(cache_bytes).unwrap_or(u64::MAX);
        // We flush at durable batches ourselves; a second clock would only add writes.
        let config = Config::new()
            .path(folder.join(FOLDER))
            .cache_capacity(cache_bytes)
            .flush_every_ms(None);
        Ok(Self {
            database: config.open().map_err(|error| opening(folder, error))?,
        })
    }
}

impl IndexEngine for SledEngine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .database
            .get(key)
            .map_err(failed("read"))?
            .map(|value| value.to_vec()))
    }

    fn floor(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let last = self
            .database
            .range(low..=high)
            .next_back()
            .transpose()
            .map_err(failed("read"))?;
        Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    fn scan(&self, low: &[u8], high: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for row in self.database.range(low..high) {
            let (key, value) = row.map_err(failed("read"))?;
            if visit(&key, &value) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, rows: &Rows, durability: Durability) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in rows {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        self.database.apply_batch(batch).map_err(failed("write"))?;
        if durability == Durability::Durable {
            self.database.flush().map_err(failed("flush"))?;
        }
        Ok(())
    }
}

/// sled says only in words that another process, or what is left of one, holds the folder.
fn opening(folder: &Path, error: Error) -> StoreError {
    match error {
        Error::Io(error) if error.to_string().starts_with("could not acquire lock") => StoreError::Locked {
            path: folder.join(FOLDER),
        },
        other => failed("open the folder")(other),
    }
}

fn failed(doing: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| match error {
        Error::Corruption { .. } | Error::ReportableBug(_) => StoreError::index_damaged(error.to_string()),
        Error::Unsupported(what) => StoreError::index_damaged(what),
        other => StoreError::Engine {
            doing,
            why: other.to_string(),
        },
    }
}
