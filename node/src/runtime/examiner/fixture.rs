//! A hub with its charters, and an examiner over a store of its own, without a thread: each test turns it by hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{Commit, CommitId, Item};
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::charter::Revocation;
use ewtp_record::{Draft, Duty, HubCode, LogId, NetName, Pulse, Record, RecordKind, SecretKey, UnixTime};
use ewtp_store::{Engine, Ledger, Reader, Store, StoreError, StoreOptions};
use ewtp_trust::draft::{CharterDraft, GenesisPlan, RefreshPlan, role};
use ewtp_trust::{Authority, CharterChain, Directory, Finding, examine};
use tokio::sync::{mpsc, watch};

use super::bench::{Bench, News};
use crate::runtime::Event;

const T0: UnixTime = UnixTime(1_795_000_000);
const DAY: u64 = 86_400;

fn net() -> NetName {
    "test:lab".parse().unwrap()
}

fn key(name: &str, number: u8) -> SecretKey {
    let mut seed = [number; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(&seed)
}

/// A hub whose log key changes with each charter.
pub(super) struct Hub {
    pub(super) log: LogId,
    pub(super) chain: CharterChain,
}

impl Hub {
    pub(super) fn new() -> Self {
        let hub: HubCode = "MY".parse().unwrap();
        let plan = GenesisPlan {
            net: net(),
            hub,
            display_name: "Malaysia".to_owned(),
            issued_at: T0,
            expires_at: T0.plus(300 * DAY),
            roots: vec![key("root", 0).public().to_bytes()],
            threshold: 1,
            next_roots: vec![key("root", 1).public().to_bytes()],
            next_threshold: 1,
            roles: roles(0),
            panel: Vec::new(),
        };
        let draft = CharterDraft::genesis(plan).unwrap();
        let record = draft.sign_all(&[&key("root", 0)], &keys(0).each_ref()).unwrap();
        Self {
            log: LogId { hub, epoch: 0 },
            chain: CharterChain::genesis(&record, &net()).unwrap(),
        }
    }

    /// The next charter with a new log key; it revokes the one before from this index on, when one is given.
    pub(super) fn refresh(&self, first_bad_index: Option<u64>) -> Record {
        let number = u8::try_from(self.chain.number()).unwrap();
        let issued_at = self.chain.newest().body().issued_at.plus(DAY);
        let mut plan = RefreshPlan::unchanged(&self.chain, issued_at, issued_at.plus(300 * DAY));
        plan.roles = roles(number + 1);
        plan.revoked = Vec::from_iter(first_bad_index.map(|first_bad_index| Revocation {
            kid: key("log", number).id(),
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index,
        }));
        let draft = CharterDraft::refresh(&self.chain, plan).unwrap();
        let keys = keys(number + 1);
        draft.sign_all(&[&key("root", 0)], &keys.each_ref()).unwrap()
    }

    pub(super) fn refreshed(mut self, first_bad_index: Option<u64>) -> Self {
        let record = self.refresh(first_bad_index);
        self.chain.extend(&record).unwrap();
        self
    }

    pub(super) fn charter(&self, number: usize) -> Record {
        self.chain.records()[number].clone()
    }

    /// A pulse by the log key of that charter.
    pub(super) fn pulse(&self, charter: u8, sequence: u32) -> Record {
        let draft = Draft {
            kind: RecordKind::PULSE,
            issuer: self.log.hub,
            subject: Pulse::SUBJECT.parse().unwrap(),
            issued_at: T0.plus(DAY),
            expires_at: T0.plus(2 * DAY),
            not_before: None,
            payload: Pulse { sequence }.encode(),
        };
        draft.sign(&key("log", charter)).unwrap()
    }

    /// What a node knows that has the first so many charters.
    pub(super) fn known(&self, charters: usize) -> Directory {
        let mut directory = Directory::new(net(), BTreeMap::from([(self.log.hub, self.chain.genesis_id())]));
        directory
            .adopt_chain(self.log.hub, &self.chain.records()[..charters])
            .unwrap();
        directory
    }

    /// What any node must find that has the whole chain: each record judged alone, in log order.
    pub(super) fn findings(&self, records: &[Bytes]) -> Vec<Finding> {
        let mut authority = Authority::new(self.log, Arc::new(self.chain.clone()));
        let judge = |(index, bytes): (u64, &Bytes)| match Record::decode(bytes.clone()) {
            Ok(record) => {
                let _ = authority.note_charter(index, &record); // the finding says why when it gives no authority
                examine(&record, self.log.at(index), &authority).unwrap()
            }
            Err(_) => Finding::not_a_record(self.log.at(index), ewtp_record::RecordId(leaf_hash(bytes).0)),
        };
        (0..).zip(records).map(judge).collect()
    }
}

fn keys(number: u8) -> [SecretKey; 3] {
    [key("log", number), key("witness", 0), key("operator", 0)]
}

fn roles(number: u8) -> Vec<ewtp_record::charter::Role> {
    let duties = [Duty::Log, Duty::Witness, Duty::Operator];
    let roles = keys(number).into_iter().zip(duties);
    roles
        .map(|(key, duty)| role(key.public().to_bytes(), duty, (T0, T0.plus(200 * DAY)), 90 * DAY))
        .collect()
}

/// Every engine of this build.
pub(super) fn engines() -> Vec<Engine> {
    let built = |engine: &Engine| {
        let folder = tempfile::tempdir().unwrap();
        !matches!(
            Store::open(folder.path(), &options(*engine)),
            Err(StoreError::EngineMissing(_))
        )
    };
    [Engine::Redb, Engine::Sled].into_iter().filter(built).collect()
}

pub(super) fn options(engine: Engine) -> StoreOptions {
    StoreOptions {
        engine,
        cache_bytes: 4 << 20,
        ..StoreOptions::default()
    }
}

/// An examiner over the store in a folder.
pub(super) struct Desk {
    pub(super) bench: Bench,
    pub(super) reader: Reader,
    ledger: Ledger,
    directory: Arc<ArcSwap<Directory>>,
    events: mpsc::Receiver<Event>,
}

impl Desk {
    /// As a node starts that knows these hubs.
    pub(super) fn open(folder: &Path, engine: Engine, known: Directory) -> Self {
        let (Store { ledger, index, reader }, _) = Store::open(folder, &options(engine)).unwrap();
        let directory = Arc::new(ArcSwap::from_pointee(known));
        let (sender, events) = mpsc::channel(1_024);
        let news = News {
            events: sender,
            grown: watch::Sender::new(()),
        };
        let bench = Bench::new(index, reader.clone(), Arc::clone(&directory), news);
        Self {
            bench,
            reader,
            ledger,
            directory,
            events,
        }
    }

    /// Makes records durable at the end of the log.
    pub(super) fn append(&mut self, log: LogId, records: &[Bytes]) {
        let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record)).collect();
        for (records, leaves) in records.chunks(256).zip(leaves.chunks(256)) {
            let entries = Item::Entries {
                log,
                start: self.reader.size(log),
                records: records.to_vec(),
                leaves: leaves.to_vec(),
            };
            let commit = Commit {
                id: CommitId(0),
                items: vec![entries],
            };
            self.ledger.commit(&[commit]).unwrap();
        }
    }

    pub(super) fn learn(&self, known: Directory) {
        self.directory.store(Arc::new(known));
    }

    /// Examines all that can be examined.
    pub(super) fn examine(&mut self) {
        self.bench.catch_up().unwrap();
        while self.events.try_recv().is_ok() {}
    }

    /// What readers are told of the whole log.
    pub(super) fn told(&self, log: LogId) -> Vec<Option<Finding>> {
        let at = |index| self.reader.finding_at(&log.at(index)).unwrap();
        (0..self.reader.size(log)).map(at).collect()
    }
}

/// The folder as a crash leaves it at this moment: what was written, and nothing of what a close would write.
pub(super) fn crashed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(folder, copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
