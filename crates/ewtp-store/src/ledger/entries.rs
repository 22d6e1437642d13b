//! The body of an entries frame: consecutive records of one log, all of one 256-record bundle.
//!
//! | bytes | |
//! |---|---|
//! | 16 | hub and epoch |
//! | 8 | index of the first record |
//! | 2 | number of records, 1 to 256 |
//! | 2 each | length of each record |
//! | | the records |
//!
//! A replicated bundle is one frame, so one index row finds it and one read serves it. A bundle of large records takes
//! several frames of about 256 KiB.

use bytes::Bytes;
use ewtp_log::{BUNDLE, Hash};
use ewtp_record::LogId;

use crate::error::StoreError;
use crate::ledger::frame::{FRAME_HEADER_BYTES, FrameKind, GroupBuffer};
use crate::ledger::segment::Place;
use crate::wire::{Input, LOG_BYTES, put_log};

/// A frame takes no further record once it holds this much: what a bundle frame may be on the wire.
const RUN_BYTES: usize = 256 * 1024;

/// Longest record: its length must fit 16 bits. spec: record
pub(crate) const RECORD_BYTES_MAX: usize = 65_535;

const HEAD_BYTES: usize = LOG_BYTES + 8 + 2;

/// Where the records of one entries frame lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) log: LogId,
    /// Index of the first record.
    pub(crate) start: u64,
    pub(crate) count: u16,
    /// Where the frame begins.
    pub(crate) place: Place,
    /// Header and body.
    pub(crate) frame_bytes: u32,
}

impl Run {
    /// Index after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.start + u64::from(self.count)
    }

    /// Bytes of the records alone. A frame that was checked is as long as this says.
    pub(crate) fn record_bytes(&self) -> u64 {
        let around = FRAME_HEADER_BYTES + HEAD_BYTES + 2 * usize::from(self.count);
        u64::from(self.frame_bytes).saturating_sub(around as u64)
    }
}

/// Refuses entries that no correct engine hands over.
pub(crate) fn check(records: &[Bytes], leaves: &[Hash]) -> Result<(), StoreError> {
    if records.is_empty() || records.len() != leaves.len() {
        return Err(StoreError::Refused(
            "entries need at least one record and one leaf hash for each",
        ));
    }
    if records
        .iter()
        .any(|record| record.is_empty() || record.len() > RECORD_BYTES_MAX)
    {
        return Err(StoreError::Refused("a record has 1 to 65,535 bytes"));
    }
    Ok(())
}

/// Writes records as frames cut at the borders of bundles; reports index, count, offset and length of each.
pub(crate) fn encode(
    buffer: &mut GroupBuffer,
    log: LogId,
    start: u64,
    records: &[Bytes],
    mut written: impl FnMut(u64, u16, (usize, usize)),
) {
    let (mut start, mut records) = (start, records);
    while !records.is_empty() {
        let count = frame_records(start, records);
        let (run, rest) = records.split_at(count);
        let frame = buffer.frame(FrameKind::Entries, |body| put_run(body, log, start, run));
        written(start, u16::try_from(count).expect("a bundle has 256 records"), frame);
        start += count as u64;
        records = rest;
    }
}

/// How many of the records go into the next frame: up to the bundle's border, or until it is large.
fn frame_records(start: u64, records: &[Bytes]) -> usize {
    let to_border = usize::try_from(BUNDLE - start % BUNDLE).expect("a bundle has 256 records");
    let mut bytes = 0;
    let fitting = records.iter().take(to_border).take_while(|record| {
        let fits = bytes < RUN_BYTES;
        bytes += record.len();
        fits
    });
    fitting.count()
}

fn put_run(body: &mut Vec<u8>, log: LogId, start: u64, records: &[Bytes]) {
    put_log(body, log);
    body.extend_from_slice(&start.to_be_bytes());
    body.extend_from_slice(
        &u16::try_from(records.len())
            .expect("a bundle has 256 records")
            .to_be_bytes(),
    );
    for record in records {
        body.extend_from_slice(&u16::try_from(record.len()).expect("checked before").to_be_bytes());
    }
    for record in records {
        body.extend_from_slice(record);
    }
}

/// An entries body, read. Its records share the frame's bytes.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    pub(crate) log: LogId,
    pub(crate) start: u64,
    pub(crate) count: u16,
    body: Bytes,
}

