//! When our log is not signed: until others said what they hold of it, and when something speaks against it.

use super::{Journal, State, Ticket};
use crate::checkpoint::SignedCheckpoint;
use crate::commit::{Fact, Guard, Halt};

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

impl Journal {
    /// A log that never signed has nothing to contradict.
    pub(super) fn first_state(&self) -> State {
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

    /// Whether the guard row says that our key may have signed what this log is not: the folder is damaged or a patchwork,
    /// and signing could make a second history. spec: checkpoint R9
    pub(super) fn contradicts_its_guard(&self) -> bool {
        self.guard.is_some_and(|Guard { size, root }| {
            let held = self.tree.size();
            size > held || (size == held && root != self.tree.root())
        })
    }
}
