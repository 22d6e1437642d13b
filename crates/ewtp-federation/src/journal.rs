//! Our own log: the one log that this node appends to.
//!
//! The order is fixed: records and a guard row for the size and root about to be signed become durable together, then
//! the log key signs, then the signed checkpoint becomes durable, then the answers go out. A signature can only be asked
//! for by a commit that came back, so two roots for one size cannot be signed, whatever crashes where.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use ewtp_log::{Hash, Tree};
use ewtp_record::{Asked, CharterName, Document, HubCode, LogId, Position, Record, RecordId, RecordKind, Statement};

use crate::checkpoint::SignedCheckpoint;
use crate::commit::{CommitId, Fact, Guard, Halt, Item, RestoredLog};
use crate::limits::{JOURNAL_BATCH_MAX, JOURNAL_RECENT_MAX, JOURNAL_WAITING_MAX};
use crate::replica::Covered;

/// Names one request to issue between the runtime and the engine, when somebody waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of one record that was to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// Logged at this position and covered by a durable signed checkpoint; also the answer when the same content was
    /// issued before.
    Logged {
        /// The record's id.
        id: RecordId,
        /// Where it is.
        position: Position,
    },
    /// A record with the same kind, subject and revision but other content was issued before.
    Conflict {
        /// The record that stands.
        existing: RecordId,
    },
}

/// A request with the answers to its records, in order.
pub(crate) type Answered = (Ticket, Vec<Issued>);

/// How a request to issue was taken.
#[derive(Debug)]
pub(crate) enum Intake {
    /// Answers follow when a durable signed checkpoint covers them.
    Taken,
    /// Too much is waiting already.
    Busy,
    /// The look-up that the request rests on is older than our memory of recent records: look up again.
    Stale,
}

/// A signed record, and what the input that it was made for asked.
#[derive(Clone, Debug)]
pub struct ToIssue {
    /// Logged if its document was not stated before.
    pub record: Record,
    /// Decides whether what was stated before answers the input.
    pub asked: Asked,
}

impl ToIssue {
    /// A record of an input that leaves its times to the hub.
    #[must_use]
    pub fn at_any_time(record: Record) -> Self {
        let mut asked = Asked::for_payload(record.payload());
        asked.not_before = record.header().not_before;
        Self { record, asked }
    }
}

/// A document that was stated a short time ago: look-ups may not find it yet.
#[derive(Clone, Copy, Debug)]
struct Recent {
    index: u64,
    id: RecordId,
    stated: Statement,
}

#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    answers: Vec<Issued>,
    /// Answered when the covered size is above this index; requests that add nothing wait for what they name.
    last_index: u64,
}

/// Whether the log may grow, and how far its newest batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It signed in an earlier start, and has not heard yet whether others hold more of it.
    Waiting,
    /// Nothing is on its way.
    Idle,
    /// A batch and its guard row are on their way to the disk.
    Committing(CommitId),
    /// All that is durable is being signed.
    Signing,
    /// Nothing is signed; a batch may be on its way to the disk.
    Halted(Option<CommitId>),
}

/// Whether our log is signed, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnLog {
    /// It grows.
    Signs,
    /// It signed in an earlier start, and has not heard yet whether others hold more of it; with the largest size that one of
    /// them claims beyond ours.
    Waits(Option<u64>),
    /// It stands still: because of what was shown, or because the folder contradicts its own guard row.
    Halted(Option<Halt>),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Journal {
    log: LogId,
    tree: Tree,
    waiting: VecDeque<Record>,
    answers: VecDeque<Pending>,
    recent: HashMap<Document, Recent>,
    recent_order: VecDeque<(Document, u64)>,
    state: State,
    signed: Option<Covered>,
    /// Size of the newest signed checkpoint that is durable: what lies below is answered.
    covered: u64,
    durable: u64,
    /// Number of the newest of our charters in the log: its log key signs. spec: checkpoint R7.
    charter: Option<u32>,
    /// The last thing our log key was to sign before the start.
    guard: Option<Guard>,
    /// Why it stands still, or stood.
    halt: Option<Halt>,
    /// The folder is not whole, whatever an operator says.
    damaged: bool,
    pub(crate) examined_to: u64,
}

