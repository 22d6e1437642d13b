//! Hubs for the tests of this crate: keys from names, a genesis charter whose panel is all the others, and logs.

use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, Tree, leaf_hash};
use ewtp_record::charter::Revocation;
use ewtp_record::{
    CharterId, Draft, Duty, HubCode, LogId, Manifest, NetName, NodeKey, Record, RecordKind, SecretKey, UnixTime,
};
use ewtp_trust::draft::{self, CharterDraft, GenesisPlan, RefreshPlan};
use ewtp_trust::{CharterChain, Directory};

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use crate::now::Now;
use crate::replica::Covered;
use crate::run::{Run, Verified};

/// 2026-11-18, the beginning of every charter here.
pub(crate) const T0: UnixTime = UnixTime(1_795_000_000);
const DAY: u64 = 86_400;

pub(crate) fn net() -> NetName {
    "test:lab".parse().unwrap()
}

pub(crate) fn code(text: &str) -> HubCode {
    text.parse().unwrap()
}

/// This many milliseconds after the beginning.
pub(crate) fn at(milliseconds: u64) -> Now {
    Now {
        unix: T0.plus(milliseconds / 1_000),
        ticks: std::time::Duration::from_millis(milliseconds),
    }
}

fn key(name: &str) -> SecretKey {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(&seed)
}

/// A hub with its keys, its charters and one node.
#[derive(Clone)]
pub(crate) struct Hub {
    pub(crate) code: HubCode,
    pub(crate) node: NodeKey,
    pub(crate) chain: CharterChain,
    pub(crate) manifest: Record,
}

impl Hub {
    fn found(name: &str, panel: Vec<HubCode>) -> Self {
        let duties = [Duty::Log, Duty::Witness, Duty::Operator];
        let keys = duties.map(|duty| key(&format!("{name}/{duty}")));
        let root = key(&format!("{name}/root"));
        let window = (T0, T0.plus(300 * DAY));
        let roles = duties.iter().zip(&keys);
        let plan = GenesisPlan {
            net: net(),
            hub: code(name),
            display_name: name.to_owned(),
            issued_at: window.0,
            expires_at: window.1,
            roots: vec![root.public().to_bytes()],
            threshold: 1,
            next_roots: vec![key(&format!("{name}/next")).public().to_bytes()],
            next_threshold: 1,
            roles: roles
                .map(|(duty, key)| draft::role(key.public().to_bytes(), *duty, window, 90 * DAY))
                .collect(),
            panel,
        };
        let charter = CharterDraft::genesis(plan)
            .and_then(|draft| draft.sign_all(&[&root], &keys.each_ref()))
            .unwrap();
        let node = NodeKey(*key(&format!("{name}/node")).public().as_bytes());
        let body = Manifest {
            revision: 0,
            node,
            addresses: Vec::new(),
            roles: Manifest::SERVES_LOG,
        };
        let life = (T0, T0.plus(90 * DAY));
        let manifest = draft::manifest(&keys[2], code(name), "node-1".parse().unwrap(), &body, life).unwrap();
        Self {
            code: code(name),
            node,
            chain: CharterChain::genesis(&charter, &net()).unwrap(),
            manifest,
        }
    }

    pub(crate) fn key(&self, duty: Duty) -> SecretKey {
        key(&format!("{}/{duty}", self.code))
    }

    pub(crate) fn genesis(&self) -> CharterId {
        self.chain.genesis_id()
    }

    /// Adds a charter that changes nothing but the times.
    pub(crate) fn refresh(&mut self) {
        let issued_at = self.chain.newest().body().issued_at.plus(60);
        let plan = RefreshPlan::unchanged(&self.chain, issued_at, issued_at.plus(300 * DAY));
        let duties = [Duty::Log, Duty::Witness, Duty::Operator].map(|duty| self.key(duty));
        let charter = CharterDraft::refresh(&self.chain, plan)
            .and_then(|draft| draft.sign_all(&[&key(&format!("{}/root", self.code))], &duties.each_ref()))
            .unwrap();
        self.chain.extend(&charter).unwrap();
    }

    /// The next charter with a new log key, of which there are as many as there are names, and that key. Not followed here.
    pub(crate) fn with_new_log_key(&self, name: &str) -> (Record, SecretKey) {
        self.with_new_key(Duty::Log, name, |_| {})
    }

    /// The next charter, which revokes the operator key and has another one. Not followed here.
    pub(crate) fn with_operator_key_revoked(&self) -> Record {
        let revoked = Revocation {
            kid: self.key(Duty::Operator).id(),
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 1,
        };
        self.with_new_key(Duty::Operator, "second", |plan| plan.revoked.push(revoked))
            .0
    }

    fn with_new_key(&self, changed: Duty, name: &str, change: impl FnOnce(&mut RefreshPlan)) -> (Record, SecretKey) {
        let issued_at = self.chain.newest().body().issued_at.plus(60);
        let window = (T0, T0.plus(300 * DAY));
        let fresh = key(&format!("{}/{changed}/{name}", self.code));
        let duties = [Duty::Log, Duty::Witness, Duty::Operator];
        let keys = duties.map(|duty| if duty == changed { fresh.clone() } else { self.key(duty) });
        let mut plan = RefreshPlan::unchanged(&self.chain, issued_at, issued_at.plus(300 * DAY));
        let roles = duties.into_iter().zip(&keys);
        plan.roles = roles
            .map(|(duty, key)| draft::role(key.public().to_bytes(), duty, window, 90 * DAY))
            .collect();
        change(&mut plan);
        let charter = CharterDraft::refresh(&self.chain, plan)
            .and_then(|draft| draft.sign_all(&[&key(&format!("{}/root", self.code))], &keys.each_ref()))
            .unwrap();
        (charter, fresh)
    }

