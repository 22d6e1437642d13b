//! A small mesh on paper: an issuer with one root, its panel, a log with one certificate, and the bundle that proves it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses the part it needs")]
#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

use ewtp_log::{Checkpoint, Cosignature, Hash, Origin, Tree, leaf_hash};
use ewtp_record::cbor::Octets;
use ewtp_record::{Certificate, Draft, Duty, HubCode, NetName, Record, SecretKey, Terms, UnixTime};
use ewtp_trust::CharterChain;
use ewtp_trust::draft::{CharterDraft, GenesisPlan, RefreshPlan, role};
use ewtp_verify::{Bundle, Policy, Receipt, Verdict, WitnessCosignature, verdict};

pub const T0: UnixTime = UnixTime(1_795_336_200);
pub const DAY: u64 = 86_400;

/// Index of the certificate in the issuer's log.
pub const INDEX: u64 = 3;

pub fn code(text: &str) -> HubCode {
    text.parse().unwrap()
}

pub fn net() -> NetName {
    "test:lab".parse().unwrap()
}

/// A key that a name stands for.
pub fn key(name: &str) -> SecretKey {
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(&seed)
}

pub struct Hub {
    pub code: HubCode,
    pub chain: CharterChain,
    duties: Vec<Duty>,
}

impl Hub {
    pub fn new(net: NetName, text: &str, duties: &[Duty], panel: &[&str]) -> Self {
        let window = (T0, T0.plus(200 * DAY));
        let public = |duty: &Duty| key(&format!("{text}/{duty}")).public().to_bytes();
        let plan = GenesisPlan {
            net,
            hub: code(text),
            display_name: text.to_owned(),
            issued_at: T0,
            expires_at: T0.plus(300 * DAY),
            roots: vec![key(&format!("{text}/root")).public().to_bytes()],
            threshold: 1,
            next_roots: vec![key(&format!("{text}/next")).public().to_bytes()],
            next_threshold: 1,
            roles: duties
                .iter()
                .map(|duty| role(public(duty), *duty, window, 90 * DAY))
                .collect(),
            panel: panel.iter().map(|hub| code(hub)).collect(),
        };
        let keys: Vec<SecretKey> = duties.iter().map(|duty| key(&format!("{text}/{duty}"))).collect();
        let roots = [&key(&format!("{text}/root"))];
        let record = CharterDraft::genesis(plan)
            .unwrap()
            .sign_all(&roots, &keys.iter().collect::<Vec<_>>())
            .unwrap();
        Self {
            code: code(text),
            chain: CharterChain::genesis(&record, &net).unwrap(),
            duties: duties.to_vec(),
        }
    }

    pub fn witness(text: &str) -> Self {
        Self::new(net(), text, &[Duty::Log, Duty::Witness], &[])
    }

    pub fn key(&self, duty: Duty) -> SecretKey {
        key(&format!("{}/{duty}", self.code))
    }

    /// The key that replaces that of a duty where a plan says so.
    pub fn newer_key(&self, duty: Duty) -> SecretKey {
        key(&format!("{}/{duty}/2", self.code))
    }

    /// Replaces the keys of these duties by newer ones, from a later day on.
    pub fn replace(&mut self, issued_at: UnixTime, duties: &[Duty]) {
        let newer: Vec<_> = duties
            .iter()
            .map(|duty| (*duty, self.newer_key(*duty).public().to_bytes()))
            .collect();
        self.refresh(issued_at, |plan| {
            for (duty, newer) in newer {
                plan.roles
                    .iter_mut()
                    .filter(|role| role.duty == duty)
                    .for_each(|role| role.key = newer);
            }
        });
    }

    /// Refreshes, keeping only the role keys that have a name, and follows the new charter.
    pub fn refresh(&mut self, issued_at: UnixTime, change: impl FnOnce(&mut RefreshPlan)) {
        let mut plan = RefreshPlan::unchanged(&self.chain, issued_at, issued_at.plus(300 * DAY));
        change(&mut plan);
        let mut draft = CharterDraft::refresh(&self.chain, plan).unwrap();
        for duty in &self.duties {
            // A key that the plan dropped is none of the draft's.
            let _ = draft.sign(&self.key(*duty));
            let _ = draft.sign(&self.newer_key(*duty));
        }
        let record = draft.close(&key(&format!("{}/root", self.code))).unwrap();
        self.chain.extend(&record).unwrap();
    }

    pub fn checkpoint(&self, size: u64, root: Hash) -> (Checkpoint, Octets<64>) {
        let net = self.chain.net();
        let note = Checkpoint {
            origin: Origin::new(net.as_str(), self.code.as_str(), 0),
            size,
            root,
        };
        let signature = Octets(self.key(Duty::Log).sign(note.body().as_bytes()));
        (note, signature)
    }

