//! Talking with peers: introductions, hello, frontiers and digests.

use std::time::Duration;

use ewtp_record::{CharterId, HubCode, NodeKey};
use ewtp_trust::{CharterError, Introduced, IntroductionFault};

use crate::alarm::AlarmCode;
use crate::caps::NotCarried;
use crate::engine::Engine;
use crate::frontier::{Frontier, FrontierEntry};
use crate::input::Output;
use crate::limits::{ASK_AGAIN_AFTER, DIGEST_EVERY_BUSY, DIGEST_EVERY_IDLE};
use crate::message::{self, Hello, Message};
use crate::peers::Greeting;
use crate::replica::Replica;
use crate::run::Fault;

impl Engine {
    /// Carries one more hub from now on: its log is replicated as soon as a peer offers it.
    ///
    /// # Errors
    /// The hub's charters are known under another genesis: the operator's fault. Or [`NotCarried::Full`], with an alarm.
    pub fn carry(&mut self, hub: HubCode, genesis: CharterId) -> Result<(), NotCarried> {
        let (carried, max) = (self.replicas.len(), self.caps.carried_hubs);
        if carried >= max && hub != self.hub && !self.replicas.contains_key(&hub) {
            self.alarms.raise(AlarmCode::CarriedHubsFull, self.hub, self.now.unix);
            self.refusals.refused(self.now.ticks);
            return Err(NotCarried::Full { max });
        }
        self.directory.pin(hub, genesis)?;
        if hub != self.hub {
            self.replicas.get_or_insert_with(hub, || Replica::new(hub));
        }
        // Peers may have told us of it before, and say nothing twice.
        for node in self.peers.nodes() {
            let told = self.peers.get(node).and_then(|peer| peer.holds.get(&hub)).copied();
            if let Some(entry) = told {
                self.entry_told(node, hub, &entry);
            }
        }
        self.settle();
        Ok(())
    }

    pub(super) fn end_refusals(&mut self) {
        if self.refusals.end(self.now.ticks) {
            self.alarms.clear(AlarmCode::CarriedHubsFull, self.hub);
        }
    }

