//! Other hubs' logs: announcements and bundles advance replicas, and what became durable is witnessed.

use std::time::Duration;

use ewtp_record::{HubCode, LogId, NodeKey};

use crate::alarm::AlarmCode;
use crate::announcement::VerifiedAnnouncement;
use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use crate::commit::{CommitId, Fact, Item, Split};
use crate::engine::{Engine, own_log::cosignature_message};
use crate::fetch::RequestId;
use crate::forwarding::News;
use crate::frontier::FrontierEntry;
use crate::input::{GossipId, Output, SigningKey};
use crate::limits::{FORWARDED_BYTES_MIN, PUSH_AFTER, PUSH_COSIGNED_AFTER};
use crate::message::{self, Cosignature, Message};
use crate::outbox::{Purpose, Signing, Source};
use crate::replica::{Advance, Covered, Replica};
use crate::run::{Run, Verified, records_cost};
use crate::topic::{Acceptance, Topic};
use crate::witness::Cosigning;

impl Engine {
    pub(super) fn announcement(&mut self, gossip: GossipId, announcement: VerifiedAnnouncement) {
        let acceptance = self.relay(&announcement);
        let VerifiedAnnouncement {
            run,
            asks_cosigning,
            cosigned,
            is_forged: _,
        } = announcement;
        let (hub, size) = (run.hub, run.checkpoint.size);
        self.outbox.push(Output::Validate { gossip, acceptance });
        if hub == self.hub {
            return self.own_log_shown(gossip.from, &run.checkpoint);
        }
        self.peers.announced(hub, announced_entry(&run.checkpoint));
        self.advance(hub, run, asks_cosigning, Source::Gossip);
        if let Some(set) = cosigned {
            self.see(hub, &set.checkpoint);
            self.adopt_cosigned(hub, set, Source::Gossip);
        }
        self.plan_if_short_of(hub, size);
    }

    /// Relay policy is apart from trust: every announcement that says something new of a carried log is passed on.
    fn relay(&mut self, announcement: &VerifiedAnnouncement) -> Acceptance {
        let run = &announcement.run;
        let Some(replica) = self.replicas.get(&run.hub) else {
            return Acceptance::Ignore;
        };
        let news = news(replica, announcement);
        let ticks = self.now.ticks;
        // A forged set is not passed on, and does not stand for the true announcement of its checkpoint.
        if !announcement.is_forged && self.forwarding.may_pass(run.hub, &run.checkpoint, news, ticks) {
            Acceptance::Forward
        } else {
            Acceptance::Ignore
        }
    }

    pub(super) fn bundle(&mut self, from: NodeKey, request: RequestId, run: Verified<Run>) {
        if let Err(fault) = self.fetches.bundle(request, &run, self.now.ticks) {
            return self.fault(from, None, fault);
        }
        let hub = run.hub;
        self.advance(hub, run, false, Source::Pull);
        self.plan_soon(hub);
    }

    pub(super) fn range_ended(&mut self, request: RequestId) {
        if let Some(hub) = self.fetches.finish(request, &mut self.peers, self.now.ticks) {
            self.to_plan.insert(hub);
            self.to_plan.append(&mut self.starved);
        }
    }

    fn advance(&mut self, hub: HubCode, run: Verified<Run>, asked: bool, source: Source) {
        if self.uncommitted_bytes > self.caps.uncommitted_bytes_hard() {
            return; // the disk stands still; what is dropped here is pulled when it goes on
        }
        let room = self.caps.window_room(&self.replicas);
        let Some(replica) = self.replicas.get_mut(&hub) else {
            return;
        };
        if !replica.takes(&run, self.caps.carried_bytes_each) {
            self.alarms.raise(AlarmCode::CarriedLogFull, hub, self.now.unix);
            // Its checkpoint is looked at all the same: a second history must not hide behind a full cap.
            return self.see(hub, &run.checkpoint);
        }
        replica.give_window_room(room);
        let advance = replica.advance(run, asked);
        self.advanced(hub, advance, source);
    }

    /// A verified checkpoint that came without its records: does it fit what we hold?
    pub(super) fn see(&mut self, hub: HubCode, checkpoint: &SignedCheckpoint) {
        if let Some(replica) = self.replicas.get_mut(&hub) {
            let advance = replica.see(checkpoint);
            self.advanced(hub, advance, Source::Pull);
        }
    }

