//! The node that the loop turns: engine, network, store, admin interface, and what waits between them.

mod open;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_api::{Command, NodeState, Problem};
use ewtp_federation::{
    Commit, Engine, GatheringInput, Input, NotCarried, NotResumed, Output, RangeRequest, Serving, ServingId,
    SigningKey, message,
};
use ewtp_network::{Bulk, MessageId, Misbehaviour, Network, NodeKey, Responder};
use ewtp_record::{HubCode, Record, SecretKey};
use ewtp_trust::{CharterError, Directory, Introduction};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Event;
use super::doorstep::{Doorstep, as_typed};
use super::examiner::Examiner;
use super::inbox::Inbox;
use super::ingest::Ingest;
use super::issuer::{Issuer, Prepared};
use super::ranges::{self, Ranges};
use super::renewal::Renewals;
use super::reporter::{Beside, Reporter};
use super::spans;
use super::storage::Storage;
use super::tariffs::Tariffs;
use crate::clock::Clock;
use crate::config::Config;

/// See the module.
pub(crate) struct Node {
    pub(super) clock: Clock,
    pub(super) inbox: Inbox,
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
    tariffs: Tariffs,
    renewals: Renewals,
    reporter: Reporter,
    doorstep: Doorstep,
    /// Range requests that the engine has not planned yet.
    asked: BTreeMap<ServingId, Responder>,
    next_serving: u64,
    admin: JoinHandle<()>,
    admin_stop: Option<oneshot::Sender<()>>,
}

impl Node {
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
            Output::Commit(commit) => self.commit(commit),
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
            Output::GiveUp { request } => self.ranges.give_up(request),
            Output::Serve { serving, to, plan } => self.serve(serving, to, plan),
            Output::Admit { node } => self.network.admit(node),
            Output::Refuse { node, why } => {
                tracing::warn!(peer = %node.to_peer_id(), why, "session ended");
                self.network.refuse(node, why);
            }
            Output::Blame { node, fault } => {
                let code = fault.code();
                tracing::warn!(peer = %node.to_peer_id(), code, %fault, "peer broke a rule that every honest node keeps");
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

    fn commit(&mut self, commit: Commit) {
        if let Err(reason) = self.storage.commit(commit) {
            self.event(Event::StorageFailed(reason.to_owned()));
        }
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
            Some(plan) => self.ranges.serve(serving, to, plan, responder),
            None => responder.abandon(),
        }
    }

