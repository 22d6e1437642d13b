//! Other hubs' logs: announcements and pulled records advance replicas, and what became durable is told.

use ewtp_record::{HubCode, LogId, NodeKey};

use crate::alarm::AlarmCode;
use crate::announcement::VerifiedAnnouncement;
use crate::checkpoint::SignedCheckpoint;
use crate::commit::{CommitId, Fact, Item, Split};
use crate::engine::Engine;
use crate::fetch::RequestId;
use crate::forwarding::News;
use crate::frontier::FrontierEntry;
use crate::input::{GossipId, Output};
use crate::limits::{FORWARDED_BYTES_MIN, PUSH_AFTER};
use crate::outbox::{Purpose, Source};
use crate::replica::{Advance, Replica};
use crate::run::{Run, Verified, records_cost};
use crate::topic::Acceptance;

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
        let room = self.windows.room(&self.caps);
        let Some(replica) = self.replicas.get_mut(&hub) else {
            return;
        };
        replica.give_room(room, self.caps.carried_bytes_each);
        let advance = if replica.takes(&run) {
            replica.advance(run, asked)
        } else {
            // Its checkpoint is looked at all the same: a second history must not hide behind a full cap.
            replica.see(&run.checkpoint)
        };
        self.windows.note(hub, replica.window_bytes());
        let is_full = replica.is_full();
        self.alarms.set(AlarmCode::CarriedLogFull, hub, is_full, self.now.unix);
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
        // Whether more of it could be kept is no question any more.
        self.alarms.clear(AlarmCode::CarriedLogFull, hub);
        self.windows.note(hub, 0); // it stands still and keeps none
        let epoch = split.offered.epoch;
        self.witness.forget_wanted(LogId { hub, epoch });
        self.outbox.push(Output::LogSplit { hub, split });
    }

    pub(super) fn is_split(&self, hub: HubCode) -> bool {
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
