use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{Commit, CommitId, Item};
use ewtp_log::leaf_hash;
use ewtp_record::{LogId, NetName, Record};
use ewtp_store::{Store, StoreOptions};
use ewtp_trust::{Directory, Fault, Finding, Standing};
use proptest::prelude::*;
use tokio::sync::{mpsc, watch};

use super::Examiner;
use super::fixture::{Desk, Hub, crashed, engines, options};
use crate::runtime::{Event, Examination};

fn bytes(records: &[Record]) -> Vec<Bytes> {
    records.iter().map(|record| record.bytes().clone()).collect()
}

fn some(findings: &[Finding]) -> Vec<Option<Finding>> {
    findings.iter().cloned().map(Some).collect()
}

/// The genesis and then pulses by its log key, 5,000 records in all; charter 1 revokes that key from index 0 on.
fn robbed() -> (Hub, Vec<Bytes>) {
    let hub = Hub::new().refreshed(Some(0));
    let pulses = (1..5_000).map(|sequence| hub.pulse(0, sequence));
    let records: Vec<Record> = std::iter::once(hub.charter(0)).chain(pulses).collect();
    let records = bytes(&records);
    (hub, records)
}

#[test]
fn a_revocation_re_examines_every_record_from_its_first_bad_position_on() {
    let (hub, records) = robbed();
    let revoked = hub.findings(&records);
    assert_eq!(revoked[4_999].standing, Standing::Faulty(Fault::RevokedKey));
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path(), engine, hub.known(1));
        desk.append(hub.log, &records);
        desk.examine();
        assert!(desk.told(hub.log).iter().flatten().all(Finding::is_sound));
        desk.learn(hub.known(2));
        desk.examine();
        assert!(desk.told(hub.log) == some(&revoked), "{engine}");
    }
}

#[test]
fn a_restart_in_the_middle_of_a_re_examination_changes_no_finding() {
    let (hub, records) = robbed();
    let revoked = some(&hub.findings(&records));
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path(), engine, hub.known(1));
        desk.append(hub.log, &records);
        desk.examine();
        desk.learn(hub.known(2));
        assert!(desk.bench.turn().unwrap());
        let judged_again = |told: &[Option<Finding>]| {
            let end = told.iter().position(Option::is_none).unwrap_or(told.len());
            told[..end] == revoked[..end] && told[end..].iter().all(Option::is_none)
        };
        assert!(
            judged_again(&desk.told(hub.log)),
            "{engine}: what is not judged again is undecided"
        );
        let crashed = crashed(folder.path());
        drop(desk);
        for folder in [folder.path(), crashed.path()] {
            let mut desk = Desk::open(folder, engine, hub.known(2));
            assert!(judged_again(&desk.told(hub.log)), "{engine}");
            desk.examine();
            assert!(desk.told(hub.log) == revoked, "{engine}");
            drop(desk);
            drop(ewtp_store::reindex(folder, &options(engine)).unwrap());
            let mut desk = Desk::open(folder, engine, hub.known(2));
            assert!(desk.told(hub.log).iter().all(Option::is_none));
            desk.examine();
            assert!(desk.told(hub.log) == revoked, "{engine}");
        }
    }
}

#[test]
fn a_charter_logged_out_of_order_gives_no_authority_also_after_a_restart() {
    let hub = Hub::new().refreshed(None).refreshed(None);
    let records = [
        hub.charter(0),
        hub.pulse(0, 1),
        hub.charter(2),
        hub.pulse(0, 2),
        hub.charter(1),
        hub.pulse(1, 3),
    ];
    let records = bytes(&records);
    let expected = some(&hub.findings(&records));
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path(), engine, hub.known(3));
        desk.append(hub.log, &records[..3]);
        desk.examine();
        drop(desk);
        let mut desk = Desk::open(folder.path(), engine, hub.known(3));
        desk.append(hub.log, &records[3..]);
        desk.examine();
        assert_eq!(desk.told(hub.log), expected, "{engine}");
    }
}

#[test]
fn a_charter_beyond_the_chain_waits_for_the_chain() {
    let hub = Hub::new().refreshed(None);
    let records = [
        hub.charter(0),
        hub.pulse(0, 1),
        hub.charter(1),
        hub.pulse(1, 2),
        hub.pulse(0, 3),
    ];
    let records = bytes(&records);
    let expected = some(&hub.findings(&records));
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path(), engine, hub.known(1));
        desk.append(hub.log, &records);
        desk.examine();
        let told = desk.told(hub.log);
        assert!(
            told[..2] == expected[..2] && told[2..].iter().all(Option::is_none),
            "{told:?}"
        );
        desk.learn(hub.known(2));
        desk.examine();
        assert_eq!(desk.told(hub.log), expected, "{engine}");
    }
}

