//! When to announce our own log, and with what.
//!
//! A checkpoint after a quiet time leaves at once; under load announcements are coalesced. At most every two seconds an
//! announcement asks the panel to cosign its checkpoint, so that all witnesses sign the same one.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use ewtp_log::{CompactRange, leaf_hash};
use ewtp_record::HubCode;

use crate::announcement::{Announcement, fits};
use crate::checkpoint::CosignedCheckpoint;
use crate::limits::{ANNOUNCE_EVERY, ANNOUNCEMENT_RECORD_BYTES_MAX, COSIGN_EVERY, PARTIAL_SET_WAITS, QUORUM_SET_WAITS};
use crate::replica::Covered;
use crate::run::Run;

/// How many of our panel stand in a set. Each set announced goes through the whole mesh, so a set that is still growing waits
/// for a while. spec: announcement R8
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Completeness {
    /// No quorum yet.
    Partial,
    /// A quorum.
    Quorum,
    /// All of them.
    Whole,
}

impl Completeness {
    /// How long it waits for more.
    fn patience(self) -> Duration {
        match self {
            Self::Partial => PARTIAL_SET_WAITS,
            Self::Quorum => QUORUM_SET_WAITS,
            Self::Whole => Duration::ZERO,
        }
    }
}

/// The newest set of cosignatures on our log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collected<'a> {
    pub(crate) set: &'a CosignedCheckpoint,
    pub(crate) completeness: Completeness,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Announcer {
    /// Newest records of our log, oldest first: as many as could fit in an announcement.
    tail: VecDeque<Bytes>,
    tail_bytes: usize,
    tail_end: u64,
    announced: Option<CompactRange>,
    announced_at: Option<Duration>,
    announced_set: (u32, u64, usize),
    /// Since when there is a better set than the announced one.
    better_set_since: Option<Duration>,
    asked_size: u64,
    asked_at: Option<Duration>,
}

impl Announcer {
    /// Remembers records that were appended, for the next announcement.
    pub(crate) fn appended(&mut self, start: u64, records: &[Bytes]) {
        if self.tail_end != start {
            self.tail.clear();
            self.tail_bytes = 0;
        }
        for record in records {
            self.tail_bytes += record.len();
            self.tail.push_back(record.clone());
            while self.tail_bytes > ANNOUNCEMENT_RECORD_BYTES_MAX {
                let oldest = self.tail.pop_front().expect("its bytes are counted");
                self.tail_bytes -= oldest.len();
            }
        }
        self.tail_end = start + records.len() as u64;
    }

    /// When the next announcement is due, if anything is to be said.
    pub(crate) fn next_deadline(&self, signed: Option<&Covered>, collected: Option<Collected<'_>>) -> Option<Duration> {
        let signed = signed?;
        let spaced = self.announced_at.map_or(Duration::ZERO, |last| last + ANNOUNCE_EVERY);
        let news = (signed.checkpoint.size > self.announced_size()).then_some(spaced);
        let asking = (signed.checkpoint.size > self.asked_size).then(|| self.may_ask_at().max(spaced));
        let set = self.set_due_at(collected).map(|at| at.max(spaced));
        news.into_iter().chain(asking).chain(set).min()
    }

    /// Whether a set is no better than the announced one.
    pub(crate) fn has_told(&self, set: &CosignedCheckpoint) -> bool {
        set.rank() <= self.announced_set
    }

    /// When a set that is better than the announced one is worth telling.
    fn set_due_at(&self, collected: Option<Collected<'_>>) -> Option<Duration> {
        let collected = collected.filter(|collected| !self.has_told(collected.set))?;
        Some(self.better_set_since? + collected.completeness.patience())
    }

    /// The announcement that is due, if one is.
    pub(crate) fn due(
        &mut self,
        hub: HubCode,
        signed: Option<&Covered>,
        collected: Option<Collected<'_>>,
        ticks: Duration,
    ) -> Option<Announcement> {
        if rank(collected) > self.announced_set {
            self.better_set_since.get_or_insert(ticks);
        }
        if self.next_deadline(signed, collected)? > ticks {
            return None;
        }
        let signed = signed?;
        let asks_cosigning = signed.checkpoint.size > self.asked_size && self.may_ask_at() <= ticks;
        if asks_cosigning {
            self.asked_size = signed.checkpoint.size;
            self.asked_at = Some(ticks);
        }
        let told = collected.filter(|_| self.set_due_at(collected).is_some_and(|at| at <= ticks));
        let run = self.run(hub, signed);
        self.announced = Some(signed.range.clone());
        self.announced_at = Some(ticks);
        if let Some(told) = told {
            self.announced_set = told.set.rank();
            self.better_set_since = None;
        }
        Some(Announcement {
            run,
            asks_cosigning,
            cosigned: told.map(|told| told.set.clone()),
        })
    }

    /// All records since the last announcement if they fit, else the checkpoint alone.
    fn run(&self, hub: HubCode, signed: &Covered) -> Run {
        let size = signed.checkpoint.size;
        let since = usize::try_from(size - self.announced_size()).unwrap_or(usize::MAX);
        // The tail may already hold records beyond the signed size; those wait for their own checkpoint.
        let unsigned = usize::try_from(self.tail_end.saturating_sub(size)).unwrap_or(usize::MAX);
        let newest = self.tail.iter().rev().skip(unsigned).take(since);
        let enough = fits(newest.clone()) == since;
        let (start, left, records): (_, _, Vec<Bytes>) = match &self.announced {
            Some(range) if enough => (range.size(), range.hashes().to_vec(), newest.rev().cloned().collect()),
            _ => (size, signed.range.hashes().to_vec(), Vec::new()),
        };
        let leaves = records.iter().map(|record| leaf_hash(record)).collect();
        Run {
            hub,
            checkpoint: signed.checkpoint.clone(),
            start,
            left,
            records,
            leaves,
        }
    }

    fn announced_size(&self) -> u64 {
        self.announced.as_ref().map_or(0, CompactRange::size)
    }

    fn may_ask_at(&self) -> Duration {
        self.asked_at.map_or(Duration::ZERO, |last| last + COSIGN_EVERY)
    }
}

fn rank(collected: Option<Collected<'_>>) -> (u32, u64, usize) {
    collected.map_or((0, 0, 0), |collected| collected.set.rank())
}

#[cfg(test)]
mod tests;
