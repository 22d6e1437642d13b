//! A segment: one append-only file of the ledger, `ledger/00000001.seg` and so on.
//!
//! | bytes | header |
//! |---|---|
//! | 8 | `ewtpledg` |
//! | 2 | format version |
//! | 1 | kind: 0 holds commits of every log in the order of their arrival; 1, reserved, holds one log's entries only |
//! | 1 | zero |
//! | 4 | number of the segment, from 1 |
//! | 8 | length of the segment before, 0 for the first: a file cut short behind our back is noticed |
//! | 8 | number of its first group commit |
//! | 8 | salt, drawn when the file was created |
//! | 16 | hub and epoch of the log, zero for kind 0 |
//! | 4 | zero |
//! | 4 | CRC-32C of the 60 bytes before |
//!
//! A place in the ledger is (segment, offset), so that segments can later be rewritten log by log without renumbering.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::StoreError;
use crate::ledger::frame;
use crate::wire::{Input, LOG_BYTES};

/// Format of segments and frames written here. An older one is read and not appended to: whoever knows only that one would
/// take the frames that it does not know for a torn end, and cut them. Version 3 holds the id of a checkpoint's charter, and halts.
pub(crate) const LEDGER_VERSION: u16 = 3;

/// The oldest format read here: those before it were never released, and their checkpoints lack what is served now.
const OLDEST_VERSION: u16 = 3;

/// Bytes of a segment header.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 64;

/// Segment files kept open for readers; older handles are closed first.
const OPEN_SEGMENTS_MAX: usize = 64;

const MAGIC: &[u8; 8] = b"ewtpledg";
const SUFFIX: &str = "seg";
const KIND_MIXED: u8 = 0;

/// A place in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) version: u16,
    pub(crate) number: u32,
    pub(crate) previous_length: u64,
    pub(crate) first_group: u64,
    pub(crate) salt: u64,
}

impl SegmentHeader {
    /// The header of a new segment, with a fresh salt.
    pub(crate) fn new(number: u32, previous_length: u64, first_group: u64) -> Self {
        let salt = RandomState::new().hash_one((number, first_group));
        Self {
            version: LEDGER_VERSION,
            number,
            previous_length,
            first_group,
            salt,
        }
    }

    fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&[KIND_MIXED, 0]);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.previous_length.to_be_bytes());
        out.extend_from_slice(&self.first_group.to_be_bytes());
        out.extend_from_slice(&self.salt.to_be_bytes());
        out.extend_from_slice(&[0; LOG_BYTES + 4]);
        out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
        out.try_into().expect("the fields add up to 64 bytes")
    }

    fn decode(path: &Path, bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Result<Self, StoreError> {
        let damaged = |what| StoreError::Damaged {
            segment: path.to_owned(),
            offset: 0,
            what,
        };
        let (body, crc) = bytes.split_last_chunk::<4>().expect("64 bytes hold 4");
        let mut input = Input(body);
        if input.take(8) != Some(MAGIC) {
            return Err(damaged("not a segment of a ledger"));
        }
        let version = input.u16().ok_or_else(|| damaged("the header is short"))?;
        let whole = crc32c::crc32c(body) == u32::from_be_bytes(*crc);
        // The version comes before the checksum: a newer format may place the checksum elsewhere.
        if version > LEDGER_VERSION {
            return Err(StoreError::NewerVersion {
                path: path.to_owned(),
                found: version,
                known: LEDGER_VERSION,
            });
        }
        if !whole {
            return Err(damaged("the header's checksum does not fit"));
        }
        if version < OLDEST_VERSION {
            return Err(damaged(
                "a format from before the first release, which only the software that wrote it reads",
            ));
        }
        if input.u16() != Some(u16::from_be_bytes([KIND_MIXED, 0])) {
            return Err(damaged("a kind of segment that this version does not know"));
        }
        Self::fields(version, input).ok_or_else(|| damaged("the header is short"))
    }

    fn fields(version: u16, mut input: Input<'_>) -> Option<Self> {
        Some(Self {
            version,
            number: input.u32()?,
            previous_length: input.u64()?,
            first_group: input.u64()?,
            salt: input.u64()?,
        })
    }
}

/// An open segment. Reads take an offset, so one handle serves every thread.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    /// Where the checksums of its frames start from.
    pub(crate) seed: u32,
}

