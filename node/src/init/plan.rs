//! What a new hub is to be, and the seeds its keys grow from.

use crate::config::{Carried, Config, is_multiaddr};
use crate::failure::{Failure, USAGE};
use crate::keys::{KeyName, Seed, fresh_seed};
use ewtp_record::{CharterId, Duty, HubCode, PublicKey, SecretKey, UnixTime};
use std::collections::BTreeMap;

/// What a new hub is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Net, hub, name, listening, carried hubs.
    pub config: Config,
    /// The node's name: the subject of its manifest.
    pub node_name: String,
    /// What the manifest publishes for others to dial, at most 8 multiaddrs of at most 128 bytes; may be empty, then only
    /// this node dials.
    pub addresses: Vec<String>,
    /// The hubs asked to witness this log, at most 15, not itself; without any, no verifier reaches a quorum.
    pub panel: Vec<HubCode>,
    /// Root keys, 1 to 9; as many are promised for the next rotation.
    pub root_keys: u8,
    /// Root keys that must sign, more than half; 1 of 1 on `test:` nets only.
    pub threshold: u8,
    /// Days the charter and its role keys last, at most 400.
    pub charter_days: u16,
    /// Hubs whose records this hub's officers accept, by genesis id.
    pub recognised: BTreeMap<HubCode, CharterId>,
    /// The time of the charter and the manifest.
    pub issued_at: UnixTime,
}

impl Plan {
    /// The plan for a hub with three roots, two of which must sign, everything else as `config` says.
    pub fn new(config: Config, issued_at: UnixTime) -> Self {
        let addresses = config.network.published();
        Self {
            config,
            node_name: "node-1".to_owned(),
            addresses,
            panel: Vec::new(),
            root_keys: 3,
            threshold: 2,
            charter_days: 365,
            recognised: BTreeMap::new(),
            issued_at,
        }
    }

    /// The smallest threshold that is more than half of `root_keys`.
    pub fn smallest_majority(root_keys: u8) -> u8 {
        root_keys / 2 + 1
    }

    /// Every key of such a hub: roots, next roots, one a duty, and the node's own.
    pub fn key_names(&self) -> impl Iterator<Item = KeyName> {
        let roots = (1..=self.root_keys).map(KeyName::Root);
        let next_roots = (1..=self.root_keys).map(KeyName::NextRoot);
        roots
            .chain(next_roots)
            .chain(Duty::ALL.into_iter().map(KeyName::Role))
            .chain([KeyName::Node])
    }
}

/// The seed of every key of a plan.
pub struct Seeds {
    seeds: BTreeMap<KeyName, Seed>,
}

impl Seeds {
    /// Fresh seeds from the operating system.
    ///
    /// # Errors
    /// When it has no randomness to give.
    pub fn fresh(plan: &Plan) -> anyhow::Result<Self> {
        let seeds = plan
            .key_names()
            .map(|name| Ok((name, fresh_seed()?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { seeds })
    }

    /// Seeds that `derive` computes from each key's name; for test nets, where the same seed gives the same hub.
    pub fn derived(plan: &Plan, derive: impl Fn(KeyName) -> [u8; 32]) -> Self {
        Self {
            seeds: plan.key_names().map(|name| (name, Seed::new(derive(name)))).collect(),
        }
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (KeyName, &Seed)> {
        self.seeds.iter().map(|(name, seed)| (*name, seed))
    }

    /// The secret key of a name.
    ///
    /// # Panics
    /// When the seeds are not of this plan.
    pub fn secret(&self, name: KeyName) -> SecretKey {
        SecretKey::from_seed(
            self.seeds
                .get(&name)
                .expect("the seeds were made for the plan that names this key"),
        )
    }

    /// The public key of a name.
    ///
    /// # Panics
    /// When the seeds are not of this plan.
    pub fn public(&self, name: KeyName) -> PublicKey {
        self.secret(name).public()
    }
}

/// Reads `HUB=GENESIS[@MULTIADDR,…]` as typed.
///
/// # Errors
/// What part is wrong, with an example.
pub fn parse_carried(text: &str) -> anyhow::Result<Carried> {
    let wrong = |what: String| {
        Failure::new(USAGE, format!("`{text}`: {what}")).next("RW=<64 hex digits>@/ip4/192.0.2.1/udp/7600/quic-v1")
    };
    let (hub, rest) = text
        .split_once('=')
        .ok_or_else(|| wrong("no `=` between hub and genesis id".to_owned()))?;
    let (genesis, addresses) = rest.split_once('@').unwrap_or((rest, ""));
    let addresses: Vec<String> = addresses
        .split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(address) = addresses.iter().find(|address| !is_multiaddr(address)) {
        return Err(wrong(format!("`{address}` is not a multiaddr")).into());
    }
    Ok(Carried {
        hub: hub.parse().map_err(|error| wrong(format!("hub `{hub}`: {error}")))?,
        genesis: genesis
            .parse()
            .map_err(|error| wrong(format!("genesis id `{genesis}`: {error}")))?,
        addresses,
    })
}
