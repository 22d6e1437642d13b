//! Hubs for the tests of this crate: keys from seeds, a genesis charter of two of three roots, records of every kind.

use std::sync::Arc;

use ewtp_log::{Checkpoint, Cosignature, Hash, Origin};
use ewtp_record::charter::Role;
use ewtp_record::{
    CharterId, Draft, Duty, HubCode, KeyBytes, LogId, Manifest, NetName, NodeKey, Pulse, Record, SecretKey, UnixTime,
};

use crate::draft::{self, CharterDraft, GenesisPlan, RefreshPlan};
use crate::{Authority, CharterChain, CharterError, Directory};

/// 2026-11-18, the beginning of every charter here.
pub(crate) const T0: UnixTime = UnixTime(1_795_000_000);
pub(crate) const DAY: u64 = 86_400;

/// The duties that a test hub has a key for.
const DUTIES: [Duty; 6] = [
    Duty::Log,
    Duty::Witness,
    Duty::Operator,
    Duty::Customs,
    Duty::Inspection,
    Duty::Registrar,
];

pub(crate) fn net() -> NetName {
    "test:lab".parse().unwrap()
}

pub(crate) fn code(text: &str) -> HubCode {
    text.parse().unwrap()
}

/// A key that a name stands for.
pub(crate) fn key(name: &str) -> SecretKey {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(&seed)
}

pub(crate) fn bytes(key: &SecretKey) -> KeyBytes {
    key.public().to_bytes()
}

/// A hub with the keys it signs with and its chain.
#[derive(Clone)]
pub(crate) struct Hub {
    pub(crate) code: HubCode,
    pub(crate) roots: Vec<SecretKey>,
    pub(crate) chain: CharterChain,
}

impl Hub {
    pub(crate) fn new(text: &str) -> Self {
        let roots: Vec<SecretKey> = (0..3).map(|number| key(&format!("{text}/root-{number}"))).collect();
        let hub = code(text);
        let roles = DUTIES.map(|duty| role(text, duty));
        let draft = CharterDraft::genesis(genesis_plan(hub, &roots, roles.to_vec())).unwrap();
        let keys = DUTIES.map(|duty| role_key(text, duty));
        let record = draft.sign_all(&[&roots[0], &roots[1]], &keys.each_ref()).unwrap();
        Self {
            code: hub,
            roots,
            chain: CharterChain::genesis(&record, &net()).unwrap(),
        }
    }

    pub(crate) fn key(&self, duty: Duty) -> SecretKey {
        role_key(self.code.as_str(), duty)
    }

    pub(crate) fn genesis(&self) -> CharterId {
        self.chain.genesis_id()
    }

    /// A refresh of the newest charter a day after it, changed by `change` and signed by roots 0 and 1 and by every
    /// role key that a name can be found for.
    pub(crate) fn refresh(&self, change: impl FnOnce(&mut RefreshPlan)) -> Record {
        self.sign_refresh(self.refresh_draft(change))
    }

    pub(crate) fn refresh_draft(&self, change: impl FnOnce(&mut RefreshPlan)) -> CharterDraft {
        let issued_at = self.chain.newest().body().issued_at.plus(DAY);
        let mut plan = RefreshPlan::unchanged(&self.chain, issued_at, issued_at.plus(300 * DAY));
        change(&mut plan);
        CharterDraft::refresh(&self.chain, plan).unwrap()
    }

    pub(crate) fn sign_refresh(&self, mut draft: CharterDraft) -> Record {
        let missing: Vec<KeyBytes> = draft.missing_roles().iter().map(|role| role.key).collect();
        for key in missing {
            draft.sign(&self.key_of(&key)).unwrap();
        }
        draft.sign(&self.roots[1]).unwrap();
        draft.close(&self.roots[0]).unwrap()
    }

    /// Refreshes and follows it.
    pub(crate) fn refreshed(&mut self, change: impl FnOnce(&mut RefreshPlan)) -> Record {
        let record = self.refresh(change);
        self.chain.extend(&record).unwrap();
        record
    }