    /// A small record of this hub, different for each number.
    pub(crate) fn record(&self, number: u16) -> Record {
        self.record_about(&format!("subject-{number}"), number)
    }

    /// A record of revision 0 about a subject.
    pub(crate) fn record_about(&self, subject: &str, content: u16) -> Record {
        let draft = Draft {
            kind: RecordKind::PULSE,
            issuer: self.code,
            subject: subject.parse().unwrap(),
            issued_at: T0,
            expires_at: T0.plus(DAY),
            not_before: None,
            payload: payload(content),
        };
        draft.sign(&self.key(Duty::Log)).unwrap()
    }

    /// What the log key says of a size and root.
    pub(crate) fn sign(&self, size: u64, root: Hash) -> SignedCheckpoint {
        let mut checkpoint = SignedCheckpoint {
            epoch: 0,
            charter: self.chain.charters()[0].name(),
            size,
            root,
            signature: [0; 64],
        };
        let body = checkpoint.note(&net(), self.code).body();
        checkpoint.signature = self.key(Duty::Log).sign(body.as_bytes());
        checkpoint
    }

    /// This hub's cosignature on a checkpoint of another's log.
    pub(crate) fn cosign(&self, of: HubCode, checkpoint: &SignedCheckpoint, time: UnixTime) -> WitnessSignature {
        let message = ewtp_log::Cosignature::message(&checkpoint.note(&net(), of), time.0);
        WitnessSignature {
            hub: self.code,
            time,
            signature: self.key(Duty::Witness).sign(message.as_bytes()),
        }
    }
}

/// Schema version 1, revision 0, and something under a key that may be ignored.
fn payload(content: u16) -> Bytes {
    let [high, low] = (content | 0x0100).to_be_bytes();
    Bytes::copy_from_slice(&[0xa3, 0, 1, 1, 0, 3, 0x19, high, low])
}

/// Hubs with these codes; the panel of each is all the others.
pub(crate) fn found<const N: usize>(names: [&str; N]) -> [Hub; N] {
    names.map(|name| {
        let others = names.into_iter().filter(|other| *other != name);
        Hub::found(name, others.map(code).collect())
    })
}

/// A directory that pins the hubs and knows nothing else of them.
pub(crate) fn pins(hubs: &[Hub]) -> Directory {
    Directory::new(net(), hubs.iter().map(|hub| (hub.code, hub.genesis())).collect())
}

/// A directory that has the charters of all of them.
pub(crate) fn directory(hubs: &[Hub]) -> Directory {
    let mut directory = pins(hubs);
    for hub in hubs {
        directory.adopt_chain(hub.code, hub.chain.records()).unwrap();
    }
    directory
}

/// A log as its hub has it, for runs and checkpoints at any size.
pub(crate) struct Book {
    pub(crate) hub: Hub,
    pub(crate) records: Vec<Bytes>,
    pub(crate) tree: Tree,
}

impl Book {
    pub(crate) fn new(hub: &Hub, records: impl IntoIterator<Item = Bytes>) -> Self {
        let records: Vec<Bytes> = records.into_iter().collect();
        let mut tree = Tree::new();
        records.iter().for_each(|record| tree.append(leaf_hash(record)));
        Self {
            hub: hub.clone(),
            records,
            tree,
        }
    }

    /// A log of this many records of a few bytes.
    pub(crate) fn of(hub: &Hub, size: u64) -> Self {
        Self::new(hub, (0..size).map(|index| Bytes::from(format!("entry {index}"))))
    }

    /// A log that has the first records of this one and others after them.
    pub(crate) fn fork(&self, common: usize) -> Self {
        let changed = self.records.iter().enumerate().map(|(index, record)| {
            let other = || Bytes::from([record, &b" changed"[..]].concat());
            if index < common { record.clone() } else { other() }
        });
        Self::new(&self.hub, changed)
    }

    pub(crate) fn log(&self) -> LogId {
        LogId {
            hub: self.hub.code,
            epoch: 0,
        }
    }

    pub(crate) fn range(&self, size: u64) -> CompactRange {
        let mut range = CompactRange::new();
        let covered = &self.records[..usize::try_from(size).unwrap()];
        covered.iter().for_each(|record| range.append(leaf_hash(record)));
        range
    }

    pub(crate) fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        self.hub.sign(size, self.range(size).root())
    }

    pub(crate) fn covered(&self, size: u64) -> Covered {
        Covered {
            checkpoint: self.checkpoint(size),
            range: self.range(size),
        }
    }

    /// The records `start..end` under the checkpoint of `size`.
    pub(crate) fn run(&self, start: u64, end: u64, size: u64) -> Run {
        let stretch = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        let records = self.records[stretch].to_vec();
        let leaves = records.iter().map(|record| leaf_hash(record)).collect();
        Run {
            hub: self.hub.code,
            checkpoint: self.checkpoint(size),
            start,
            left: self.range(start).hashes().to_vec(),
            records,
            leaves,
        }
    }

    pub(crate) fn verified(&self, start: u64, end: u64, size: u64) -> Verified<Run> {
        Verified::new(self.run(start, end, size))
    }

    pub(crate) fn cosigned(&self, size: u64, witnesses: &[&Hub]) -> CosignedCheckpoint {
        let checkpoint = self.checkpoint(size);
        let cosign = |witness: &&Hub| witness.cosign(self.hub.code, &checkpoint, T0.plus(1));
        CosignedCheckpoint {
            cosignatures: witnesses.iter().map(cosign).collect(),
            checkpoint,
        }
    }
}
