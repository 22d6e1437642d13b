//! Files that were cut, flipped or lost: the same records, fewer unacknowledged ones, or an error with a name.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ewtp_record::LogId;
use tempfile::TempDir;

use crate::fixture::{commit, engines, entries, findings, guard, judged, log, open, options, record, records};
use crate::ledger::segment::{Place, SEGMENT_HEADER_BYTES, Segments};
use crate::ledger::walk::{Cursor, Step, Stored, Walk};
use crate::{Engine, Store, StoreError};

const ENGINE: Engine = Engine::Redb;

fn segment(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("ledger/{number:08}.seg"))
}

fn forget_index(folder: &Path) {
    fs::remove_dir_all(folder.join("index")).unwrap();
}

/// A ledger of one segment: commits of 3 records each, in groups of two; answers where each group ends.
fn written(folder: &Path, groups: u64) -> Vec<u64> {
    let my = log("MY");
    let (
        Store {
            mut ledger, mut index, ..
        },
        _,
    ) = open(folder, ENGINE);
    let mut ends = vec![SEGMENT_HEADER_BYTES as u64];
    for group in 0..groups {
        let at = group * 6;
        let first = commit(vec![entries(my, at, at + 3)]);
        ledger
            .commit(&[first, commit(vec![entries(my, at + 3, at + 6), guard(my, at + 6)])])
            .unwrap();
        ends.push(ledger.end().place.offset);
    }
    index.follow().unwrap();
    ends
}

/// Everything the store holds of the log, when it opens.
fn held(folder: &Path, log: LogId) -> Result<Vec<Bytes>, StoreError> {
    let (store, restored) = Store::open(folder, &options(ENGINE))?;
    let size = store.reader.size(log);
    assert_eq!(restored.logs.first().map_or(0, |log| log.tree.size()), size);
    store.reader.range(log, 0, size)
}

/// Walks the ledger alone, as opening does: its records, and whether its end is torn.
fn walked(folder: &Path) -> Result<(Vec<Bytes>, bool), StoreError> {
    let segments = Segments::new(folder.join("ledger"));
    let last = segments.get(*segments.inspect()?.last().unwrap())?;
    let end = Place {
        segment: last.header.number,
        offset: last.length()?,
    };
    let mut walk = Walk::new(&segments, Cursor::START, end)?;
    let mut records = Vec::new();
    loop {
        match walk.step()? {
            Step::Commit(items) => records.extend(items.iter().flat_map(|item| match item {
                Stored::Entries(_, entries) => entries.records().collect(),
                Stored::Fact(_) => Vec::new(),
            })),
            Step::End => return Ok((records, false)),
            Step::Torn => return Ok((records, true)),
        }
    }
}

fn empty_ledger() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("ledger")).unwrap();
    folder
}

#[test]
fn a_ledger_cut_at_any_byte_of_its_last_frames_keeps_every_commit_before() {
    let my = log("MY");
    let source = tempfile::tempdir().unwrap();
    let ends = written(source.path(), 4);
    let bytes = fs::read(segment(source.path(), 1)).unwrap();
    let begins = usize::try_from(ends[2]).unwrap();
    let folder = empty_ledger();
    for cut in begins..bytes.len() {
        fs::write(segment(folder.path(), 1), &bytes[..cut]).unwrap();
        let (records_held, _) = walked(folder.path()).unwrap();
        let whole_groups = ends.iter().filter(|end| **end <= cut as u64).count() - 1;
        assert!(records_held.len() >= whole_groups * 6, "cut at {cut}");
        assert_eq!(records_held.len() % 3, 0, "a commit is there whole or not at all");
        assert_eq!(records_held, records(my, 0, records_held.len() as u64));
        if cut % 331 == 0 {
            assert_eq!(held(folder.path(), my).unwrap(), records_held);
            assert_eq!(
                walked(folder.path()).unwrap(),
                (records_held, false),
                "the torn end is cut"
            );
            forget_index(folder.path());
        }
    }
}

#[test]
fn after_a_torn_end_was_cut_the_ledger_grows_again() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let my = log("MY");
        let ends = written(folder.path(), 3);
        forget_index(folder.path());
        let file = fs::OpenOptions::new()
            .write(true)
            .open(segment(folder.path(), 1))
            .unwrap();
        file.set_len(ends[3] - 7).unwrap();
        let (Store { mut ledger, reader, .. }, _) = open(folder.path(), engine);
        assert_eq!((reader.size(my), ledger.end().place.offset < ends[3]), (15, true));
        ledger.commit(&[commit(vec![entries(my, 15, 40)])]).unwrap();
        drop((ledger, reader));
        let (store, _) = open(folder.path(), engine);
        assert_eq!(store.reader.range(my, 0, 40).unwrap(), records(my, 0, 40));
    }
}

