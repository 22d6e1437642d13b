//! Opening a node: folder, charter, keys, store, network, threads and admin interface, in that order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_api::{Api, NodeState, Server};
use ewtp_federation::{Engine, EngineConfig, Gatherer};
use ewtp_network::{Admission, Limits, NetworkConfig};
use ewtp_record::{Duty, SecretKey};
use ewtp_store::{Schedules, Store};
use ewtp_trust::{CharterChain, Directory, Introduction};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::Node;
use crate::clock::Clock;
use crate::config::{self, Config, NetworkSettings};
use crate::init::read_charters;
use crate::keys::Keys;
use crate::manifest;
use crate::runtime::doorstep::Doorstep;
use crate::runtime::examiner::Examiner;
use crate::runtime::inbox::Inbox;
use crate::runtime::ingest::Ingest;
use crate::runtime::issuer::Issuer;
use crate::runtime::ranges::Ranges;
use crate::runtime::renewal::Renewals;
use crate::runtime::reporter::Reporter;
use crate::runtime::storage::Storage;
use crate::runtime::tariffs::Tariffs;
use crate::runtime::{EVENTS_MAX, Examination, RunOptions};

/// Schedules that a node keeps in memory, in bytes: five or so of the size of a real one.
const SCHEDULES_MEMORY_BYTES: usize = 64 << 20;

impl Node {
    /// Opens everything and lets nothing in before all of it stands.
    pub(in crate::runtime) async fn open(
        config: Config,
        keys: Keys,
        options: RunOptions,
        examination: Examination,
    ) -> anyhow::Result<Self> {
        let clock = Clock::start();
        let chain = read_charters(&config.folder, &config.net)?;
        let hub = config.hub;
        ensure!(
            chain.hub() == hub,
            "the charter in the folder is that of {}, the configuration says {hub}",
            chain.hub()
        );
        let log_key = keys.role(Duty::Log).context("the folder holds no log key")?;
        ensure!(
            chain.newest().log_key().id() == log_key.id(),
            "the log key in the folder is not the one that the charter names"
        );
        let log_key = SecretKey::from_seed(&log_key.seed());
        let witness_key = keys.role(Duty::Witness).map(|key| SecretKey::from_seed(&key.seed()));
        let manifest = manifest::read(&config)?;

        let (Store { ledger, index, reader }, restored) =
            Store::open(config.folder.root(), &config.store_options()).context("opening the store")?;

        let schedules =
            Schedules::open(config.folder.root(), SCHEDULES_MEMORY_BYTES).context("opening the schedules")?;

        let known = known_hubs(&config, &chain)?;
        let directory = Arc::new(ArcSwap::from_pointee(known.clone()));
        let (directory_seen, directory_watch) = watch::channel(Arc::new(known.clone()));
        let introduction = Introduction {
            net: config.net,
            hub,
            charters: chain.records().to_vec(),
            manifest,
        };
        let (stored_in, stored) = mpsc::channel(EVENTS_MAX);
        let (events_in, events) = mpsc::channel(EVENTS_MAX);
        let network_config = network_config(&config, &keys, introduction.encode(), options.faults);
        let (network, network_events) = ewtp_network::start(network_config)?;
        let mut instance = [0; 16];
        getrandom::fill(&mut instance).context("the operating system gave no randomness")?;
        let engine_config = EngineConfig {
            hub,
            node: network.node(),
            directory: known,
            charters: chain.records().to_vec(),
            instance,
            caps: config.caps(),
            pulse_every: config.limits.pulse_every,
        };
        let engine = Engine::new(engine_config, restored, clock.now());

        let (grown, grown_watch) = watch::channel(());
        let examiner = Examiner::start(
            index,
            reader.clone(),
            Arc::clone(&directory),
            stored_in.clone(),
            grown,
            examination,
        )?;
        let storage = Storage::start(ledger, stored_in, examiner.waker())?;
        let started = clock.monotonic();
        let (reporter, status) = Reporter::new(&config, engine.status(), started);
        let (commands_in, commands) = ewtp_api::commands();
        let api = Api {
            reader: reader.clone(),
            started,
            directory: directory_watch,
            status,
            grown: grown_watch,
            commands: commands_in,
            schedules: schedules.clone(),
            policy: config.folder.policy(),
            desk: Arc::default(),
        };
        let (admin, admin_stop) = serve_admin(&config, &options.admin_http, api).await?;
        let keys = Arc::new(keys);
        let issuer = Issuer::new(
            hub,
            Arc::clone(&keys),
            reader.clone(),
            Arc::clone(&directory),
            events_in.clone(),
        );
        let renewals = Renewals::new(
            config.clone(),
            keys,
            reader.clone(),
            events_in.clone(),
            clock.monotonic(),
        );
        let mut node = Self {
            ingest: Ingest::new(
                network.clone(),
                Arc::clone(&directory),
                events_in.clone(),
                config.network.admission,
            )?,
            tariffs: Tariffs::start(
                Gatherer::new(hub, config.limits.schedule_bytes_each),
                network.clone(),
                schedules,
                reader.clone(),
                events_in.clone(),
            )
            .observed_by(options.gathering),
            ranges: Ranges::new(network.clone(), reader, Arc::clone(&directory), events_in),
            clock,
            inbox: Inbox::new(stored, events, network_events, commands),
            hub,
            log_key,
            witness_key,
            engine,
            network,
            directory,
            directory_seen,
            storage,
            examiner,
            issuer,
            renewals,
            reporter,
            doorstep: Doorstep::default(),
            asked: BTreeMap::new(),
            next_serving: 0,
            admin,
            admin_stop: Some(admin_stop),
            config,
        };
        node.begin()?;
        Ok(node)
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        self.renewals.look_if_due(self.clock.monotonic(), self.clock.now().unix);
        for address in self.config.carry.iter().flat_map(|carried| &carried.addresses) {
            self.network.dial(address)?;
        }
        self.set_state(NodeState::Running);
        self.drain(VecDeque::new());
        tracing::info!(hub = %self.hub, net = %self.config.net, peer = %self.network.node().to_peer_id(), "node runs");
        Ok(())
    }
}

