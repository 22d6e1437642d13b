//! The engine: one surface, and the rooms behind it.
//!
//! Contract: after each [`Engine::handle`], drain [`Engine::poll_output`] until it is empty; call `handle` with
//! [`Input::Tick`] no later than [`Engine::next_deadline`]. The engine reads no clock and does no I/O; it routes an
//! input to its sub-machine and turns what comes back into outputs. Its methods lie by what they concern: our own log in
//! `own_log`, how it starts in `start`, other hubs' logs in `others`, what was judged of them in `examination`, what we hold of all
//! in `held`, cosignatures in `cosigning`, talking with peers in `exchange` and `questions`, bulk transfer in `ranges`, where
//! the store left off in `restore`, what an operator sees in `snapshot`.

mod cosigning;
mod examination;
mod exchange;
mod held;
mod others;
mod own_log;
mod questions;
mod ranges;
mod restore;
mod snapshot;
mod start;

use std::collections::BTreeSet;
use std::time::Duration;

use ewtp_log::Hash;
use ewtp_record::{ByHub, HubCode, NodeKey, Record};
use ewtp_trust::{CheckpointFault, Directory as Snapshot};

use crate::admitted::Admitted;
use crate::alarm::{AlarmCode, Alarms};
use crate::announcer::Announcer;
use crate::caps::{Caps, Refusals, Windows};
use crate::charter_questions::CharterQuestions;
use crate::clock::WallClock;
use crate::commit::{CommitId, Restored};
use crate::directory::Directory;
use crate::examined_watch::ExaminedWatch;
use crate::fetch::Fetches;
use crate::forwarding::Forwarding;
use crate::frontier::OwnFrontier;
use crate::input::{Input, Output};
use crate::journal::Journal;
use crate::limits::{MANIFESTS_CHECKED_EVERY, START_ALONE_AFTER};
use crate::now::Now;
use crate::outbox::{Outbox, Purpose, Signing};
use crate::panel_watch::PanelWatch;
use crate::peers::Peers;
use crate::relayed::Relayed;
use crate::replica::Replica;
use crate::run::Fault;
use crate::servings::Servings;
use crate::witness::{Collection, Witness};

pub use snapshot::{LogStatus, Memory, PeerStatus, Status};
pub use start::NotResumed;

/// What an engine is told once.
#[derive(Debug)]
pub struct EngineConfig {
    /// Our hub.
    pub hub: HubCode,
    /// Our node's key.
    pub node: NodeKey,
    /// The pinned hubs, ours among them, with whatever charters are known.
    pub directory: Snapshot,
    /// Our charters in the order of their numbers; those that are not in our log yet are logged first.
    pub charters: Vec<Record>,
    /// 16 random bytes that name this start of the node.
    pub instance: [u8; 16],
    /// What it may keep for others.
    pub caps: Caps,
    /// How long our log may stand still before it gets a pulse; [`PULSE_EVERY`](crate::limits::PULSE_EVERY) unless an operator
    /// says otherwise. spec: pulse R3
    pub pulse_every: Duration,
}

/// See the module.
#[derive(Debug)]
pub struct Engine {
    hub: HubCode,
    node: NodeKey,
    instance: [u8; 16],
    caps: Caps,
    now: Now,
    directory: Directory,
    journal: Journal,
    announcer: Announcer,
    collection: Collection,
    witness: Witness,
    clock: WallClock,
    relayed: Relayed,
    forwarding: Forwarding,
    charter_questions: CharterQuestions,
    replicas: ByHub<Replica>,
    fetches: Fetches,
    peers: Peers,
    servings: Servings,
    admitted: Admitted,
    panel_watch: PanelWatch,
    examined_watch: ExaminedWatch,
    windows: Windows,
    refusals: Refusals,
    alarms: Alarms,
    outbox: Outbox,
    /// What [`Self::entry`] says of each hub: whoever changes what an entry is made of calls [`Self::changed`].
    held: OwnFrontier,
    /// Hubs whose logs may need a new plan of requests.
    to_plan: BTreeSet<HubCode>,
    /// Hubs of whose logs something is missing that only busy peers have: planned again when a request ends.
    starved: BTreeSet<HubCode>,
    /// Entries changed by pulling: when peers are told.
    push_at: Option<Duration>,
    digest_at: Duration,
    digest_last: Hash,
    /// A peer's digest differed from ours since we last compared.
    digests_differ: bool,
    pulse_every: Duration,
    pulse_at: Duration,
    manifests_at: Duration,
    /// When our log may be signed although no peer is in reach.
    start_alone_at: Duration,
    uncommitted_bytes: usize,
    /// When something becomes due by time alone, as found when the engine settled last.
    due_at: Duration,
}

