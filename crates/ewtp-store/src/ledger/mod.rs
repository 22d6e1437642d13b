//! The ledger: append-only segment files that hold everything the node must not forget.
//!
//! [`Ledger::commit`] writes the frames of any number of commits with one write and one `fdatasync`; when it returns,
//! they are durable. A commit is found again whole or not at all. After a failed write or sync nothing more is
//! accepted, because what the disk then holds is unknown; readers go on, and the next start cuts what is torn.

pub(crate) mod entries;
pub(crate) mod fact;
pub(crate) mod frame;
pub(crate) mod read;
pub(crate) mod segment;
pub(crate) mod walk;

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use ewtp_federation::{Commit, Item};
use ewtp_log::Hash;

use crate::changes::Changes;
use crate::error::StoreError;
use crate::ledger::entries::Run;
use crate::ledger::frame::GroupBuffer;
use crate::ledger::segment::{LEDGER_VERSION, Place, SEGMENT_HEADER_BYTES, Segment, SegmentHeader};
use crate::ledger::walk::Cursor;
use crate::shared::Shared;
use crate::tail::TailRun;

/// Largest group commit: far above 1,000 records, far below what a frame can say of its place in a group.
pub const GROUP_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A buffer that grew beyond this for one group is given back.
const BUFFER_BYTES_KEPT: usize = 8 * 1024 * 1024;

/// The writing end of the ledger. One per folder; give it a thread of its own.
#[derive(Debug)]
pub struct Ledger {
    shared: Arc<Shared>,
    segment: Arc<Segment>,
    /// Behind the last durable commit.
    end: Cursor,
    segment_bytes: u64,
    buffer: GroupBuffer,
    failed: Option<String>,
}

impl Ledger {
    pub(crate) fn new(shared: Arc<Shared>, end: Cursor, segment_bytes: u64) -> Result<Self, StoreError> {
        let segment = shared.segments.get(end.place.segment)?;
        Ok(Self {
            shared,
            segment,
            end,
            segment_bytes,
            buffer: GroupBuffer::default(),
            failed: None,
        })
    }

    /// Makes commits durable, all with one `fdatasync`; readers see them when this returns.
    ///
    /// Waits while [`TAIL_RECORDS_MAX`](crate::TAIL_RECORDS_MAX) records have not been indexed, so call
    /// [`follow`](crate::IndexWriter::follow) from another thread, or after each commit.
    ///
    /// # Errors
    /// [`StoreError::Discontinuous`], [`StoreError::Guarded`] and [`StoreError::Refused`] refuse the call and change
    /// nothing; [`StoreError::IndexBehind`] when waiting did not help; [`StoreError::Io`] when the write failed, and
    /// [`StoreError::Poisoned`] from then on. Nothing of a call that failed may be called durable.
    pub fn commit(&mut self, commits: &[Commit]) -> Result<(), StoreError> {
        if let Some(why) = &self.failed {
            return Err(StoreError::Poisoned { why: why.clone() });
        }
        self.shared.wait_for_room()?;
        let changes = Changes::check(&self.shared, commits)?;
        let runs = self.encode(commits)?;
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.write();
        if let Err(error) = &written {
            self.failed = Some(error.to_string());
        }
        let base = written?;
        self.shared
            .publish(changes, runs.into_iter().map(|run| run.at(base)), self.end);
        Ok(())
    }

    /// Bytes of the ledger's last segment.
    #[cfg(test)]
    pub(crate) fn end(&self) -> Cursor {
        self.end
    }

    fn encode(&mut self, commits: &[Commit]) -> Result<Vec<TailRun>, StoreError> {
        self.buffer.clear();
        let mut runs = Vec::new();
        for commit in commits {
            commit
                .items
                .iter()
                .for_each(|item| encode_item(&mut self.buffer, item, &mut runs));
            if !commit.items.is_empty() {
                self.buffer.end_commit();
            }
        }
        if self.buffer.bytes().len() > GROUP_BYTES_MAX {
            return Err(StoreError::Refused("a group commit has at most 256 MiB"));
        }
        Ok(runs)
    }

    /// Appends the buffer as one group and makes it durable; answers where it begins.
    fn write(&mut self) -> Result<Place, StoreError> {
        let full = self.end.place.offset >= self.segment_bytes.max(SEGMENT_HEADER_BYTES as u64 + 1);
        if full || self.segment.header.version < LEDGER_VERSION {
            self.roll()?;
        }
        let (group, start) = (self.end.group + 1, self.end.place);
        self.buffer.seal(group, self.segment.seed);
        let bytes = self.buffer.bytes();
        self.segment
            .file
            .write_all_at(bytes, start.offset)
            .map_err(StoreError::io("append to", &self.segment.path))?;
        // Nothing may be acknowledged or signed before this returns: a power cut would take it back.
        self.segment
            .file
            .sync_data()
            .map_err(StoreError::io("sync", &self.segment.path))?;
        self.end = Cursor {
            place: Place {
                offset: start.offset + bytes.len() as u64,
                ..start
            },
            group,
        };
        self.buffer.shrink(BUFFER_BYTES_KEPT);
        Ok(start)
    }

    /// Goes on in a new segment, which records how long this one is.
    fn roll(&mut self) -> Result<(), StoreError> {
        let header = SegmentHeader::new(self.end.place.segment + 1, self.end.place.offset, self.end.group + 1);
        self.segment = self.shared.segments.create(&header)?;
        self.end.place = Place {
            segment: header.number,
            offset: SEGMENT_HEADER_BYTES as u64,
        };
        Ok(())
    }
}

fn encode_item(buffer: &mut GroupBuffer, item: &Item, runs: &mut Vec<TailRun>) {
    match item {
        Item::Entries {
            log,
            start,
            records,
            leaves,
        } => entries::encode(buffer, *log, *start, records, |first, count, (offset, bytes)| {
            let leaves = leaves_of(leaves, first - start, count);
            let place = Place {
                segment: 0,
                offset: offset as u64,
            };
            let frame_bytes = u32::try_from(bytes).expect("a frame is at most 1 MiB");
            runs.push(TailRun {
                run: Run {
                    log: *log,
                    start: first,
                    count,
                    place,
                    frame_bytes,
                },
                leaves,
            });
        }),
        Item::Fact(fact) => {
            buffer.frame(fact::kind(fact), |body| fact::encode(fact, body));
        }
    }
}

fn leaves_of(leaves: &[Hash], from: u64, count: u16) -> Arc<[Hash]> {
    let from = usize::try_from(from).expect("counted from the start of this item");
    leaves[from..from + usize::from(count)].into()
}
