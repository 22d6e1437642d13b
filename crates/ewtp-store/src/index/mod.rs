//! The index: rows derived from the ledger and from findings, in an engine that can be exchanged.
//!
//! [`Index`] adds to the engine what every row needs whoever holds it: a checksum of key and value, and the promise that
//! a damaged file ends in [`StoreError::IndexDamaged`] and not in a crash or a wrong row.

pub(crate) mod engine;
pub(crate) mod findings;
pub(crate) mod follow;
pub(crate) mod lookup;
pub(crate) mod redb;
pub(crate) mod rows;
#[cfg(feature = "sled")]
pub(crate) mod sled;
pub(crate) mod writer;

use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ewtp_record::HubCode;

use crate::error::StoreError;
use crate::index::engine::{Durability, IndexEngine, Row, Rows};
use crate::index::lookup::Digester;
use crate::index::redb::RedbEngine;
use crate::index::rows::{INDEX_VERSION, META_CURSOR, META_OWN, META_SALT, META_VERSION, cursor_of, cursor_value};
use crate::ledger::walk::Cursor;
use crate::lock::patiently;
use crate::options::{Engine, StoreOptions};

const CRC_BYTES: usize = 4;

/// An open index.
#[derive(Debug)]
pub(crate) struct Index {
    /// Present until it is closed.
    engine: Option<Box<dyn IndexEngine>>,
    /// Makes the digests of lookup rows.
    pub(crate) digester: Digester,
}

impl Drop for Index {
    fn drop(&mut self) {
        // Closing writes too, and an engine may panic on a damaged file then; what it loses is derived.
        let engine = self.engine.take();
        let closed = whole(|| {
            drop(engine);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::warn!(%error, "the index did not close");
        }
    }
}

impl Index {
    /// Opens the index of a ledger, known by its first segment's salt. One that is missing, damaged, older or of another
    /// ledger is begun anew.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`], and what the engine and the system refuse.
    pub(crate) fn open(folder: &Path, options: &StoreOptions, salt: u64) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        match Self::open_existing(folder, options, salt) {
            Err(StoreError::IndexDamaged { what }) => {
                tracing::warn!(index = %folder.display(), %what, "index is not usable, rebuilding it from the ledger");
                Self::create(folder, options, salt)
            }
            other => other,
        }
    }

    /// Removes the index and begins an empty one.
    pub(crate) fn create(folder: &Path, options: &StoreOptions, salt: u64) -> Result<Self, StoreError> {
        remove(folder)?;
        fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        let index = Self {
            engine: Some(open_engine(folder, options)?),
            digester: Digester { salt },
        };
        index.begin(salt, options.own)?;
        Ok(index)
    }

    fn open_existing(folder: &Path, options: &StoreOptions, salt: u64) -> Result<Self, StoreError> {
        let index = Self {
            engine: Some(open_engine(folder, options)?),
            digester: Digester { salt },
        };
        let Some(version) = index.get(META_VERSION)? else {
            index.begin(salt, options.own)?;
            return Ok(index);
        };
        let found = version.try_into().map_or(0, u16::from_be_bytes);
        if found > INDEX_VERSION {
            return Err(StoreError::NewerVersion {
                path: folder.to_owned(),
                found,
                known: INDEX_VERSION,
            });
        }
        if found < INDEX_VERSION || index.get(META_SALT)? != Some(salt.to_be_bytes().to_vec()) {
            return Err(StoreError::index_damaged(
                "it belongs to an older version or another ledger",
            ));
        }
        if index.get(META_OWN)? != Some(own_value(options.own)) {
            return Err(StoreError::index_damaged("it was built by a node of another hub"));
        }
        Ok(index)
    }

    fn begin(&self, salt: u64, own: Option<HubCode>) -> Result<(), StoreError> {
        let mut rows = Rows::new();
        put(&mut rows, META_VERSION.to_vec(), INDEX_VERSION.to_be_bytes().to_vec());
        put(&mut rows, META_SALT.to_vec(), salt.to_be_bytes().to_vec());
        put(&mut rows, META_OWN.to_vec(), own_value(own));
        put(&mut rows, META_CURSOR.to_vec(), cursor_value(Cursor::START));
        self.write(&rows, Durability::Durable)
    }