impl Engine {
    /// An engine that goes on where the store left off.
    ///
    /// # Panics
    /// If `config.charters` is empty: a hub without a charter has no log.
    #[must_use]
    pub fn new(config: EngineConfig, restored: Restored, now: Now) -> Self {
        let EngineConfig {
            hub,
            node,
            directory,
            charters,
            instance,
            caps,
            pulse_every,
        } = config;
        assert!(!charters.is_empty(), "a node starts with its hub's charter");
        let mut engine = Self {
            hub,
            node,
            instance,
            caps,
            now,
            directory: Directory::new(directory),
            journal: Journal::new(hub),
            announcer: Announcer::default(),
            collection: Collection::default(),
            witness: Witness::default(),
            clock: WallClock::new(now),
            relayed: Relayed::default(),
            forwarding: Forwarding::default(),
            charter_questions: CharterQuestions::default(),
            replicas: ByHub::default(),
            fetches: Fetches::default(),
            peers: Peers::default(),
            servings: Servings::default(),
            admitted: Admitted::default(),
            panel_watch: PanelWatch::default(),
            examined_watch: ExaminedWatch::default(),
            windows: Windows::default(),
            refusals: Refusals::default(),
            alarms: Alarms::default(),
            outbox: Outbox::default(),
            held: OwnFrontier::default(),
            to_plan: BTreeSet::new(),
            starved: BTreeSet::new(),
            push_at: None,
            digest_at: now.ticks,
            digest_last: Hash([0; 32]),
            digests_differ: false,
            pulse_every,
            pulse_at: now.ticks + pulse_every,
            manifests_at: now.ticks,
            start_alone_at: now.ticks + START_ALONE_AFTER,
            uncommitted_bytes: 0,
            due_at: now.ticks,
        };
        engine.restore(restored);
        engine.carry_all();
        engine.compute_frontier();
        engine.start_own_log(charters);
        engine.settle();
        engine
    }

