//! Measures the store beside what bounds it, in one run and on the same bytes: `cargo run --release --example measure`.
//!
//! Arguments: records (default 400,000), folder (default: a new one here), and `redb` or `sled`.

#![expect(clippy::print_stdout, reason = "the answer of a measuring program")]
#![expect(clippy::disallowed_methods, reason = "measuring is reading a clock")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use ewtp_federation::{Commit, CommitId, Item};
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::{Draft, KeyId, LogId, Record, RecordKind, UnixTime};
use ewtp_store::{Engine, Judged, LIST_FINDINGS_MAX, Store, StoreOptions};
use ewtp_trust::{Finding, Standing};

const COMMIT_RECORDS: u64 = 1_000;

/// One record of so many is a tariff edition.
const EDITION_EVERY: u64 = 2_500;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(400_000), |count| count.parse())?;
    let folder = tempfile::tempdir_in(arguments.next().unwrap_or_else(|| ".".into()))?;
    let engine: Engine = arguments.next().map_or(Ok(Engine::Redb), |engine| engine.parse())?;
    let log = LogId {
        hub: "MY".parse()?,
        epoch: 0,
    };
    let records: Vec<Bytes> = (0..count).map(|index| record(log, index)).collect();
    println!(
        "{count} records of {} bytes, {COMMIT_RECORDS} a commit, index {engine}",
        records[0].len()
    );
    let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record)).collect();

    let options = StoreOptions {
        engine,
        ..StoreOptions::default()
    };
    let path = folder.path().join("store");
    let (mut store, _) = Store::open(&path, &options)?;
    commit_all(&mut store, &folder.path().join("raw"), log, &records, &leaves)?;
    measure_index(&mut store, &path, log, &records, &leaves)?;
    drop(store);
    let begun = Instant::now();
    let (store, restored) = Store::open(&path, &options)?;
    println!(
        "{:36} {:10.1} ms",
        "open with its index",
        begun.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(restored.logs[0].tree.size(), count);
    measure_reads(&store, log, count)?;
    drop((store, restored));
    let begun = Instant::now();
    ewtp_store::reindex(&path, &options)?;
    report(
        "reindex from the ledger",
        count as f64 / begun.elapsed().as_secs_f64(),
        None,
    );
    Ok(())
}

fn report(what: &str, rate: f64, limit: Option<f64>) {
    let ratio = limit.map_or(String::new(), |limit| {
        format!("{:6.1} % of the limit", 100.0 * rate / limit)
    });
    println!("{what:36} {rate:10.0} records/s {ratio}");
}

/// Records that differ and do not compress, signed by nobody: the store reads envelopes only.
fn record(log: LogId, index: u64) -> Bytes {
    let mut payload = vec![0xa3, 0, 1, 1, 0, 2, 0x59, 1, 8];
    let mut noise = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while payload.len() < 9 + 264 {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        payload.push(noise as u8);
    }
    let kind = match index % EDITION_EVERY {
        7 => RecordKind::TARIFF_EDITION,
        _ => RecordKind::CERTIFICATE,
    };
    let draft = Draft {
        kind,
        issuer: log.hub,
        subject: format!("MY-2026-{index:08}").parse().expect("a subject"),
        issued_at: UnixTime(1_800_000_000),
        expires_at: UnixTime(1_900_000_000),
        not_before: None,
        payload: payload.into(),
    };
    draft
        .to_be_signed(KeyId([7; 8]))
        .assemble(&[9; 64])
        .expect("a record")
        .bytes()
        .clone()
}

fn entries(log: LogId, start: u64, records: &[Bytes], leaves: &[Hash]) -> Commit {
    let item = Item::Entries {
        log,
        start,
        records: records.to_vec(),
        leaves: leaves.to_vec(),
    };
    Commit {
        id: CommitId(start),
        items: vec![item],
    }
}

