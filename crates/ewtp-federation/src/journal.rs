//! Our own log: the one log that this node appends to.
//!
//! The order is fixed: records and a guard row for the size and root about to be signed become durable together, then
//! the log key signs, then the signed checkpoint becomes durable, then the answers go out. A signature can only be asked
//! for by a commit that came back, so two roots for one size cannot be signed, whatever crashes where.

mod halting;
mod intake;

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use ewtp_log::{Hash, Tree};
use ewtp_record::{CharterName, Document, HubCode, LogId, Record, RecordKind};

use crate::checkpoint::SignedCheckpoint;
use crate::commit::{CommitId, Fact, Guard, Halt, Item, RestoredLog};
use crate::limits::JOURNAL_BATCH_MAX;
use crate::replica::Covered;
use intake::{Pending, Recent};

pub use halting::OwnLog;
pub(crate) use intake::{Answered, Intake};
pub use intake::{Issued, Ticket, ToIssue};

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
}

fn charter_number(record: &Record) -> Option<u32> {
    let header = record.header();
    (header.kind == RecordKind::CHARTER).then_some(header.revision)
}

#[cfg(test)]
mod tests;