impl Journal {
    pub(crate) fn new(hub: HubCode) -> Self {
        Self {
            log: LogId { hub, epoch: 0 },
            tree: Tree::new(),
            waiting: VecDeque::new(),
            answers: VecDeque::new(),
            recent: HashMap::new(),
            recent_order: VecDeque::new(),
            state: State::Idle,
            signed: None,
            covered: 0,
            durable: 0,
            charter: None,
            guard: None,
            halt: None,
            damaged: false,
            examined_to: 0,
        }
    }

    /// Takes up the log where the store left it.
    pub(crate) fn restore(restored: RestoredLog) -> Self {
        let RestoredLog {
            log,
            tree,
            facts,
            checkpoint_range,
            examined_to,
            charter,
            bytes: _, // our own log has no cap
        } = restored;
        let signed = facts
            .checkpoint
            .zip(checkpoint_range)
            .map(|(checkpoint, range)| Covered { checkpoint, range });
        let durable = tree.size();
        let covered = signed.as_ref().map_or(0, |signed| signed.checkpoint.size);
        let mut journal = Self {
            log,
            tree,
            signed,
            covered,
            durable,
            charter,
            guard: facts.guard,
            halt: facts.halt,
            examined_to,
            ..Self::new(log.hub)
        };
        journal.damaged = journal.contradicts_its_guard();
        journal.state = journal.first_state();
        journal
    }

    /// A log that never signed has nothing to contradict.
    fn first_state(&self) -> State {
        let halted = self.halt.as_ref().is_some_and(|halt| !halt.lifted);
        if halted || self.damaged {
            State::Halted(None)
        } else if self.guard.is_some() || self.signed.is_some() {
            State::Waiting
        } else {
            State::Idle
        }
    }

