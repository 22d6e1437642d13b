//! A small lab of two hubs whose keys are fixed: honest charters, records and signatures, the same bytes each time.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use ewtp_log::{Cosignature, Hash, Tree, leaf_hash};
use ewtp_record::{
    CharterName, DecodeError, Draft, Duty, HubCode, Manifest, NetName, NodeKey, PublicKey, Pulse, Record, SecretKey,
    Terms, UnixTime,
};
use ewtp_trust::draft::{CharterDraft, GenesisPlan, RefreshPlan, manifest, role};
use ewtp_trust::{CharterChain, Directory};
use ewtp_verify::Policy;

/// The time in the lab.
pub const NOW: UnixTime = UnixTime(1_767_225_600);

const DAY: u64 = 86_400;
pub(super) const RECORDS: u64 = 300;

/// Two hubs: MY, whose log it is, and SG, its witness.
pub struct Lab {
    /// Carries both.
    pub directory: Directory,
    /// Leaf hashes of MY's log.
    pub leaves: Vec<Hash>,
    pub(super) charters: Vec<Record>,
    pub(super) witness: Record,
    pub(super) manifest: Record,
    pub(super) records: Vec<Bytes>,
    pub(super) tree: Tree,
    pub(super) checkpoint: SignedCheckpoint,
    pub(super) cosigned: CosignedCheckpoint,
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(super) fn hub(code: &str) -> HubCode {
    code.parse().expect("a hub code")
}

pub(super) fn net() -> NetName {
    "test:fuzz".parse().expect("a net name")
}

/// Keys of a hub: the root, then one for each duty that the lab needs.
const DUTIES: [(Duty, u8); 3] = [(Duty::Log, 1), (Duty::Witness, 2), (Duty::Operator, 3)];

fn genesis(code: &str, panel: &[&str], base: u8) -> Record {
    let window = (NOW, UnixTime(NOW.0 + 300 * DAY));
    let roles = DUTIES.map(|(duty, number)| (duty, key(base + number)));
    let plan = GenesisPlan {
        net: net(),
        hub: hub(code),
        display_name: format!("Lab {code}"),
        issued_at: NOW,
        expires_at: window.1,
        roots: vec![key(base).public().to_bytes()],
        threshold: 1,
        next_roots: vec![key(base + 9).public().to_bytes()],
        next_threshold: 1,
        roles: roles
            .iter()
            .map(|(duty, key)| role(key.public().to_bytes(), *duty, window, 90 * DAY))
            .collect(),
        panel: panel.iter().map(|code| hub(code)).collect(),
    };
    let keys: Vec<&SecretKey> = roles.iter().map(|(_, key)| key).collect();
    CharterDraft::genesis(plan)
        .and_then(|draft| draft.sign_all(&[&key(base)], &keys))
        .expect("a charter")
}

fn refresh(genesis: &Record, base: u8) -> Record {
    let chain = CharterChain::genesis(genesis, &net()).expect("a genesis charter");
    let plan = RefreshPlan::unchanged(&chain, UnixTime(NOW.0 + 1), UnixTime(NOW.0 + 300 * DAY));
    let keys = DUTIES.map(|(_, number)| key(base + number));
    let keys: Vec<&SecretKey> = keys.iter().collect();
    CharterDraft::refresh(&chain, plan)
        .and_then(|draft| draft.sign_all(&[&key(base)], &keys))
        .expect("a charter")
}

fn pulse(sequence: u32) -> Record {
    let draft = Pulse { sequence }.draft(hub("MY"), NOW);
    draft.sign(&key(MY + 1)).expect("a pulse")
}

const MY: u8 = 10;
const SG: u8 = 30;

impl Lab {
    /// The key of the node in the lab's manifest.
    pub const NODE: [u8; 32] = [7; 32];
    /// When the officer looks.
    pub const LATER: UnixTime = UnixTime(NOW.0 + 60);

