//! What can go wrong with a store, and what the operator does about it.
//!
//! A [`StoreError`] never names a peer: whatever reached the store was judged before. It means that this folder, its
//! disk, or a caller broke a promise; the node stops accepting, keeps serving what it has, and says so.

use std::io;
use std::path::{Path, PathBuf};

use ewtp_record::LogId;

/// Why a store could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process has the folder open.
    #[error("{} is held by another process: one node at a time opens a folder", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The folder was written by a newer version of this software.
    #[error("{} has format version {found}, this software knows {known}; run the newer version", path.display())]
    NewerVersion {
        /// The file that says so.
        path: PathBuf,
        /// The version it states.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// Bytes that were durable are no longer what was written. Nothing after them is skipped to.
    #[error(
        "{} is damaged at byte {offset}: {what}; keep the file, then restore it from a backup, or fetch the logs again with `ewtp restore --from-peers`",
        segment.display()
    )]
    Damaged {
        /// The segment file.
        segment: PathBuf,
        /// Where the damaged frame or header begins.
        offset: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// A segment in the middle of the ledger is gone.
    #[error("{} is missing, later segments exist; restore it from a backup, or fetch the logs again with `ewtp restore --from-peers`", path.display())]
    MissingSegment {
        /// The absent file.
        path: PathBuf,
    },
    /// The ledger ends before what its index had seen: durable records are gone, so this hub must not sign.
    #[error(
        "the ledger ends at byte {end} of {}, its index has seen byte {seen}: durable records are gone; restore the file from a backup, or fetch them back with `ewtp restore --from-peers`",
        segment.display()
    )]
    LedgerShort {
        /// The last segment present.
        segment: PathBuf,
        /// Where it ends.
        end: u64,
        /// Where the index stood.
        seen: u64,
    },
    /// An earlier write failed; nothing further is accepted until the folder is opened again.
    #[error(
        "the ledger accepts nothing since a write failed ({why}); make room or repair the disk, then start again; reads go on"
    )]
    Poisoned {
        /// The failure.
        why: String,
    },
    /// The index fell so far behind that commits wait in vain.
    #[error("the index is {records} records behind the ledger and does not move; commits are refused until it does")]
    IndexBehind {
        /// Records committed and not yet indexed.
        records: usize,
    },
    /// Entries do not continue the log.
    #[error("log {log} holds {expected} records, entries start at {start}")]
    Discontinuous {
        /// The log.
        log: LogId,
        /// Where they should start.
        expected: u64,
        /// Where they do.
        start: u64,
    },
    /// A commit that no correct engine makes.
    #[error("commit refused: {0}")]
    Refused(&'static str),
    /// A guard that would let a key sign a second history.
    #[error(
        "log {log} is guarded at size {guarded}, a guard at size {size} with another root or a smaller size is refused"
    )]
    Guarded {
        /// The log.
        log: LogId,
        /// The size guarded before.
        guarded: u64,
        /// The size now asked for.
        size: u64,
    },
    /// Findings do not continue what was examined, or reach past the durable log.
    #[error("log {log} is examined to {examined_to} of {size}, findings {from}..{to} do not fit")]
    Unexamined {
        /// The log.
        log: LogId,
        /// Records examined so far.
        examined_to: u64,
        /// Durable records.
        size: u64,
        /// First finding.
        from: u64,
        /// After the last finding.
        to: u64,
    },
    /// Records were asked for that the log does not hold durably, or too many at once.
    #[error("log {log} holds {size} records, {from}..{to} cannot be read")]
    Beyond {
        /// The log.
        log: LogId,
        /// Durable records.
        size: u64,
        /// First record asked for.
        from: u64,
        /// After the last.
        to: u64,
    },
    /// A file of the store of schedules is no longer what was written. It was set aside and is not used.
    #[error(
        "{0} is damaged: {what}; it was set aside as {0}.damaged, and what it held is gathered again from other hubs",
        path.display()
    )]
    ScheduleDamaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The index does not agree with itself or with the ledger. It is derived: rebuild it.
    #[error("the index is damaged: {what}; rebuild it with `ewtp reindex`")]
    IndexDamaged {
        /// What does not fit.
        what: String,
    },
    /// The index engine failed.
    #[error("the index engine failed to {doing}: {why}")]
    Engine {
        /// What was attempted, as a verb.
        doing: &'static str,
        /// The engine's answer.
        why: String,
    },
    /// The engine named in the options is not part of this build.
    #[error("this build has no {0} index; build with `--features {0}` or set `store.engine = \"redb\"`")]
    EngineMissing(&'static str),
}

impl StoreError {
    /// For `map_err` at a system call.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    pub(crate) fn index_damaged(what: impl Into<String>) -> Self {
        Self::IndexDamaged { what: what.into() }
    }
}
