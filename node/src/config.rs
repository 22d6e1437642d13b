//! The configuration of a node, in two steps: `file::ConfigFile` is what was written, [`Config`] is what it means.
//!
//! [`Config::load`] reads `ewtp.toml` and reports every fault at once, each with its line and its remedy; an unknown
//! key is refused with the nearest known name. What `init` writes comes from [`Config::render`], so that the two cannot
//! disagree: a test reads back what it wrote.

pub mod edit;
mod fault;
mod file;
mod render;
mod resolve;

pub use fault::{ConfigFault, ConfigFaults};

pub(crate) use resolve::is_multiaddr;

use crate::failure::Failure;
use crate::folder::Folder;
use crate::shell;
use anyhow::Context;
use ewtp_federation::gathering::SCHEDULE_BYTES_EACH;
use ewtp_federation::{Caps, limits};
use ewtp_record::{CharterId, HubCode, NetName};
use ewtp_store::{Engine, StoreOptions};
use std::net::SocketAddr;
use std::time::Duration;

/// What a node is told to be and do. Built only by [`Config::load`] or in code by `init` and the testnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The folder everything lies in.
    pub folder: Folder,
    /// The net, `ewtp` or `test:<name>`.
    pub net: NetName,
    /// The hub this node works for.
    pub hub: HubCode,
    /// The hub's name as people read it, ≤ 64 bytes.
    pub name: String,
    /// Listening, admission and connection limits.
    pub network: NetworkSettings,
    /// A loopback address that serves the admin interface beside the socket; `None`: the socket alone.
    pub admin_http: Option<SocketAddr>,
    /// Where and how records are kept.
    pub store: StoreSettings,
    /// What this node takes on for others, and how often it shows that it lives.
    pub limits: Limits,
    /// Which events are told, as `tracing` reads it: `info`, `ewtp_network=debug,info` …
    pub event_filter: String,
    /// The hubs this node carries besides its own, by operator's order, sorted by hub.
    pub carry: Vec<Carried>,
}

/// Listening, admission and connection limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// The multiaddrs to listen on.
    pub listen: Vec<String>,
    /// The multiaddrs that are published for others to dial, at most 8; empty: those it listens on but 0.0.0.0 and ::.
    pub addresses: Vec<String>,
    /// Who may read.
    pub admission: Admission,
    /// Connections open at once, both directions: an eighth of them, 32 at most, for those that this node dials.
    pub connections_max: u32,
    /// What the network may cost in memory, in bytes. It bounds three things: an eighth of it is for verified bundles of
    /// all logs that wait for an earlier one; a sixteenth, 64 MiB at most, for records on their way to the disk before
    /// nothing more is pulled, and four times that before what comes all the same is dropped; and while the resident memory
    /// of the process is above the whole of it, no new connection is made, in or out. It does not bound the cache of the
    /// index engine, which is [`StoreSettings::cache_bytes`], nor what is open: connections, and queues of fixed size.
    pub memory_bytes_max: u64,
}

/// Guests let in at once when nothing else is said.
pub const GUESTS_DEFAULT: u32 = 32;

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Only nodes of carried hubs.
    Members,
    /// Members, and up to `guests_max` others that may read.
    Open {
        /// Guests connected at once.
        guests_max: u32,
    },
}

/// Where and how records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The index engine.
    pub engine: Engine,
    /// Memory for the index engine's cache, in bytes.
    pub cache_bytes: u64,
    /// The size at which a ledger segment is sealed, in bytes.
    pub segment_bytes: u64,
}

/// What this node takes on for others, and how often it shows that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hubs carried beside our own at most; a full cap refuses, it never evicts.
    pub carried_hubs_max: u32,
    /// Bytes of records kept of one carried hub's log at most. What would pass them is not taken, with an alarm.
    pub carried_bytes_each: u64,
    /// Bytes that the schedules of one carried hub name at most, each kept once and packed. What would pass them is not
    /// gathered, with an alarm.
    pub schedule_bytes_each: u64,
    /// An idle hub logs a pulse this often.
    pub pulse_every: Duration,
}

/// A hub this node carries: holds, relays and serves, trusted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The hub.
    pub hub: HubCode,
    /// Its genesis id, learned outside the mesh.
    pub genesis: CharterId,
    /// Where its nodes are dialled at first; later their manifests say.
    pub addresses: Vec<String>,
}