    fn advanced(&mut self, hub: HubCode, advance: Advance, source: Source) {
        match advance {
            Advance::Extended(items) => self.commit_replica(hub, items, source),
            // A checkpoint already covered may have been asked for just now.
            Advance::Known => self.witness_log(hub),
            Advance::Gap => {}
            Advance::Split(split) => self.split(hub, split),
        }
    }

    /// Evidence is kept for ever: a restart must not believe one of the two histories again.
    fn split(&mut self, hub: HubCode, split: Box<Split>) {
        self.outbox.keep(Fact::Evidence(hub, split.clone()));
        self.alarms.raise(AlarmCode::LogSplit, hub, self.now.unix);
        let epoch = split.offered.epoch;
        self.witness.forget_wanted(LogId { hub, epoch });
        self.outbox.push(Output::LogSplit { hub, split });
    }

    fn is_split(&self, hub: HubCode) -> bool {
        self.replicas.get(&hub).is_some_and(|replica| replica.split().is_some())
    }

    fn commit_replica(&mut self, hub: HubCode, items: Vec<Item>, source: Source) {
        let bytes = items.iter().map(entry_cost).sum();
        self.uncommitted_bytes += bytes;
        let commit = self.outbox.commit(items, Purpose::Replica(hub, source));
        let replica = self.replicas.get_mut(&hub).expect("the caller just advanced it");
        replica.committing(commit, bytes);
    }

    pub(super) fn replica_committed(&mut self, hub: HubCode, source: Source, commit: CommitId) {
        let Some(replica) = self.replicas.get_mut(&hub) else {
            return;
        };
        let before = replica.durable();
        self.uncommitted_bytes -= replica.committed(commit);
        let (log, size) = (replica.log(), replica.durable());
        if size > before {
            self.outbox.push(Output::Grown { log, size });
            self.note_examined(hub);
        }
        self.changed_by(source, hub, PUSH_AFTER);
        self.witness_log(hub);
    }

    /// If we are on the hub's panel, what is durable of its log is due to be cosigned.
    fn witness_log(&mut self, hub: HubCode) {
        let snapshot = self.directory.snapshot();
        let own_key = snapshot.chain(self.hub).and_then(|chain| chain.newest().witness_key());
        let on_panel = own_key.is_some() && self.is_on_panel(self.hub, hub);
        let Some(replica) = self
            .replicas
            .get_mut(&hub)
            .filter(|replica| on_panel && replica.split().is_none())
        else {
            return;
        };
        let log = replica.log();
        if let Some(asked) = replica.take_asked() {
            self.witness.covered(log, &asked, true, self.now);
        } else if let Some(served) = replica.served() {
            self.witness.covered(log, &served.checkpoint, false, self.now);
        }
    }

    /// Cosigns what is due, unless our wall clock is not to be believed.
    pub(super) fn cosign_due(&mut self) {
        let snapshot = self.directory.snapshot();
        let own = snapshot.chain(self.hub);
        let Some(own) = own.filter(|own| own.newest().witness_key().is_some()) else {
            return;
        };
        self.clock.note(self.now, own);
        if !self.clock.is_doubtful() {
            for (cosigning, guard) in self.witness.due(self.now) {
                self.outbox.commit(vec![Item::Fact(guard)], Purpose::Cosign(cosigning));
            }
        }
        if self.clock.is_doubtful() || self.witness.is_ahead() {
            self.alarms.raise(AlarmCode::Clock, self.hub, self.now.unix);
        } else {
            self.alarms.clear(AlarmCode::Clock, self.hub);
        }
    }

    /// When something is to be cosigned, or our clock may be believed again.
    pub(super) fn cosign_deadline(&self) -> Option<Duration> {
        if self.clock.is_doubtful() {
            self.clock.next_deadline()
        } else {
            self.witness.next_deadline()
        }
    }

    /// The guard row is on disk: now the witness key may sign.
    pub(super) fn guard_committed(&mut self, cosigning: Cosigning) {
        if self.is_split(cosigning.log.hub) {
            return;
        }
        let note = cosigning
            .checkpoint
            .note(self.directory.snapshot().net(), cosigning.log.hub);
        let message = cosignature_message(&note, cosigning.time.0);
        self.outbox
            .sign(SigningKey::Witness, message, Signing::Cosignature(cosigning));
    }