#[test]
fn every_flipped_byte_is_named_or_leaves_the_same_records() {
    let my = log("MY");
    let source = tempfile::tempdir().unwrap();
    let ends = written(source.path(), 3);
    let bytes = fs::read(segment(source.path(), 1)).unwrap();
    let folder = empty_ledger();
    let file = segment(folder.path(), 1);
    fs::write(&file, &bytes).unwrap();
    for (byte, whole) in bytes.iter().enumerate() {
        let patch = |value: u8| {
            fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .write_all_at(&[value], byte as u64)
        };
        patch(whole ^ 1 << (byte % 8)).unwrap();
        let in_last_group = byte as u64 >= ends[2];
        match walked(folder.path()) {
            // What the last group commit wrote cannot be told from a torn end, unless the index has seen it.
            Ok((held, torn)) => {
                assert!(torn && in_last_group && held.len() >= 12, "byte {byte}");
                assert_eq!(held, records(my, 0, held.len() as u64), "byte {byte}");
            }
            Err(StoreError::Damaged { offset, .. }) => {
                assert!(!in_last_group && offset <= byte as u64, "byte {byte} named at {offset}");
            }
            Err(StoreError::NewerVersion { .. }) => assert!((8..10).contains(&byte)),
            Err(other) => panic!("byte {byte}: {other}"),
        }
        patch(*whole).unwrap();
    }
}

#[test]
fn a_bit_flipped_behind_the_cursor_is_named_when_it_is_read() {
    let my = log("MY");
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), 60);
    let bytes = fs::read(segment(folder.path(), 1)).unwrap();
    for byte in (SEGMENT_HEADER_BYTES..bytes.len()).step_by(997) {
        let mut flipped = bytes.clone();
        flipped[byte] ^= 4;
        fs::write(segment(folder.path(), 1), &flipped).unwrap();
        // The open bundle is read at the start, older ones when they are asked for.
        match Store::open(folder.path(), &options(ENGINE)) {
            Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "byte {byte}: {error}"),
            Ok((store, _)) => {
                let mut faults = 0;
                for index in 0..store.reader.size(my) {
                    match store.reader.record(&my.at(index)) {
                        Ok(found) => assert_eq!(found.unwrap(), record(my, index), "byte {byte}"),
                        Err(StoreError::Damaged { .. }) => faults += 1,
                        Err(other) => panic!("byte {byte}: {other}"),
                    }
                }
                assert!(faults <= 3, "one frame is damaged, byte {byte}");
            }
        }
    }
}

#[test]
fn a_ledger_shorter_than_its_index_has_seen_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 3);
    let file = fs::OpenOptions::new()
        .write(true)
        .open(segment(folder.path(), 1))
        .unwrap();
    file.set_len(ends[2]).unwrap();
    let refused = held(folder.path(), log("MY")).unwrap_err();
    assert!(
        matches!(refused, StoreError::LedgerShort { end, .. } if end == ends[2]),
        "{refused}"
    );
}

/// Commits until the ledger has that many segments.
fn written_segments(folder: &Path, segments: u32) -> u64 {
    let my = log("MY");
    let (Store { mut ledger, .. }, _) = open(folder, ENGINE);
    let mut size = 0;
    while ledger.end().place.segment < segments {
        ledger.commit(&[commit(vec![entries(my, size, size + 40)])]).unwrap();
        size += 40;
    }
    size
}

