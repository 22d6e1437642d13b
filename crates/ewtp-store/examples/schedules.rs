//! What schedules take on disk and in memory: `cargo run --release -p ewtp-store --example schedules -- [TABLES]`.
//!
//! Makes national tables of 12,000 lines, each with a description, keeps them, opens the folder again and reads every one, as a
//! node does that quotes from all of them in turn. Fails when they take more than they may.

#![expect(clippy::print_stdout, reason = "an example's answer is what it prints")]

use ewtp_record::edition::{MeasureKind, Trees};
use ewtp_store::{Schedules, StoreError};
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Row, RowKey};
use std::fs;

const LINES: u32 = 12_000;
/// As a node opens it.
const MEMORY_BYTES: usize = 64 << 20;
/// What 200 tables may take on disk; fewer may take their part.
const DISK_BYTES_MAX: u64 = 600_000_000;
/// What a process may hold in memory that has read them all, however many they are.
const RESIDENT_BYTES_MAX: u64 = 200_000_000;
/// What descriptions are made of.
const WORDS: [&str; 16] = [
    "Articles",
    "of",
    "cotton",
    "knitted",
    "or",
    "crocheted",
    "containing",
    "not",
    "more",
    "than",
    "weight",
    "synthetic",
    "fibres",
    "other",
    "machines",
    "parts",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tables = std::env::args().nth(1).map_or(Ok(200), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let schedules = Schedules::open(folder.path(), MEMORY_BYTES)?;
    let mut named = Vec::new();
    for table in 0..tables {
        let trees = schedule(table)?;
        schedules.keep(&trees)?;
        named.push(trees.summary());
    }
    let bytes: u64 = named.iter().map(|trees| trees.rates.bytes + trees.texts.bytes).sum();
    let disk = schedules.usage().bytes;
    println!(
        "{tables} tables of {LINES} lines: {:.1} MB of pages, {:.1} MB on disk",
        bytes as f64 / 1e6,
        disk as f64 / 1e6
    );
    let disk_max = DISK_BYTES_MAX / 200 * u64::from(tables);
    assert!(disk <= disk_max, "{disk} bytes on disk, {disk_max} are allowed");
    drop(schedules);
    let before = resident();
    let schedules = Schedules::open(folder.path(), MEMORY_BYTES)?;
    println!("opened: {} more resident", megabytes(before));
    read_all(&schedules, &named)?;
    println!(
        "each read once: {} more resident, {} in all",
        megabytes(before),
        megabytes(0)
    );
    let resident = resident();
    assert!(
        resident <= RESIDENT_BYTES_MAX,
        "{resident} bytes resident, {RESIDENT_BYTES_MAX} are allowed"
    );
    Ok(())
}

fn read_all(schedules: &Schedules, named: &[Trees]) -> Result<(), StoreError> {
    for trees in named {
        assert!(schedules.trees(trees)?.is_some());
    }
    Ok(())
}

fn schedule(table: u32) -> Result<PageTrees, Box<dyn std::error::Error>> {
    let english = "en".parse()?;
    let mut seed = u64::from(table) + 1;
    let mut rows = Vec::new();
    for line in 0..LINES {
        let code = format!("{:08}", 1_000_000 + line * 8_123 + table).parse()?;
        rows.push(Row::new(
            RowKey::Line(code, 1),
            Entry::Line(tariff_line(next(&mut seed))?),
        )?);
        let words: Vec<_> = (0..9).map(|_| WORDS[next(&mut seed) as usize % WORDS.len()]).collect();
        rows.push(Row::new(
            RowKey::Description(code, 1, english),
            Entry::Description(words.join(" ")),
        )?);
    }
    Ok(PageTrees::of(rows)?)
}

/// A line with a duty for everyone and one of an agreement.
fn tariff_line(number: u64) -> Result<TariffLine, Box<dyn std::error::Error>> {
    let duty = format!("{}.{}%", number % 40, 1 + number / 40 % 9).parse()?;
    let preference = Measure {
        areas: vec!["CN".parse()?, "KE".parse()?],
        agreement: Some("AFTA".parse()?),
        ..Measure::of(MeasureKind::Preference, Some("free".parse()?))
    };
    Ok(TariffLine {
        units: vec!["KGM".parse()?],
        is_declarable: true,
        measures: vec![Measure::of(MeasureKind::Mfn, Some(duty)), preference],
        ..TariffLine::default()
    })
}

/// The same numbers everywhere (Knuth's MMIX generator).
fn next(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// Bytes of memory that the system holds for this process.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

fn megabytes(before: u64) -> String {
    format!("{:.1} MB", resident().saturating_sub(before) as f64 / 1e6)
}
