//! The hubs of a simulated world: codes, keys and charters, all from the seed.

use ewtp_record::{Duty, HubCode, Manifest, NetName, NodeKey, SecretKey, UnixTime};
use ewtp_trust::draft::{self, CharterDraft, GenesisPlan};
use ewtp_trust::{CharterChain, Directory};
use sha2::{Digest as _, Sha256};

use crate::hub::{EPOCH, Hub, Identity};
use crate::scenario::Acquaintance;

/// A panel has at most this many hubs here: a quorum of five.
const PANEL: usize = 7;

/// Role keys and charters hold for this long.
const YEAR: u64 = 365 * 24 * 3600;

const DAY: u64 = 24 * 3600;

/// As many hubs as asked for, each with its charter and manifest.
pub(crate) fn hubs(count: usize, seed: u64, net: NetName) -> Vec<Identity> {
    let codes: Vec<HubCode> = (0..count).map(code).collect();
    (0..count).map(|index| found(index, &codes, seed, net)).collect()
}

/// What every hub knows of all when it starts.
pub(crate) fn directory(hubs: &[Hub], net: NetName, acquaintance: Acquaintance) -> Directory {
    let pins = hubs
        .iter()
        .map(|hub| (hub.identity.hub, hub.identity.genesis))
        .collect();
    let mut directory = Directory::new(net, pins);
    if acquaintance == Acquaintance::Charters {
        for Hub { identity, .. } in hubs {
            let adopted = directory.adopt_chain(identity.hub, std::slice::from_ref(&identity.charter));
            adopted.expect("the charter was just made");
        }
    }
    directory
}

/// Zones of one country: no list of countries is long enough for a thousand hubs.
fn code(index: usize) -> HubCode {
    format!("CN-{index:04}")
        .parse()
        .expect("two letters, a dash and four digits")
}

fn found(index: usize, codes: &[HubCode], seed: u64, net: NetName) -> Identity {
    let hub = codes[index];
    let key = |purpose: &str| secret(seed, index, purpose);
    let (root, log, witness, operator, customs) =
        (key("root"), key("log"), key("witness"), key("operator"), key("customs"));
    let born = UnixTime(EPOCH - DAY);
    let window = (born, UnixTime(EPOCH + YEAR));
    let role = |key: &SecretKey, duty| draft::role(key.public().to_bytes(), duty, window, YEAR);
    let next = key("next-root").public().to_bytes();
    let plan = GenesisPlan {
        net,
        hub,
        display_name: format!("Simulated hub {index}"),
        issued_at: born,
        expires_at: window.1,
        roots: vec![root.public().to_bytes()],
        threshold: 1,
        next_roots: vec![next],
        next_threshold: 1,
        roles: vec![
            role(&log, Duty::Log),
            role(&witness, Duty::Witness),
            role(&operator, Duty::Operator),
            role(&customs, Duty::Customs),
        ],
        panel: panel(index, codes),
    };
    let charter = CharterDraft::genesis(plan)
        .and_then(|draft| draft.sign_all(&[&root], &[&log, &witness, &operator, &customs]))
        .expect("the plan keeps every rule of a charter");
    let node = NodeKey(*key("node").public().as_bytes());
    let manifest = Manifest {
        revision: 0,
        node,
        addresses: Vec::new(),
        roles: Manifest::SERVES_LOG,
    };
    let life = (born, UnixTime(born.0 + Manifest::DAYS_MAX * DAY));
    let name = "node-1".parse().expect("a short name");
    let manifest = draft::manifest(&operator, hub, name, &manifest, life).expect("the manifest keeps every rule");
    let genesis = CharterChain::genesis(&charter, &net)
        .expect("the charter was just made")
        .genesis_id();
    Identity {
        hub,
        node,
        log_key: log,
        witness_key: witness,
        customs_key: customs,
        genesis,
        charter,
        manifest,
    }
}

/// How many hubs are on the panel of each hub.
pub(crate) fn panel_size(hubs: usize) -> usize {
    PANEL.min(hubs - 1)
}

/// The next hubs round.
fn panel(index: usize, codes: &[HubCode]) -> Vec<HubCode> {
    (1..codes.len())
        .take(panel_size(codes.len()))
        .map(|step| codes[(index + step) % codes.len()])
        .collect()
}

fn secret(seed: u64, index: usize, purpose: &str) -> SecretKey {
    let text = format!("ewtp simulation {seed} hub {index} {purpose}");
    SecretKey::from_seed(&Sha256::digest(text).into())
}
