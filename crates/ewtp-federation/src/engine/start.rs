//! How our log starts: whether it may be signed, asked of those who would hold what we lack.
//!
//! A folder that signed before may be an old copy, and its next signature a second history. So it first hears from its
//! connected peers what they hold of our log. A checkpoint that they show is proof and halts the log
//! (`own_log::own_log_shown`); their bare word only keeps it waiting.
// spec: checkpoint R10

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, Record};

use crate::alarm::AlarmCode;
use crate::engine::Engine;
use crate::frontier::FrontierEntry;
use crate::input::Output;
use crate::journal::{OwnLog, ToIssue};

/// Why our log cannot go on by an operator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotResumed {
    /// Nothing holds it.
    NotHeld,
    /// It is held by a size above the one that the operator named.
    Beyond {
        /// That size.
        size: u64,
    },
    /// The folder does not hold what its own key was about to sign, or the charters in its log: it is damaged or a patchwork.
    Damaged,
}

/// What connected hubs say of our log; those of our panel count if there are any, else all.
struct Word {
    asked: usize,
    /// They hold nothing of our log that we lack.
    confirm: usize,
    /// The largest size that one of them claims beyond ours, or at another root.
    ahead: Option<u64>,
}

impl Engine {
    /// Logs the charters that are not in our log yet. What a crash left unsigned is signed when the log may be.
    pub(super) fn start_own_log(&mut self, charters: Vec<Record>) {
        if !self.has_logged_charters(&charters) {
            self.journal.distrust();
        }
        if let OwnLog::Halted(halt) = self.journal.own_log() {
            let since = halt.map_or(self.now.unix, |halt| halt.at);
            return self.alarms.raise(AlarmCode::OwnLogAhead, self.hub, since);
        }
        self.log_charters(charters);
    }

    /// Whether our directory has every charter that our log has or gets now: each checkpoint names one of them. A folder
    /// that has fewer than its log is a patchwork.
    fn has_logged_charters(&mut self, charters: &[Record]) -> bool {
        let adopted = self.directory.adopt_chain(self.hub, charters);
        self.changed(self.hub);
        let known = self.directory.charter_number(self.hub);
        adopted.is_ok() && self.journal.charter().is_none_or(|logged| known >= Some(logged))
    }

    fn log_charters(&mut self, charters: Vec<Record>) {
        let logged = self.journal.charters_logged();
        let missing: Vec<ToIssue> = charters.into_iter().skip(logged).map(ToIssue::at_any_time).collect();
        if !missing.is_empty() {
            self.journal.issue(None, missing, u64::MAX, 0);
        }
    }

    /// Ends the wait when peers confirmed, or when nobody was in reach for long enough.
    pub(super) fn end_wait(&mut self) {
        let alone = self.alarms.is_raised(AlarmCode::StartedAlone, self.hub);
        if !alone && !self.journal.is_waiting() {
            return;
        }
        let word = self.word_of_peers();
        if word.confirm > 0 && word.ahead.is_none() {
            self.alarms.clear(AlarmCode::StartedAlone, self.hub);
        }
        if !self.journal.is_waiting() {
            return;
        }
        let late = self.now.ticks >= self.start_alone_at;
        if 2 * word.confirm > word.asked || (late && word.ahead.is_none()) {
            if word.confirm == 0 {
                self.alarms.raise(AlarmCode::StartedAlone, self.hub, self.now.unix);
            }
            self.begin_to_sign();
        } else if late {
            self.alarms.raise(AlarmCode::StartHeld, self.hub, self.now.unix);
        }
    }

    fn begin_to_sign(&mut self) {
        self.alarms.clear(AlarmCode::StartHeld, self.hub);
        self.journal.end_wait();
        self.sign_unsigned();
    }

    /// What waits is signed with what a crash left unsigned. It may be a charter with another log key, and that key signs in
    /// the name of this charter only. spec: checkpoint R7
    fn sign_unsigned(&mut self) {
        if self.journal.waiting() == 0
            && let Some((size, root)) = self.journal.unsigned()
        {
            self.sign_checkpoint(size, root);
        }
    }

    pub(super) fn start_deadline(&self) -> Option<Duration> {
        let waits = self.journal.is_waiting() && self.now.ticks < self.start_alone_at;
        waits.then_some(self.start_alone_at)
    }

    /// Whether our log is signed.
    pub(super) fn own_log(&self) -> OwnLog {
        match self.journal.own_log() {
            OwnLog::Waits(_) => OwnLog::Waits(self.word_of_peers().ahead),
            known => known,
        }
    }

    fn word_of_peers(&self) -> Word {
        let mut members: BTreeMap<HubCode, Option<FrontierEntry>> = BTreeMap::new();
        for (_, peer) in self.peers.iter() {
            let Some(hub) = peer.hub.filter(|hub| *hub != self.hub) else {
                continue;
            };
            let told = peer.holds.get(&self.hub).copied();
            let known = members.entry(hub).or_default();
            // Of two nodes of a hub, the one that holds more speaks.
            *known = [*known, told]
                .into_iter()
                .flatten()
                .max_by_key(|held| (held.epoch, held.size));
        }
        let panel: Vec<HubCode> = members
            .keys()
            .filter(|hub| self.is_on_panel(**hub, self.hub))
            .copied()
            .collect();
        if !panel.is_empty() {
            members.retain(|hub, _| panel.contains(hub));
        }
        let told: Vec<FrontierEntry> = members.values().copied().flatten().collect();
        let ahead: Vec<u64> = told
            .iter()
            .filter(|told| self.is_ahead(told))
            .map(|told| told.size)
            .collect();
        Word {
            asked: members.len(),
            confirm: told.len() - ahead.len(),
            ahead: ahead.into_iter().max(),
        }
    }

    /// Whether someone who tells the truth holds something of our log that we lack.
    fn is_ahead(&self, told: &FrontierEntry) -> bool {
        let epoch = self.journal.log().epoch;
        let beyond = told.size > self.journal.durable() || self.journal.tree().contradicts(told.size, told.root);
        told.epoch > epoch || (told.epoch == epoch && beyond)
    }

    /// An operator who knows of a log of our hub up to `past` records lets ours go on all the same.
    ///
    /// # Errors
    /// [`NotResumed`]; nothing changed then.
    pub fn resume_own_log(&mut self, past: u64) -> Result<(), NotResumed> {
        let held_by = match self.own_log() {
            OwnLog::Waits(ahead) => ahead.unwrap_or(0),
            OwnLog::Halted(Some(halt)) => halt.shown.size,
            OwnLog::Halted(None) => return Err(NotResumed::Damaged),
            OwnLog::Signs => return Err(NotResumed::NotHeld),
        };
        if held_by > past {
            return Err(NotResumed::Beyond { size: held_by });
        }
        if let Some(lifted) = self.journal.lift() {
            self.outbox.keep(lifted);
            self.alarms.clear(AlarmCode::OwnLogAhead, self.hub);
            let charters = self.directory.snapshot().chain(self.hub);
            let charters = charters.map(|chain| chain.records().to_vec()).unwrap_or_default();
            self.log_charters(charters);
            let (log, size) = (self.journal.log(), self.journal.durable());
            self.outbox.push(Output::Grown { log, size });
        }
        self.begin_to_sign();
        self.settle();
        Ok(())
    }
}
