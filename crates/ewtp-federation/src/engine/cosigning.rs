//! Cosignatures, both ways: those that we make on other hubs' logs as a witness, and those that others make, on our log or
//! on their way to another hub.

use std::time::Duration;

use ewtp_log::{Checkpoint, Cosignature as NoteCosignature, Origin};
use ewtp_record::{HubCode, LogId, NodeKey};
use ewtp_trust::CosignatureFault;

use crate::alarm::AlarmCode;
use crate::checkpoint::{CosignedCheckpoint, WitnessSignature};
use crate::commit::{Fact, Item};
use crate::engine::Engine;
use crate::input::{GossipId, Output, SigningKey};
use crate::limits::PUSH_COSIGNED_AFTER;
use crate::message::{self, Cosignature, Message};
use crate::outbox::{Purpose, Signing, Source};
use crate::relayed::Way;
use crate::replica::Covered;
use crate::run::{Fault, Verified};
use crate::topic::{Acceptance, Topic};
use crate::witness::Cosigning;

impl Engine {
    /// If we are on the hub's panel, what is durable of its log is due to be cosigned.
    pub(super) fn witness_log(&mut self, hub: HubCode) {
        if !self.is_on_panel(self.hub, hub) || !self.has_witness_key() {
            return;
        }
        let known = self.replicas.get_mut(&hub);
        let Some(replica) = known.filter(|replica| replica.split().is_none()) else {
            return;
        };
        let log = replica.log();
        if let Some(asked) = replica.take_asked() {
            self.witness.covered(log, &asked, true, self.now);
        } else if let Some(served) = replica.served() {
            self.witness.covered(log, &served.checkpoint, false, self.now);
        }
    }

    fn has_witness_key(&self) -> bool {
        let own = self.directory.snapshot().chain(self.hub);
        own.is_some_and(|own| own.newest().witness_key().is_some())
    }

    /// Cosigns what is due, unless our wall clock is not to be believed.
    pub(super) fn cosign_due(&mut self) {
        if !self.clock.has_looked_at(self.now.unix) {
            let own = self.directory.snapshot().chain(self.hub);
            let Some(own) = own.filter(|own| own.newest().witness_key().is_some()) else {
                return;
            };
            self.clock.look_at(self.now.unix, own);
        }
        self.clock.note(self.now);
        if !self.clock.is_doubtful() {
            for (cosigning, guard) in self.witness.due(self.now) {
                self.outbox
                    .commit(vec![Item::Fact(guard)], Purpose::Cosign(Box::new(cosigning)));
            }
        }
        let in_doubt = self.clock.is_doubtful() || self.witness.is_ahead();
        self.alarms.set(AlarmCode::Clock, self.hub, in_doubt, self.now.unix);
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
        let message = NoteCosignature::message(&note, cosigning.time.0);
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
        if !self.is_on_panel(self.hub, hub) {
            return; // most hubs' panels, before a look at any peer
        }
        let own_node = self.peers.of_hub(hub).and_then(|node| self.peers.get(node));
        let told = own_node.and_then(|peer| peer.holds.get(&hub)).copied();
        let (Some(told), Some(replica)) = (told, self.replicas.get(&hub)) else {
            return;
        };
        let Some(Covered { checkpoint, .. }) = replica.served() else {
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

    /// A cosignature on its way to a hub, ours perhaps. Nobody is blamed for passing one on. spec: announcement R13, R14
    pub(super) fn gossiped_cosignature(&mut self, gossip: GossipId, cosignature: &Cosignature) {
        let acceptance = if self.may_pass_on(gossip.from, cosignature) {
            Acceptance::Forward
        } else {
            Acceptance::Ignore
        };
        self.outbox.push(Output::Validate { gossip, acceptance });
        if cosignature.hub == self.hub {
            self.collect(Way::Gossip(gossip.from), cosignature);
        }
    }

    fn may_pass_on(&mut self, from: NodeKey, cosignature: &Cosignature) -> bool {
        let (hub, witness) = (cosignature.hub, cosignature.witness.hub);
        let known = self.replicas.get(&hub);
        let promised = known
            .is_some_and(|replica| replica.log().epoch == cosignature.epoch && cosignature.size <= replica.promised());
        if !promised || !self.is_on_panel(witness, hub) {
            return false;
        }
        let (way, ticks) = (Way::Gossip(from), self.now.ticks);
        if self.relayed.is_first(hub, witness, ticks) {
            return true;
        }
        if !self.relayed.may_try(way, hub, witness, ticks) {
            return false;
        }
        match self.holds(cosignature) {
            Some(true) => self.relayed.may_pass(hub, witness, ticks),
            unproven => {
                self.relayed.failed(way, hub, witness, ticks);
                unproven.is_none()
            }
        }
    }

    /// Whether a cosignature on another hub's log holds; `None` when we know no root of that size, or no such witness key.
    fn holds(&self, cosignature: &Cosignature) -> Option<bool> {
        let Cosignature {
            hub,
            epoch,
            size,
            witness,
        } = cosignature;
        let root = self.replicas.get(hub)?.root_at(*size)?;
        let snapshot = self.directory.snapshot();
        let origin = Origin::new(snapshot.net().as_str(), hub.as_str(), *epoch);
        let note = Checkpoint {
            origin,
            size: *size,
            root,
        };
        match snapshot.verify_cosignature(witness.hub, &note, witness.time, &witness.signature) {
            Ok(_) => Some(true),
            Err(CosignatureFault::Signature { .. }) => Some(false),
            Err(_) => None,
        }
    }

    /// Whether a hub is on the panel of another.
    pub(super) fn is_on_panel(&self, witness: HubCode, hub: HubCode) -> bool {
        let chain = self.directory.snapshot().chain(hub);
        chain.is_some_and(|chain| chain.newest().panel().contains(&witness))
    }

    /// A cosignature straight from a peer: it must be the peer's own, on a log of ours. spec: sync R9
    pub(super) fn cosignature_sent(&mut self, from: NodeKey, cosignature: &Cosignature) {
        let own = self
            .peers
            .get(from)
            .is_some_and(|peer| peer.hub == Some(cosignature.witness.hub));
        if own && cosignature.hub == self.hub {
            self.collect(Way::Direct(from), cosignature);
        } else {
            let why = "a cosignature that is not the sender's, or not for us";
            self.fault(from, None, Fault::Unasked(why));
        }
    }

    /// Takes a cosignature on one of our checkpoints if it holds. Only what we can use costs a signature check, and who
    /// brings forgeries a few. spec: announcement R14
    fn collect(&mut self, way: Way, cosignature: &Cosignature) {
        let Cosignature {
            epoch, size, witness, ..
        } = cosignature;
        let usable = *epoch == self.journal.log().epoch
            && self.is_on_panel(witness.hub, self.hub)
            && self.relayed.may_try(way, self.hub, witness.hub, self.now.ticks);
        let Some(checkpoint) = self.collection.wanted(*size, witness.hub).filter(|_| usable) else {
            return;
        };
        let snapshot = self.directory.snapshot();
        let note = checkpoint.note(snapshot.net(), self.hub);
        let verified = snapshot.verify_cosignature(witness.hub, &note, witness.time, &witness.signature);
        if verified.is_ok() {
            self.cosignature_holds(*size, witness.clone());
        } else {
            self.relayed.failed(way, self.hub, witness.hub, self.now.ticks);
        }
    }

    fn cosignature_holds(&mut self, size: u64, witness: WitnessSignature) {
        if let Some(set) = self.collection.add(size, witness) {
            self.outbox.keep(Fact::Cosigned(self.hub, set.clone()));
            self.changed(self.hub);
        }
    }
}
