//! Issuing: look up whether it was issued before, sign what was not, hand it to the engine, answer when it is covered.
//!
//! Looking up and signing happen beside the loop. The engine remembers everything that is younger than the look-up, so
//! two equal requests at one moment are still one record.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ewtp_api::{IssueAnswer, IssueFault, IssueInput, Issued as Answer, NodeState};
use ewtp_federation::{Input, Issued, NotIssued, Ticket, ToIssue};
use ewtp_record::{Asked, Document, Duty, HubCode, LogId, Pulse, Record, Statement, UnixTime};
use ewtp_store::Reader;
use ewtp_trust::Directory;
use tokio::sync::{mpsc, oneshot};

use super::Event;
use super::{signing, spans};
use crate::keys::Keys;

/// What looking up and signing made of a request.
pub(crate) struct Prepared {
    /// `None` when nobody waits for an answer.
    ticket: Option<Ticket>,
    /// In the order of the request.
    steps: Vec<Step>,
    looked_up_to: u64,
}

/// One record of a request: answered already, logged before and to be answered when a signed checkpoint covers it, or to be
/// logged.
enum Step {
    Answered(IssueAnswer),
    Uncovered(Answer),
    Fresh(Box<ToIssue>),
}

struct UnderWay {
    drafts: Arc<Vec<IssueInput>>,
    answer: oneshot::Sender<Vec<IssueAnswer>>,
    /// Filled when the request is prepared.
    waiting: Vec<Waiting>,
}

/// One answer of a request that is under way.
enum Waiting {
    Answered(IssueAnswer),
    /// This, when the engine says that a durable signed checkpoint covers it.
    Covered(Answer),
    /// What the engine says of the record.
    Engine,
}

/// See the module.
pub(super) struct Issuer {
    desk: Arc<Desk>,
    events: mpsc::Sender<Event>,
    under_way: BTreeMap<Ticket, UnderWay>,
    next_ticket: u64,
}

/// What look-ups and signatures need; shared with the tasks that make them.
struct Desk {
    hub: HubCode,
    keys: Arc<Keys>,
    reader: Reader,
    directory: Arc<ArcSwap<Directory>>,
}

