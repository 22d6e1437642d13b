//! Our own log: issue → commit → sign → commit the signature → answer, announce, and whether our panel witnesses it.

use std::time::Duration;

use ewtp_log::{Checkpoint, Hash, Origin};
use ewtp_record::{HubCode, NodeKey};
use ewtp_trust::{Directory, quorum_need};

use crate::alarm::AlarmCode;
use crate::announcer::{Announcer, Collected, Completeness};
use crate::checkpoint::{SignedCheckpoint, WitnessSignature};
use crate::commit::{CommitId, Fact, Halt, Item};
use crate::engine::Engine;
use crate::input::{NotIssued, Output, SigningKey};
use crate::journal::{Answered, Intake, Ticket, ToIssue};
use crate::outbox::{Purpose, Signing};
use crate::topic::Topic;
use crate::witness::Collection;

impl Engine {
    pub(super) fn issue(&mut self, ticket: Option<Ticket>, records: Vec<ToIssue>, looked_up_to: u64, covering: u64) {
        let why = if self.journal.is_halted() {
            NotIssued::Halted
        } else {
            match self.journal.issue(ticket, records, looked_up_to, covering) {
                Intake::Taken => return self.answer_covered(),
                Intake::Busy => NotIssued::Busy,
                Intake::Stale => NotIssued::Stale,
            }
        };
        self.outbox.push(Output::NotIssued { ticket, why });
    }

    /// Requests that added nothing may be answered at once.
    fn answer_covered(&mut self) {
        let answers = self.journal.due_answers();
        self.answer(answers);
    }

    fn answer(&mut self, answered: Vec<Answered>) {
        for (ticket, answers) in answered {
            self.outbox.push(Output::Issued { ticket, answers });
        }
    }

    pub(super) fn commit_own(&mut self) {
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
            self.note_examined(self.hub);
        }
    }

    pub(super) fn sign_checkpoint(&mut self, size: u64, root: Hash) {
        let net = self.directory.snapshot().net();
        let origin = Origin::new(net.as_str(), self.hub.as_str(), self.journal.log().epoch);
        let body = Checkpoint { origin, size, root }.body();
        self.outbox.sign(SigningKey::Log, body, Signing::Checkpoint);
    }

    pub(super) fn checkpoint_signed(&mut self, signature: [u8; 64]) {
        let number = self.journal.charter().expect("index 0 is the genesis charter");
        let chain = self.directory.snapshot().chain(self.hub);
        let charter = chain.and_then(|chain| chain.at(number));
        let charter = charter.expect("a hub logs charters that its directory has").name();
        let Some(checkpoint) = self.journal.signed_by(charter, signature) else {
            return;
        };
        let size = checkpoint.size;
        let fact = Item::Fact(Fact::Checkpoint(self.hub, checkpoint));
        self.outbox.commit(vec![fact], Purpose::Checkpoint(size));
        self.changed(self.hub);
        self.pulse_at = self.now.ticks + self.pulse_every;
    }

    /// Answers what a signed checkpoint of this size covers: it is durable.
    pub(super) fn checkpoint_committed(&mut self, size: u64) {
        let answers = self.journal.cover(size);
        self.answer(answers);
    }

    pub(super) fn announce(&mut self) {
        let collected = untold(&self.collection, &self.announcer, self.directory.snapshot(), self.hub);
        let signed = self.journal.signed();
        let Some(announcement) = self.announcer.due(self.hub, signed, collected, self.now.ticks) else {
            return;
        };
        self.collection.open(&announcement.run.checkpoint);
        self.outbox.push(Output::Publish {
            topic: Topic::Checkpoint,
            bytes: announcement.encode(),
        });
    }

    pub(super) fn announce_deadline(&self) -> Option<Duration> {
        let collected = untold(&self.collection, &self.announcer, self.directory.snapshot(), self.hub);
        self.announcer.next_deadline(self.journal.signed(), collected)
    }

    pub(super) fn pulse(&mut self) {
        if self.pulse_at <= self.now.ticks {
            self.pulse_at = self.now.ticks + self.pulse_every;
            if !self.journal.is_halted() {
                self.outbox.push(Output::Pulse {
                    sequence: self.journal.next_index(),
                });
            }
        }
    }

    /// Raises the alarm when our panel falls silent, and ends it when a quorum cosigned again.
    pub(super) fn watch_panel(&mut self) {
        let signed = self.journal.signed().map_or(0, |signed| signed.checkpoint.size);
        let witnessed = self.witnessed_size(signed);
        self.panel_watch.note(signed, witnessed, self.now.ticks);
        let overdue = self.panel_watch.is_overdue();
        self.alarms
            .set(AlarmCode::NotWitnessed, self.hub, overdue, self.now.unix);
    }

    /// Size of our newest checkpoint if the cosignatures on it are a quorum of our panel; all that is `signed` when nobody
    /// is on it.
    fn witnessed_size(&self, signed: u64) -> u64 {
        if self.panel_watch.witnessed() >= signed {
            return signed; // asked on every turn, and then there is nothing to count
        }
        let chain = self.directory.snapshot().chain(self.hub);
        if chain.is_none_or(|chain| chain.newest().panel().is_empty()) {
            return signed;
        }
        let collected = collected(&self.collection, self.directory.snapshot(), self.hub);
        let witnessed = collected.filter(|collected| collected.completeness >= Completeness::Quorum);
        witnessed.map_or(0, |collected| collected.set.checkpoint.size)
    }

    /// A checkpoint that our log key signed and that a peer showed us: it must lie within what we have. Signing on would fork
    /// our own log. Standing still loses nothing: who waits for an answer gets it. spec: announcement R15
    pub(super) fn own_log_shown(&mut self, by: NodeKey, shown: &SignedCheckpoint) {
        if self.journal.is_halted() || !self.journal.is_refuted_by(shown) {
            return;
        }
        let at = self.now.unix;
        let (fact, tickets) = self.journal.halt(Halt {
            shown: shown.clone(),
            by,
            at,
            lifted: false,
        });
        self.outbox.keep(fact);
        self.alarms.clear(AlarmCode::StartHeld, self.hub);
        self.alarms.raise(AlarmCode::OwnLogAhead, self.hub, at);
        for ticket in tickets {
            self.outbox.push(Output::NotIssued {
                ticket: Some(ticket),
                why: NotIssued::Halted,
            });
        }
    }
}

/// The newest set of cosignatures on our log, and how many of our panel stand in it.
fn collected<'a>(collection: &'a Collection, directory: &Directory, own: HubCode) -> Option<Collected<'a>> {
    let set = collection.best()?;
    let chain = directory.chain(own);
    let panel = chain.map_or(&[][..], |chain| chain.newest().panel());
    let on_panel = |witness: &&WitnessSignature| panel.contains(&witness.hub);
    let have = set.cosignatures.iter().filter(on_panel).count();
    let completeness = if have >= panel.len() {
        Completeness::Whole
    } else if have >= quorum_need(panel.len()) {
        Completeness::Quorum
    } else {
        Completeness::Partial
    };
    Some(Collected { set, completeness })
}

/// The same, when it is better than the one that was announced. Asked on every turn, and mostly there is none.
fn untold<'a>(
    collection: &'a Collection,
    announcer: &Announcer,
    directory: &Directory,
    own: HubCode,
) -> Option<Collected<'a>> {
    if announcer.has_told(collection.best()?) {
        return None;
    }
    collected(collection, directory, own)
}