    fn engine(&self) -> &dyn IndexEngine {
        self.engine.as_deref().expect("taken only when this is dropped")
    }

    /// How far the ledger has been followed.
    pub(crate) fn cursor(&self) -> Result<Cursor, StoreError> {
        let value = self.get(META_CURSOR)?;
        value
            .as_deref()
            .and_then(cursor_of)
            .ok_or_else(|| StoreError::index_damaged("it has no cursor"))
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut value) = whole(|| self.engine().get(key))? else {
            return Ok(None);
        };
        let sound = sound(key, &value)?.len();
        value.truncate(sound);
        Ok(Some(value))
    }

    /// The last row of `low..=high`.
    pub(crate) fn floor(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let Some((key, mut value)) = whole(|| self.engine().floor(low, high))? else {
            return Ok(None);
        };
        let sound = sound(&key, &value)?.len();
        value.truncate(sound);
        Ok(Some((key, value)))
    }

    /// Every row of `low..high` in key order, until `visit` breaks or fails.
    pub(crate) fn scan(
        &self,
        low: &[u8],
        high: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        whole(|| {
            self.engine().scan(
                low,
                high,
                &mut |key, value| match sound(key, value).and_then(|value| visit(key, value)) {
                    Ok(flow) => flow,
                    Err(error) => {
                        outcome = Err(error);
                        ControlFlow::Break(())
                    }
                },
            )
        })?;
        outcome
    }

    pub(crate) fn write(&self, rows: &Rows, durability: Durability) -> Result<(), StoreError> {
        whole(|| self.engine().write(rows, durability))
    }
}

/// Adds a row with its checksum.
pub(crate) fn put(rows: &mut Rows, key: Vec<u8>, mut value: Vec<u8>) {
    let crc = checksum(&key, &value);
    value.extend_from_slice(&crc.to_be_bytes());
    rows.insert(key, Some(value));
}

/// The value of a row as a batch will leave it.
pub(crate) fn overlaid(index: &Index, batch: &Rows, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match batch.get(key) {
        Some(Some(value)) => Ok(Some(value[..value.len() - CRC_BYTES].to_vec())),
        Some(None) => Ok(None),
        None => index.get(key),
    }
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), value)
}

/// The value without its checksum, when that fits.
fn sound<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], StoreError> {
    let whole = value.split_last_chunk::<CRC_BYTES>();
    let whole = whole.filter(|(value, crc)| checksum(key, value) == u32::from_be_bytes(**crc));
    whole
        .map(|(value, _)| value)
        .ok_or_else(|| StoreError::index_damaged("a row does not fit its checksum"))
}

/// Runs one call of an engine. Engines assert what they read from their own files, so a flipped bit on the disk makes
/// them panic; here that is damage like any other.
fn whole<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(StoreError::index_damaged("the engine panicked on it")))
}

fn open_engine(folder: &Path, options: &StoreOptions) -> Result<Box<dyn IndexEngine>, StoreError> {
    let open = || match options.engine {
        Engine::Redb => Ok(Box::new(RedbEngine::open(folder, options.cache_bytes)?) as Box<dyn IndexEngine>),
        #[cfg(feature = "sled")]
        Engine::Sled => Ok(Box::new(sled::SledEngine::open(folder, options.cache_bytes)?) as Box<dyn IndexEngine>),
        #[cfg(not(feature = "sled"))]
        Engine::Sled => Err(StoreError::EngineMissing("sled")),
    };
    whole(|| patiently(open))
}

/// Our own log is looked up from the time it is indexed, others from the time they are examined; so the index knows whose.
fn own_value(own: Option<HubCode>) -> Vec<u8> {
    own.map_or_else(|| b"-".to_vec(), |hub| hub.as_str().as_bytes().to_vec())
}

/// Removes an index, if there is one.
pub(crate) fn remove(folder: &Path) -> Result<(), StoreError> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(StoreError::io("remove", folder))
}

/// Where the index of a store lies.
pub(crate) fn folder(store: &Path) -> PathBuf {
    store.join("index")
}
