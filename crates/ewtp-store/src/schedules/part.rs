//! A tree that is being gathered: pages in the order in which they came, each run durable before the next.
//!
//! The file grows by frames, of which a crash can tear only the last:
//!
//! | bytes | |
//! |---|---|
//! | 4 | length of the body |
//! | 4 | index of the first page |
//! | 4 | how many pages |
//! | 4 | length of the pages before they were deflated, each behind its length in four bytes |
//! | 4 | CRC-32C of the body |
//! | 4 | CRC-32C of the 20 bytes before |
//! | | body: the hashes left of the pages, those right of them, and the pages, deflated |

use std::fs::{self, File, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use ewtp_log::{Hash, right_levels};
use ewtp_record::edition::TreeSummary;
use ewtp_tariff::page::PageRun;
use ewtp_tariff::{Page, PageError, PageTree};

use super::file::{Damage, Facts, wrong};
use super::{Kept, Shared, body};
use crate::error::StoreError;
use crate::wire::Input;

const FRAME_HEADER_BYTES: usize = 24;

/// What is known of the file of such a tree.
#[derive(Clone, Debug)]
pub(super) struct Part {
    tree: TreeSummary,
    frames: Vec<Frame>,
    end: u64,
}

/// Where a run lies.
#[derive(Clone, Debug)]
struct Frame {
    pages: Range<u64>,
    /// Where its body begins.
    offset: u64,
    body_bytes: u32,
    pages_bytes: u32,
    crc: u32,
}

impl Part {
    /// A file that holds nothing but its header.
    pub(super) fn new(tree: TreeSummary, header_bytes: u64) -> Self {
        Self {
            tree,
            frames: Vec::new(),
            end: header_bytes,
        }
    }

    /// Walks the headers of the frames and cuts the file where it is torn.
    ///
    /// A tree that was completed when the node died is asked for its last run again, which then makes it whole.
    pub(super) fn read(path: &Path, tree: TreeSummary, header_bytes: u64, length: u64) -> Result<Self, Damage> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut part = Self::new(tree, header_bytes);
        while let Some(frame) = part.next_frame(&file, length)? {
            part.push(frame);
        }
        if part.is_complete()
            && let Some(last) = part.frames.pop()
        {
            part.end = last.offset - FRAME_HEADER_BYTES as u64;
        }
        if part.end < length {
            tracing::warn!(file = %path.display(), from = part.end, "a tree that is being gathered was cut where it was torn");
            file.set_len(part.end)?;
        }
        Ok(part)
    }

    fn next_frame(&self, file: &File, length: u64) -> Result<Option<Frame>, Damage> {
        if length < self.end + FRAME_HEADER_BYTES as u64 {
            return Ok(None);
        }
        let mut bytes = [0; FRAME_HEADER_BYTES];
        file.read_exact_at(&mut bytes, self.end)?;
        let frame = Frame::decode(&bytes, self.end);
        Ok(frame.filter(|frame| frame.end() <= length && frame.pages.end <= self.tree.pages.into()))
    }

    fn push(&mut self, frame: Frame) {
        self.end = frame.end();
        self.frames.push(frame);
    }

    pub(super) const fn tree(&self) -> &TreeSummary {
        &self.tree
    }

    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// The pages that are here, ascending and apart.
    pub(super) fn pages(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<_> = self.frames.iter().map(|frame| frame.pages.clone()).collect();
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

    fn has(&self, pages: &Range<u64>) -> bool {
        let mut here = self.pages().into_iter();
        here.any(|here| here.start <= pages.start && pages.end <= here.end)
    }

    fn is_complete(&self) -> bool {
        self.has(&(0..self.tree.pages.into()))
    }

    fn frame_with(&self, page: u64) -> Option<&Frame> {
        let with = self.frames.iter().filter(|frame| frame.pages.contains(&page));
        with.max_by_key(|frame| frame.pages.end)
    }
}

impl Frame {
    const fn end(&self) -> u64 {
        self.offset + self.body_bytes as u64
    }

    fn decode(bytes: &[u8; FRAME_HEADER_BYTES], at: u64) -> Option<Self> {
        let (told, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(told) != u32::from_be_bytes(*crc) {
            return None;
        }
        let mut input = Input(told);
        let body_bytes = input.u32()?;
        let (start, count) = (u64::from(input.u32()?), u64::from(input.u32()?));
        Some(Self {
            pages: start..start + count,
            offset: at + FRAME_HEADER_BYTES as u64,
            body_bytes,
            pages_bytes: input.u32()?,
            crc: input.u32()?,
        })
    }

    /// A frame of this run, to be written at this place, and its bytes.
    fn of(run: &PageRun, at: u64) -> Option<(Self, Vec<u8>)> {
        let mut content = Vec::new();
        let hashes = run.left.iter().chain(&run.right);
        hashes.for_each(|hash| content.extend_from_slice(hash.as_bytes()));
        content.extend_from_slice(&body::of_pages(&run.pages));
        let frame = Self {
            pages: run.start..run.start + run.pages.len() as u64,
            offset: at + FRAME_HEADER_BYTES as u64,
            body_bytes: u32::try_from(content.len()).ok()?,
            pages_bytes: u32::try_from(body::length(&run.pages)).ok()?,
            crc: crc32c::crc32c(&content),
        };
        let mut out = Vec::with_capacity(FRAME_HEADER_BYTES + content.len());
        out.extend_from_slice(&frame.body_bytes.to_be_bytes());
        out.extend_from_slice(&u32::try_from(run.start).ok()?.to_be_bytes());
        out.extend_from_slice(&u32::try_from(run.pages.len()).ok()?.to_be_bytes());
        out.extend_from_slice(&frame.pages_bytes.to_be_bytes());
        out.extend_from_slice(&frame.crc.to_be_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
        out.extend_from_slice(&content);
        Some((frame, out))
    }

    fn run(&self, file: &File, pages: u64) -> Result<PageRun, Damage> {
        let mut content = vec![0; self.body_bytes as usize];
        file.read_exact_at(&mut content, self.offset)?;
        if crc32c::crc32c(&content) != self.crc {
            return Err(wrong("the checksum of a run of pages does not fit"));
        }
        let mut input = Input(&content);
        let left = hashes(&mut input, self.pages.start.count_ones() as usize)?;
        let right = hashes(&mut input, right_levels(self.pages.end, pages).count())?;
        Ok(PageRun {
            start: self.pages.start,
            left,
            pages: body::pages(input.0, self.pages_bytes.into())?,
            right,
        })
    }
}

fn hashes(input: &mut Input<'_>, count: usize) -> Result<Vec<Hash>, Damage> {
    let hashes: Option<Vec<Hash>> = (0..count).map(|_| input.hash()).collect();
    hashes.ok_or_else(|| wrong("a run of pages lacks its hashes"))
}

impl Shared {
    pub(super) fn keep_run(&self, tree: &TreeSummary, run: &PageRun) -> Result<Kept, StoreError> {
        let pages = run.start..run.start.saturating_add(run.pages.len() as u64);
        if pages.is_empty() || pages.end > tree.pages.into() {
            return Err(StoreError::Refused("pages that lie beyond their tree"));
        }
        let facts = Facts::Part(*tree);
        if self.catalog().is_whole(tree) {
            return Ok(Kept::Whole);
        }
        if !self.catalog().has(&facts) {
            self.write(&facts, &[])?;
        }
        let known = |part: Option<&mut Part>| part.cloned().unwrap_or_else(|| Part::new(*tree, 0));
        if !known(self.catalog().part(tree)).has(&pages) {
            self.append(&facts, tree, run)?;
        }
        let part = known(self.catalog().part(tree));
        if part.is_complete() {
            self.complete(&part)
        } else {
            Ok(Kept::Part)
        }
    }

    fn append(&self, facts: &Facts, tree: &TreeSummary, run: &PageRun) -> Result<(), StoreError> {
        let path = self.folder.path_of(facts);
        let end = self.catalog().part(tree).map_or(0, |part| part.end);
        let (frame, bytes) = Frame::of(run, end).ok_or(StoreError::Refused("a run of pages beyond 4 GiB"))?;
        let file = OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        // At its place and not at the end: a write that failed before may have left something there.
        file.write_all_at(&bytes, end).map_err(StoreError::io("write", &path))?;
        file.sync_data().map_err(StoreError::io("sync", &path))?;
        let mut catalog = self.catalog();
        catalog.count(bytes.len() as u64, 0);
        if let Some(part) = catalog.part(tree) {
            part.push(frame);
        }
        Ok(())
    }

    /// Makes a tree whole of which all pages are here.
    fn complete(&self, part: &Part) -> Result<Kept, StoreError> {
        let facts = Facts::Part(part.tree);
        let pages = self.pages_of(part).map_err(|damage| self.set_aside(&facts, damage))?;
        let tree = PageTree::of_pages(pages).and_then(|tree| {
            let is_named = tree.summary() == part.tree;
            is_named.then_some(tree).ok_or(PageError::Root)
        });
        let kept = match tree {
            Ok(tree) => {
                self.write_tree(&tree)?;
                self.remember_tree(&tree);
                Kept::Whole
            }
            Err(error) => Kept::Refused(error),
        };
        let path = self.folder.path_of(&facts);
        fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
        let mut catalog = self.catalog();
        catalog.count(0, part.end);
        catalog.forget(&facts);
        Ok(kept)
    }

    fn pages_of(&self, part: &Part) -> Result<Vec<Page>, Damage> {
        let file = File::open(self.folder.path_of(&Facts::Part(part.tree)))?;
        let mut pages = Vec::new();
        let mut next = 0;
        while next < part.tree.pages.into() {
            let frame = part.frame_with(next).ok_or_else(|| wrong("a page is missing"))?;
            let run = frame.run(&file, part.tree.pages.into())?;
            let known = usize::try_from(next - run.start).map_err(|_| wrong("a page is missing"))?;
            pages.extend(run.pages.into_iter().skip(known));
            next = frame.pages.end;
        }
        Ok(pages)
    }

    /// Pages of a tree that is being gathered, to be served.
    pub(super) fn part_run(&self, tree: &TreeSummary, range: Range<u64>) -> Result<Option<PageRun>, StoreError> {
        let facts = Facts::Part(*tree);
        let frame = self
            .catalog()
            .part(tree)
            .and_then(|part| part.frame_with(range.start).cloned());
        let Some(frame) = frame else { return Ok(None) };
        // The tree may have become whole in between, and its file be gone.
        let Ok(file) = File::open(self.folder.path_of(&facts)) else {
            return Ok(None);
        };
        let run = frame
            .run(&file, tree.pages.into())
            .map_err(|damage| self.set_aside(&facts, damage))?;
        let range = range.start..range.end.min(frame.pages.end);
        Ok(run.narrowed(range, tree.pages.into()).ok())
    }
}
