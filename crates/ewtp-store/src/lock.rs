//! One process at a time holds a store's folder, and waits a moment for the one before.
//!
//! A lock belongs to an open file, not to a process: a node that was killed may not be gone yet, and a child that any
//! thread started just now holds all our files until it has become another program. Both let go within milliseconds.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::StoreError;
use crate::ledger::segment::sync_folder;

/// How often and how long apart a lock is tried: half a second, then an operator is told.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// Takes the folder for this process alone, until the returned file is closed; a killed process lets go of it.
pub(crate) fn lock(folder: &Path) -> Result<File, StoreError> {
    let ledger = folder.join("ledger");
    fs::create_dir_all(&ledger).map_err(StoreError::io("create", &ledger))?;
    sync_folder(folder)?;
    let path = ledger.join("lock");
    let file = File::create(&path).map_err(StoreError::io("open", &path))?;
    patiently(|| match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.clone() }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    })?;
    Ok(file)
}

/// Opens what may be locked, again and again while the answer is [`StoreError::Locked`].
pub(crate) fn patiently<T>(mut open: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 0..ATTEMPTS {
        match open() {
            Err(StoreError::Locked { .. }) => thread::sleep(PAUSE),
            other => return other,
        }
    }
    open()
}