    /// Takes one input at the time `now`, which never goes back in `ticks`.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.now = now;
        // With hundreds of hubs more than half of all inputs only pass through: they change nothing that could become due.
        let passes_through = matches!(&input, Input::Cosignature { cosignature, .. } if cosignature.hub != self.hub);
        self.take(input);
        if !passes_through || self.due_at <= now.ticks {
            self.settle();
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Tick => {}
            Input::Introduced { node, introduction } => self.introduced(node, &introduction),
            Input::Guest { node } => self.guest(node),
            Input::Connected { node } => self.connected(node),
            Input::Disconnected { node } => self.disconnected(node),
            Input::Announcement { gossip, announcement } => self.announcement(gossip, *announcement),
            Input::Cosignature { gossip, cosignature } => self.gossiped_cosignature(gossip, &cosignature),
            Input::Message { from, message } => self.message(from, message),
            Input::RangeRequested { from, serving, request } => self.range_requested(from, serving, request),
            Input::Served { serving, to, bytes } => self.served(serving, to, bytes),
            Input::Bundle { from, request, run } => self.bundle(from, request, run),
            Input::RangeEnded { request } => self.range_ended(request),
            Input::Fault { from, hub, fault } => self.fault(from, hub, fault),
            Input::Issue {
                ticket,
                records,
                looked_up_to,
                covering,
            } => self.issue(ticket, records, looked_up_to, covering),
            Input::Committed { commit } => self.committed(commit),
            Input::Signed { signing, signature } => self.signed(signing, signature),
            Input::Examined { log, to, manifests } => self.examined(log, to, &manifests),
        }
    }

    /// The next thing to do, `None` when all is done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop()
    }

    /// When to call [`Self::handle`] with a tick, in the same ticks as [`Now`].
    #[must_use]
    pub fn next_deadline(&self) -> Duration {
        self.due_at
    }

    fn find_deadline(&self) -> Duration {
        let waiting = [
            self.push_at,
            self.start_deadline(),
            self.announce_deadline(),
            self.cosign_deadline(),
            self.peers.next_deadline(),
            self.charter_questions.next_deadline(),
            self.panel_watch.next_deadline(),
            self.examined_watch.next_deadline(),
            self.refusals.next_deadline(),
            self.fetches.next_deadline(self.now.ticks),
            self.servings.next_deadline(self.now.ticks),
        ];
        waiting
            .into_iter()
            .flatten()
            .fold(self.digest_at.min(self.pulse_at).min(self.manifests_at), Duration::min)
    }

    fn committed(&mut self, commit: CommitId) {
        match self.outbox.committed(commit) {
            Some(Purpose::Journal) => self.journal_committed(commit),
            Some(Purpose::Checkpoint(size)) => self.checkpoint_committed(size),
            Some(Purpose::Replica(hub, source)) => self.replica_committed(hub, source, commit),
            Some(Purpose::Cosign(cosigning)) => self.guard_committed(*cosigning),
            Some(Purpose::Nothing) | None => {}
        }
    }

    fn signed(&mut self, signing: crate::input::SigningId, signature: [u8; 64]) {
        match self.outbox.signed(signing) {
            Some(Signing::Checkpoint) => self.checkpoint_signed(signature),
            Some(Signing::Cosignature(cosigning)) => self.cosigned(cosigning, signature),
            None => {}
        }
    }

    fn fault(&mut self, from: NodeKey, hub: Option<HubCode>, fault: Fault) {
        // A charter that we lack is no fault: ask the one who named it.
        if let Fault::Checkpoint(CheckpointFault::UnknownCharter { hub, number, newest }) = fault {
            if number > newest {
                self.ask_charters(from, hub, number);
            } else {
                self.ask_other_charter(from, hub, number);
            }
        }
        if let Fault::Conflict { hub, .. } = fault {
            self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix);
        }
        if fault.is_peer_fault() {
            self.outbox.push(Output::Blame { node: from, fault });
        } else if let Some(hub) = hub.or_else(|| fault.hub()) {
            self.peers.cannot_be_checked(from, hub);
        }
    }

    /// Everything that may have become due by the last input or by time.
    fn settle(&mut self) {
        self.end_wait();
        self.commit_own();
        self.announce();
        self.watch_panel();
        self.watch_examination();
        self.end_refusals();
        self.ask_waiting();
        self.ask_for_charters();
        self.cosign_due();
        self.serve_waiting();
        self.replace_slow_pulls();
        self.plan_requests();
        self.push_changes();
        self.compare_digests();
        self.pulse();
        self.forget_ended_nodes();
        if let Some(snapshot) = self.directory.take_change() {
            self.outbox.push(Output::Directory(snapshot));
        }
        self.due_at = self.find_deadline();
    }

    fn forget_ended_nodes(&mut self) {
        if self.manifests_at <= self.now.ticks {
            self.manifests_at = self.now.ticks + MANIFESTS_CHECKED_EVERY;
            self.directory.drop_expired(self.now.unix);
        }
    }
}

#[cfg(test)]
mod tests;