    fn key_of(&self, wanted: &KeyBytes) -> SecretKey {
        let named = Duty::ALL.map(|duty| self.key(duty)).into_iter();
        let spare = Duty::ALL.map(|duty| spare_key(self.code.as_str(), duty));
        named
            .chain(spare)
            .find(|key| bytes(key) == *wanted)
            .expect("tests use named keys")
    }

    pub(crate) fn pulse(&self, issued_at: UnixTime) -> Record {
        self.signed(&self.pulse_draft(issued_at), Duty::Log)
    }

    pub(crate) fn pulse_draft(&self, issued_at: UnixTime) -> Draft {
        Pulse { sequence: 0 }.draft(self.code, issued_at)
    }

    pub(crate) fn signed(&self, draft: &Draft, duty: Duty) -> Record {
        draft.sign(&self.key(duty)).unwrap()
    }

    pub(crate) fn manifest(&self, node: NodeKey, revision: u32) -> Record {
        let body = Manifest {
            revision,
            node,
            addresses: vec!["/ip4/127.0.0.1/tcp/4001".to_owned()],
            roles: 7,
        };
        let life = (T0, T0.plus(30 * DAY));
        draft::manifest(
            &self.key(Duty::Operator),
            self.code,
            "gate-1".parse().unwrap(),
            &body,
            life,
        )
        .unwrap()
    }

    pub(crate) fn authority(&self) -> Authority {
        Authority::new(
            LogId {
                hub: self.code,
                epoch: 0,
            },
            Arc::new(self.chain.clone()),
        )
    }

    /// The note and the log key's signature on it.
    pub(crate) fn checkpoint(&self, size: u64) -> (Checkpoint, [u8; 64]) {
        let origin = Origin::new(net().as_str(), self.code.as_str(), 0);
        let note = Checkpoint {
            origin,
            size,
            root: Hash([size as u8; 32]),
        };
        let signature = self.key(Duty::Log).sign(note.body().as_bytes());
        (note, signature)
    }

    pub(crate) fn cosign(&self, note: &Checkpoint, time: UnixTime) -> [u8; 64] {
        self.key(Duty::Witness)
            .sign(Cosignature::message(note, time.0).as_bytes())
    }
}

pub(crate) fn genesis_plan(hub: HubCode, roots: &[SecretKey], roles: Vec<Role>) -> GenesisPlan {
    GenesisPlan {
        net: net(),
        hub,
        display_name: format!("{hub} e-Hub"),
        issued_at: T0,
        expires_at: T0.plus(300 * DAY),
        roots: roots.iter().map(bytes).collect(),
        threshold: 2,
        next_roots: (0..3)
            .map(|number| bytes(&key(&format!("{hub}/next-{number}"))))
            .collect(),
        next_threshold: 2,
        roles,
        panel: Vec::new(),
    }
}

pub(crate) fn role_key(hub: &str, duty: Duty) -> SecretKey {
    key(&format!("{hub}/{duty}"))
}

/// A second key for a duty, for refreshes that replace the first.
pub(crate) fn spare_key(hub: &str, duty: Duty) -> SecretKey {
    key(&format!("{hub}/{duty}/2"))
}

/// The key's entry: it may sign for 200 days, for up to 90.
pub(crate) fn role(hub: &str, duty: Duty) -> Role {
    role_of(&role_key(hub, duty), duty)
}

pub(crate) fn role_of(key: &SecretKey, duty: Duty) -> Role {
    draft::role(bytes(key), duty, (T0, T0.plus(200 * DAY)), 90 * DAY)
}

/// A directory that pins the hubs and has their chains.
pub(crate) fn directory(hubs: &[&Hub]) -> Directory {
    let mut directory = Directory::new(net(), hubs.iter().map(|hub| (hub.code, hub.genesis())).collect());
    for hub in hubs {
        directory.adopt_chain(hub.code, hub.chain.records()).unwrap();
    }
    directory
}

/// The stable code of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, CharterError>) -> &'static str {
    result.expect_err("a refusal").code()
}
