//! Our own log: issue → commit → sign → answer → announce, and the cosignatures that come back.

use ewtp_log::{Cosignature as NoteCosignature, Hash};
use ewtp_record::Record;

use crate::alarm::AlarmCode;
use crate::checkpoint::{SignedCheckpoint, WitnessSignature};
use crate::commit::{CommitId, Item};
use crate::engine::Engine;
use crate::input::{GossipId, NotIssued, Output, SigningKey};
use crate::journal::{Intake, Ticket};
use crate::limits::PULSE_EVERY;
use crate::message::Cosignature;
use crate::outbox::{Purpose, Signing};
use crate::topic::{Acceptance, Topic};

/// Ticket of what the engine logs by itself at a start; nobody waits for its answer.
const OWN_CHARTERS: Ticket = Ticket(u64::MAX);

impl Engine {
    /// Logs the charters that are not in our log yet, and signs what a crash left unsigned.
    pub(super) fn start_own_log(&mut self, charters: Vec<Record>) {
        let logged = self.journal.charters_logged();
        let missing: Vec<Record> = charters.into_iter().skip(logged).collect();
        self.sign_unsigned();
        if !missing.is_empty() {
            self.journal.issue(OWN_CHARTERS, missing, u64::MAX);
        }
    }

    fn sign_unsigned(&mut self) {
        if let Some((size, root)) = self.journal.unsigned() {
            self.sign_checkpoint(size, root);
        }
    }

    pub(super) fn issue(&mut self, ticket: Ticket, records: Vec<Record>, looked_up_to: u64) {
        let why = if self.own_log_halted() {
            NotIssued::Halted
        } else {
            match self.journal.issue(ticket, records, looked_up_to) {
                Intake::Taken => return self.answer_signed(),
                Intake::Busy => NotIssued::Busy,
                Intake::Stale => NotIssued::Stale,
            }
        };
        self.outbox.push(Output::NotIssued { ticket, why });
    }

    /// Requests that added nothing may be answered at once.
    fn answer_signed(&mut self) {
        let size = self.journal.signed().map_or(0, |signed| signed.checkpoint.size);
        for (ticket, answers) in self.journal.due_answers(size) {
            self.outbox.push(Output::Issued { ticket, answers });
        }
    }

    pub(super) fn own_log_halted(&self) -> bool {
        self.alarms.is_raised(AlarmCode::OwnLogAhead, self.hub)
    }

    pub(super) fn commit_own(&mut self) {
        if self.own_log_halted() {
            return;
        }
        if let Some(items) = self.journal.next_commit() {
            if let Some(Item::Entries { start, records, .. }) = items.first() {
                self.announcer.appended(*start, records);
            }
            let commit = self.outbox.commit(items, Purpose::Journal);
            self.journal.committing(commit);
        }
    }

    pub(super) fn journal_committed(&mut self, commit: CommitId) {
        if let Some((size, root)) = self.journal.committed(commit) {
            // The guard row is on disk: only now may the key sign. Otherwise a crash could forget what was signed.
            self.sign_checkpoint(size, root);
            self.outbox.push(Output::Grown {
                log: self.journal.log(),
                size,
            });
        }
    }

    fn sign_checkpoint(&mut self, size: u64, root: Hash) {
        let unsigned = SignedCheckpoint {
            epoch: self.journal.log().epoch,
            charter: 0,
            size,
            root,
            signature: [0; 64],
        };
        let body = unsigned.note(self.directory.snapshot().net(), self.hub).body();
        self.outbox.sign(SigningKey::Log, body, Signing::Checkpoint);
    }

    pub(super) fn checkpoint_signed(&mut self, signature: [u8; 64]) {
        let Some((item, answers)) = self.journal.signed_by(signature) else {
            return;
        };
        self.outbox.commit(vec![item], Purpose::Nothing);
        for (ticket, answers) in answers {
            if ticket != OWN_CHARTERS {
                self.outbox.push(Output::Issued { ticket, answers });
            }
        }
        self.pulse_at = self.now.ticks + PULSE_EVERY;
    }

    pub(super) fn announce(&mut self) {
        let (signed, best) = (self.journal.signed(), self.collection.best());
        let Some(announcement) = self.announcer.due(self.hub, signed, best, self.now.ticks) else {
            return;
        };
        self.collection.open(&announcement.run.checkpoint);
        self.outbox.push(Output::Publish {
            topic: Topic::Checkpoint,
            bytes: announcement.encode(),
        });
    }

    pub(super) fn pulse(&mut self) {
        if self.pulse_at <= self.now.ticks {
            self.pulse_at = self.now.ticks + PULSE_EVERY;
            if !self.own_log_halted() {
                self.outbox.push(Output::Pulse {
                    sequence: self.journal.next_index(),
                });
            }
        }
    }

    pub(super) fn gossiped_cosignature(&mut self, gossip: GossipId, cosignature: &Cosignature) {
        let acceptance = if cosignature.hub == self.hub {
            if self.collect(cosignature) {
                Acceptance::Ignore
            } else {
                Acceptance::Reject
            }
        } else if self.directory.snapshot().carries(cosignature.hub) {
            Acceptance::Forward
        } else {
            Acceptance::Ignore
        };
        self.outbox.push(Output::Validate { gossip, acceptance });
    }

    /// Takes a cosignature on one of our checkpoints. False when it is a forgery.
    pub(super) fn collect(&mut self, cosignature: &Cosignature) -> bool {
        let Cosignature {
            hub,
            epoch,
            size,
            witness,
        } = cosignature;
        let ours = *hub == self.hub && *epoch == self.journal.log().epoch;
        let Some(checkpoint) = self.collection.checkpoint(*size).filter(|_| ours) else {
            return true; // too old to be of use, or of another start of ours
        };
        let snapshot = self.directory.snapshot();
        let in_panel = snapshot
            .chain(self.hub)
            .is_some_and(|chain| chain.newest().panel().contains(&witness.hub));
        let note = checkpoint.note(snapshot.net(), self.hub);
        match snapshot.verify_cosignature(witness.hub, &note, witness.time, &witness.signature) {
            Ok(_) if in_panel => self.cosignature_holds(*size, witness.clone()),
            Ok(_) => {}
            Err(fault) => return !fault.is_peer_fault(),
        }
        true
    }

    fn cosignature_holds(&mut self, size: u64, witness: WitnessSignature) {
        if let Some(set) = self.collection.add(size, witness) {
            let item = Item::Cosigned {
                hub: self.hub,
                checkpoint: set.clone(),
            };
            self.outbox.commit(vec![item], Purpose::Nothing);
        }
    }

    /// A checkpoint that our log key signed and that a peer showed us: it must lie within what we have.
    pub(super) fn own_log_shown(&mut self, checkpoint: &SignedCheckpoint) {
        let ahead = checkpoint.size > self.journal.durable().max(self.journal.tree().size());
        let signed = self.journal.signed();
        let other =
            signed.is_some_and(|own| own.checkpoint.size == checkpoint.size && own.checkpoint.root != checkpoint.root);
        if (ahead || other) && checkpoint.epoch == self.journal.log().epoch {
            // Signing on would fork our own log. Standing still loses nothing.
            self.alarms.raise(AlarmCode::OwnLogAhead, self.hub, self.now.unix);
        }
    }
}

/// The text a witness signs for a checkpoint at a time.
pub(super) fn cosignature_message(note: &ewtp_log::Checkpoint, time: u64) -> String {
    NoteCosignature::message(note, time)
}
