//! What the tests of this crate put in a store.

use std::path::Path;

use bytes::Bytes;
use ewtp_federation::{Commit, CommitId, Fact, Guard, Item, Restored, SignedCheckpoint};
use ewtp_log::{CompactRange, Hash, leaf_hash};
use ewtp_record::{
    CharterId, CharterName, Document, Draft, HubCode, KeyId, LogId, Manifest, NodeKey, Record, RecordKind, UnixTime,
};
use ewtp_trust::{Fault, Finding, Standing};

use crate::{Engine, Judged, Store, StoreOptions};

pub(crate) fn hub(code: &str) -> HubCode {
    code.parse().unwrap()
}

pub(crate) fn log(code: &str) -> LogId {
    LogId {
        hub: hub(code),
        epoch: 0,
    }
}

/// Every engine of this build: the suite runs on each.
pub(crate) fn engines() -> Vec<Engine> {
    if cfg!(feature = "sled") {
        vec![Engine::Redb, Engine::Sled]
    } else {
        vec![Engine::Redb]
    }
}

pub(crate) fn options(engine: Engine) -> StoreOptions {
    StoreOptions {
        engine,
        cache_bytes: 4 << 20,
        segment_bytes: 64 << 10,
        own: Some(hub("MY")),
    }
}

pub(crate) fn open(folder: &Path, engine: Engine) -> (Store, Restored) {
    Store::open(folder, &options(engine)).unwrap()
}

/// A record of that kind, unsigned: the store looks at envelopes only.
pub(crate) fn record_of(kind: RecordKind, log: LogId, subject: &str, revision: u8, filler: usize) -> Bytes {
    let mut payload = vec![0xa3, 0, 1, 1, revision, 2, 0x59];
    payload.extend_from_slice(&u16::try_from(filler.max(256)).unwrap().to_be_bytes());
    payload.extend(std::iter::repeat_n(0xab, filler.max(256)));
    assembled(kind, log, subject, payload.into())
}

/// A node's manifest, its node named by one byte.
pub(crate) fn manifest(log: LogId, subject: &str, node: u8, revision: u32) -> Bytes {
    let manifest = Manifest {
        revision,
        node: NodeKey([node; 32]),
        addresses: Vec::new(),
        roles: 0,
    };
    assembled(RecordKind::MANIFEST, log, subject, manifest.encode())
}

fn assembled(kind: RecordKind, log: LogId, subject: &str, payload: Bytes) -> Bytes {
    let draft = Draft {
        kind,
        issuer: log.hub,
        subject: subject.parse().unwrap(),
        issued_at: UnixTime(1_800_000_000),
        expires_at: UnixTime(1_800_086_400),
        not_before: None,
        payload,
    };
    draft
        .to_be_signed(KeyId([7; 8]))
        .assemble(&[9; 64])
        .unwrap()
        .bytes()
        .clone()
}

/// The record that the tests put at that index of that log, of varying length.
pub(crate) fn record(log: LogId, index: u64) -> Bytes {
    let subject = format!("{}-{index}", log.hub);
    let kind = match index {
        0 => RecordKind::CHARTER,
        1 => return manifest(log, &subject, 1, 0),
        _ if index % 100 == 77 => RecordKind::TARIFF_EDITION,
        _ => RecordKind::CERTIFICATE,
    };
    record_of(kind, log, &subject, 0, 256 + (index as usize * 37) % 300)
}

pub(crate) fn records(log: LogId, from: u64, to: u64) -> Vec<Bytes> {
    (from..to).map(|index| record(log, index)).collect()
}

pub(crate) fn entries(log: LogId, from: u64, to: u64) -> Item {
    let records = records(log, from, to);
    let leaves = records.iter().map(|record| leaf_hash(record)).collect();
    Item::Entries {
        log,
        start: from,
        records,
        leaves,
    }
}

pub(crate) fn root(log: LogId, size: u64) -> Hash {
    range(log, size).root()
}

pub(crate) fn range(log: LogId, size: u64) -> CompactRange {
    let mut range = CompactRange::new();
    (0..size).for_each(|index| range.append(leaf_hash(&record(log, index))));
    range
}

pub(crate) fn checkpoint(log: LogId, size: u64) -> Item {
    let checkpoint = SignedCheckpoint {
        epoch: log.epoch,
        charter: CharterName {
            number: 0,
            id: CharterId([4; 32]),
        },
        size,
        root: root(log, size),
        signature: [3; 64],
    };
    Item::Fact(Fact::Checkpoint(log.hub, checkpoint))
}

pub(crate) fn guard(log: LogId, size: u64) -> Item {
    let root = root(log, size);
    Item::Fact(Fact::Guard(log, Guard { size, root }))
}

pub(crate) fn commit(items: Vec<Item>) -> Commit {
    Commit { id: CommitId(0), items }
}

/// The finding of the record that the tests put there; every tenth is faulty.
pub(crate) fn finding(log: LogId, index: u64) -> Finding {
    let standing = if index % 10 == 9 {
        Standing::Faulty(Fault::Signature)
    } else {
        Standing::Sound
    };
    Finding {
        standing,
        ..sound(log, index, record(log, index))
    }
}

/// The finding that a record is sound.
pub(crate) fn sound(log: LogId, index: u64, record: Bytes) -> Finding {
    let record = Record::decode(record).unwrap();
    let header = record.header();
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

pub(crate) fn findings(log: LogId, from: u64, to: u64) -> Vec<Finding> {
    (from..to).map(|index| finding(log, index)).collect()
}

/// Those of tariff editions, which are listed by rows of their own.
pub(crate) fn editions(findings: &[Finding]) -> Vec<Finding> {
    let is_edition = |finding: &&Finding| finding.kind == RecordKind::TARIFF_EDITION;
    findings.iter().filter(is_edition).cloned().collect()
}

/// Findings made under the charter at index 0, the only one.
pub(crate) fn judged(log: LogId, from: u64, findings: &[Finding]) -> Judged<'_> {
    Judged {
        log,
        from,
        findings,
        charters: &[(0, 0)],
        under_charter: 0,
    }
}

/// The first revision of a certificate.
pub(crate) fn certificate(hub: HubCode, subject: &str) -> Document {
    Document {
        hub,
        kind: RecordKind::CERTIFICATE,
        subject: subject.parse().unwrap(),
        revision: 0,
    }
}
