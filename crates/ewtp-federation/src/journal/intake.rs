//! What is to be logged: taken once, remembered for a while, and answered when a durable signed checkpoint covers it.

use ewtp_record::{Asked, Document, Position, Record, RecordId, Statement};

use super::Journal;
use crate::limits::{JOURNAL_RECENT_MAX, JOURNAL_WAITING_MAX};

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
pub(super) struct Recent {
    pub(super) index: u64,
    id: RecordId,
    stated: Statement,
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) ticket: Ticket,
    answers: Vec<Issued>,
    /// Answered when the covered size is above this index; requests that add nothing wait for what they name.
    last_index: u64,
}

impl Journal {
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
