//! Walks the ledger commit by commit, and tells a torn end from damage.
//!
//! A power cut may tear what the last `fdatasync` had not yet made durable, and nothing else. So a frame that does not
//! fit is a torn end only when it lies in the last segment and no readable frame behind it belongs to a later group:
//! a later group was begun only after everything before it had become durable.

use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::Fact;

use crate::error::StoreError;
use crate::ledger::entries::{Entries, Run};
use crate::ledger::fact;
use crate::ledger::frame::{FRAME_HEADER_BYTES, FrameHeader, FrameKind};
use crate::ledger::segment::{Place, SEGMENT_HEADER_BYTES, Segment, Segments};

/// Bytes read ahead of the walk at once.
const WINDOW_BYTES: u64 = 1 << 20;

/// A point between two commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) place: Place,
    /// The group of the commit before.
    pub(crate) group: u64,
}

impl Cursor {
    /// Before the first commit. Groups count from 1.
    pub(crate) const START: Self = Self {
        place: Place {
            segment: 1,
            offset: SEGMENT_HEADER_BYTES as u64,
        },
        group: 0,
    };
}

/// One item as it lies in the ledger.
#[derive(Clone, Debug)]
pub(crate) enum Stored {
    Entries(Run, Entries),
    Fact(Fact),
}

/// What a step of the walk found.
#[derive(Debug)]
pub(crate) enum Step {
    /// The items of the next commit; the walk stands behind it.
    Commit(Vec<Stored>),
    /// Nothing further.
    End,
    /// The rest, from where the walk stands, was never durable.
    Torn,
}

/// A walk over durable commits, in their order.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    segments: &'a Segments,
    /// Number of the last segment.
    last: u32,
    /// Bytes of the last segment that count.
    last_length: u64,
    cursor: Cursor,
    window: Window,
}

impl<'a> Walk<'a> {
    /// Walks from `cursor` to byte `last_length` of segment `last`.
    pub(crate) fn new(segments: &'a Segments, cursor: Cursor, end: Place) -> Result<Self, StoreError> {
        let window = Window::new(segments.get(cursor.place.segment)?);
        Ok(Self {
            segments,
            last: end.segment,
            last_length: end.offset,
            cursor,
            window,
        })
    }

    /// Behind the last commit walked over.
    pub(crate) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The next commit whole, or why there is none.
    pub(crate) fn step(&mut self) -> Result<Step, StoreError> {
        let mut at = self.cursor;
        let mut items = Vec::new();
        loop {
            if at.place.offset == self.length(at.place.segment)? {
                match (items.is_empty(), at.place.segment == self.last) {
                    (true, true) => return Ok(Step::End),
                    (true, false) => at = self.enter_next(at)?,
                    (false, _) => return self.unreadable(at.place, "the file ends inside a commit"),
                }
            }
            let length = self.length(at.place.segment)?;
            let Some((header, frame)) = self.window.frame(at.place.offset, length)? else {
                return self.unreadable(at.place, "a frame does not fit its checksum");
            };
            if header.group != at.group && header.group != at.group + 1 {
                return self.unreadable(at.place, "a group commit is missing before this frame");
            }
            items.push(self.item(at.place, &header, &frame)?);
            at.place.offset += frame.len() as u64;
            at.group = header.group;
            if header.last_of_commit {
                self.cursor = at;
                return Ok(Step::Commit(items));
            }
        }
    }

    fn length(&self, segment: u32) -> Result<u64, StoreError> {
        if segment == self.last {
            Ok(self.last_length)
        } else {
            self.segments.get(segment)?.length()
        }
    }

    fn enter_next(&mut self, at: Cursor) -> Result<Cursor, StoreError> {
        let next = self.segments.get(at.place.segment + 1)?;
        if next.header.first_group != at.group + 1 {
            return Err(next.damaged(0, "it does not follow the segment before it"));
        }
        let place = Place {
            segment: next.header.number,
            offset: SEGMENT_HEADER_BYTES as u64,
        };
        self.window = Window::new(next);
        self.cursor.place = place;
        Ok(Cursor { place, group: at.group })
    }

