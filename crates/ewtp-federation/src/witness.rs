//! Witnessing: cosigning the logs whose panel we are on, and collecting the cosignatures that our own panel sends us.
//!
//! A witness cosigns a checkpoint only after the log up to it is durable here, and only after a guard row says what it
//! is about to sign; it never cosigns a smaller size, nor another root for a size it cosigned. spec: cosignature R4, R5.

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, LogId, UnixTime};

use crate::checkpoint::{COSIGNATURES_MAX, CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use crate::commit::{CosignGuard, Fact};
use crate::limits::{
    CLOCK_JUMP_MAX_SECONDS, CLOCK_STEADY_AFTER, COLLECTING_MAX, COSIGN_AGAIN_AFTER, COSIGN_EVERY, COSIGN_UNASKED_AFTER,
};
use crate::now::Now;

/// A cosignature that is to be made, in the order guard, commit, signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosigning {
    pub(crate) log: LogId,
    pub(crate) checkpoint: SignedCheckpoint,
    pub(crate) time: UnixTime,
}

#[derive(Debug, Default)]
struct Watched {
    /// Largest size and root that our witness key may have signed, and the time it stated.
    guard: Option<CosignGuard>,
    /// Covered durably, not yet cosigned.
    wanted: Option<SignedCheckpoint>,
    due: Duration,
    /// The newest one covered durably: its turn comes when another one is cosigned before it.
    newest: Option<SignedCheckpoint>,
    last: Option<Duration>,
}

/// Cosigning other hubs' logs.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    logs: BTreeMap<LogId, Watched>,
    /// A log waits to be cosigned until our clock comes near a time that we stated before.
    is_ahead: bool,
    /// When the first log is due that waits to be cosigned, and the latest time that we stated of one. Asked on every turn,
    /// and mostly nothing is due.
    first_due: Option<Duration>,
    latest_stated: UnixTime,
}

impl Witness {
    /// Takes up what the store says was signed.
    pub(crate) fn restore(&mut self, log: LogId, guard: CosignGuard) {
        self.logs.entry(log).or_default().guard = Some(guard);
    }

    /// Nothing of this log is cosigned any more unless it is covered anew.
    pub(crate) fn forget_wanted(&mut self, log: LogId) {
        if let Some(watched) = self.logs.get_mut(&log) {
            watched.wanted = None;
            self.look_ahead();
        }
    }

    /// A checkpoint of a log whose panel we are on is covered and durable.
    pub(crate) fn covered(&mut self, log: LogId, checkpoint: &SignedCheckpoint, asked: bool, now: Now) {
        let watched = self.logs.entry(log).or_default();
        let signed_size = watched.guard.map_or(0, |guard| guard.size);
        if checkpoint.size <= signed_size {
            return;
        }
        if watched
            .newest
            .as_ref()
            .is_none_or(|newest| newest.size < checkpoint.size)
        {
            watched.newest = Some(checkpoint.clone());
        }
        let earliest = watched.last.map_or(now.ticks, |last| last + COSIGN_EVERY);
        if asked {
            watched.due = earliest.max(now.ticks);
            watched.wanted = Some(checkpoint.clone());
        } else if watched.wanted.is_none() {
            watched.due = earliest.max(now.ticks + COSIGN_UNASKED_AFTER);
            watched.wanted = Some(checkpoint.clone());
        } else if watched.due > now.ticks + COSIGN_EVERY {
            // Not asked for and not urgent: when it comes to it, the newest is worth more.
            watched.wanted = Some(checkpoint.clone());
            watched.due = watched.due.min(earliest.max(now.ticks + COSIGN_UNASKED_AFTER));
        }
        self.look_ahead();
    }

    /// What we signed last of a log did not reach its hub: it is signed again after a while, with a new time.
    pub(crate) fn lost(&mut self, log: LogId, checkpoint: &SignedCheckpoint, now: Now) {
        let watched = self.logs.entry(log).or_default();
        if watched.has_signed(checkpoint) && watched.wanted.is_none() {
            watched.due = watched.last.map_or(now.ticks, |last| last + COSIGN_AGAIN_AFTER);
            watched.wanted = Some(checkpoint.clone());
            self.look_ahead();
        }
    }

    /// What we signed of a log did reach its hub.
    pub(crate) fn arrived(&mut self, log: LogId, checkpoint: &SignedCheckpoint) {
        let Some(watched) = self.logs.get_mut(&log) else { return };
        let pending = watched.wanted.take_if(|wanted| wanted.size == checkpoint.size);
        if pending.is_some() {
            watched.want_newest(watched.due);
            self.look_ahead();
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.first_due
    }

    /// Finds anew what is due first, after a change of what is wanted.
    fn look_ahead(&mut self) {
        let wanted = self.logs.values().filter(|watched| watched.wanted.is_some());
        self.first_due = wanted.clone().map(|watched| watched.due).min();
        self.latest_stated = wanted.map(Watched::stated).max().unwrap_or_default();
    }

    /// What is due to be cosigned, each with the guard row that must be durable first. A log for which we stated a time far
    /// ahead of the clock waits: more signatures with that time would only spread it. spec: cosignature R8
    pub(crate) fn due(&mut self, now: Now) -> Vec<(Cosigning, Fact)> {
        let mut due = Vec::new();
        self.is_ahead = false;
        if self.first_due.is_none_or(|first| first > now.ticks) && ahead_by(self.latest_stated, now.unix) == 0 {
            return due;
        }
        for (log, watched) in &mut self.logs {
            let wait = watched.stated_ahead_of(now.unix);
            if wait > Duration::ZERO {
                self.is_ahead = true;
                watched.due = watched.due.max(now.ticks + wait.min(CLOCK_STEADY_AFTER));
            } else if watched.due <= now.ticks {
                due.extend(watched.cosign(*log, now));
            }
        }
        self.look_ahead();
        due
    }

    /// Whether a log waits for our clock.
    pub(crate) fn is_ahead(&self) -> bool {
        self.is_ahead
    }
}

impl Watched {
    /// The time that we stated of this log.
    fn stated(&self) -> UnixTime {
        self.guard.map_or_else(UnixTime::default, |guard| guard.time)
    }