    fn directory_changed(&mut self, directory: Arc<Directory>) {
        self.network
            .members(ranges::members(&directory, self.network.node(), self.clock.now().unix));
        // Followers of events read off a charter what it takes back: they have it before the examiner judges by it.
        self.directory_seen.send_replace(Arc::clone(&directory));
        self.directory.store(directory);
        self.examiner.charters_changed();
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Input(input) => self.give(input),
            Event::Gathering(input) => self.tariffs.give(input, self.clock.now()),
            Event::Prepared(prepared) => self.prepared(prepared),
            Event::Stranger(node, introduced) => {
                self.doorstep.introduced(node, &introduced, self.clock.now().unix);
            }
            Event::BeginsElsewhere(hub, genesis) => {
                let now = self.clock.now().unix;
                self.doorstep
                    .begins_elsewhere(hub, genesis, &self.directory.load(), now);
            }
            Event::Manifest(manifest) => self.manifest(manifest),
            Event::StorageFailed(reason) => {
                tracing::error!(%reason, "the disk failed: the node takes nothing more and serves what it has");
                self.reporter.storage_failed(self.clock.now().unix, reason);
                self.set_state(NodeState::ReadOnly);
            }
        }
    }

    /// Logs our manifest, and shows it from the next introduction on.
    fn manifest(&self, manifest: Record) {
        let directory = self.directory.load();
        let Some(chain) = directory.chain(self.hub) else {
            return;
        };
        let introduction = Introduction {
            net: self.config.net,
            hub: self.hub,
            charters: chain.records().to_vec(),
            manifest: manifest.clone(),
        };
        if let Err(error) = self.network.introduce(introduction.encode()) {
            tracing::error!(%error, "the node introduces itself with its earlier manifest");
        }
        self.issuer.log_signed(manifest);
    }

    pub(super) fn tick(&mut self) {
        self.renewals.look_if_due(self.clock.monotonic(), self.clock.now().unix);
        self.tariffs.give(GatheringInput::Tick, self.clock.now());
        self.give(Input::Tick);
    }

    fn prepared(&mut self, prepared: Prepared) {
        if let Some(input) = self.issuer.prepared(prepared) {
            self.give(input);
        }
    }

    pub(super) fn message(&mut self, from: NodeKey, bytes: &Bytes) {
        let _peer = spans::peer(from, &self.directory.load()).entered();
        let input = match message::decode(bytes) {
            Ok(message) => Input::Message { from, message },
            Err(fault) => Input::Fault { from, hub: None, fault },
        };
        self.give(input);
    }

    pub(super) fn requested(&mut self, from: NodeKey, bulk: Bulk, bytes: &Bytes, responder: Responder) {
        let _peer = spans::peer(from, &self.directory.load()).entered();
        match bulk {
            Bulk::Logs => self.range_requested(from, bytes, responder),
            Bulk::Schedules => {
                let hub = self.directory.load().node(from);
                self.tariffs.requested(from, hub, bytes, responder);
            }
        }
    }

    fn range_requested(&mut self, from: NodeKey, bytes: &Bytes, responder: Responder) {
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
                    .map_err(|error| Problem::new("invalid-field", error.to_string()).field("addresses"));
                let _ = answer.send(done); // whoever asked may be gone already
            }
            Command::ResumeLog { past, answer } => {
                let done = self.resume_log(past);
                let _ = answer.send(done); // whoever asked may be gone already
            }
            Command::Stop { .. } => {}
        }
    }

    fn resume_log(&mut self, past: u64) -> Result<(), Problem> {
        let refused = |why: String| Problem::new("not-resumed", why);
        self.engine.resume_own_log(past).map_err(|why| match why {
            NotResumed::NotHeld => refused("nothing holds this hub's log".to_owned()),
            NotResumed::Beyond { size } => {
                let why = format!("a log of this hub of {size} records is known, and {past} were named");
                refused(why).next("ewtp status names the size; read its alarm first")
            }
            NotResumed::Damaged => {
                let why = "this folder does not hold what this hub's key was about to sign, or the charters in its log"
                    .to_owned();
                refused(why).next("start ewtp run on a whole folder of this hub; ewtp doctor looks at this one")
            }
        })?;
        tracing::warn!(past, "an operator let this hub's log go on");
        self.drain(VecDeque::new());
        Ok(())
    }

    fn add_peer(&mut self, peer: &ewtp_api::NewPeer) -> Result<(), Problem> {
        if let Some((hub, genesis)) = peer.hub.zip(peer.genesis) {
            self.engine.carry(hub, genesis).map_err(|error| not_carried(&error))?;
            self.drain(VecDeque::new());
        }
        for address in &peer.addresses {
            self.network
                .dial(address)
                .map_err(|error| Problem::new("invalid-field", error.to_string()).field("addresses"))?;
        }
        Ok(())
    }

    pub(super) fn connected(&mut self, node: NodeKey) {
        self.doorstep.connected(node);
        let hub = self.directory.load().node(node);
        self.tariffs.connected(node, hub, self.clock.now());
        self.give(Input::Connected { node });
    }

    pub(super) fn disconnected(&mut self, node: NodeKey) {
        self.tariffs
            .give(GatheringInput::Disconnected { node }, self.clock.now());
        self.give(Input::Disconnected { node });
    }

    pub(super) fn turned_away(&mut self, node: NodeKey, notice: &Bytes) {
        tracing::warn!(peer = %node.to_peer_id(), "a node does not let this one in: its operator must carry this hub");
        self.doorstep.told(node, notice, self.clock.now().unix);
    }

    pub(super) fn listening(&mut self, address: String) {
        tracing::info!(%address, "listening");
        self.renewals.listening(&address, self.clock.monotonic());
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
        let directory = self.directory.load();
        let genesis = directory
            .genesis(self.hub)
            .expect("a node pins its own hub: see known_hubs");
        let published = self.config.network.published_as(self.reporter.addresses());
        let own = as_typed(self.hub, genesis, published.first().map_or("", String::as_str));
        let outside = self.doorstep.outside(&directory, self.hub, &own, self.clock.now().unix);
        let beside = Beside {
            outside,
            schedules: self.tariffs.counts(),
            refused: self.tariffs.alarms(),
        };
        self.reporter.report(status, &directory, beside, now);
    }

    pub(super) fn wake_at(&self) -> Instant {
        let engine = self.engine.next_deadline();
        let due = self.tariffs.next_deadline().map_or(engine, |gather| engine.min(gather));
        let due = self.clock.at(due).min(self.renewals.wake_at());
        self.reporter.wake_at().map_or(due, |report| due.min(report))
    }

    /// Whether the disk may be given more to do.
    pub(super) fn has_room(&self) -> bool {
        self.storage.has_room()
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
        self.inbox.close();
        self.storage.close();
        self.examiner.close();
        let _ = tokio::time::timeout(Duration::from_secs(4), self.admin).await;
        tracing::info!("stopped");
        Ok(())
    }
}

fn not_carried(error: &NotCarried) -> Problem {
    match error {
        NotCarried::Charter(CharterError::WrongGenesis { hub, pinned, got }) => {
            let message = format!("{hub} is known here by its charters from genesis {pinned} on; you typed {got}");
            Problem::new("invalid-field", message).field("genesis").next(format!(
                "if {hub} began anew: ewtp peer rm {hub}, stop this node (Ctrl-C), start ewtp run again, then type ewtp peer add \
                 {hub}={got}@MULTIADDR"
            ))
        }
        NotCarried::Charter(error) => Problem::new("invalid-field", error.to_string()).field("genesis"),
        NotCarried::Full { .. } => Problem::new("carry-full", error.to_string()).next(
            "raise limits.carried_hubs_max in ewtp.toml, or free a place with ewtp peer rm HUB; then start ewtp run again",
        ),
    }
}
