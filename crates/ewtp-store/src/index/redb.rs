//! redb behind the verbs of [`IndexEngine`]: one file, honest `fdatasync`, a cache that keeps its limit. The default.

use std::fmt;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, ReadableDatabase, StorageError, TableDefinition, TableError};

use crate::error::StoreError;
use crate::index::engine::{Durability, IndexEngine, Row, Rows, Visit};

const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const FILE: &str = "index.redb";

/// An open redb file.
pub(crate) struct RedbEngine {
    database: Database,
    path: PathBuf,
}

impl fmt::Debug for RedbEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbEngine")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl RedbEngine {
    /// Opens or creates the file in that folder.
    pub(crate) fn open(folder: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let database = Builder::new()
            .set_cache_size(cache_bytes)
            .create(&path)
            .map_err(|error| opening(&path, error))?;
        let engine = Self { database, path };
        engine.write(&Rows::new(), Durability::Lazy)?; // so that the table exists for the first read
        Ok(engine)
    }

    fn read<T>(
        &self,
        read: impl FnOnce(redb::ReadOnlyTable<&'static [u8], &'static [u8]>) -> Result<T, StorageError>,
    ) -> Result<T, StoreError> {
        let transaction = self.database.begin_read().map_err(engine("begin reading"))?;
        let table = transaction.open_table(ROWS).map_err(|error| match error {
            TableError::Storage(StorageError::Corrupted(what)) => StoreError::index_damaged(what),
            other => engine("open the table")(other),
        })?;
        read(table).map_err(storage("read"))
    }
}

impl IndexEngine for RedbEngine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|table| Ok(table.get(key)?.map(|value| value.value().to_vec())))
    }

    fn floor(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        self.read(|table| {
            let last = table.range(low..=high)?.next_back().transpose()?;
            Ok(last.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
        })
    }

    fn scan(&self, low: &[u8], high: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.read(|table| {
            for row in table.range(low..high)? {
                let (key, value) = row?;
                if visit(key.value(), value.value()) == ControlFlow::Break(()) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn write(&self, rows: &Rows, durability: Durability) -> Result<(), StoreError> {
        let mut transaction = self.database.begin_write().map_err(engine("begin writing"))?;
        match durability {
            Durability::Lazy => transaction
                .set_durability(redb::Durability::None)
                .map_err(engine("begin writing"))?,
            // A durable commit comes once a second at most, so it can afford what makes the next start instant.
            Durability::Durable => transaction.set_quick_repair(true),
        }
        {
            let mut table = transaction.open_table(ROWS).map_err(engine("open the table"))?;
            for (key, value) in rows {
                match value {
                    Some(value) => table
                        .insert(key.as_slice(), value.as_slice())
                        .map_err(storage("write"))?,
                    None => table.remove(key.as_slice()).map_err(storage("write"))?,
                };
            }
        }
        transaction.commit().map_err(engine("commit"))
    }
}

fn opening(path: &Path, error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { path: path.to_owned() },
        DatabaseError::Storage(StorageError::Corrupted(what)) => StoreError::index_damaged(what),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            StoreError::index_damaged(error.to_string())
        }
        DatabaseError::UpgradeRequired(version) => StoreError::index_damaged(format!("redb file format {version}")),
        other => engine("open the file")(other),
    }
}

fn storage(doing: &'static str) -> impl FnOnce(StorageError) -> StoreError {
    move |error| match error {
        StorageError::Corrupted(what) => StoreError::index_damaged(what),
        other => engine(doing)(other),
    }
}

fn engine<E: fmt::Display>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Engine {
        doing,
        why: error.to_string(),
    }
}
