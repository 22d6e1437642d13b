//! Talking with peers: introductions, frontiers and digests, charters, checkpoints, and serving ranges.

use bytes::Bytes;
use ewtp_log::BUNDLE;
use ewtp_record::{CharterId, HubCode, LogId, NodeKey, Record};
use ewtp_trust::{CharterError, Introduced, IntroductionFault};

use crate::alarm::AlarmCode;
use crate::bundle::{BundlePlan, RangeRequest, Serving};
use crate::commit::Item;
use crate::engine::Engine;
use crate::frontier::{Frontier, FrontierEntry};
use crate::input::{Output, ServingId};
use crate::limits::{ASK_AGAIN_AFTER, CHARTERS_PER_MESSAGE_MAX, REQUEST_RECORDS_MAX, UNCOMMITTED_BYTES_MAX};
use crate::message::{self, Hello, Message};
use crate::outbox::Purpose;
use crate::replica::{Covered, Replica};
use crate::run::{Fault, verify_cosigned};

impl Engine {
    /// Carries one more hub from now on: its log is replicated as soon as a peer offers it.
    ///
    /// # Errors
    /// The hub is pinned to another genesis already: the operator's fault.
    pub fn carry(&mut self, hub: HubCode, genesis: CharterId) -> Result<(), CharterError> {
        self.directory.pin(hub, genesis)?;
        if hub != self.hub {
            self.replicas.entry(hub).or_insert_with(|| Replica::new(hub));
        }
        self.settle();
        Ok(())
    }

