//! The node that the loop turns: engine, network, store, admin interface, and what waits between them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_api::{Api, Command, NodeState, Problem, Server};
use ewtp_federation::{
    Engine, EngineConfig, Input, Output, RangeRequest, Serving, ServingId, SigningKey, Ticket, message,
};
use ewtp_network::{
    Admission, Limits, MessageId, Misbehaviour, Network, NetworkConfig, NetworkEvent, NodeKey, Responder,
};
use ewtp_record::{Duty, HubCode, Record, SecretKey};
use ewtp_store::{Reader, Store, StoreOptions};
use ewtp_trust::{Directory, Introduction};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::examiner::{self, Examiner};
use super::ingest::Ingest;
use super::issuer::{Issuer, Prepared};
use super::ranges::{self, Ranges};
use super::reporter::Reporter;
use super::storage::Storage;
use super::{EVENTS_MAX, Event, RunOptions};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::init::read_charters;
use crate::keys::Keys;

/// See the module.
pub(crate) struct Node {
    pub(super) clock: Clock,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) network_events: mpsc::Receiver<NetworkEvent>,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) ingest: Ingest,
    config: Config,
    hub: HubCode,
    log_key: SecretKey,
    witness_key: Option<SecretKey>,
    engine: Engine,
    network: Network,
    directory: Arc<ArcSwap<Directory>>,
    directory_seen: watch::Sender<Arc<Directory>>,
    storage: Storage,
    examiner: Examiner,
    issuer: Issuer,
    ranges: Ranges,
    reporter: Reporter,
    /// Range requests that the engine has not planned yet.
    asked: BTreeMap<ServingId, Responder>,
    next_serving: u64,
    admin: JoinHandle<()>,
    admin_stop: Option<oneshot::Sender<()>>,
}

impl Node {
    /// Opens everything and lets nothing in before all of it stands.
    pub(super) async fn open(config: Config, keys: Keys, options: RunOptions) -> anyhow::Result<Self> {
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
        let manifest = read_manifest(&config)?;

        let store = StoreOptions {
            engine: config.store.engine,
            cache_bytes: usize::try_from(config.store.cache_bytes).unwrap_or(usize::MAX),
            segment_bytes: config.store.segment_bytes,
            own: Some(hub),
        };
        let (Store { ledger, index, reader }, restored) =
            Store::open(config.folder.root(), &store).context("opening the store")?;

        let known = known_hubs(&config, &chain)?;
        let directory = Arc::new(ArcSwap::from_pointee(known.clone()));
        let (directory_seen, directory_watch) = watch::channel(Arc::new(known.clone()));
        let logged_charters = examiner::logged_charters(&restored);
        let introduction = Introduction {
            net: config.net,
            hub,
            charters: chain.records().to_vec(),
            manifest: manifest.clone(),
        };
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
        };
        let engine = Engine::new(engine_config, restored, clock.now());

