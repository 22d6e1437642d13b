//! Questions between peers: charters and checkpoints, asked for and answered.
//!
//! An answer that nobody asked for is a fault, so a peer cannot make us check signatures at its own pace.

use bytes::Bytes;
use ewtp_record::{HubCode, NodeKey, Record};
use ewtp_trust::CharterError;

use crate::alarm::AlarmCode;
use crate::charter_questions::Wanted;
use crate::checkpoint::CosignedCheckpoint;
use crate::commit::{Fact, Item};
use crate::engine::Engine;
use crate::frontier::FrontierEntry;
use crate::limits::{CHARTERS_PER_MESSAGE_MAX, PUSH_AFTER};
use crate::message::Message;
use crate::outbox::{Purpose, Source};
use crate::peers::Question;
use crate::replica::Replica;
use crate::run::{Fault, verify_checkpoint, verify_witnesses};

impl Engine {
    /// Someone named this charter of a hub: it is to be asked for it if we lack it.
    pub(super) fn ask_charters(&mut self, from: NodeKey, hub: HubCode, number: u32) {
        if self.directory.missing(hub, number).is_some() {
            let wanted = Wanted::Missing(number);
            self.charter_questions.named(hub, from, wanted, self.now.ticks);
        }
    }

    /// Someone named a charter by a number that we know and an id that we do not: if it is the hub's, the hub signed two
    /// with one number, which is worth an alarm. spec: sync R7
    pub(super) fn ask_other_charter(&mut self, from: NodeKey, hub: HubCode, number: u32) {
        let wanted = Wanted::Other(number);
        self.charter_questions.named(hub, from, wanted, self.now.ticks);
    }

    /// Asks those whose turn it is for charters.
    pub(super) fn ask_for_charters(&mut self) {
        let ticks = self.now.ticks;
        let Some(due) = self.charter_questions.due(ticks) else {
            return;
        };
        for (hub, node, wanted) in due {
            let first = match wanted {
                Wanted::Missing(number) => self.directory.missing(hub, number),
                Wanted::Other(number) => {
                    let known = self.alarms.is_raised(AlarmCode::CharterConflict, hub);
                    // With those before it, so that it shows from which of ours it follows. Charter 0 is pinned.
                    let before = CHARTERS_PER_MESSAGE_MAX as u32 - 1;
                    Some(number.saturating_sub(before).max(1)).filter(|_| !known && number > 0)
                }
            };
            let Some(from) = first else {
                self.charter_questions.settled(hub, node);
                continue;
            };
            let question = Question::Charters(hub);
            let free = self.charter_questions.may_ask(hub, ticks) && self.has_room(node, question);
            if free && self.may_ask(node, question) {
                self.charter_questions.asked(hub, node, ticks);
                self.send(node, &Message::GetCharters { hub, from });
            }
        }
        self.charter_questions.plan(ticks);
    }

    /// Asks for what an entry promises beyond what we hold: cosignatures, the checkpoint of a log that has another root than
    /// ours at its size, or a log of ours that is longer than we know it. spec: sync R8
    pub(super) fn ask_checkpoint(&mut self, from: NodeKey, hub: HubCode, entry: &FrontierEntry) {
        let Some(own) = self.entry(hub) else { return };
        let better = (entry.cosigned_size, entry.cosignatures) > (own.cosigned_size, own.cosignatures);
        let same_log = entry.epoch == own.epoch;
        let other_root = same_log && self.contradicts(hub, &own, entry);
        let ahead_of_us = same_log && entry.size > self.journal.durable();
        let wanted = if hub == self.hub {
            ahead_of_us || other_root
        } else {
            better || other_root
        };
        let question = Question::Checkpoint(hub);
        if wanted && self.has_room(from, question) && self.may_ask(from, question) {
            self.send(from, &Message::GetCheckpoint { hub });
        }
    }

    /// Whether an entry states another root than ours for a size that we know, of a log that we still believe.
    fn contradicts(&self, hub: HubCode, own: &FrontierEntry, told: &FrontierEntry) -> bool {
        let newest = told.size == own.size && told.root != own.root;
        match self.replicas.get(&hub) {
            Some(replica) => replica.split().is_none() && (newest || replica.tree().contradicts(told.size, told.root)),
            None => newest || self.journal.tree().contradicts(told.size, told.root),
        }
    }

    /// Digests still differ although everything was told: what was asked and not answered is asked again.
    pub(super) fn ask_again(&mut self, from: NodeKey) {
        let Some(peer) = self.peers.get(from) else { return };
        let held: Vec<(HubCode, FrontierEntry)> = peer.holds.iter().map(|(hub, entry)| (*hub, *entry)).collect();
        for (hub, entry) in held {
            self.entry_told(from, hub, &entry);
        }
    }

    /// What had to wait until a peer answered other questions, or for too long.
    pub(super) fn ask_waiting(&mut self) {
        loop {
            let due = self.peers.take_waiting(self.now.ticks);
            if due.is_empty() {
                return;
            }
            self.charter_questions.look_again(self.now.ticks);
            for (node, hub) in due {
                let told = self.peers.get(node).and_then(|peer| peer.holds.get(&hub)).copied();
                if let Some(entry) = told {
                    self.entry_told(node, hub, &entry);
                }
            }
        }
    }