#[test]
fn damage_in_a_sealed_segment_is_named_and_never_skipped() {
    let my = log("MY");
    let folder = tempfile::tempdir().unwrap();
    let size = written_segments(folder.path(), 4);
    let whole = fs::read(segment(folder.path(), 2)).unwrap();
    type Damage = (&'static str, fn(&mut Vec<u8>));
    let damage: [Damage; 4] = [
        ("a flipped byte", |bytes| bytes[900] ^= 1),
        ("a flipped last byte", |bytes| *bytes.last_mut().unwrap() ^= 1),
        ("a cut end", |bytes| bytes.truncate(bytes.len() - 1)),
        ("an added byte", |bytes| bytes.push(0)),
    ];
    for (what, damage) in damage {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(segment(folder.path(), 2), &bytes).unwrap();
        let _ = fs::remove_dir_all(folder.path().join("index"));
        let refused = held(folder.path(), my).unwrap_err();
        let named = matches!(&refused, StoreError::Damaged { segment: at, .. } if *at == segment(folder.path(), 2));
        assert!(named, "{what}: {refused}");
        assert!(refused.to_string().contains("restore"), "{what}: {refused}");
    }
    fs::remove_file(segment(folder.path(), 2)).unwrap();
    assert!(matches!(
        held(folder.path(), my),
        Err(StoreError::MissingSegment { .. })
    ));
    fs::write(segment(folder.path(), 2), &whole).unwrap();
    assert_eq!(held(folder.path(), my).unwrap(), records(my, 0, size));
}

#[test]
fn a_frame_inside_a_record_is_not_taken_for_one_of_ours() {
    let my = log("MY");
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 2);
    let file = segment(folder.path(), 1);
    let bytes = fs::read(&file).unwrap();
    // A stranger who guesses numbers, but not the salt, logs a record whose bytes are a frame of a later group.
    let mut forged = crate::ledger::frame::GroupBuffer::default();
    forged.frame(crate::ledger::frame::FrameKind::Guard, |body| {
        body.extend_from_slice(&[0; 56])
    });
    forged.end_commit();
    forged.seal(9, crate::ledger::frame::seed(1));
    let torn = [&bytes[..bytes.len() - 20], forged.bytes()].concat();
    fs::write(&file, torn).unwrap();
    forget_index(folder.path());
    assert_eq!(held(folder.path(), my).unwrap(), records(my, 0, 9));
    assert!(fs::metadata(&file).unwrap().len() < ends[2]);
}

#[test]
fn any_flipped_byte_of_the_index_ends_in_an_error_or_the_same_answers() {
    let my = log("MY");
    let folder = tempfile::tempdir().unwrap();
    {
        let (
            Store {
                mut ledger, mut index, ..
            },
            _,
        ) = open(folder.path(), ENGINE);
        ledger.commit(&[commit(vec![entries(my, 0, 300)])]).unwrap();
        index.apply_findings(&judged(my, 0, &findings(my, 0, 300))).unwrap();
        index.settle().unwrap();
    }
    let file = folder.path().join("index/index.redb");
    let whole = fs::read(&file).unwrap();
    let used = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte != 0)
        .map(|(at, _)| at);
    for at in used.step_by(1_009) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&file, &flipped).unwrap();
        let Ok((store, _)) = Store::open(folder.path(), &options(ENGINE)) else {
            continue;
        };
        if let Ok(listed) = store.reader.list(None, None, None, 1_000) {
            let agrees = listed == findings(my, 0, listed.len() as u64);
            assert!(agrees, "byte {at}: a finding changed");
        }
        for index in [0, 100, 299] {
            if let Ok(found) = store.reader.record(&my.at(index)) {
                assert_eq!(found.unwrap(), record(my, index), "byte {at}");
            }
        }
    }
    fs::write(&file, b"not a database").unwrap();
    assert_eq!(
        held(folder.path(), my).unwrap(),
        records(my, 0, 300),
        "rebuilt from the ledger"
    );
}

#[test]
fn a_newer_ledger_or_index_is_refused_and_an_index_of_another_ledger_rebuilt() {
    let my = log("MY");
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(first.path(), 2);
    written(second.path(), 5);
    fs::copy(
        second.path().join("index/index.redb"),
        first.path().join("index/index.redb"),
    )
    .unwrap();
    assert_eq!(held(first.path(), my).unwrap(), records(my, 0, 12));
    let mut bytes = fs::read(segment(first.path(), 1)).unwrap();
    bytes[9] += 1;
    fs::write(segment(first.path(), 1), bytes).unwrap();
    assert!(matches!(
        held(first.path(), my),
        Err(StoreError::NewerVersion { found: 4, known: 3, .. })
    ));
}

#[test]
fn a_ledger_from_before_the_first_release_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), 2);
    let first = segment(folder.path(), 1);
    let mut bytes = fs::read(&first).unwrap();
    bytes[9] = 2;
    let crc = crc32c::crc32c(&bytes[..60]).to_be_bytes();
    bytes[60..64].copy_from_slice(&crc);
    fs::write(&first, &bytes).unwrap();
    let refused = held(folder.path(), log("MY"));
    assert!(matches!(refused, Err(StoreError::Damaged { offset: 0, what, .. }) if what.contains("first release")));
    assert_eq!(fs::read(&first).unwrap(), bytes);
}

#[cfg(not(feature = "sled"))]
#[test]
fn an_engine_that_is_not_built_in_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(Engine::Sled);
    assert!(matches!(
        Store::open(folder.path(), &options),
        Err(StoreError::EngineMissing("sled"))
    ));
}