    /// How long until the clock is near enough to that time, if something is to be cosigned.
    fn stated_ahead_of(&self, unix: UnixTime) -> Duration {
        let stated = self.wanted.as_ref().map(|_| self.stated()).unwrap_or_default();
        Duration::from_secs(ahead_by(stated, unix))
    }

    /// Whether this is what our witness key signed last.
    fn has_signed(&self, checkpoint: &SignedCheckpoint) -> bool {
        self.guard
            .is_some_and(|guard| (guard.size, guard.root) == (checkpoint.size, checkpoint.root))
    }

    /// What is covered beyond what was signed is due at this time, unless it is asked for earlier.
    fn want_newest(&mut self, due: Duration) {
        let signed_size = self.guard.map_or(0, |guard| guard.size);
        if let Some(newest) = self.newest.take_if(|newest| newest.size > signed_size) {
            self.due = due;
            self.wanted = Some(newest);
        }
    }

    fn cosign(&mut self, log: LogId, now: Now) -> Option<(Cosigning, Fact)> {
        let checkpoint = self.wanted.take()?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        // A stated time never goes backwards, even when the wall clock does.
        let time = self.guard.map_or(now.unix, |guard| guard.time.max(now.unix));
        // The same size again is only signed with the same root, and only because it was lost. spec: cosignature R4, R5
        if self.guard.is_some_and(|guard| size <= guard.size) && !self.has_signed(&checkpoint) {
            return None;
        }
        let guard = CosignGuard { size, root, time };
        self.guard = Some(guard);
        self.last = Some(now.ticks);
        self.want_newest(now.ticks + COSIGN_UNASKED_AFTER);
        Some((Cosigning { log, checkpoint, time }, Fact::CosignGuard(log, guard)))
    }
}

/// How many seconds a time that we stated lies too far ahead of the clock.
fn ahead_by(stated: UnixTime, unix: UnixTime) -> u64 {
    stated.since(unix.plus(CLOCK_JUMP_MAX_SECONDS))
}

/// Cosignatures on our own newest checkpoints, as they come in.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    by_size: BTreeMap<u64, CosignedCheckpoint>,
    best: Option<CosignedCheckpoint>,
}

impl Collection {
    pub(crate) fn restore(best: Option<CosignedCheckpoint>) -> Self {
        Self {
            best,
            ..Self::default()
        }
    }

    /// From now on cosignatures on this checkpoint are taken.
    pub(crate) fn open(&mut self, checkpoint: &SignedCheckpoint) {
        // After a start the best set may be of this very checkpoint, and goes on growing.
        let known = self.best.iter().find(|best| best.checkpoint.size == checkpoint.size);
        let begun = known.cloned().unwrap_or_else(|| CosignedCheckpoint {
            checkpoint: checkpoint.clone(),
            cosignatures: Vec::new(),
        });
        self.by_size.entry(checkpoint.size).or_insert(begun);
        while self.by_size.len() > COLLECTING_MAX {
            self.by_size.pop_first();
        }
    }

    /// The checkpoint to check a cosignature by this witness against, if it would be of use.
    pub(crate) fn wanted(&self, size: u64, witness: HubCode) -> Option<&SignedCheckpoint> {
        let open = self.by_size.get(&size);
        let set = open.or_else(|| self.best.as_ref().filter(|best| best.checkpoint.size == size))?;
        let known = set.cosignatures.iter().any(|cosignature| cosignature.hub == witness);
        (!known).then_some(&set.checkpoint)
    }

    /// Adds a verified cosignature; returns the set to store and publish when it is now the best.
    pub(crate) fn add(&mut self, size: u64, witness: WitnessSignature) -> Option<&CosignedCheckpoint> {
        if !self.by_size.contains_key(&size) {
            let best = self.best.clone().filter(|best| best.checkpoint.size == size)?;
            self.by_size.insert(size, best);
        }
        let set = self.by_size.get_mut(&size)?;
        let Err(place) = set.cosignatures.binary_search_by_key(&witness.hub, |known| known.hub) else {
            return None;
        };
        if set.cosignatures.len() == COSIGNATURES_MAX {
            return None;
        }
        set.cosignatures.insert(place, witness);
        if self.best.as_ref().is_some_and(|best| !is_better(set, best)) {
            return None;
        }
        self.best = Some(set.clone());
        self.best.as_ref()
    }

    /// The set worth publishing.
    pub(crate) fn best(&self) -> Option<&CosignedCheckpoint> {
        self.best.as_ref()
    }
}

/// A larger size wins; while a newer one still has fewer witnesses than half of the older set, the older set stays the
/// one that verifiers can use.
fn is_better(candidate: &CosignedCheckpoint, best: &CosignedCheckpoint) -> bool {
    let enough = 2 * candidate.cosignatures.len() > best.cosignatures.len();
    candidate.rank() > best.rank() && (enough || candidate.checkpoint.size == best.checkpoint.size)
}

#[cfg(test)]
mod tests;