    /// Whether one more question of this kind may go to the peer now; if not, it waits its turn.
    fn has_room(&mut self, node: NodeKey, question: Question) -> bool {
        self.peers.has_room(node, question, self.now.ticks)
    }

    fn may_ask(&mut self, node: NodeKey, question: Question) -> bool {
        let ticks = self.now.ticks;
        self.peers
            .get_mut(node)
            .is_some_and(|peer| peer.may_ask(question, ticks))
    }

    /// Whether a message answers a question of ours; if not, its sender is at fault. spec: sync R8
    fn was_asked(&mut self, from: NodeKey, question: Question) -> bool {
        let asked = self.peers.get_mut(from).is_some_and(|peer| peer.answers(question));
        if !asked {
            self.fault(from, None, Fault::Unasked("an answer without a question"));
        }
        asked
    }

    pub(super) fn send_charters(&mut self, to: NodeKey, hub: HubCode, from: u32) {
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

    pub(super) fn charters(&mut self, from: NodeKey, hub: HubCode, records: Vec<Bytes>) {
        if !self.was_asked(from, Question::Charters(hub)) {
            return;
        }
        let decoded: Result<Vec<Record>, _> = records.into_iter().map(Record::decode).collect();
        let brought_any = match decoded {
            Ok(records) => self.adopt_charters(from, hub, &records),
            Err(error) => {
                self.fault(from, Some(hub), Fault::malformed(error.code(), error.to_string()));
                false
            }
        };
        let ticks = self.now.ticks;
        self.charter_questions.answered(hub, from, brought_any, ticks);
        self.plan_soon(hub);
    }

    /// True when one of them was new.
    fn adopt_charters(&mut self, from: NodeKey, hub: HubCode, records: &[Record]) -> bool {
        let nodes = self.vouched_nodes(hub);
        match self.directory.adopt_chain(hub, records) {
            Ok(fresh) => {
                let brought_any = !fresh.is_empty();
                self.keep_charters(hub, fresh);
                self.end_unvouched(hub, nodes);
                return brought_any;
            }
            Err(CharterError::Conflict { .. }) => self.alarms.raise(AlarmCode::CharterConflict, hub, self.now.unix),
            // It follows from another charter than ours of that number: that one shows whether the hub signed two.
            Err(CharterError::Gap { needed, .. })
                if self.directory.missing(hub, needed).is_none()
                    && !self.alarms.is_raised(AlarmCode::CharterConflict, hub) =>
            {
                self.ask_other_charter(from, hub, needed);
            }
            Err(error) if error.is_peer_fault() => {
                self.fault(from, Some(hub), Fault::malformed(error.code(), error.to_string()));
            }
            Err(_) => {}
        }
        false
    }

    pub(super) fn keep_charters(&mut self, hub: HubCode, fresh: Vec<Bytes>) {
        let items: Vec<Item> = fresh
            .into_iter()
            .map(|record| Item::Fact(Fact::Charter(hub, record)))
            .collect();
        if !items.is_empty() {
            self.outbox.commit(items, Purpose::Nothing);
            // What could not be checked under the charters known before may be now.
            self.peers.trust_again(hub);
            if hub == self.hub {
                self.clock.look_again();
            }
            self.changed_by(Source::Pull, hub, PUSH_AFTER);
        }
    }

    /// The newest cosigned checkpoint, and the newest one that we serve when that is another.
    pub(super) fn send_checkpoint(&mut self, to: NodeKey, hub: HubCode) {
        let (covered, cosigned) = if hub == self.hub {
            (self.journal.signed(), self.collection.best())
        } else {
            let replica = self.replicas.get(&hub);
            (replica.and_then(Replica::served), replica.and_then(Replica::cosigned))
        };
        let newest = covered.map(|covered| CosignedCheckpoint {
            checkpoint: covered.checkpoint.clone(),
            cosignatures: Vec::new(),
        });
        let newest = newest.filter(|newest| cosigned.is_none_or(|set| set.checkpoint.size != newest.checkpoint.size));
        let answers: Vec<CosignedCheckpoint> = cosigned.cloned().into_iter().chain(newest).collect();
        for cosigned in answers {
            self.send(to, &Message::Checkpoint { hub, cosigned });
        }
    }

    /// A checkpoint that we asked for. Signatures are checked only when it says something that we do not know.
    pub(super) fn checkpoint(&mut self, from: NodeKey, hub: HubCode, cosigned: CosignedCheckpoint) {
        if !self.was_asked(from, Question::Checkpoint(hub)) {
            return;
        }
        let replica = self.replicas.get(&hub);
        let news = replica.is_none_or(|replica| replica.is_news(&cosigned.checkpoint));
        let better = !cosigned.cosignatures.is_empty() && replica.is_some_and(|replica| replica.is_better(&cosigned));
        if !news && !better {
            return;
        }
        if let Err(fault) = verify_checkpoint(self.directory.snapshot(), hub, &cosigned.checkpoint) {
            return self.fault(from, Some(hub), fault);
        }
        if hub == self.hub {
            return self.own_log_shown(from, &cosigned.checkpoint);
        }
        if news {
            self.see(hub, &cosigned.checkpoint);
        }
        if better && let Ok(set) = verify_witnesses(self.directory.snapshot(), hub, cosigned) {
            self.adopt_cosigned(hub, set, Source::Pull);
        }
    }
}