/// What the operator pinned, and our own charters.
fn known_hubs(config: &Config, chain: &CharterChain) -> anyhow::Result<Directory> {
    let carried = config.carry.iter().map(|carried| (carried.hub, carried.genesis));
    let pins = carried.chain([(config.hub, chain.genesis_id())]).collect();
    let mut directory = Directory::new(config.net, pins);
    directory
        .adopt_chain(config.hub, chain.records())
        .context("our own charters do not hold")?;
    Ok(directory)
}

fn network_config(
    config: &Config,
    keys: &Keys,
    introduction: Bytes,
    faults: Option<Arc<dyn ewtp_network::LinkFaults>>,
) -> NetworkConfig {
    NetworkConfig {
        key_seed: *keys.node,
        net: config.net,
        listen: config.network.listen.clone(),
        introduction,
        admission: match config.network.admission {
            config::Admission::Members => Admission::Members,
            config::Admission::Open { guests_max } => Admission::Open {
                guests_max: guests_max as usize,
            },
        },
        limits: network_limits(&config.network),
        faults,
    }
}

fn network_limits(settings: &NetworkSettings) -> Limits {
    let defaults = Limits::default();
    let outbound_max = (settings.connections_max / 8).clamp(1, defaults.outbound_max);
    Limits {
        inbound_max: settings.connections_max.saturating_sub(outbound_max),
        outbound_max,
        memory_bytes_max: usize::try_from(settings.memory_bytes_max).unwrap_or(usize::MAX),
        ..defaults
    }
}

async fn serve_admin(
    config: &Config,
    also_at: &Option<std::net::SocketAddr>,
    api: Api,
) -> anyhow::Result<(JoinHandle<()>, oneshot::Sender<()>)> {
    let socket = config.folder.socket()?;
    if socket.parent() != Some(config.folder.root()) {
        std::fs::write(config.folder.socket_note(), format!("{}\n", socket.display()))?;
    }
    let mut server = Server::bind(&socket).await?;
    if let Some(address) = also_at.or(config.admin_http) {
        server = server.also_at(address).await?;
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = server.run(api, async {
        let _ = stopped.await; // a dropped sender is a stop too
    });
    Ok((tokio::spawn(serving), stop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn connections_and_memory_reach_the_network() {
        let folder = Folder::new(std::path::Path::new("/srv/ewtp"));
        let mut config = Config::new(folder, "test:demo".parse().unwrap(), "MY".parse().unwrap(), "MY");
        config.network.memory_bytes_max = 64 << 20;
        for (max, outbound) in [(256, 32), (16, 2), (2, 1)] {
            config.network.connections_max = max;
            let limits = network_limits(&config.network);
            assert_eq!((limits.outbound_max, limits.inbound_max), (outbound, max - outbound));
            assert_eq!(limits.memory_bytes_max, 64 << 20);
        }
    }
}
