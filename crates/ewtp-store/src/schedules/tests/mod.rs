//! Schedules on disk: kept, patched, gathered, served, cut short and damaged.

mod damage;
mod gathering;
mod keeping;
mod refusals;
mod serving;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ewtp_federation::tariff::{Effort, PackedPatch, PageAnswer, PageFrame};
use ewtp_record::edition::{MeasureKind, Trees};
use ewtp_tariff::page::{PageRun, PageTree};
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Patch, Row, RowKey};

use crate::{Schedules, StoreError};

/// Room for every tree of these tests.
const AMPLE: usize = 64 << 20;

fn open(folder: &Path) -> Schedules {
    Schedules::open(folder, AMPLE).unwrap()
}

fn line(code: u32, percent: u32) -> Row {
    let duty = format!("{percent}%").parse().unwrap();
    let line = TariffLine {
        measures: vec![Measure::of(MeasureKind::Mfn, Some(duty))],
        ..TariffLine::default()
    };
    let code = format!("{:08}", 10_000_000 + code * 7).parse().unwrap();
    Row::new(RowKey::Line(code, 1), Entry::Line(line)).unwrap()
}

fn note(id: u32) -> Row {
    let key = RowKey::Note(format!("n-{id}").parse().unwrap());
    Row::new(key, Entry::Note(format!("what note {id} says"))).unwrap()
}

/// So many lines with a duty of that many per cent, of which the first `raised` are one higher; and some notes.
fn schedule(lines: u32, percent: u32, raised: u32) -> PageTrees {
    let lines = (0..lines).map(|code| line(code, percent + u32::from(code < raised)));
    PageTrees::of(lines.chain((0..40).map(note))).unwrap()
}

fn patch(old: &PageTrees, new: &PageTrees) -> PackedPatch {
    PackedPatch::of(Patch::between(old, new).encode().into())
}

fn frame(tree: &PageTree, pages: std::ops::Range<usize>) -> PageFrame {
    PageFrame::of(tree.run(pages).unwrap(), Effort::Passing)
}

/// The next frame of these pages as it is served, and what a peer reads in it.
fn served(schedules: &Schedules, tree: &PageTree, from: usize, to: usize) -> Option<(Bytes, PageRun)> {
    let (bytes, end) = schedules
        .frame(&tree.root(), tree.pages().len() as u64, from as u64..to as u64)
        .unwrap()?;
    let asked = u32::try_from(from).unwrap()..u32::try_from(to).unwrap();
    let read = PageAnswer::new(tree.summary(), asked).read(bytes.clone()).unwrap();
    assert_eq!(read.pages().end, end);
    Some((bytes, read.run().clone()))
}

/// Keeps the second as a patch from the first, which is held.
fn keep_next(schedules: &Schedules, old: &PageTrees, new: &PageTrees) -> Trees {
    schedules.keep_patch(&old.summary(), new, &patch(old, new)).unwrap();
    new.summary()
}

fn read(schedules: &Schedules, trees: &Trees) -> Option<PageTrees> {
    schedules.trees(trees).unwrap().map(|trees| PageTrees::clone(&trees))
}

/// The files of a kind that end so.
fn files(folder: &Path, kind: &str, ending: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder.join("tariffs").join(kind)).unwrap();
    let paths = listed.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}

fn is_damaged(error: &StoreError) -> bool {
    matches!(error, StoreError::ScheduleDamaged { .. })
}