impl Entries {
    /// Reads a body; `None` when lengths and bytes disagree.
    pub(crate) fn decode(body: Bytes) -> Option<Self> {
        let mut input = Input(&body);
        let (log, start, count) = (input.log()?, input.u64()?, input.u16()?);
        let lengths = input.take(2 * usize::from(count))?;
        let total: usize = lengths.chunks_exact(2).map(length).sum();
        let sound = (1..=BUNDLE).contains(&u64::from(count)) && input.0.len() == total;
        (sound && start.checked_add(u64::from(count)).is_some()).then_some(Self {
            log,
            start,
            count,
            body,
        })
    }

    /// Index after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.start + u64::from(self.count)
    }

    /// The records in order, each a share of the frame.
    pub(crate) fn records(&self) -> impl Iterator<Item = Bytes> + '_ {
        let mut offset = HEAD_BYTES + 2 * usize::from(self.count);
        self.body[HEAD_BYTES..offset]
            .chunks_exact(2)
            .map(length)
            .collect::<Vec<_>>()
            .into_iter()
            .map(move |bytes| {
                let record = self.body.slice(offset..offset + bytes);
                offset += bytes;
                record
            })
    }

    /// The exact bytes of one record, borrowed.
    pub(crate) fn record(&self, index: u64) -> Option<&[u8]> {
        let nth = usize::try_from(index.checked_sub(self.start)?).ok()?;
        let records_at = HEAD_BYTES + 2 * usize::from(self.count);
        let lengths = &self.body[HEAD_BYTES..records_at];
        let bytes = length(lengths.chunks_exact(2).nth(nth)?);
        let offset: usize = lengths.chunks_exact(2).take(nth).map(length).sum();
        self.body.get(records_at + offset..records_at + offset + bytes)
    }
}

fn length(field: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([field[0], field[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::frame::FRAME_HEADER_BYTES;

    fn log() -> LogId {
        LogId {
            hub: "MY".parse().unwrap(),
            epoch: 0,
        }
    }

    type Written = (u64, u16, (usize, usize));

    fn frames(start: u64, records: &[Bytes]) -> (GroupBuffer, Vec<Written>) {
        let (mut buffer, mut written) = (GroupBuffer::default(), Vec::new());
        encode(&mut buffer, log(), start, records, |index, count, frame| {
            written.push((index, count, frame))
        });
        (buffer, written)
    }

    fn decode(buffer: &GroupBuffer, (offset, bytes): (usize, usize)) -> Entries {
        let body = &buffer.bytes()[offset + FRAME_HEADER_BYTES..offset + bytes];
        Entries::decode(Bytes::copy_from_slice(body)).unwrap()
    }

    #[test]
    fn frames_end_at_bundle_borders_and_give_the_records_back() {
        let records: Vec<Bytes> = (0..600u32).map(|n| Bytes::from(vec![7; 1 + n as usize % 90])).collect();
        let (buffer, written) = frames(250, &records);
        let cuts: Vec<_> = written.iter().map(|(start, count, _)| (*start, *count)).collect();
        assert_eq!(cuts, [(250, 6), (256, 256), (512, 256), (768, 82)]);
        let read: Vec<Bytes> = written
            .iter()
            .flat_map(|(.., frame)| decode(&buffer, *frame).records().collect::<Vec<_>>())
            .collect();
        assert_eq!(read, records);
        assert_eq!(decode(&buffer, written[1].2).record(300).unwrap(), &records[50]);
    }

    #[test]
    fn a_bundle_of_large_records_takes_several_frames() {
        let records = vec![Bytes::from(vec![1; RECORD_BYTES_MAX]); 256];
        let (_, written) = frames(0, &records);
        assert!(written.len() > 50);
        assert!(
            written
                .iter()
                .all(|(.., (_, bytes))| *bytes < RUN_BYTES + RECORD_BYTES_MAX + 1024)
        );
    }

    #[test]
    fn a_body_whose_lengths_do_not_add_up_is_refused() {
        let (buffer, written) = frames(0, &[Bytes::from_static(b"ab"), Bytes::from_static(b"c")]);
        let (offset, bytes) = written[0].2;
        let body = Bytes::copy_from_slice(&buffer.bytes()[offset + FRAME_HEADER_BYTES..offset + bytes]);
        for end in 0..body.len() {
            assert!(Entries::decode(body.slice(..end)).is_none());
        }
    }
}