        let (grown, grown_watch) = watch::channel(());
        let examiner = Examiner::start(
            index,
            reader.clone(),
            Arc::clone(&directory),
            logged_charters,
            events_in.clone(),
            grown,
        )?;
        let storage = Storage::start(ledger, events_in.clone(), examiner.waker())?;
        let (reporter, status) = Reporter::new(&config, engine.status(), clock.monotonic());
        let (commands_in, commands) = ewtp_api::commands();
        let api = Api {
            reader: reader.clone(),
            directory: directory_watch,
            status,
            grown: grown_watch,
            commands: commands_in,
        };
        let (admin, admin_stop) = serve_admin(&config, &options.admin_http, api).await?;
        let issuer = Issuer::new(hub, keys, reader.clone(), Arc::clone(&directory), events_in.clone());
        let mut node = Self {
            ingest: Ingest::new(network.clone(), Arc::clone(&directory), events_in.clone())?,
            ranges: Ranges::new(network.clone(), reader.clone(), Arc::clone(&directory), events_in),
            clock,
            events,
            network_events,
            commands,
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
            reporter,
            asked: BTreeMap::new(),
            next_serving: 0,
            admin,
            admin_stop: Some(admin_stop),
            config,
        };
        node.begin(&reader, manifest)?;
        Ok(node)
    }

    fn begin(&mut self, reader: &Reader, manifest: Record) -> anyhow::Result<()> {
        let header = manifest.header();
        let logged = reader.by_subject(self.hub, header.kind, header.subject, header.revision)?;
        if logged.is_none() {
            self.issuer.log_signed(manifest);
        }
        for address in self.config.carry.iter().flat_map(|carried| &carried.addresses) {
            self.network.dial(address)?;
        }
        self.set_state(NodeState::Running);
        self.drain(VecDeque::new());
        tracing::info!(hub = %self.hub, net = %self.config.net, peer = %self.network.node().to_peer_id(), "node runs");
        Ok(())
    }

    /// One input to the engine, then everything it wants done.
    pub(super) fn give(&mut self, input: Input) {
        self.drain(VecDeque::from([input]));
    }

    fn drain(&mut self, mut inputs: VecDeque<Input>) {
        loop {
            while let Some(output) = self.engine.poll_output() {
                inputs.extend(self.perform(output));
            }
            let Some(input) = inputs.pop_front() else { return };
            self.engine.handle(input, self.clock.now());
        }
    }

    /// Does one thing that the engine wants. What is done on the spot answers at once.
    fn perform(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Commit(commit) => self.storage.commit(commit),
            Output::Sign { signing, key, message } => {
                return Some(Input::Signed {
                    signing,
                    signature: self.key(key)?.sign(&message),
                });
            }
            Output::Publish { topic, bytes } => self.network.publish(topic, bytes),
            Output::Validate { gossip, acceptance } => {
                self.network.validate(
                    MessageId {
                        id: gossip.id,
                        from: gossip.from,
                    },
                    acceptance,
                );
            }
            Output::Send { to, frame } => self.network.send(to, frame),
            Output::Request { to, request, range } => self.ranges.fetch(to, request, &range),
            Output::Serve { serving, to, plan } => self.serve(serving, to, plan),
            Output::Admit { node } => self.network.admit(node),
            Output::Blame { node, fault } => {
                tracing::warn!(peer = %node.to_peer_id(), %fault, "peer broke a rule that every honest node keeps");
                self.network.report(node, Misbehaviour::Careless);
            }
            Output::Issued { ticket, answers } => {
                // Whoever asks for the status after an answer finds the records in it.
                self.report_now();
                self.issuer.issued(ticket, answers);
            }
            Output::NotIssued { ticket, why } => self.issuer.not_issued(ticket, why),
            Output::Grown { log, size } => self.examiner.grown(log, size),
            Output::LogSplit { hub, split } => {
                tracing::error!(%hub, held = ?split.held, offered = ?split.offered, "a hub signed two histories of its log");
            }
            Output::Directory(directory) => self.directory_changed(directory),
            Output::Pulse { sequence } => self.issuer.pulse(sequence, self.clock.now().unix),
        }
        None
    }

    fn key(&self, key: SigningKey) -> Option<&SecretKey> {
        match key {
            SigningKey::Log => Some(&self.log_key),
            SigningKey::Witness => self.witness_key.as_ref(),
        }
    }

    fn serve(&mut self, serving: ServingId, to: NodeKey, plan: Option<Box<Serving>>) {
        let Some(responder) = self.asked.remove(&serving) else {
            return;
        };
        match plan {
            Some(plan) => self.ranges.serve(to, plan, responder),
            None => responder.abandon(),
        }
    }

    fn directory_changed(&mut self, directory: Arc<Directory>) {
        self.network
            .members(ranges::members(&directory, self.network.node(), self.clock.now().unix));
        self.directory.store(Arc::clone(&directory));
        self.examiner.charters_changed();
        self.directory_seen.send_replace(directory);
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Input(input) => self.give(input),
            Event::Prepared(prepared) => self.prepared(prepared),
            Event::StorageFailed(reason) => {
                tracing::error!(%reason, "the disk failed: the node takes nothing more and serves what it has");
                self.reporter.storage_failed(self.clock.now().unix);
                self.set_state(NodeState::ReadOnly);
            }
        }
    }

    fn prepared(&mut self, prepared: Prepared) {
        if let Some(input) = self.issuer.prepared(prepared) {
            self.give(input);
        }
    }

    pub(super) fn message(&mut self, from: NodeKey, bytes: &Bytes) {
        let input = match message::decode(bytes) {
            Ok(message) => Input::Message { from, message },
            Err(fault) => Input::Fault { from, hub: None, fault },
        };
        self.give(input);
    }

    pub(super) fn range_requested(&mut self, from: NodeKey, bytes: &Bytes, responder: Responder) {
        match RangeRequest::decode(bytes) {
            Ok(request) => {
                let serving = ServingId(self.next_serving);
                self.next_serving += 1;
                self.asked.insert(serving, responder);
                self.give(Input::RangeRequested { from, serving, request });
            }
            Err(fault) => self.give(Input::Fault { from, hub: None, fault }),
        }
    }

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Issue { drafts, answer } => {
                self.issuer
                    .issue(drafts, answer, self.reporter.state(), self.clock.now().unix)
            }
            Command::AddPeer { peer, answer } => {
                let done = self.add_peer(&peer);
                let _ = answer.send(done); // whoever asked may be gone already
            }
            Command::RemovePeer { address, answer } => {
                let done = self
                    .network
                    .forget(&address)
                    .map_err(|error| Problem::new("address", error.to_string()));
                let _ = answer.send(done); // whoever asked may be gone already
            }
            Command::Stop { .. } => {}
        }
    }

    fn add_peer(&mut self, peer: &ewtp_api::NewPeer) -> Result<(), Problem> {
        if let Some((hub, genesis)) = peer.hub.zip(peer.genesis) {
            self.engine
                .carry(hub, genesis)
                .map_err(|error| Problem::new("carry", error.to_string()))?;
            self.drain(VecDeque::new());
        }
        for address in &peer.addresses {
            self.network
                .dial(address)
                .map_err(|error| Problem::new("address", error.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn listening(&mut self, address: String) {
        tracing::info!(%address, "listening");
        self.reporter.listening(address);
    }

    pub(super) fn set_state(&mut self, state: NodeState) {
        self.reporter.set_state(state);
    }

    /// Tells those who follow the status, when there is something to tell and not too often.
    pub(super) fn report(&mut self) {
        if self.reporter.is_due(self.clock.monotonic()) {
            self.report_now();
        }
    }

    fn report_now(&mut self) {
        let (status, now) = (self.engine.status(), self.clock.monotonic());
        self.reporter.report(status, &self.directory.load(), now);
    }

    pub(super) fn wake_at(&self) -> Instant {
        let engine = self.clock.at(self.engine.next_deadline());
        self.reporter.wake_at().map_or(engine, |report| engine.min(report))
    }

    /// Requests to issue that are under way.
    pub(super) fn issuing(&self) -> usize {
        self.issuer.under_way()
    }

    /// Whether a stop would leave nothing unanswered.
    pub(super) fn is_idle(&self) -> bool {
        self.issuer.under_way() == 0 && self.storage.is_idle()
    }

    /// Closes everything, the outermost first.
    pub(super) async fn close(mut self) -> anyhow::Result<()> {
        if let Some(stop) = self.admin_stop.take() {
            let _ = stop.send(()); // an interface that ended by itself needs no telling
        }
        self.network.stop();
        // The threads may wait for room among the events; nobody takes these any more.
        self.events.close();
        self.storage.close();
        self.examiner.close();
        let _ = tokio::time::timeout(Duration::from_secs(4), self.admin).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// What the operator pinned, and our own charters.
fn known_hubs(config: &Config, chain: &ewtp_trust::CharterChain) -> anyhow::Result<Directory> {
    let carried = config.carry.iter().map(|carried| (carried.hub, carried.genesis));
    let pins = carried.chain([(config.hub, chain.genesis_id())]).collect();
    let mut directory = Directory::new(config.net, pins);
    directory
        .adopt_chain(config.hub, chain.records())
        .context("our own charters do not hold")?;
    Ok(directory)
}

fn read_manifest(config: &Config) -> anyhow::Result<Record> {
    let path = config.folder.manifest();
    let reading = || format!("cannot use {}", path.display());
    let bytes = std::fs::read(&path).with_context(reading)?;
    Record::decode(bytes.into()).with_context(reading)
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
        limits: Limits {
            inbound_max: config.network.connections_max,
            ..Limits::default()
        },
        faults,
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

/// A ticket that nobody waits for.
pub(super) const UNWATCHED: Ticket = Ticket(u64::MAX - 1);