impl NetworkSettings {
    /// What the node manifest publishes: the addresses at which others reach this node. None when it listens on every
    /// interface and was not told its own address: then only it dials.
    pub fn published(&self) -> Vec<String> {
        let own = if self.addresses.is_empty() {
            &self.listen
        } else {
            &self.addresses
        };
        own.iter().filter(|address| is_dialable(address)).cloned().collect()
    }

    /// [`Self::published`], where the addresses listened on tell which port the machine chose for each port 0.
    pub fn published_as(&self, listened: &std::collections::BTreeSet<String>) -> Vec<String> {
        let chosen = |address: &String| listened.iter().find(|listened| is_chosen(address, listened)).cloned();
        let published = self.published().into_iter();
        published.map(|address| chosen(&address).unwrap_or(address)).collect()
    }
}

/// Whether an address is the configured one with a port in the place of 0.
fn is_chosen(configured: &str, listened: &str) -> bool {
    let (one, other): (Vec<&str>, Vec<&str>) = (configured.split('/').collect(), listened.split('/').collect());
    let port = |index: usize| index > 0 && matches!(one[index - 1], "tcp" | "udp") && one[index] == "0";
    one.len() == other.len() && (0..one.len()).all(|index| one[index] == other[index] || port(index))
}

/// Whether others can dial an address: "every interface" is for listening only.
fn is_dialable(multiaddr: &str) -> bool {
    !multiaddr.starts_with("/ip4/0.0.0.0/") && !multiaddr.starts_with("/ip6/::/")
}

impl Config {
    /// The configuration of a new node with every setting at its default.
    pub fn new(folder: Folder, net: NetName, hub: HubCode, name: &str) -> Self {
        Self {
            folder,
            net,
            hub,
            name: name.to_owned(),
            network: NetworkSettings {
                listen: vec!["/ip4/0.0.0.0/udp/7600/quic-v1".into(), "/ip4/0.0.0.0/tcp/7600".into()],
                addresses: Vec::new(),
                admission: Admission::Members,
                connections_max: 256,
                memory_bytes_max: 1 << 30,
            },
            admin_http: None,
            store: StoreSettings {
                engine: Engine::Redb,
                cache_bytes: 64 << 20,
                segment_bytes: 256 << 20,
            },
            limits: Limits {
                carried_hubs_max: 256,
                carried_bytes_each: 64 << 30,
                schedule_bytes_each: SCHEDULE_BYTES_EACH,
                pulse_every: limits::PULSE_EVERY,
            },
            event_filter: "info".to_owned(),
            carry: Vec::new(),
        }
    }

    /// What the engine of this node may keep for others.
    pub fn caps(&self) -> Caps {
        let caps = Caps {
            carried_hubs: self.limits.carried_hubs_max as usize,
            carried_bytes_each: self.limits.carried_bytes_each,
            ..Caps::default()
        };
        caps.within_memory(self.network.memory_bytes_max)
    }

    /// How the store of this node is opened.
    pub fn store_options(&self) -> StoreOptions {
        StoreOptions {
            engine: self.store.engine,
            cache_bytes: usize::try_from(self.store.cache_bytes).unwrap_or(usize::MAX),
            segment_bytes: self.store.segment_bytes,
            own: Some(self.hub),
        }
    }

    /// Reads `ewtp.toml` of a folder.
    ///
    /// # Errors
    /// When the file cannot be read, and [`ConfigFaults`] with everything wrong in it.
    pub fn load(folder: &Folder) -> anyhow::Result<Self> {
        let path = folder.config();
        if !path.exists() {
            let message = format!("{} holds no hub: there is no ewtp.toml", folder.root().display());
            let next = format!("ewtp init --dir {}", shell::path(folder.root()));
            return Err(Failure::new("no-folder", message).next(next).into());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self::parse(folder, &text)?)
    }

    /// What a text means as the configuration of `folder`.
    ///
    /// # Errors
    /// Everything wrong in it, in the order of its lines.
    pub fn parse(folder: &Folder, text: &str) -> Result<Self, ConfigFaults> {
        let (file, faults) = file::read(text);
        resolve::resolve(folder, &file, faults)
    }
}

#[cfg(test)]
mod tests;