impl Segment {
    fn open(path: PathBuf) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(StoreError::Damaged {
                    segment: path,
                    offset: 0,
                    what: "shorter than its header",
                });
            }
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        }
        let header = SegmentHeader::decode(&path, &bytes)?;
        Ok(Self {
            seed: frame::seed(header.salt),
            header,
            path,
            file,
        })
    }

    /// Bytes in the file now.
    pub(crate) fn length(&self) -> Result<u64, StoreError> {
        Ok(self
            .file
            .metadata()
            .map_err(StoreError::io("measure", &self.path))?
            .len())
    }

    pub(crate) fn damaged(&self, offset: u64, what: &'static str) -> StoreError {
        StoreError::Damaged {
            segment: self.path.clone(),
            offset,
            what,
        }
    }

    /// Reads bytes that are known to be durable; a short file is damage.
    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), StoreError> {
        self.file
            .read_exact_at(into, offset)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => self.damaged(offset, "the file ends inside a durable frame"),
                _ => StoreError::io("read", &self.path)(error),
            })
    }
}

/// The segments of one ledger folder.
#[derive(Debug)]
pub(crate) struct Segments {
    folder: PathBuf,
    open: Mutex<BTreeMap<u32, Arc<Segment>>>,
}

impl Segments {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            open: Mutex::default(),
        }
    }

    pub(crate) fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:08}.{SUFFIX}"))
    }

    /// The numbers present, checked to be without a gap and each as long as its successor says.
    pub(crate) fn inspect(&self) -> Result<Vec<u32>, StoreError> {
        let numbers = self.numbers()?;
        let mut previous_length = 0;
        for (number, expected) in numbers.iter().zip(1..) {
            if *number != expected {
                return Err(StoreError::MissingSegment {
                    path: self.path(expected),
                });
            }
            let segment = self.get(*number)?;
            if segment.header.number != *number {
                return Err(segment.damaged(0, "the file bears the number of another segment"));
            }
            if segment.header.previous_length != previous_length {
                let before = self.path(number - 1);
                let what = "its length is not the one that the next segment recorded";
                return Err(StoreError::Damaged {
                    segment: before,
                    offset: previous_length,
                    what,
                });
            }
            previous_length = segment.length()?;
        }
        Ok(numbers)
    }

    fn numbers(&self) -> Result<Vec<u32>, StoreError> {
        let listing = fs::read_dir(&self.folder).map_err(StoreError::io("list", &self.folder))?;
        let mut numbers = Vec::new();
        for file in listing {
            let path = file.map_err(StoreError::io("list", &self.folder))?.path();
            if path.extension().is_some_and(|suffix| suffix == SUFFIX) {
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                let number = stem.and_then(|stem| stem.parse().ok());
                let what = "its name is not the number of a segment";
                numbers.push(number.ok_or(StoreError::Damaged {
                    segment: path,
                    offset: 0,
                    what,
                })?);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The segment of that number, opened when it is not.
    pub(crate) fn get(&self, number: u32) -> Result<Arc<Segment>, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = open.get(&number) {
            return Ok(segment.clone());
        }
        let segment = Arc::new(Segment::open(self.path(number))?);
        if open.len() >= OPEN_SEGMENTS_MAX {
            open.pop_first();
        }
        open.insert(number, segment.clone());
        Ok(segment)
    }

    /// Creates a segment so that it is there whole or not at all, also after a power cut.
    pub(crate) fn create(&self, header: &SegmentHeader) -> Result<Arc<Segment>, StoreError> {
        let path = self.path(header.number);
        let unfinished = path.with_extension("new");
        let mut file = File::create(&unfinished).map_err(StoreError::io("create", &unfinished))?;
        file.write_all(&header.encode())
            .map_err(StoreError::io("write", &unfinished))?;
        file.sync_all().map_err(StoreError::io("sync", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(StoreError::io("rename", &unfinished))?;
        sync_folder(&self.folder)?;
        self.get(header.number)
    }
}

/// Makes names created in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let handle = File::open(folder).map_err(StoreError::io("open", folder))?;
    handle.sync_all().map_err(StoreError::io("sync", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back() {
        let header = SegmentHeader::new(3, 77, 12);
        assert_eq!(SegmentHeader::decode(Path::new("x"), &header.encode()).unwrap(), header);
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_named() {
        let bytes = SegmentHeader::new(3, 77, 12).encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = SegmentHeader::decode(Path::new("x"), &flipped).unwrap_err();
            assert!(
                matches!(error, StoreError::Damaged { .. } | StoreError::NewerVersion { .. }),
                "bit {bit}: {error}"
            );
        }
    }

    #[test]
    fn a_newer_version_is_refused_by_name() {
        let mut bytes = SegmentHeader::new(1, 0, 0).encode();
        bytes[9] = 4;
        let error = SegmentHeader::decode(Path::new("x"), &bytes).unwrap_err();
        assert!(
            matches!(error, StoreError::NewerVersion { found: 4, known: 3, .. }),
            "{error}"
        );
    }
}
