//! Which announcements are passed on: each signed checkpoint a few times, whatever unsigned bytes are put around it, and
//! each hub within its share.
//!
//! What of an announcement is not signed (the wish to be cosigned, where the run begins, who stands in the set) anyone can
//! change, and each change is another message to gossip. So a relay counts what the hub signed. A checkpoint is passed on
//! once, once more when it asks for cosignatures and did not before, and once when it brings the records that the node
//! lacks: a copy stripped of them must not keep the whole one from the others. A set is passed on when it is better than
//! every set before. spec: announcement R11, R16

use std::collections::VecDeque;
use std::time::Duration;

use ewtp_log::Hash;
use ewtp_record::{ByHub, HubCode};

use crate::bucket::Bucket;
use crate::checkpoint::SignedCheckpoint;
use crate::limits::{FORWARDED_MAX, FORWARDED_OF_HUB, FORWARDED_SPARE};

/// How far a set of cosignatures reaches: epoch, size, witnesses.
pub(crate) type SetRank = (u32, u64, usize);

/// What an announcement has to say to a node, as far as its own state can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// Its checkpoint is not below what the node holds.
    pub(crate) is_recent: bool,
    /// It asks for cosignatures.
    pub(crate) asks: bool,
    /// Its records continue what the node holds.
    pub(crate) brings_records: bool,
    /// Its set, when it is better than the one held.
    pub(crate) set: Option<SetRank>,
    /// What it costs to pass on.
    pub(crate) bytes: u64,
}

/// A checkpoint, named by epoch, size and root.
type Name = (u32, u64, Hash);

#[derive(Clone, Copy, Debug)]
struct Passed {
    checkpoint: Name,
    asking: bool,
    with_records: bool,
}

#[derive(Debug, Default)]
struct OfHub {
    /// Sorted by name. Nearly all that come are the newest, or come next to it.
    checkpoints: VecDeque<Passed>,
    /// Epoch and size up to which checkpoints were forgotten; they are not passed on any more.
    forgotten: (u32, u64),
    set: SetRank,
    share: Bucket,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    hubs: ByHub<OfHub>,
    /// What nobody's share is. A hub beyond its own takes from here, so that quotas bind only under contention.
    spare: Bucket,
}

impl Forwarding {
    /// Whether an announcement of a carried hub is to be passed on; it counts as passed on then.
    pub(crate) fn may_pass(
        &mut self,
        hub: HubCode,
        checkpoint: &SignedCheckpoint,
        news: News,
        ticks: Duration,
    ) -> bool {
        let of_hub = self.hubs.get_or_insert_with(hub, OfHub::default);
        let is_new = of_hub.is_new(checkpoint, &news);
        let free = is_new
            && (of_hub.share.take(news.bytes, &FORWARDED_OF_HUB, ticks)
                || self.spare.take(news.bytes, &FORWARDED_SPARE, ticks));
        if free {
            of_hub.note(checkpoint, &news);
        }
        free
    }
}

impl OfHub {
    fn is_new(&self, checkpoint: &SignedCheckpoint, news: &News) -> bool {
        let SignedCheckpoint { epoch, size, root, .. } = *checkpoint;
        if news.set.is_some_and(|rank| rank > self.set) {
            return true;
        }
        if (epoch, size) <= self.forgotten {
            return false;
        }
        let Ok(place) = self.place((epoch, size, root)) else {
            return news.is_recent;
        };
        let passed = self.checkpoints[place];
        (news.is_recent && news.asks && !passed.asking) || (news.brings_records && !passed.with_records)
    }

    fn note(&mut self, checkpoint: &SignedCheckpoint, news: &News) {
        let SignedCheckpoint { epoch, size, root, .. } = *checkpoint;
        self.set = self.set.max(news.set.unwrap_or_default());
        if (epoch, size) <= self.forgotten {
            return;
        }
        let checkpoint = (epoch, size, root);
        let place = self.place(checkpoint).unwrap_or_else(|place| {
            let fresh = Passed {
                checkpoint,
                asking: false,
                with_records: false,
            };
            self.checkpoints.insert(place, fresh);
            place
        });
        let passed = &mut self.checkpoints[place];
        passed.asking |= news.asks;
        passed.with_records |= news.brings_records;
        if self.checkpoints.len() > FORWARDED_MAX
            && let Some(Passed { checkpoint, .. }) = self.checkpoints.pop_front()
        {
            let (epoch, size, _) = checkpoint;
            self.forgotten = (epoch, size);
        }
    }

    /// Where a checkpoint stands, or else where it belongs. Looked for from the newest on.
    fn place(&self, checkpoint: Name) -> Result<usize, usize> {
        let older = self
            .checkpoints
            .iter()
            .rposition(|passed| passed.checkpoint <= checkpoint);
        match older {
            Some(place) if self.checkpoints[place].checkpoint == checkpoint => Ok(place),
            Some(place) => Err(place + 1),
            None => Err(0),
        }
    }
}

#[cfg(test)]
mod tests;