    /// Builds the lab; the same bytes each time.
    pub fn new() -> Self {
        let charters = vec![genesis("MY", &["SG"], MY)];
        let charters = vec![refresh(&charters[0], MY)]
            .into_iter()
            .fold(charters, |mut all, next| {
                all.push(next);
                all
            });
        let witness = genesis("SG", &["MY"], SG);
        let pins = [("MY", &charters[0]), ("SG", &witness)].map(|(code, genesis)| {
            (
                hub(code),
                CharterChain::genesis(genesis, &net())
                    .expect("a genesis charter")
                    .genesis_id(),
            )
        });
        let mut directory = Directory::new(net(), BTreeMap::from(pins));
        directory.adopt_chain(hub("MY"), &charters).expect("a good chain");
        directory
            .adopt_chain(hub("SG"), std::slice::from_ref(&witness))
            .expect("a good chain");
        let manifest = node_manifest();
        let pulses = (0..RECORDS as u32 - 3).map(pulse);
        let logged = charters.iter().cloned().chain([manifest.clone()]).chain(pulses);
        let records: Vec<Bytes> = logged.map(|record| record.bytes().clone()).collect();
        let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record)).collect();
        let mut tree = Tree::new();
        leaves.iter().for_each(|leaf| tree.append(*leaf));
        let newest = directory.chain(hub("MY")).expect("adopted above").newest().name();
        let checkpoint = signed(&tree, newest);
        let cosigned = CosignedCheckpoint {
            cosignatures: vec![cosign(&checkpoint)],
            checkpoint: checkpoint.clone(),
        };
        Self {
            directory,
            leaves,
            charters,
            witness,
            manifest,
            records,
            tree,
            checkpoint,
            cosigned,
        }
    }

    /// What an input leaves to the hub.
    pub fn terms(&self) -> Terms {
        Terms {
            issuer: hub("CN-HGH"),
            now: NOW,
            life_seconds: DAY,
        }
    }

    /// Signs what an input asked for.
    ///
    /// # Errors
    /// The result would be no record.
    pub fn sign(&self, draft: &Draft) -> Result<Record, DecodeError> {
        draft.sign(&key(MY + 1))
    }

    /// The policy of an officer in SG.
    pub fn policy(&self) -> Policy {
        let pins = ["MY", "SG"].map(|code| (hub(code), self.directory.genesis(hub(code)).expect("both are pinned")));
        Policy {
            net: net(),
            own: hub("SG"),
            pins: BTreeMap::from(pins),
            unlogged: BTreeSet::new(),
            charter_min: BTreeMap::new(),
            max_age_seconds: None,
        }
    }

    /// MY's log key.
    pub fn log_key(&self) -> PublicKey {
        key(MY + 1).public()
    }

    /// SG's witness key.
    pub fn witness_key(&self) -> PublicKey {
        key(SG + 2).public()
    }

    /// The name SG cosigns under.
    pub fn witness_name(&self) -> String {
        ewtp_log::witness_name(net().as_str(), "SG")
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

fn node_manifest() -> Record {
    let body = Manifest {
        revision: 0,
        node: NodeKey(Lab::NODE),
        addresses: vec!["/ip4/127.0.0.1/tcp/4001".to_owned()],
        roles: Manifest::SERVES_LOG,
    };
    let life = (NOW, UnixTime(NOW.0 + 30 * DAY));
    manifest(
        &key(MY + 3),
        hub("MY"),
        "node-1".parse().expect("a subject"),
        &body,
        life,
    )
    .expect("a manifest")
}

fn signed(tree: &Tree, charter: CharterName) -> SignedCheckpoint {
    let (size, root) = (tree.size(), tree.root());
    let mut checkpoint = SignedCheckpoint {
        epoch: 0,
        charter,
        size,
        root,
        signature: [0; 64],
    };
    checkpoint.signature = key(MY + 1).sign(checkpoint.note(&net(), hub("MY")).body().as_bytes());
    checkpoint
}

fn cosign(checkpoint: &SignedCheckpoint) -> WitnessSignature {
    let time = UnixTime(NOW.0 + 5);
    let message = Cosignature::message(&checkpoint.note(&net(), hub("MY")), time.0);
    WitnessSignature {
        hub: hub("SG"),
        time,
        signature: key(SG + 2).sign(message.as_bytes()),
    }
}