    pub(crate) fn own_log(&self) -> OwnLog {
        match self.state {
            State::Waiting => OwnLog::Waits(None),
            State::Halted(_) => OwnLog::Halted(self.halt.clone().filter(|halt| !halt.lifted && !self.damaged)),
            State::Idle | State::Committing(_) | State::Signing => OwnLog::Signs,
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }

    pub(crate) fn is_halted(&self) -> bool {
        matches!(self.state, State::Halted(_))
    }

    /// Whether a checkpoint by our key halts us: it states what our records do not bear out, and no operator knows of it.
    pub(crate) fn is_refuted_by(&self, shown: &SignedCheckpoint) -> bool {
        let ahead = (shown.epoch, shown.size) > (self.log.epoch, self.tree.size());
        let newest = self.signed.as_ref().map(|own| &own.checkpoint);
        let other = newest.is_some_and(|own| own.size == shown.size && own.root != shown.root)
            || self.tree.contradicts(shown.size, shown.root);
        let known = self.halt.as_ref().is_some_and(|halt| {
            let known = &halt.shown;
            halt.lifted && (shown.epoch, shown.size) <= (known.epoch, known.size)
        });
        (ahead || (other && shown.epoch == self.log.epoch)) && !known
    }

    /// Stands still from now on. Returns the fact to store and the requests that get no other answer. What was not on its
    /// way to the disk is forgotten, so that it can be sent again.
    pub(crate) fn halt(&mut self, halt: Halt) -> (Fact, Vec<Ticket>) {
        let commit = match self.state {
            State::Committing(commit) => Some(commit),
            State::Halted(commit) => commit,
            State::Waiting | State::Idle | State::Signing => None,
        };
        self.state = State::Halted(commit);
        self.halt = Some(halt.clone());
        self.waiting.clear();
        let size = self.tree.size();
        self.recent.retain(|_, recent| recent.index < size);
        self.recent_order.retain(|(_, index)| *index < size);
        let tickets = self.answers.drain(..).map(|pending| pending.ticket).collect();
        (Fact::Halt(self.log, halt), tickets)
    }

    /// Goes on by an operator's word. Returns the fact to store; `None` when it only waited.
    pub(crate) fn lift(&mut self) -> Option<Fact> {
        let State::Halted(commit) = self.state else {
            return None;
        };
        if self.damaged {
            return None;
        }
        let halt = self.halt.as_mut()?;
        halt.lifted = true;
        self.state = commit.map_or(State::Idle, State::Committing);
        Some(Fact::Halt(self.log, halt.clone()))
    }

    /// The folder lacks what its log needs: nothing is signed, and no word of an operator mends that.
    pub(crate) fn distrust(&mut self) {
        (self.state, self.damaged) = (State::Halted(None), true);
    }

    /// Others hold nothing of our log that we lack, as far as could be heard.
    pub(crate) fn end_wait(&mut self) {
        if self.is_waiting() {
            self.state = State::Idle;
        }
    }

    pub(crate) fn log(&self) -> LogId {
        self.log
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable
    }

    /// Records that wait for their commit.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The newest checkpoint that our log key signed.
    pub(crate) fn signed(&self) -> Option<&Covered> {
        self.signed.as_ref()
    }

    /// Number of the newest of our charters in the log.
    pub(crate) fn charter(&self) -> Option<u32> {
        self.charter
    }

    /// How many of our charters are in the log.
    pub(crate) fn charters_logged(&self) -> usize {
        self.charter.map_or(0, |number| number as usize + 1)
    }

    /// Index that the next record gets.
    pub(crate) fn next_index(&self) -> u64 {
        self.tree.size() + self.waiting.len() as u64
    }

    /// Takes records to log. `looked_up_to` is the log's indexed size at the moment when the caller looked each of
    /// them up and did not find it; later records are in our own memory. Answered when the covered size reaches
    /// `covering` too; without a ticket nobody waits for an answer.
    pub(crate) fn issue(
        &mut self,
        ticket: Option<Ticket>,
        records: Vec<ToIssue>,
        looked_up_to: u64,
        covering: u64,
    ) -> Intake {
        if self.waiting.len() + records.len() > JOURNAL_WAITING_MAX {
            return Intake::Busy;
        }
        let remembered_from = self
            .recent_order
            .front()
            .map_or_else(|| self.next_index(), |(_, index)| *index);
        if looked_up_to < remembered_from && looked_up_to < self.next_index() {
            return Intake::Stale;
        }
        let answers: Vec<(Issued, u64)> = records.into_iter().map(|record| self.take(record)).collect();
        let last_index = answers.iter().map(|(_, index)| *index).max().unwrap_or(0);
        let last_index = last_index.max(covering.saturating_sub(1));
        let answers = answers.into_iter().map(|(answer, _)| answer).collect();
        if let Some(ticket) = ticket {
            self.answers.push_back(Pending {
                ticket,
                answers,
                last_index,
            });
        }
        Intake::Taken
    }

    fn take(&mut self, ToIssue { record, asked }: ToIssue) -> (Issued, u64) {
        let document = Document::of(record.header());
        let (id, index) = match self.recent.get(&document) {
            Some(recent) if asked.is_met_by(&recent.stated) => (recent.id, recent.index),
            Some(recent) => return (Issued::Conflict { existing: recent.id }, 0),
            None => {
                let (id, index) = (record.id(), self.next_index());
                let stated = Statement::of(&record);
                self.remember(document, Recent { index, id, stated });
                self.waiting.push_back(record);
                (id, index)
            }
        };
        let position = self.log.at(index);
        (Issued::Logged { id, position }, index)
    }

    fn remember(&mut self, document: Document, recent: Recent) {
        self.recent.insert(document, recent);
        self.recent_order.push_back((document, recent.index));
        if self.recent_order.len() > JOURNAL_RECENT_MAX {
            let (oldest, _) = self.recent_order.pop_front().expect("it holds more than the bound");
            self.recent.remove(&oldest);
        }
    }

    /// The next batch to make durable, with its guard row, when none is on its way.
    pub(crate) fn next_commit(&mut self) -> Option<Vec<Item>> {
        if self.state != State::Idle || self.waiting.is_empty() {
            return None;
        }
        let count = self.waiting.len().min(JOURNAL_BATCH_MAX);
        let start = self.tree.size();
        let batch: Vec<Record> = self.waiting.drain(..count).collect();
        let newest_charter = batch.iter().rev().find_map(charter_number);
        let leaves: Vec<Hash> = batch.iter().map(|record| Hash(*record.id().as_bytes())).collect();
        let records: Vec<Bytes> = batch.into_iter().map(|record| record.bytes().clone()).collect();
        for leaf in &leaves {
            self.tree.append(*leaf);
        }
        self.charter = newest_charter.or(self.charter);
        let (size, root) = (self.tree.size(), self.tree.root());
        Some(vec![
            Item::Entries {
                log: self.log,
                start,
                records,
                leaves,
            },
            // The guard is in the entries' own group commit: after a crash we know what may have been signed.
            Item::Fact(Fact::Guard(self.log, Guard { size, root })),
        ])
    }

    /// Remembers that the batch of [`Self::next_commit`] is on its way to the disk.
    pub(crate) fn committing(&mut self, commit: CommitId) {
        self.state = State::Committing(commit);
    }

    /// The commit is durable; returns what the log key may sign now.
    pub(crate) fn committed(&mut self, commit: CommitId) -> Option<(u64, Hash)> {
        // Nothing is appended between commit and signature, so all of the tree is durable now.
        match self.state {
            State::Committing(expected) if expected == commit => self.state = State::Signing,
            // What is written stays unsigned: another instance of ours may have signed here.
            State::Halted(Some(expected)) if expected == commit => self.state = State::Halted(None),
            _ => return None,
        }
        self.durable = self.tree.size();
        (self.state == State::Signing).then(|| (self.durable, self.tree.root()))
    }

    /// Whether the guard row says that our key may have signed what this log is not: the folder is damaged or a patchwork,
    /// and signing could make a second history. spec: checkpoint R9
    fn contradicts_its_guard(&self) -> bool {
        self.guard.is_some_and(|Guard { size, root }| {
            let held = self.tree.size();
            size > held || (size == held && root != self.tree.root())
        })
    }

    /// What must be signed after a start or a halt: a durable size that no stored checkpoint covers.
    pub(crate) fn unsigned(&mut self) -> Option<(u64, Hash)> {
        let signed = self.signed.as_ref().map_or(0, |signed| signed.checkpoint.size);
        if self.state != State::Idle || signed == self.durable {
            return None;
        }
        self.state = State::Signing;
        Some((self.durable, self.tree.root()))
    }

    /// The log key of our newest logged charter signed. Returns the checkpoint to make durable.
    pub(crate) fn signed_by(&mut self, charter: CharterName, signature: [u8; 64]) -> Option<SignedCheckpoint> {
        if self.state != State::Signing {
            return None;
        }
        self.state = State::Idle;
        let (size, root) = (self.tree.size(), self.tree.root());
        let epoch = self.log.epoch;
        let checkpoint = SignedCheckpoint {
            epoch,
            charter,
            size,
            root,
            signature,
        };
        let range = self.tree.head().clone();
        self.signed = Some(Covered {
            checkpoint: checkpoint.clone(),
            range,
        });
        Some(checkpoint)
    }

    /// A signed checkpoint of this size is durable. Returns the answers that may go out.
    pub(crate) fn cover(&mut self, size: u64) -> Vec<Answered> {
        self.covered = self.covered.max(size);
        self.due_answers()
    }

    /// Answers whose every record a durable signed checkpoint covers, in order of asking.
    pub(crate) fn due_answers(&mut self) -> Vec<Answered> {
        let mut due = Vec::new();
        while self
            .answers
            .front()
            .is_some_and(|first| first.last_index < self.covered)
        {
            let pending = self.answers.pop_front().expect("the front was just looked at");
            due.push((pending.ticket, pending.answers));
        }
        due
    }
}

fn charter_number(record: &Record) -> Option<u32> {
    let header = record.header();
    (header.kind == RecordKind::CHARTER).then_some(header.revision)
}

#[cfg(test)]
mod tests;