    /// Sends a cosignature to its hub, or through everyone when we are not connected to it.
    pub(super) fn cosigned(&mut self, cosigning: Cosigning, signature: [u8; 64]) {
        let Cosigning {
            log: LogId { hub, epoch },
            checkpoint,
            time,
        } = cosigning;
        let witness = WitnessSignature {
            hub: self.hub,
            time,
            signature,
        };
        let frame = message::encode(&Message::Cosignature(Cosignature {
            hub,
            epoch,
            size: checkpoint.size,
            witness,
        }));
        self.outbox.push(match self.peers.of_hub(hub) {
            Some(to) => Output::Send { to, frame },
            None => Output::Publish {
                topic: Topic::Witness,
                bytes: frame,
            },
        });
    }

    pub(super) fn adopt_cosigned(&mut self, hub: HubCode, set: Verified<CosignedCheckpoint>, source: Source) {
        if let Some(fact) = self
            .replicas
            .get_mut(&hub)
            .filter(|replica| replica.split().is_none())
            .and_then(|replica| replica.adopt_cosigned(set))
        {
            self.outbox.keep(fact);
            self.changed_by(source, hub, PUSH_COSIGNED_AFTER);
        }
        self.cosign_again(hub);
    }

    /// A hub whose panel we are on told us what it holds, or we learnt which witnesses it has. If we signed its newest
    /// checkpoint and are not among them, our cosignature was lost, by a crash of either of us or on the way: it is made
    /// again. spec: cosignature R5
    pub(super) fn cosign_again(&mut self, hub: HubCode) {
        let own_node = self.peers.of_hub(hub).and_then(|node| self.peers.get(node));
        let told = own_node.and_then(|peer| peer.holds.get(&hub)).copied();
        let (Some(told), Some(replica)) = (told, self.replicas.get(&hub)) else {
            return;
        };
        let Some(Covered { checkpoint, .. }) = replica.served().filter(|_| self.is_on_panel(self.hub, hub)) else {
            return;
        };
        let set = replica.cosigned();
        let of_newest = set.filter(|set| set.checkpoint.size == checkpoint.size);
        if of_newest.is_some_and(|set| set.cosignatures.iter().any(|cosignature| cosignature.hub == self.hub)) {
            return self.witness.arrived(replica.log(), checkpoint);
        }
        // Before we know the hub's own set we cannot say what it lacks.
        let known = set.map_or((0, 0), |set| (set.checkpoint.size, set.cosignatures.len()));
        let is_newest = (told.epoch, told.size) == (checkpoint.epoch, checkpoint.size);
        if is_newest && known >= (told.cosigned_size, told.cosignatures as usize) && replica.split().is_none() {
            self.witness.lost(replica.log(), checkpoint, self.now);
        }
    }
}

/// What an announcement has to say to us.
fn news(replica: &Replica, announcement: &VerifiedAnnouncement) -> News {
    let VerifiedAnnouncement {
        run,
        asks_cosigning,
        cosigned,
        ..
    } = announcement;
    let (size, held) = (run.checkpoint.size, replica.size());
    let same_log = run.checkpoint.epoch == replica.log().epoch && replica.split().is_none();
    let set = cosigned.as_ref().filter(|set| replica.is_better(set));
    let records: usize = run.records.iter().map(bytes::Bytes::len).sum();
    News {
        is_recent: size >= held,
        asks: *asks_cosigning,
        brings_records: same_log && run.start <= held && size > held,
        set: set.map(|set| set.rank()),
        bytes: FORWARDED_BYTES_MIN + records as u64,
    }
}

fn announced_entry(checkpoint: &SignedCheckpoint) -> FrontierEntry {
    let SignedCheckpoint {
        epoch,
        charter,
        size,
        root,
        ..
    } = *checkpoint;
    FrontierEntry {
        charter: charter.number,
        epoch,
        size,
        root,
        cosigned_size: 0,
        cosignatures: 0,
    }
}

fn entry_cost(item: &Item) -> usize {
    match item {
        Item::Entries { records, .. } => records_cost(records),
        _ => 0,
    }
}