/// Each thousand records to a plain file, then to the ledger, then to the index, timed apart: a neighbour's load meets all
/// three alike.
fn commit_all(store: &mut Store, raw: &Path, log: LogId, records: &[Bytes], leaves: &[Hash]) -> Outcome<()> {
    let (mut raw_seconds, mut commit_seconds, mut follow_seconds) = (0.0, 0.0, 0.0);
    let mut raw = File::create(raw)?;
    let mut group = Vec::new();
    let step = COMMIT_RECORDS as usize;
    for (start, (records, leaves)) in (0..).step_by(step).zip(records.chunks(step).zip(leaves.chunks(step))) {
        let commit = [entries(log, start, records, leaves)];
        let begun = Instant::now();
        group.clear();
        records.iter().for_each(|record| group.extend_from_slice(record));
        raw.write_all(&group)?;
        raw.sync_data()?;
        raw_seconds += begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        store.ledger.commit(&commit)?;
        commit_seconds += begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        store.index.follow()?;
        follow_seconds += begun.elapsed().as_secs_f64();
    }
    let count = records.len() as f64;
    report("plain append + fdatasync", count / raw_seconds, None);
    report("commit, durable", count / commit_seconds, Some(count / raw_seconds));
    report("follow, a call after each commit", count / follow_seconds, None);
    Ok(())
}

fn measure_index(store: &mut Store, folder: &Path, log: LogId, records: &[Bytes], leaves: &[Hash]) -> Outcome<()> {
    let findings: Vec<Finding> = (0..)
        .zip(records.iter().zip(leaves))
        .map(|(index, (record, _))| finding(log, index, record))
        .collect();
    let begun = Instant::now();
    for (from, chunk) in (0..).step_by(1_024).zip(findings.chunks(1_024)) {
        store.index.apply_findings(&Judged {
            log,
            from,
            findings: chunk,
            charters: &[],
            under_charter: 0,
        })?;
    }
    store.index.settle()?;
    report(
        "apply findings, 1,024 a call",
        records.len() as f64 / begun.elapsed().as_secs_f64(),
        None,
    );
    println!(
        "{:36} {:10.1} MB ledger, {:.1} MB index",
        "on disk",
        folder_bytes(&folder.join("ledger"))? as f64 / 1e6,
        folder_bytes(&folder.join("index"))? as f64 / 1e6
    );
    let begun = Instant::now();
    for finding in findings.iter().step_by(97) {
        assert_eq!(store.reader.find(&finding.id)?, Some(finding.position));
    }
    report(
        "find by id",
        findings.len() as f64 / 97.0 / begun.elapsed().as_secs_f64(),
        None,
    );
    Ok(())
}

fn finding(log: LogId, index: u64, record: &Bytes) -> Finding {
    let record = Record::decode(record.clone()).expect("a record");
    let header = *record.header();
    Finding {
        position: log.at(index),
        id: record.id(),
        kind: header.kind,
        issuer: header.issuer,
        subject: header.subject,
        revision: header.revision,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
        not_before: header.not_before,
        standing: Standing::Sound,
    }
}

fn measure_reads(store: &Store, log: LogId, count: u64) -> Outcome<()> {
    let begun = Instant::now();
    for from in (0..count).step_by(256) {
        let records = store.reader.range(log, from, count.min(from + 256))?;
        assert!(!records.is_empty());
    }
    report("range, 256 a call", count as f64 / begun.elapsed().as_secs_f64(), None);
    let begun = Instant::now();
    let singles = 20_000;
    for nth in 0..singles {
        assert!(store.reader.record(&log.at(nth * 7_919 % count))?.is_some());
    }
    report(
        "record, one a call",
        singles as f64 / begun.elapsed().as_secs_f64(),
        None,
    );
    let begun = Instant::now();
    let editions = store
        .reader
        .list(None, Some(RecordKind::TARIFF_EDITION), None, LIST_FINDINGS_MAX)?;
    let listed = begun.elapsed();
    for edition in &editions {
        assert!(store.reader.record(&edition.position)?.is_some());
    }
    let read = begun.elapsed() - listed;
    let begun = Instant::now();
    let pulses = store
        .reader
        .list(None, Some(RecordKind::PULSE), None, LIST_FINDINGS_MAX)?;
    println!(
        "{:36} {:10.3} ms, reading them {:.3} ms; {} findings of a kind without rows {:.3} ms",
        format!("list {} editions", editions.len()),
        listed.as_secs_f64() * 1e3,
        read.as_secs_f64() * 1e3,
        pulses.len(),
        begun.elapsed().as_secs_f64() * 1e3
    );
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let resident = status
            .lines()
            .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
        resident.for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// What the files of a folder and of those in it hold.
fn folder_bytes(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.metadata()? {
            found if found.is_dir() => folder_bytes(&entry.path())?,
            found => found.len(),
        };
    }
    Ok(bytes)
}