impl Issuer {
    pub(super) fn new(
        hub: HubCode,
        keys: Arc<Keys>,
        reader: Reader,
        directory: Arc<ArcSwap<Directory>>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            desk: Arc::new(Desk {
                hub,
                keys,
                reader,
                directory,
            }),
            events,
            under_way: BTreeMap::new(),
            next_ticket: 0,
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Takes a request.
    pub(super) fn issue(
        &mut self,
        drafts: Vec<IssueInput>,
        answer: oneshot::Sender<Vec<IssueAnswer>>,
        state: NodeState,
        now: UnixTime,
    ) {
        let refusal = match state {
            NodeState::Starting | NodeState::Running => None,
            NodeState::Stopping => Some(IssueFault::Stopping),
            NodeState::ReadOnly => Some(unavailable(
                "the disk failed: this node serves what it has and takes nothing new",
            )),
        };
        if let Some(refusal) = refusal {
            let _ = answer.send(drafts.iter().map(|_| Err(refusal.clone())).collect()); // the caller may be gone
            return;
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let drafts = Arc::new(drafts);
        self.under_way.insert(
            ticket,
            UnderWay {
                drafts: Arc::clone(&drafts),
                answer,
                waiting: Vec::new(),
            },
        );
        self.prepare(ticket, drafts, now);
    }

    fn prepare(&self, ticket: Ticket, drafts: Arc<Vec<IssueInput>>, now: UnixTime) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        tokio::task::spawn_blocking(move || {
            // Asked before the first look-up: whatever is logged later the engine knows itself.
            let looked_up_to = desk.reader.size(LogId {
                hub: desk.hub,
                epoch: 0,
            });
            let steps = drafts.iter().map(|draft| desk.step(draft, now)).collect();
            let _ = events.blocking_send(Event::Prepared(Prepared {
                ticket: Some(ticket),
                steps,
                looked_up_to,
            })); // closed: stopping
        });
    }

    /// Hands the fresh records of a request to the engine; a request without any is answered at once.
    pub(super) fn prepared(&mut self, prepared: Prepared) -> Option<Input> {
        let Prepared {
            ticket,
            steps,
            looked_up_to,
        } = prepared;
        let mut records = Vec::new();
        let mut covering = 0;
        let mut waiting = Vec::with_capacity(steps.len());
        for step in steps {
            waiting.push(match step {
                Step::Answered(answer) => Waiting::Answered(answer),
                Step::Uncovered(answer) => {
                    covering = covering.max(answer.index + 1);
                    Waiting::Covered(answer)
                }
                Step::Fresh(record) => {
                    records.push(*record);
                    Waiting::Engine
                }
            });
        }
        if let Some(ticket) = ticket {
            self.under_way.get_mut(&ticket)?.waiting = waiting;
            if records.is_empty() && covering == 0 {
                self.issued(ticket, Vec::new());
                return None;
            }
        }
        Some(Input::Issue {
            ticket,
            records,
            looked_up_to,
            covering,
        })
    }

    /// The engine's answers for the fresh records of a request, in their order.
    pub(super) fn issued(&mut self, ticket: Ticket, answers: Vec<Issued>) {
        let Some(done) = self.under_way.remove(&ticket) else {
            return;
        };
        let mut fresh = answers.into_iter().map(|issued| match issued {
            Issued::Logged { id, position } => {
                spans::issued(id, position).in_scope(|| tracing::debug!("record issued"));
                Ok(Answer::new(id, position))
            }
            Issued::Conflict { existing } => Err(IssueFault::AlreadyIssuedDifferently { existing }),
        });
        let missing = || Err(unavailable("the record was not answered"));
        let answers = done.waiting.into_iter().map(|waiting| match waiting {
            Waiting::Answered(answer) => answer,
            Waiting::Covered(answer) => Ok(answer),
            Waiting::Engine => fresh.next().unwrap_or_else(missing),
        });
        let _ = done.answer.send(answers.collect()); // the caller may be gone; the records are logged all the same
    }

    /// The engine did not take a request; nothing of it was logged.
    pub(super) fn not_issued(&mut self, ticket: Option<Ticket>, why: NotIssued) {
        let Some(ticket) = ticket else {
            // A log too busy for a pulse shows life without it, and a manifest is renewed long before it ends.
            tracing::warn!(
                ?why,
                "a record of our own was not logged; it is tried again when it is next due"
            );
            return;
        };
        let reason = match why {
            NotIssued::Stale => {
                if let Some(waiting) = self.under_way.get(&ticket) {
                    self.prepare(ticket, Arc::clone(&waiting.drafts), crate::clock::now());
                }
                return;
            }
            NotIssued::Busy => "too much is waiting to be logged",
            NotIssued::Halted => {
                "this hub's log stands still: another node signed for it, or this folder is an old copy"
            }
        };
        let Some(refused) = self.under_way.remove(&ticket) else {
            return;
        };
        let answers = refused.waiting.into_iter().map(|waiting| match waiting {
            Waiting::Answered(answer) => answer,
            Waiting::Covered(_) | Waiting::Engine => Err(unavailable(reason)),
        });
        let _ = refused.answer.send(answers.collect()); // the caller may be gone
    }

    /// Logs a record that is signed already and that nobody waits for.
    pub(super) fn log_signed(&self, record: Record) {
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        tokio::task::spawn_blocking(move || {
            let looked_up_to = desk.reader.size(LogId {
                hub: desk.hub,
                epoch: 0,
            });
            let prepared = Prepared {
                ticket: None,
                steps: vec![Step::Fresh(Box::new(ToIssue::at_any_time(record)))],
                looked_up_to,
            };
            let _ = events.blocking_send(Event::Prepared(prepared)); // closed: the node is stopping
        });
    }

    /// Signs and logs a sign of life.
    pub(super) fn pulse(&self, sequence: u64, now: UnixTime) {
        let sequence = u32::try_from(sequence).unwrap_or(u32::MAX);
        let draft = Pulse { sequence }.draft(self.desk.hub, now);
        let signed = self.desk.keys.role(Duty::Log).map(|key| draft.sign(key));
        match signed {
            Some(Ok(record)) => self.log_signed(record),
            Some(Err(error)) => tracing::error!(%error, "the pulse could not be signed"),
            None => tracing::error!("the pulse could not be signed: no log key"),
        }
    }
}

impl Desk {
    fn step(&self, input: &IssueInput, now: UnixTime) -> Step {
        match self.earlier(input) {
            Ok(Some(earlier)) => earlier,
            Ok(None) => match self.sign(input, now) {
                Ok(record) => Step::Fresh(Box::new(ToIssue {
                    record,
                    asked: asked(input),
                })),
                Err(fault) => Step::Answered(Err(fault)),
            },
            Err(error) => Step::Answered(Err(unavailable(&error.to_string()))),
        }
    }

    /// The answer for a document that was issued before.
    // spec: admin R10
    fn earlier(&self, input: &IssueInput) -> anyhow::Result<Option<Step>> {
        let document = Document {
            hub: self.hub,
            kind: input.kind,
            subject: input.subject,
            revision: input.revision,
        };
        let Some(position) = self.reader.by_document(&document)? else {
            return Ok(None);
        };
        let Some(bytes) = self.reader.record(&position)? else {
            return Ok(None);
        };
        let existing = Record::decode(bytes)?;
        if !asked(input).is_met_by(&Statement::of(&existing)) {
            let existing = existing.id();
            return Ok(Some(Step::Answered(Err(IssueFault::AlreadyIssuedDifferently {
                existing,
            }))));
        }
        let answer = Answer::new(existing.id(), position);
        // Durable is not yet logged: a log that halts never signs what it wrote last.
        Ok(Some(if position.index < self.signed_size() {
            Step::Answered(Ok(answer))
        } else {
            Step::Uncovered(answer)
        }))
    }

    fn signed_size(&self) -> u64 {
        self.reader.checkpoint(self.hub).map_or(0, |checkpoint| checkpoint.size)
    }

    fn sign(&self, input: &IssueInput, now: UnixTime) -> Result<Record, IssueFault> {
        let directory = self.directory.load();
        let chain = directory
            .chain(self.hub)
            .ok_or(IssueFault::NoRoleKey { kind: input.kind })?;
        signing::sign(input, self.hub, &self.keys.roles, chain, now)
    }
}

fn asked(input: &IssueInput) -> Asked {
    let mut asked = Asked::for_payload(&input.payload);
    asked.issued_at = input.issued_at;
    asked.expires_at = input.expires_at;
    asked.not_before = input.not_before;
    asked
}

fn unavailable(reason: &str) -> IssueFault {
    let next =
        "ewtp status shows what is wrong; send the same records again later: what was logged is answered as before";
    IssueFault::Unavailable {
        reason: reason.to_owned(),
        next: next.to_owned(),
    }
}
