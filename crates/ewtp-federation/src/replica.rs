//! Our copy of another hub's log.
//!
//! A replica grows only by verified runs that continue it, so each of its records is proven to lie under a checkpoint
//! that the hub signed. What it *covers* is the newest signed checkpoint whose every record it has; what it *serves*
//! is the newest such checkpoint that is durable, and only that is ever told to others.

mod growth;
mod window;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use ewtp_log::{CompactRange, Hash, Tree};
use ewtp_record::{HubCode, LogId};

use crate::checkpoint::{CosignedCheckpoint, SignedCheckpoint};
use crate::commit::{CommitId, Fact, Item, RestoredLog, Split};
use crate::run::{Run, Verified};
use window::Window;

/// A signed checkpoint whose every record is here, with the compact range that proofs are completed from.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    pub(crate) checkpoint: SignedCheckpoint,
    pub(crate) range: CompactRange,
}

/// What a run did to a replica.
#[derive(Debug)]
pub(crate) enum Advance {
    /// New records, or a newly covered checkpoint: make these durable.
    Extended(Vec<Item>),
    /// Nothing that we do not have.
    Known,
    /// It lies ahead of what we have; the records between must be pulled.
    Gap,
    /// The hub signed two histories.
    Split(Box<Split>),
}

/// A checkpoint ahead of what we have.
#[derive(Debug)]
struct Head {
    checkpoint: SignedCheckpoint,
    /// The hub wants it cosigned.
    is_asked: bool,
}

#[derive(Debug)]
struct InFlight {
    commit: CommitId,
    size: u64,
    bytes: usize,
    covered: Option<Covered>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Replica {
    hub: HubCode,
    epoch: u32,
    tree: Tree,
    /// Checkpoints that wait for records, by size. Mostly there is none or one; the map keeps room for eleven.
    heads: BTreeMap<u64, Box<Head>>,
    covered: Option<Covered>,
    served: Option<Covered>,
    durable: u64,
    in_flight: VecDeque<InFlight>,
    window: Window,
    cosigned: Option<CosignedCheckpoint>,
    /// The newest checkpoint passed that the hub wants cosigned, until the records below it are durable.
    asked: Option<SignedCheckpoint>,
    split: Option<Split>,
    pub(crate) examined_to: u64,
    /// Bytes of the records appended.
    bytes: u64,
    /// How many of them may be kept.
    bytes_max: u64,
    /// A run was refused because there are too many of them.
    is_full: bool,
}

impl Replica {
    pub(crate) fn new(hub: HubCode) -> Self {
        Self {
            hub,
            epoch: 0,
            tree: Tree::new(),
            heads: BTreeMap::new(),
            covered: None,
            served: None,
            durable: 0,
            in_flight: VecDeque::new(),
            window: Window::default(),
            cosigned: None,
            asked: None,
            split: None,
            examined_to: 0,
            bytes: 0,
            bytes_max: u64::MAX,
            is_full: false,
        }
    }

    pub(crate) fn restore(log: RestoredLog) -> Self {
        let RestoredLog {
            log: id,
            tree,
            facts,
            checkpoint_range,
            examined_to,
            bytes,
            ..
        } = log;
        let covered = facts
            .checkpoint
            .zip(checkpoint_range)
            .map(|(checkpoint, range)| Covered { checkpoint, range });
        let durable = tree.size();
        let fresh = Self::new(id.hub);
        Self {
            epoch: id.epoch,
            tree,
            served: covered.clone(),
            covered,
            durable,
            cosigned: facts.cosigned,
            split: facts.split,
            examined_to,
            bytes,
            ..fresh
        }
    }

    pub(crate) fn log(&self) -> LogId {
        LogId {
            hub: self.hub,
            epoch: self.epoch,
        }
    }

    /// Records appended, durable or on their way to the disk.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Records that are on disk.
    pub(crate) fn durable(&self) -> u64 {
        self.durable
    }

