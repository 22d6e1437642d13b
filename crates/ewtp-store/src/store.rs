//! Opening a folder: lock it, make what it holds durable, cut a torn end, bring the index up to date, and hand out the
//! three ends of the store.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ewtp_federation::Restored;

use crate::error::StoreError;
use crate::index::follow::{Followed, Follower};
use crate::index::writer::{IndexWriter, Pace};
use crate::index::{self, Index};
use crate::ledger::Ledger;
use crate::ledger::segment::{Place, SegmentHeader, Segments};
use crate::ledger::walk::{Cursor, Step};
use crate::lock::lock;
use crate::options::StoreOptions;
use crate::reader::Reader;
use crate::restore::restored;
use crate::shared::{Shared, State};
use crate::tail::Tail;

/// An open store: take it apart and give each end to its thread.
#[derive(Debug)]
pub struct Store {
    /// Makes commits durable.
    pub ledger: Ledger,
    /// Follows the ledger and takes findings in.
    pub index: IndexWriter,
    /// Reads; clone it as needed.
    pub reader: Reader,
}

impl Store {
    /// Opens or creates the store in `folder` (`ledger/` and `index/` in it) and says what an engine starts from.
    ///
    /// A torn end, which was never acknowledged, is cut. Only what lies beyond the index's cursor is read; an index that
    /// is missing, damaged, or of another ledger is built anew.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::NewerVersion`], [`StoreError::EngineMissing`]; [`StoreError::Damaged`],
    /// [`StoreError::MissingSegment`] and [`StoreError::LedgerShort`] when durable records are gone; system errors.
    pub fn open(folder: &Path, options: &StoreOptions) -> Result<(Self, Restored), StoreError> {
        let lock = lock(folder)?;
        Self::open_locked(folder, options, lock)
    }

    fn open_locked(folder: &Path, options: &StoreOptions, lock: File) -> Result<(Self, Restored), StoreError> {
        let segments = Segments::new(folder.join("ledger"));
        let (salt, end) = attach(&segments)?;
        let index_folder = index::folder(folder);
        let (index, pace, follower) = match caught_up(
            Index::open(&index_folder, options, salt)?,
            &segments,
            options,
            end,
        ) {
            Err(StoreError::IndexDamaged { what }) => {
                tracing::warn!(index = %index_folder.display(), %what, "index is damaged, rebuilding it from the ledger");
                caught_up(Index::create(&index_folder, options, salt)?, &segments, options, end)?
            }
            other => other?,
        };
        let durable = follower.cursor;
        let logs = follower
            .logs
            .iter()
            .map(|(log, indexed)| (*log, indexed.state.clone()))
            .collect();
        let state = State {
            logs,
            tail: Tail::default(),
            durable,
        };
        let shared = Arc::new(Shared::new(segments, index, options.own, state, lock));
        let reader = Reader::new(shared.clone());
        let restored = restored(&reader)?;
        let ledger = Ledger::new(shared.clone(), durable, options.segment_bytes)?;
        Ok((
            Self {
                ledger,
                index: IndexWriter::new(shared, follower, pace),
                reader,
            },
            restored,
        ))
    }
}

/// Deletes the index of a store and builds it anew from the ledger. Findings come back by examining again.
///
/// # Errors
/// As [`Store::open`].
pub fn reindex(folder: &Path, options: &StoreOptions) -> Result<(Store, Restored), StoreError> {
    let lock = lock(folder)?;
    index::remove(&index::folder(folder))?;
    let (mut store, restored) = Store::open_locked(folder, options, lock)?;
    store.index.settle()?;
    Ok((store, restored))
}

/// Checks the segments, or begins the first; answers the ledger's salt and where its bytes end.
fn attach(segments: &Segments) -> Result<(u64, Place), StoreError> {
    let numbers = segments.inspect()?;
    let last = match numbers.last() {
        Some(last) => segments.get(*last)?,
        None => segments.create(&SegmentHeader::new(1, 0, 1))?,
    };
    // A process that was killed may leave whole commits that no sync has covered; they are about to be believed.
    last.file.sync_all().map_err(StoreError::io("sync", &last.path))?;
    let end = Place {
        segment: last.header.number,
        offset: last.length()?,
    };
    Ok((segments.get(1)?.header.salt, end))
}

/// Follows the ledger from where the index stands to its end, and cuts what is torn there.
fn caught_up(
    index: Index,
    segments: &Segments,
    options: &StoreOptions,
    end: Place,
) -> Result<(Index, Pace, Follower), StoreError> {
    let seen = index.cursor()?.place;
    if seen > end {
        let segment = segments.path(end.segment);
        return Err(StoreError::LedgerShort {
            segment,
            end: end.offset,
            seen: seen.offset,
        });
    }
    let mut follower = Follower::load(&index, segments, options.own)?;
    let mut pace = Pace::default();
    let write = |_: &Follower, batch: &_, followed: &Followed| index.write(batch, pace.next(followed.bytes, 0));
    let ended = follower.catch_up((&index, segments), end, |_, _| None, write)?;
    if matches!(ended, Step::Torn) {
        cut(segments, follower.cursor, end)?;
    }
    Ok((index, pace, follower))
}

/// Cuts the end that no acknowledged commit lies in.
fn cut(segments: &Segments, whole: Cursor, end: Place) -> Result<(), StoreError> {
    let segment = segments.get(whole.place.segment)?;
    let bytes = end.offset - whole.place.offset;
    tracing::warn!(segment = %segment.path.display(), offset = whole.place.offset, bytes, "cut a torn end off the ledger");
    segment
        .file
        .set_len(whole.place.offset)
        .map_err(StoreError::io("cut", &segment.path))?;
    segment.file.sync_all().map_err(StoreError::io("sync", &segment.path))
}
