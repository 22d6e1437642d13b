//! Reads entries frames from the places that the index or the tail names, with as few system calls as their nearness allows.

use bytes::Bytes;

use crate::error::StoreError;
use crate::ledger::entries::{Entries, Run};
use crate::ledger::frame::{FRAME_BODY_BYTES_MAX, FRAME_HEADER_BYTES, checked};
use crate::ledger::segment::{Segment, Segments};

/// Frames of other logs between two of ours are read along when they are at most this long: cheaper than a second call.
const GAP_BYTES_MAX: u64 = 32 * 1024;

/// Most bytes read with one call.
const EXTENT_BYTES_MAX: u64 = 4 << 20;

/// The frames of those runs, each checked against its checksum and against what the run says it is.
pub(crate) fn read_entries(segments: &Segments, runs: &[Run]) -> Result<Vec<Entries>, StoreError> {
    let mut found = Vec::with_capacity(runs.len());
    let mut rest = runs;
    while let Some(first) = rest.first() {
        let (near, far) = rest.split_at(near(rest));
        read_extent(&*segments.get(first.place.segment)?, near, &mut found)?;
        rest = far;
    }
    Ok(found)
}

/// How many of the first runs lie near enough to each other for one call.
fn near(runs: &[Run]) -> usize {
    let (first, mut end) = (&runs[0], frame_end(&runs[0]));
    let follows = |run: &&Run| {
        let near = run.place.segment == first.place.segment
            && run.place.offset >= end
            && run.place.offset - end <= GAP_BYTES_MAX
            && frame_end(run) - first.place.offset <= EXTENT_BYTES_MAX;
        end = frame_end(run);
        near
    };
    1 + runs[1..].iter().take_while(follows).count()
}

fn frame_end(run: &Run) -> u64 {
    run.place.offset.saturating_add(u64::from(run.frame_bytes))
}

fn read_extent(segment: &Segment, runs: &[Run], found: &mut Vec<Entries>) -> Result<(), StoreError> {
    let start = runs[0].place.offset;
    if runs
        .iter()
        .any(|run| run.frame_bytes as usize > FRAME_HEADER_BYTES + FRAME_BODY_BYTES_MAX)
    {
        return Err(StoreError::index_damaged("a row names a frame longer than any"));
    }
    let bytes = frame_end(&runs[runs.len() - 1]) - start;
    let mut extent = vec![0; usize::try_from(bytes).expect("at most 4 MiB and a frame")];
    segment.read(start, &mut extent)?;
    let extent = Bytes::from(extent);
    for run in runs {
        let offset = usize::try_from(run.place.offset - start).expect("inside the extent");
        found.push(entries(
            segment,
            run,
            &extent.slice(offset..offset + run.frame_bytes as usize),
        )?);
    }
    Ok(())
}

fn entries(segment: &Segment, run: &Run, frame: &Bytes) -> Result<Entries, StoreError> {
    checked(frame, segment.seed)
        .ok_or_else(|| segment.damaged(run.place.offset, "a frame does not fit its checksum"))?;
    let entries = Entries::decode(frame.slice(FRAME_HEADER_BYTES..));
    let matches = |entries: &Entries| (entries.log, entries.start, entries.count) == (run.log, run.start, run.count);
    entries
        .filter(matches)
        .ok_or_else(|| StoreError::index_damaged("a row names a frame of something else"))
}