    pub fn cosign(&self, note: &Checkpoint, time: UnixTime) -> WitnessCosignature {
        let signature = Octets(
            self.key(Duty::Witness)
                .sign(Cosignature::message(note, time.0).as_bytes()),
        );
        WitnessCosignature {
            hub: self.code,
            time,
            signature,
        }
    }

    pub fn charters(&self) -> (HubCode, Vec<bytes::Bytes>) {
        (
            self.code,
            self.chain
                .records()
                .iter()
                .map(|record| record.bytes().clone())
                .collect(),
        )
    }
}

/// What is needed for a bundle, open to change before it is made.
pub struct Lab {
    pub issuer: Hub,
    pub witnesses: Vec<Hub>,
    pub record: Record,
    pub leaves: Vec<Hash>,
    /// Where in the log the record is.
    pub index: u64,
    pub cosigned_at: UnixTime,
    /// Number of the charter that the receipt names.
    pub charter: u32,
}

impl Lab {
    /// Malaysia certifies; its panel has these hubs, which all recognise it.
    pub fn of(panel: &[&str]) -> Self {
        Self::on(net(), panel)
    }

    pub fn on(net: NetName, panel: &[&str]) -> Self {
        let issuer = Hub::new(net, "MY", &[Duty::Log, Duty::Customs], panel);
        let witnesses = panel
            .iter()
            .map(|hub| Hub::new(net, hub, &[Duty::Log, Duty::Witness], &[]))
            .collect();
        let record = certificate(&issuer, |_| {});
        let mut lab = Self {
            issuer,
            witnesses,
            record,
            leaves: Vec::new(),
            index: INDEX,
            cosigned_at: T0.plus(DAY + 60),
            charter: 0,
        };
        lab.leaves = (0..7_u8).map(|other| leaf_hash(&[other])).collect();
        lab.log();
        lab
    }

    /// Puts the record into the log, at its index.
    pub fn log(&mut self) {
        self.leaves[self.index as usize] = leaf_hash(self.record.bytes());
    }

    /// Makes another certificate the one that is logged and judged.
    pub fn certify(&mut self, change: impl FnOnce(&mut Draft)) {
        self.record = certificate(&self.issuer, change);
        self.log();
    }

    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        for leaf in &self.leaves {
            tree.append(*leaf);
        }
        tree
    }

    pub fn receipt(&self) -> Receipt {
        let tree = self.tree();
        let (note, signature) = self.issuer.checkpoint(tree.size(), tree.root());
        let path = tree.inclusion(self.index, tree.head(), &self.leaves).unwrap().path;
        let cosign = |(place, hub): (usize, &Hub)| hub.cosign(&note, self.cosigned_at.plus(place as u64));
        let mut cosignatures: Vec<_> = self.witnesses.iter().enumerate().map(cosign).collect();
        cosignatures.sort_by_key(|cosignature| cosignature.hub);
        Receipt {
            epoch: 0,
            charter: self.charter,
            size: tree.size(),
            index: self.index,
            path,
            signature,
            cosignatures,
        }
    }

    pub fn bundle(&self) -> Bundle {
        let mut chains: Vec<_> = self.witnesses.iter().chain([&self.issuer]).map(Hub::charters).collect();
        chains.sort();
        Bundle {
            record: self.record.bytes().clone(),
            receipt: Some(self.receipt()),
            chains,
        }
    }

    /// The policy of the first witness: it pins everyone here.
    pub fn policy(&self) -> Policy {
        let hubs = self.witnesses.iter().chain([&self.issuer]);
        Policy {
            net: self.issuer.chain.net(),
            own: self.witnesses.first().unwrap_or(&self.issuer).code,
            pins: hubs.map(|hub| (hub.code, hub.chain.genesis_id())).collect(),
            unlogged: [].into(),
            charter_min: [].into(),
            max_age_seconds: None,
        }
    }

    pub fn now(&self) -> UnixTime {
        self.cosigned_at.plus(600)
    }

    pub fn verdict(&self) -> Verdict {
        verdict(&self.bundle(), &self.policy(), self.now())
    }
}

/// The clearance of the spec's examples, issued by `hub` a day after its charter.
pub fn certificate(hub: &Hub, change: impl FnOnce(&mut Draft)) -> Record {
    let mut draft = certificate_draft(hub);
    change(&mut draft);
    draft.sign(&hub.key(Duty::Customs)).unwrap()
}

pub fn certificate_draft(hub: &Hub) -> Draft {
    let text = include_str!("../../../../protocol-spec/examples/clearance.json");
    let mut input = ewtp_record::parse_json(text).unwrap();
    let object = input.as_object_mut().unwrap();
    for name in ["issued_at", "expires_at", "not_before"] {
        object.remove(name);
    }
    let terms = Terms {
        issuer: hub.code,
        now: T0.plus(DAY),
        life_seconds: 30 * DAY,
    };
    Certificate::from_json(&input, &terms).unwrap().draft
}