    pub(crate) fn served(&self) -> Option<&Covered> {
        self.served.as_ref()
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn cosigned(&self) -> Option<&CosignedCheckpoint> {
        self.cosigned.as_ref()
    }

    pub(crate) fn split(&self) -> Option<&Split> {
        self.split.as_ref()
    }

    /// The largest size that a checkpoint seen here promises.
    pub(crate) fn promised(&self) -> u64 {
        if self.heads.is_empty() {
            return self.size(); // the usual case, without a look at where heads were
        }
        self.heads
            .last_key_value()
            .map_or_else(|| self.size(), |(size, _)| *size)
    }

    /// Bytes of runs that wait for an earlier one.
    pub(crate) fn window_bytes(&self) -> usize {
        self.window.cost()
    }

    /// So many bytes are free for windows of all logs, and so many may be kept of the records of this one. What waits never
    /// needs more room than the log has left.
    pub(crate) fn give_room(&mut self, window_bytes: usize, bytes_max: u64) {
        let left = usize::try_from(bytes_max.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
        self.window.give_room(window_bytes, left);
        self.bytes_max = bytes_max;
    }

    /// Whether a run fits into what may be kept of this log. One that would continue it and does not fit fills it: until it is
    /// not needed any more nothing of the log is asked for, so that nothing is pulled in vain again and again.
    pub(crate) fn takes(&mut self, run: &Run) -> bool {
        let known = self.size().checked_sub(run.start);
        let Some(known) = known.filter(|_| run.end() > self.size()) else {
            return true; // nothing to keep now
        };
        let known = usize::try_from(known).expect("a run is shorter than a frame");
        let new: usize = run.records[known..].iter().map(Bytes::len).sum();
        let fits = self.bytes + new as u64 <= self.bytes_max;
        self.is_full |= !fits;
        fits
    }

    /// Whether records are missing here that were refused because of what may be kept of this log.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full && self.size() < self.promised()
    }

    /// Whether the next run that comes too early would not find room.
    pub(crate) fn window_is_full(&self) -> bool {
        self.window.is_full()
    }

    /// How many checkpoints wait for records.
    pub(crate) fn heads(&self) -> usize {
        self.heads.len()
    }

    /// Where a missing stretch begins and ends between what is here, what waits in the window and `goal`.
    pub(crate) fn next_gap(&self, from: u64, goal: u64) -> Option<(u64, u64)> {
        self.window.next_gap(from.max(self.size()), goal)
    }

    /// Whether a checkpoint says something that is not known here: a larger size, or another root.
    pub(crate) fn is_news(&self, checkpoint: &SignedCheckpoint) -> bool {
        if self.split.is_some() || checkpoint.epoch != self.epoch {
            return false;
        }
        let covered = self.covered.as_ref().map(|covered| &covered.checkpoint);
        let known = self.heads.get(&checkpoint.size).map(|head| &head.checkpoint);
        let same = covered.filter(|covered| covered.size == checkpoint.size).or(known);
        match same {
            Some(same) => same.root != checkpoint.root,
            None if checkpoint.size >= self.size() => true,
            None => self.tree.contradicts(checkpoint.size, checkpoint.root),
        }
    }

    /// The root that the hub signed at a size, as far as it is still at hand.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        let ahead = self.heads.get(&size).map(|head| &head.checkpoint);
        let covered = self.covered.as_ref().map(|covered| &covered.checkpoint);
        let signed = ahead.or_else(|| covered.filter(|covered| covered.size == size));
        signed
            .map(|checkpoint| checkpoint.root)
            .or_else(|| self.tree.range_at(size).ok().map(|range| range.root()))
    }

    /// Takes a verified set of cosignatures if it is better than the one held.
    pub(crate) fn adopt_cosigned(&mut self, cosigned: Verified<CosignedCheckpoint>) -> Option<Fact> {
        if !self.is_better(&cosigned) {
            return None;
        }
        let checkpoint = cosigned.into_inner();
        self.cosigned = Some(checkpoint.clone());
        Some(Fact::Cosigned(self.hub, checkpoint))
    }

    /// Whether a set of cosignatures reaches further than the one held.
    pub(crate) fn is_better(&self, offered: &CosignedCheckpoint) -> bool {
        let held = self.cosigned.as_ref().map_or((0, 0, 0), CosignedCheckpoint::rank);
        offered.checkpoint.epoch == self.epoch && offered.rank() > held
    }

    /// Remembers that a commit of this replica's items is on its way to the disk.
    pub(crate) fn committing(&mut self, commit: CommitId, bytes: usize) {
        let covered = self.covered.clone();
        self.in_flight.push_back(InFlight {
            commit,
            size: self.size(),
            bytes,
            covered,
        });
    }

    /// The commit is durable. Returns the bytes that it held.
    pub(crate) fn committed(&mut self, commit: CommitId) -> usize {
        let mut bytes = 0;
        // Commits of one log become durable in order, so everything up to this one is.
        while self.in_flight.front().is_some_and(|first| first.commit <= commit) {
            let done = self.in_flight.pop_front().expect("the front was just looked at");
            self.durable = done.size;
            self.served = done.covered.or_else(|| self.served.take());
            bytes += done.bytes;
        }
        bytes
    }

    /// The checkpoint that the hub wants cosigned, once the records below it are durable.
    pub(crate) fn take_asked(&mut self) -> Option<SignedCheckpoint> {
        let durable = self.durable;
        self.asked.take_if(|asked| asked.size <= durable)
    }
}

#[cfg(test)]
mod tests;
