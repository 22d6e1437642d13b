//! Durable state: the ledger that holds the truth and the index derived from it.
//!
//! [`Store::open`] gives three ends, each for its own thread: [`Ledger`] makes commits durable with one `fdatasync` for
//! any number of them, [`IndexWriter`] follows the ledger and takes findings in, and a [`Reader`] (cloned as needed)
//! reads everything durable, also what is not indexed yet. What an engine starts from is a
//! [`Restored`](ewtp_federation::Restored).
//!
//! ```text
//! DIR/ledger/00000001.seg ...   append-only segments of checksummed frames: the truth
//! DIR/ledger/lock               held while the store is open
//! DIR/index/                    derived: delete it at will, or call reindex
//! DIR/tariffs/                  the schedules that editions name, held by content: Schedules
//! ```
//!
//! The README of the repository has the measurements and says why redb is the default. Only this crate knows redb and sled.
//!
//! ```no_run
//! use ewtp_store::{Store, StoreOptions};
//! # fn main() -> Result<(), ewtp_store::StoreError> {
//! let (Store { mut ledger, mut index, reader }, restored) = Store::open("hub".as_ref(), &StoreOptions::default())?;
//! ledger.commit(&[])?; // durable when it returns
//! index.follow()?;
//! for log in restored.logs {
//!     let records = reader.range(log.log, 0, log.tree.size().min(256))?;
//! }
//! # Ok(())
//! # }
//! ```

mod changes;
mod error;
#[cfg(test)]
mod fixture;
mod index;
mod ledger;
mod lock;
mod options;
mod reader;
mod register;
mod restore;
mod schedules;
mod shared;
mod store;
mod tail;
#[cfg(test)]
mod tests;
mod wire;

pub use error::StoreError;
pub use index::writer::{IndexWriter, Judged};
pub use ledger::{GROUP_BYTES_MAX, Ledger};
pub use options::{Engine, StoreOptions, UnknownEngine};
pub use reader::{RANGE_RECORDS_MAX, Reader};
pub use register::LIST_FINDINGS_MAX;
pub use schedules::{Gathered, Kept, ScheduleUsage, Schedules};
pub use store::{Store, reindex};
pub use tail::TAIL_RECORDS_MAX;