    fn item(&self, place: Place, header: &FrameHeader, frame: &Bytes) -> Result<Stored, StoreError> {
        stored(place, header, frame).ok_or_else(|| {
            self.window
                .segment
                .damaged(place.offset, "a whole frame that this version cannot read")
        })
    }

    fn unreadable(&self, place: Place, what: &'static str) -> Result<Step, StoreError> {
        let segment = &self.window.segment;
        if place.segment != self.last || self.a_later_group_follows(place.offset)? {
            return Err(segment.damaged(place.offset, what));
        }
        Ok(Step::Torn)
    }

    /// Some readable frame behind `bad` belongs to a group that began behind it.
    fn a_later_group_follows(&self, bad: u64) -> Result<bool, StoreError> {
        let mut window = Window::new(self.window.segment.clone());
        let mut offset = bad + 1;
        while offset + FRAME_HEADER_BYTES as u64 <= self.last_length {
            let Some((header, frame)) = window.frame(offset, self.last_length)? else {
                offset += 1;
                continue;
            };
            let group_start = offset.saturating_sub(u64::from(header.from_group_start));
            if header.group > self.cursor.group && group_start > bad {
                return Ok(true);
            }
            offset += frame.len() as u64;
        }
        Ok(false)
    }
}

/// The item in a whole frame.
fn stored(place: Place, header: &FrameHeader, frame: &Bytes) -> Option<Stored> {
    let body = frame.slice(FRAME_HEADER_BYTES..);
    if header.kind != FrameKind::Entries {
        return fact::decode(header.kind, &body).map(Stored::Fact);
    }
    let entries = Entries::decode(body)?;
    let frame_bytes = u32::try_from(frame.len()).ok()?;
    let run = Run {
        log: entries.log,
        start: entries.start,
        count: entries.count,
        place,
        frame_bytes,
    };
    Some(Stored::Entries(run, entries))
}

/// A stretch of a segment in memory; frames are shares of it.
#[derive(Debug)]
struct Window {
    segment: Arc<Segment>,
    start: u64,
    bytes: Bytes,
}

impl Window {
    fn new(segment: Arc<Segment>) -> Self {
        Self {
            segment,
            start: 0,
            bytes: Bytes::new(),
        }
    }

    /// The frame at `offset` when one is there whole and fits its checksum. `end` is where the segment's bytes end.
    fn frame(&mut self, offset: u64, end: u64) -> Result<Option<(FrameHeader, Bytes)>, StoreError> {
        let Some(head) = self.bytes(offset, FRAME_HEADER_BYTES, end)? else {
            return Ok(None);
        };
        let head = head.first_chunk().expect("that many bytes were asked for");
        let Some(header) = FrameHeader::decode(head) else {
            return Ok(None);
        };
        let Some(frame) = self.bytes(offset, header.frame_bytes(), end)? else {
            return Ok(None);
        };
        Ok(header.fits(&frame, self.segment.seed).then_some((header, frame)))
    }

    /// That many bytes from `offset`, `None` when the segment ends before.
    fn bytes(&mut self, offset: u64, count: usize, end: u64) -> Result<Option<Bytes>, StoreError> {
        let count_wide = count as u64;
        if offset + count_wide > end {
            return Ok(None);
        }
        if offset < self.start || offset + count_wide > self.start + self.bytes.len() as u64 {
            let wanted = WINDOW_BYTES.max(count_wide).min(end - offset);
            let mut bytes = vec![0; usize::try_from(wanted).expect("a window is about 1 MiB")];
            self.segment.read(offset, &mut bytes)?;
            (self.start, self.bytes) = (offset, bytes.into());
        }
        let from = usize::try_from(offset - self.start).expect("inside the window");
        Ok(Some(self.bytes.slice(from..from + count)))
    }
}