#[test]
fn a_charter_beyond_the_chain_waits_also_after_a_restart() {
    let hub = Hub::new().refreshed(None).refreshed(Some(1));
    let records = [
        hub.charter(0),
        hub.pulse(0, 1),
        hub.charter(1),
        hub.pulse(1, 2),
        hub.charter(2),
        hub.pulse(2, 3),
    ];
    let records = bytes(&records);
    let expected = some(&hub.findings(&records));
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        // The third time the node lost a charter that it had learned: it says less, and nothing else.
        for (charters, judged) in [(1, 2), (2, 4), (1, 4), (3, 6)] {
            let mut desk = Desk::open(folder.path(), engine, hub.known(charters));
            let held = usize::try_from(desk.reader.size(hub.log)).unwrap();
            desk.append(hub.log, &records[held..]);
            desk.examine();
            let told = desk.told(hub.log);
            assert_eq!(
                told.iter().flatten().count(),
                judged,
                "{engine}: under {charters} charters"
            );
            if charters == 3 {
                assert_eq!(told, expected, "{engine}");
            }
        }
    }
}

#[test]
fn an_index_that_cannot_be_written_is_told_as_a_failed_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
    let records = vec![Bytes::from(vec![7; 400]); 200];
    let log = LogId {
        hub: "MY".parse().unwrap(),
        epoch: 0,
    };
    let entries = Item::Entries {
        log,
        start: 0,
        leaves: records.iter().map(|record| leaf_hash(record)).collect(),
        records,
    };
    let commit = Commit {
        id: CommitId(0),
        items: vec![entries],
    };
    store.ledger.commit(&[commit]).unwrap();
    // The index reads the ledger behind the writer: what changed there must not pass in silence.
    let segment = folder.path().join("ledger/00000001.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();

    let net: NetName = "test:lab".parse().unwrap();
    let directory = Directory::new(net, BTreeMap::new());
    let (events_in, mut events) = mpsc::channel(8);
    let mut examiner = Examiner::start(
        store.index,
        store.reader,
        Arc::new(ArcSwap::from_pointee(directory)),
        events_in,
        watch::channel(()).0,
        Examination::Judge,
    )
    .unwrap();
    assert!(matches!(events.blocking_recv(), Some(Event::StorageFailed(_))));
    examiner.close();
}

/// What a log may hold at an index, honest or not.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Pulse(u8),
    Charter(usize),
    OtherCharter,
    NoRecord,
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => (0_u8..4).prop_map(Entry::Pulse),
        4 => (0_usize..4).prop_map(Entry::Charter),
        1 => Just(Entry::OtherCharter),
        1 => Just(Entry::NoRecord),
    ]
}

/// The genesis, and then these entries.
fn log_of(hub: &Hub, entries: &[Entry]) -> Vec<Bytes> {
    let other = Hub::new().refresh(Some(7));
    let record = |(sequence, entry): (u32, &Entry)| match *entry {
        Entry::Pulse(key) => hub.pulse(key, sequence).bytes().clone(),
        Entry::Charter(number) => hub.charter(number).bytes().clone(),
        Entry::OtherCharter => other.bytes().clone(),
        Entry::NoRecord => Bytes::from_static(b"no record"),
    };
    let genesis = hub.charter(0).bytes().clone();
    std::iter::once(genesis).chain((0..).zip(entries).map(record)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// A node that restarts at every index, and learns of charters one by one, finds what a node finds that never
    /// stopped and knew them all.
    #[test]
    fn findings_are_equal_with_and_without_a_restart_at_every_index(
        entries in prop::collection::vec(entry(), 1..8),
        first_bad in prop::option::of(0_u64..8),
        learns in prop::collection::vec(0_usize..8, 3),
    ) {
        let hub = Hub::new().refreshed(None).refreshed(first_bad).refreshed(None);
        let records = log_of(&hub, &entries);
        let expected = some(&hub.findings(&records));
        for engine in engines() {
            let folder = tempfile::tempdir().unwrap();
            for size in 1..=records.len() {
                let known = 1 + learns.iter().filter(|learns| **learns < size).count();
                let mut desk = Desk::open(folder.path(), engine, hub.known(known));
                desk.append(hub.log, &records[size - 1..size]);
                desk.examine();
            }
            let mut desk = Desk::open(folder.path(), engine, hub.known(4));
            desk.examine();
            prop_assert_eq!(desk.told(hub.log), &expected[..], "{}", engine);
        }
    }
}