    pub(super) fn introduced(&mut self, node: NodeKey, introduction: &Introduced) {
        let hub = introduction.hub();
        match self.directory.adopt_introduction(introduction) {
            Ok(fresh) => {
                self.keep_charters(hub, fresh);
                self.introduced.insert(node, hub);
                self.outbox.push(Output::Admit { node });
            }
            Err(IntroductionFault::Charter(CharterError::Conflict { .. })) => {
                self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix);
            }
            // A hub that is not carried waits until an operator pins it.
            Err(_) => {}
        }
    }

    pub(super) fn connected(&mut self, node: NodeKey) {
        let Some(hub) = self
            .introduced
            .get(&node)
            .copied()
            .or_else(|| self.directory.hub_of(node))
        else {
            return;
        };
        self.peers.connect(node, hub);
        self.alarms.clear(AlarmCode::NoPeers, self.hub);
        let own = self.frontier();
        let hello = Hello {
            versions: vec![message::VERSION],
            net: *self.directory.snapshot().net(),
            hub: self.hub,
            instance: self.instance,
            digest: own.digest(),
        };
        self.send(node, &Message::Hello(hello));
        self.tell_changes(node, &own);
    }

    pub(super) fn disconnected(&mut self, node: NodeKey) {
        self.peers.disconnect(node);
        self.introduced.remove(&node);
        self.to_plan.extend(self.fetches.abandon(node));
        if self.peers.iter().next().is_none() {
            self.alarms.raise(AlarmCode::NoPeers, self.hub, self.now.unix);
        }
    }

    pub(super) fn message(&mut self, from: NodeKey, message: Message) {
        match message {
            Message::Hello(hello) => self.hello(from, &hello),
            Message::Digest(digest) => self.digest(from, digest),
            Message::Frontier(frontier) => self.frontier_told(from, &frontier),
            Message::GetCharters { hub, from: number } => self.send_charters(from, hub, number),
            Message::Charters { hub, records } => self.charters(from, hub, records),
            Message::GetCheckpoint { hub } => self.send_checkpoint(from, hub),
            Message::Checkpoint { hub, cosigned } => self.checkpoint(from, hub, cosigned),
            Message::Cosignature(cosignature) => {
                if !self.collect(&cosignature) {
                    self.fault(from, None, Fault::Cosignature(cosignature.witness.hub));
                }
            }
        }
    }

    fn hello(&mut self, from: NodeKey, hello: &Hello) {
        if &hello.net != self.directory.snapshot().net() || !hello.versions.contains(&message::VERSION) {
            self.fault(
                from,
                None,
                Fault::Unasked("a hello of another network or protocol version"),
            );
        }
    }

    /// Frontiers differ: say what we have not told this peer. If it knows all that, it lacks nothing we could name, and
    /// our own digest makes it tell us what we lack.
    fn digest(&mut self, from: NodeKey, digest: ewtp_log::Hash) {
        let own = self.frontier();
        let own_digest = own.digest();
        if own_digest == digest || self.tell_changes(from, &own) {
            return;
        }
        let ticks = self.now.ticks;
        let Some(peer) = self.peers.get_mut(from) else { return };
        if peer.digest_sent.is_none_or(|sent| ticks >= sent + ASK_AGAIN_AFTER) {
            peer.digest_sent = Some(ticks);
            self.send(from, &Message::Digest(own_digest));
        }
    }

    fn frontier_told(&mut self, from: NodeKey, told: &Frontier) {
        for (hub, entry) in &told.entries {
            let Some(peer) = self.peers.get_mut(from) else { return };
            peer.holds.insert(*hub, *entry);
            self.ask_charters(from, *hub, entry.charter);
            if *hub != self.hub {
                self.ask_checkpoint(from, *hub, entry);
                self.to_plan.insert(*hub);
            }
        }
    }

    pub(super) fn ask_charters(&mut self, from: NodeKey, hub: HubCode, number: u32) {
        if let Some(first) = self.directory.missing(hub, number, self.now.ticks) {
            self.send(from, &Message::GetCharters { hub, from: first });
        }
    }

    /// Asks for a better set of cosignatures, and for the checkpoint of a log that stands at our size with another root.
    fn ask_checkpoint(&mut self, from: NodeKey, hub: HubCode, entry: &FrontierEntry) {
        let Some(own) = self.entry(hub) else { return };
        let better = (entry.cosigned_size, entry.cosignatures) > (own.cosigned_size, own.cosignatures);
        let other_root = entry.size == own.size && entry.epoch == own.epoch && entry.root != own.root;
        if better || other_root {
            self.send(from, &Message::GetCheckpoint { hub });
        }
    }

    fn send_charters(&mut self, to: NodeKey, hub: HubCode, from: u32) {
        let Some(chain) = self.directory.snapshot().chain(hub) else {
            return;
        };
        let wanted = chain
            .records()
            .iter()
            .skip(from as usize)
            .take(CHARTERS_PER_MESSAGE_MAX);
        let records: Vec<Bytes> = wanted.map(|record| record.bytes().clone()).collect();
        if !records.is_empty() {
            self.send(to, &Message::Charters { hub, records });
        }
    }

    fn charters(&mut self, from: NodeKey, hub: HubCode, records: Vec<Bytes>) {
        let decoded: Result<Vec<Record>, _> = records.into_iter().map(Record::decode).collect();
        match decoded {
            Ok(records) => self.adopt_charters(from, hub, &records),
            Err(error) => self.fault(from, Some(hub), Fault::malformed(error.code(), error.to_string())),
        }
        self.to_plan.insert(hub);
    }

    fn adopt_charters(&mut self, from: NodeKey, hub: HubCode, records: &[Record]) {
        match self.directory.adopt_chain(hub, records) {
            Ok(fresh) => self.keep_charters(hub, fresh),
            Err(CharterError::Conflict { .. }) => self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix),
            Err(error) if error.is_peer_fault() => {
                self.fault(from, Some(hub), Fault::malformed(error.code(), error.to_string()));
            }
            Err(_) => {}
        }
    }

    fn keep_charters(&mut self, hub: HubCode, fresh: Vec<Bytes>) {
        let items: Vec<Item> = fresh.into_iter().map(|record| Item::Charter { hub, record }).collect();
        if !items.is_empty() {
            self.outbox.commit(items, Purpose::Nothing);
        }
    }

    fn send_checkpoint(&mut self, to: NodeKey, hub: HubCode) {
        if let Some(cosigned) = self.replica_or_own_checkpoint(hub) {
            self.send(to, &Message::Checkpoint { hub, cosigned });
        }
    }

    fn checkpoint(&mut self, from: NodeKey, hub: HubCode, cosigned: crate::CosignedCheckpoint) {
        if hub == self.hub {
            return;
        }
        match verify_cosigned(self.directory.snapshot(), hub, cosigned) {
            Ok(set) => self.adopt_cosigned(hub, set),
            Err(fault) => self.fault(from, Some(hub), fault),
        }
    }

    pub(super) fn range_requested(&mut self, from: NodeKey, serving: ServingId, request: RangeRequest) {
        let taken = self.peers.get_mut(from).is_some_and(crate::peers::Peer::begin_serving);
        let plan = if taken {
            self.plan_serving(request).map(Box::new)
        } else {
            None
        };
        if taken && plan.is_none() {
            self.served(from);
        }
        self.outbox.push(Output::Serve {
            serving,
            to: from,
            plan,
        });
    }

    pub(super) fn served(&mut self, to: NodeKey) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.serving -= 1;
        }
    }

    /// Every bundle of a request, proven against the newest checkpoint that we serve; `None` when we hold none of it.
    fn plan_serving(&self, request: RangeRequest) -> Option<Serving> {
        let (log, tree, covered) = self.served_log(request.hub)?;
        if log.epoch != request.epoch {
            return None;
        }
        let Covered { checkpoint, range } = covered;
        let end = request
            .to
            .min(checkpoint.size)
            .min(request.from.saturating_add(REQUEST_RECORDS_MAX));
        let mut bundles = Vec::new();
        let mut from = request.from;
        while from < end {
            let bundle_start = from - from % BUNDLE;
            let to = (bundle_start + BUNDLE).min(checkpoint.size);
            let left = tree.left(bundle_start / BUNDLE).ok()?;
            let right = tree.right(to, range).ok()?;
            bundles.push(BundlePlan {
                bundle_start,
                from,
                to,
                left,
                right,
            });
            from = to;
        }
        let checkpoint = checkpoint.clone();
        (!bundles.is_empty()).then_some(Serving {
            log,
            checkpoint,
            bundles,
        })
    }

    fn served_log(&self, hub: HubCode) -> Option<(LogId, &ewtp_log::Tree, &Covered)> {
        if hub == self.hub {
            return Some((self.journal.log(), self.journal.tree(), self.journal.signed()?));
        }
        let replica = self.replicas.get(&hub)?;
        Some((replica.log(), replica.tree(), replica.served()?))
    }

    pub(super) fn plan_requests(&mut self) {
        self.to_plan.extend(self.peers.take_rested(self.now.ticks));
        if self.uncommitted_bytes > UNCOMMITTED_BYTES_MAX {
            return; // each commit that comes back plans again
        }
        for hub in std::mem::take(&mut self.to_plan) {
            let Some(replica) = self.replicas.get(&hub).filter(|replica| replica.split().is_none()) else {
                continue;
            };
            // Without the hub's charters no bundle could be checked.
            if self.directory.charter_number(hub).is_none() {
                continue;
            }
            for ask in self.fetches.plan(replica, &mut self.peers) {
                self.outbox.push(Output::Request {
                    to: ask.peer,
                    request: ask.id,
                    range: ask.request,
                });
            }
        }
    }

    /// Entries that changed by pulling, told to those who may not know: gossip did not carry the records.
    pub(super) fn push_changes(&mut self) {
        if self.push_at.is_none_or(|at| at > self.now.ticks) {
            return;
        }
        self.push_at = None;
        self.to_push.clear();
        let own = self.frontier();
        for node in self.peers.nodes() {
            self.tell_changes(node, &own);
        }
    }

    /// Tells a peer the entries that changed since we last told it. False when there are none.
    fn tell_changes(&mut self, node: NodeKey, own: &Frontier) -> bool {
        let Some(peer) = self.peers.get_mut(node) else {
            return false;
        };
        let changes = own.changes_since(&peer.told);
        if changes.entries.is_empty() {
            return false;
        }
        peer.told.clone_from(own);
        self.send(node, &Message::Frontier(changes));
        true
    }

    pub(super) fn compare_digests(&mut self) {
        if self.digest_at > self.now.ticks {
            return;
        }
        let digest = self.frontier().digest();
        let changed = digest != self.digest_last;
        self.digest_last = digest;
        self.digest_at = self.now.ticks + self.digest_period(changed);
        let ticks = self.now.ticks;
        for node in self.peers.nodes() {
            if let Some(peer) = self.peers.get_mut(node) {
                peer.digest_sent = Some(ticks);
            }
            self.send(node, &Message::Digest(digest));
        }
    }

    fn send(&mut self, to: NodeKey, message: &Message) {
        self.outbox.push(Output::Send {
            to,
            frame: message::encode(message),
        });
    }
}
