//! The file of a tree, whole or being gathered: its page frames one behind the other, each as it travels.
//!
//! | bytes | |
//! |---|---|
//! | 4 | length of the frame |
//! | 4 | index of its first page |
//! | 4 | how many pages |
//! | 4 | CRC-32C of the frame |
//! | 4 | CRC-32C of the 16 bytes before |
//! | | the frame (tariff-sync R4) |
//!
//! Where each lies is known from the opening on, so that one is read without the others.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use ewtp_federation::tariff::{Effort, PageFrame};
use ewtp_record::edition::TreeSummary;

use super::file::{Damage, wrong};
use super::tally::Tally;
use crate::wire::Input;

const PLACE_BYTES: usize = 20;

/// What is known of the file of a tree.
#[derive(Clone, Debug)]
pub(super) struct TreeFile {
    tree: TreeSummary,
    places: Vec<Place>,
    end: u64,
    /// Of a tree that is being gathered, once it was counted.
    tally: Option<Tally>,
}

/// Where a frame lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) pages: Range<u64>,
    offset: u64,
    length: u32,
    crc: u32,
}

impl TreeFile {
    /// A file that holds nothing but its header.
    pub(super) const fn new(tree: TreeSummary, header_bytes: u64) -> Self {
        Self {
            tree,
            places: Vec::new(),
            end: header_bytes,
            tally: None,
        }
    }

    /// Finds the frames of a file of this length, up to the first that is torn.
    pub(super) fn walk(file: &File, tree: TreeSummary, header_bytes: u64, length: u64) -> Result<Self, Damage> {
        let mut found = Self::new(tree, header_bytes);
        while let Some(place) = found.next_place(file, length)? {
            found.push(place);
        }
        Ok(found)
    }

    fn next_place(&self, file: &File, length: u64) -> Result<Option<Place>, Damage> {
        if length < self.end + PLACE_BYTES as u64 {
            return Ok(None);
        }
        let mut bytes = [0; PLACE_BYTES];
        file.read_exact_at(&mut bytes, self.end)?;
        let place = Place::decode(&bytes, self.end);
        Ok(place.filter(|place| place.end() <= length && place.pages.end <= self.tree.pages.into()))
    }

    pub(super) fn push(&mut self, place: Place) {
        self.end = place.end();
        self.places.push(place);
    }

    /// What its pages come to, if they were counted.
    pub(super) const fn tally(&self) -> Option<Tally> {
        self.tally
    }

    /// Its pages were counted.
    pub(super) const fn counted(&mut self, tally: Tally) {
        self.tally = Some(tally);
    }

    /// Leaves the last frame out.
    pub(super) fn pop(&mut self) {
        if let Some(last) = self.places.pop() {
            self.end = last.offset - PLACE_BYTES as u64;
        }
    }

    pub(super) const fn tree(&self) -> &TreeSummary {
        &self.tree
    }

    /// In the order in which they lie.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// The pages that are here, ascending and apart.
    pub(super) fn pages(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<_> = self.places.iter().map(|place| place.pages.clone()).collect();
        ranges.sort_by_key(|range| range.start);
        let mut apart: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }

    pub(super) fn has(&self, pages: &Range<u64>) -> bool {
        let mut here = self.pages().into_iter();
        here.any(|here| here.start <= pages.start && pages.end <= here.end)
    }

    pub(super) fn has_all(&self) -> bool {
        self.has(&(0..self.tree.pages.into()))
    }

    /// Whether each frame begins where the one before it ends, and the last ends with the tree.
    pub(super) fn is_whole(&self) -> bool {
        let ends = self.places.iter().map(|place| place.pages.end);
        let starts = self.places.iter().map(|place| place.pages.start);
        starts
            .chain([self.tree.pages.into()])
            .eq(std::iter::once(0).chain(ends))
    }

    /// The frame to read this page from: one that begins with it, else one that has more behind it than others.
    pub(super) fn place_of(&self, page: u64) -> Option<&Place> {
        let with = self.places.iter().filter(|place| place.pages.contains(&page));
        with.max_by_key(|place| (place.pages.start == page, place.pages.end))
    }
}

impl Place {
    const fn end(&self) -> u64 {
        self.offset + self.length as u64
    }

    fn decode(bytes: &[u8; PLACE_BYTES], at: u64) -> Option<Self> {
        let (told, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(told) != u32::from_be_bytes(*crc) {
            return None;
        }
        let mut input = Input(told);
        let length = input.u32()?;
        let (start, count) = (u64::from(input.u32()?), u64::from(input.u32()?));
        Some(Self {
            pages: start..start + count,
            offset: at + PLACE_BYTES as u64,
            length,
            crc: input.u32()?,
        })
    }

    /// Where a frame lies that is put at this end of a file, and what is written there.
    pub(super) fn of(frame: &PageFrame, at: u64) -> (Self, Vec<u8>) {
        let (pages, bytes) = (frame.pages(), frame.bytes());
        let small = |number: u64| u32::try_from(number).expect("a tree has at most 16,384 pages");
        let place = Self {
            offset: at + PLACE_BYTES as u64,
            length: u32::try_from(bytes.len()).expect("a frame has at most 256 KiB"),
            crc: crc32c::crc32c(bytes),
            pages,
        };
        let mut out = Vec::with_capacity(PLACE_BYTES + bytes.len());
        out.extend_from_slice(&place.length.to_be_bytes());
        out.extend_from_slice(&small(place.pages.start).to_be_bytes());
        out.extend_from_slice(&small(place.pages.end - place.pages.start).to_be_bytes());
        out.extend_from_slice(&place.crc.to_be_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
        out.extend_from_slice(bytes);
        (place, out)
    }

    /// The frame as it lies.
    pub(super) fn bytes(&self, file: &File) -> Result<Bytes, Damage> {
        let mut bytes = vec![0; self.length as usize];
        file.read_exact_at(&mut bytes, self.offset)?;
        if crc32c::crc32c(&bytes) == self.crc {
            Ok(bytes.into())
        } else {
            Err(wrong("the checksum of a page frame does not fit"))
        }
    }

    /// The frame, unpacked.
    pub(super) fn frame(&self, file: &File) -> Result<PageFrame, Damage> {
        let frame = PageFrame::decode(self.bytes(file)?);
        let frame = frame.map_err(|error| wrong(format!("a page frame of it cannot be read: {error}")))?;
        if frame.pages() == self.pages {
            Ok(frame)
        } else {
            Err(wrong("a page frame has other pages than it states"))
        }
    }

    /// A frame of some of its pages, packed anew.
    pub(super) fn cut(&self, file: &File, pages: Range<u64>, tree_pages: u64) -> Result<PageFrame, Damage> {
        let run = self.frame(file)?.run().narrowed(pages, tree_pages);
        let run = run.map_err(|error| wrong(format!("a page frame of it proves nothing: {error}")))?;
        Ok(PageFrame::of(run, Effort::Passing))
    }
}