    pub(super) fn introduced(&mut self, node: NodeKey, introduction: &Introduced) {
        let hub = introduction.hub();
        let nodes = self.vouched_nodes(hub);
        match self.directory.adopt_introduction(introduction) {
            Ok(fresh) => {
                self.keep_charters(hub, fresh);
                self.end_unvouched(hub, nodes);
                self.admitted.admit(node, Some(hub));
                self.outbox.push(Output::Admit { node });
            }
            Err(IntroductionFault::Charter(CharterError::Conflict { .. })) => {
                self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix);
            }
            // A hub that is not carried waits until an operator pins it.
            Err(_) => {}
        }
    }

    /// The connected nodes of a hub that its manifests vouch for.
    pub(super) fn vouched_nodes(&self, hub: HubCode) -> Vec<NodeKey> {
        let nodes = self.peers.nodes_of(hub);
        nodes.filter(|node| self.directory.hub_of(*node) == Some(hub)).collect()
    }

    /// Ends the sessions of those that no manifest vouches for any more, since their hub revoked the key that signed it. They
    /// have to introduce themselves anew. spec: trust R20
    pub(super) fn end_unvouched(&mut self, hub: HubCode, before: Vec<NodeKey>) {
        for node in before
            .into_iter()
            .filter(|node| self.directory.hub_of(*node) != Some(hub))
            .collect::<Vec<_>>()
        {
            self.end_session(node, "its hub revoked the key that signed its manifest");
            self.admitted.forget(node);
        }
    }

    /// A node of a hub that is not carried here, let in to read. Whatever it says of hubs is proven or ignored.
    pub(super) fn guest(&mut self, node: NodeKey) {
        self.admitted.admit(node, None);
        self.outbox.push(Output::Admit { node });
    }

    pub(super) fn connected(&mut self, node: NodeKey) {
        let admitted = self.admitted.enter(node);
        let hub = admitted.flatten().or_else(|| self.directory.hub_of(node));
        if admitted.is_none() && hub.is_none() {
            return;
        }
        // A connection that replaces another one begins afresh: nothing that was asked on the old one is answered.
        self.charter_questions.forget(node, self.now.ticks);
        self.to_plan.extend(self.fetches.abandon(node));
        self.to_plan.append(&mut self.starved);
        self.peers.connect(node, hub);
        self.alarms.clear(AlarmCode::NoPeers, self.hub);
        let hello = Hello {
            versions: message::VERSIONS.to_vec(),
            net: *self.directory.snapshot().net(),
            hub: self.hub,
            instance: self.instance,
        };
        self.send(node, &Message::Hello(hello));
        self.tell_changes(node);
    }

    pub(super) fn disconnected(&mut self, node: NodeKey) {
        self.peers.disconnect(node);
        self.admitted.leave(node);
        self.charter_questions.forget(node, self.now.ticks);
        self.stop_waiting(node);
        self.to_plan.extend(self.fetches.abandon(node));
        self.to_plan.append(&mut self.starved);
        if self.peers.iter().next().is_none() {
            self.alarms.raise(AlarmCode::NoPeers, self.hub, self.now.unix);
        }
    }

    pub(super) fn message(&mut self, from: NodeKey, message: Message) {
        let Some(peer) = self.peers.get_mut(from) else {
            return; // not admitted, or gone meanwhile
        };
        if peer.greeting.is_none() && !matches!(message, Message::Hello(_)) {
            return; // of an earlier session, perhaps: that one does not count any more. spec: sync R3
        }
        match message {
            Message::Hello(hello) => self.hello(from, &hello),
            Message::Digest(digest) => self.digest(from, digest),
            Message::Frontier(frontier) => self.frontier_told(from, &frontier),
            Message::GetCharters { hub, from: number } => self.send_charters(from, hub, number),
            Message::Charters { hub, records } => self.charters(from, hub, records),
            Message::GetCheckpoint { hub } => self.send_checkpoint(from, hub),
            Message::Checkpoint { hub, cosigned } => self.checkpoint(from, hub, cosigned),
            Message::Cosignature(cosignature) => self.cosignature_sent(from, &cosignature),
            Message::Later => {
                if !peer.may_say_later(self.now.ticks) {
                    let why = "too many messages of kinds that this version does not know";
                    self.fault(from, None, Fault::malformed("kind", why));
                }
            }
        }
    }

    /// What a peer says of itself. One of another net, or of another hub than introduced itself, is at fault; one that speaks
    /// no version of ours is not. With neither there is anything to talk about. spec: sync R3
    fn hello(&mut self, from: NodeKey, hello: &Hello) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        let introduced = peer.hub.is_none_or(|hub| hub == hello.hub);
        let same_net = &hello.net == self.directory.snapshot().net();
        peer.greeting = Greeting::of(hello);
        if !introduced || !same_net {
            let why = "a hello of another hub or network";
            self.fault(from, None, Fault::Unasked(why));
            return self.end_session(from, why);
        }
        if self.peers.get(from).is_some_and(|peer| peer.greeting.is_none()) {
            self.end_session(from, "it speaks no protocol version of ours");
        }
    }

    fn end_session(&mut self, node: NodeKey, why: &'static str) {
        self.outbox.push(Output::Refuse { node, why });
        self.disconnected(node);
    }

    /// Frontiers differ: say what we have not told this peer. If it knows all that, it lacks nothing we could name, and
    /// our own digest makes it tell us what we lack.
    fn digest(&mut self, from: NodeKey, digest: ewtp_log::Hash) {
        let own_digest = self.held.digest();
        if own_digest == digest {
            return;
        }
        self.digests_differ = true;
        self.digest_at = self.digest_at.min(self.now.ticks + DIGEST_EVERY_BUSY);
        if self.tell_changes(from) {
            return;
        }
        let ticks = self.now.ticks;
        let Some(peer) = self.peers.get_mut(from) else { return };
        if peer.digest_sent.is_none_or(|sent| ticks >= sent + ASK_AGAIN_AFTER) {
            peer.digest_sent = Some(ticks);
            self.send(from, &Message::Digest(own_digest));
            self.ask_again(from);
        }
    }

    fn frontier_told(&mut self, from: NodeKey, told: &Frontier) {
        for (hub, entry) in &told.entries {
            let carried = self.directory.snapshot().carries(*hub);
            let Some(peer) = self.peers.get_mut(from) else { return };
            peer.hold(*hub, *entry, carried);
            if carried {
                self.entry_told(from, *hub, entry);
            }
        }
    }

    /// Asks for all that an entry shows us to lack: nothing, when it is the one that we state ourselves.
    pub(super) fn entry_told(&mut self, from: NodeKey, hub: HubCode, entry: &FrontierEntry) {
        if self.frontier().entries.get(&hub) != Some(entry) {
            self.ask_charters(from, hub, entry.charter);
            self.ask_checkpoint(from, hub, entry);
            self.plan_if_short_of(hub, entry.size);
        }
        if self.peers.get(from).is_some_and(|peer| peer.hub == Some(hub)) {
            self.cosign_again(hub);
        }
    }

    /// Entries that changed by pulling, told to those who may not know: gossip did not carry the records.
    pub(super) fn push_changes(&mut self) {
        if self.push_at.is_none_or(|at| at > self.now.ticks) {
            return;
        }
        self.push_at = None;
        for node in self.peers.nodes() {
            self.tell_changes(node);
        }
    }

    /// Tells a peer the entries that changed since we last told it. False when there are none.
    fn tell_changes(&mut self, node: NodeKey) -> bool {
        let Some(peer) = self.peers.get_mut(node) else {
            return false;
        };
        let mut changes = self.held.since(std::mem::replace(&mut peer.told, self.held.changes()));
        // What came from there it knows.
        changes.entries.retain(|hub, entry| peer.holds.get(hub) != Some(entry));
        if changes.entries.is_empty() {
            return false;
        }
        for part in changes.in_messages() {
            self.send(node, &Message::Frontier(part));
        }
        true
    }

    pub(super) fn compare_digests(&mut self) {
        if self.digest_at > self.now.ticks {
            return;
        }
        debug_assert_eq!(
            self.held_as_computed(),
            *self.frontier(),
            "each change of an entry is stated"
        );
        let digest = self.held.digest();
        let changed = digest != self.digest_last || std::mem::take(&mut self.digests_differ);
        self.digest_last = digest;
        self.digest_at = self.now.ticks + self.digest_period(changed);
        let (ticks, own) = (self.now.ticks, self.node);
        // Between two idle nodes one digest serves both: whoever gets another than its own answers. spec: sync R5
        for node in self.peers.nodes().into_iter().filter(|node| changed || own < *node) {
            if let Some(peer) = self.peers.get_mut(node) {
                peer.digest_sent = Some(ticks);
            }
            self.send(node, &Message::Digest(digest));
        }
    }

    pub(super) fn digest_period(&self, changed: bool) -> Duration {
        let period = if changed { DIGEST_EVERY_BUSY } else { DIGEST_EVERY_IDLE };
        // A tenth of jitter from the node's own key, so that nodes that started together drift apart.
        let share = u32::from(self.node.as_bytes()[31]);
        period - period / 10 * share / 255
    }

    pub(super) fn send(&mut self, to: NodeKey, message: &Message) {
        self.outbox.push(Output::Send {
            to,
            frame: message::encode(message),
        });
    }
}
