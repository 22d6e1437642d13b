//! Watches a run from outside: counts, latencies, the trace, and what hubs sign and say of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;

use ewtp_federation::{Issued, SigningKey};
use ewtp_record::{Position, RecordId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::bounds::Bounds;

/// How often each kind of fault was injected. One that stays zero over many seeds was never tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaultCounts {
    /// Gossip messages that did not arrive.
    pub lost: u64,
    /// Gossip messages that arrived twice.
    pub duplicated: u64,
    /// Gossip messages that overtook an earlier one.
    pub reordered: u64,
    /// Partitions in both directions.
    pub partitions: u64,
    /// Partitions in one direction.
    pub one_way_partitions: u64,
    /// Processes killed.
    pub crashes: u64,
    /// Commits on their way to the disk that a crash lost.
    pub commits_lost: u64,
    /// Clocks set wrong.
    pub skews: u64,
    /// Processes that stood still for a while.
    pub pauses: u64,
    /// Hubs that turned hostile.
    pub hostile_hubs: u64,
    /// What hostile hubs sent of their own making.
    pub forgeries: u64,
    /// How often one of them was blamed for it.
    pub blamed: u64,
}

/// What the trace tells apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Boot,
    Crash,
    Publish,
    Gossip,
    Stream,
    Durable,
    Sign,
}

/// Everything observed. Nothing here feeds back into the run.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    trace: Sha256,
    latencies_us: Vec<u32>,
    /// Largest size and its root that each key signed for each log.
    signed: BTreeMap<(usize, bool, String), (u64, String)>,
    /// Hubs that did sign two histories of their own log.
    two_faced: BTreeSet<usize>,
    /// Hubs that were hostile at some time: what they sent may be blamed long after.
    hostile: BTreeSet<usize>,
    convicted: BTreeSet<usize>,
    falsely_convicted: BTreeSet<usize>,
    pub(crate) acknowledged: Vec<(RecordId, Position)>,
    pub(crate) faults: FaultCounts,
    pub(crate) bounds: Bounds,
    pub(crate) violations: Vec<String>,
}

impl Observer {
    /// Invariant 11: adds one event to the trace, which must be equal for equal seeds.
    pub(crate) fn trace(&mut self, at: Duration, hub: usize, what: What, detail: &[u8]) {
        let mut head = [0; 17];
        head[0] = what as u8;
        head[1..9].copy_from_slice(&(hub as u64).to_be_bytes());
        head[9..].copy_from_slice(&u64::try_from(at.as_micros()).unwrap_or(u64::MAX).to_be_bytes());
        self.trace.update(head);
        self.trace.update(detail);
    }

    pub(crate) fn trace_hash(&self) -> [u8; 32] {
        self.trace.clone().finalize().into()
    }

    /// A hub got an announcement for the first time, so long after it was published.
    pub(crate) fn delivered(&mut self, after: Duration) {
        self.latencies_us
            .push(u32::try_from(after.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn deliveries(&self) -> usize {
        self.latencies_us.len()
    }

    /// The latency that a share of all deliveries did not exceed, in milliseconds.
    pub(crate) fn latency_ms(&mut self, share: f64) -> f64 {
        if self.latencies_us.is_empty() {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is an index"
        )]
        let index = ((self.latencies_us.len() - 1) as f64 * share) as usize;
        let (_, latency, _) = self.latencies_us.select_nth_unstable(index);
        f64::from(*latency) / 1000.0
    }

    /// Invariant 1: no key ever signs two roots for one size, nor a smaller tree after a larger one, through crashes.
    pub(crate) fn signs(&mut self, hub: usize, key: SigningKey, message: &[u8]) {
        let Some((origin, size, root)) = checkpoint_in(key, message) else {
            return self.violations.push(format!("hub {hub} signs what is no checkpoint"));
        };
        let by_witness = key == SigningKey::Witness;
        let last = self.signed.entry((hub, by_witness, origin.clone())).or_default();
        if size < last.0 || (size == last.0 && root != last.1) {
            let (signed, _) = last;
            self.violations
                .push(format!("hub {hub} signs size {size} of {origin} after {signed}"));
            if !by_witness {
                self.two_faced.insert(hub);
            }
        }
        *last = (size, root);
    }

    /// Invariant 4: nobody is accused of two histories who did not sign two.
    pub(crate) fn accuses(&mut self, hub: usize, accused: usize) {
        self.convicted.insert(accused);
        if !self.two_faced.contains(&accused) {
            self.falsely_convicted.insert(accused);
            self.violations.push(format!(
                "hub {hub} accuses hub {accused} of two histories, which it did not sign"
            ));
        }
    }

    pub(crate) fn turns_hostile(&mut self, hub: usize) {
        self.hostile.insert(hub);
        self.faults.hostile_hubs += 1;
    }

    /// Invariant 4: nobody is blamed for breaking a rule but who was hostile. What a hostile hub says is no news, because
    /// the answers to its forgeries are answers to questions that its engine never asked.
    pub(crate) fn blames(&mut self, hub: usize, blamed: usize, why: &dyn Display) {
        if self.hostile.contains(&hub) {
            return;
        }
        if self.hostile.contains(&blamed) {
            self.faults.blamed += 1;
        } else {
            self.violations.push(format!("hub {hub} blames hub {blamed}: {why}"));
        }
    }

    pub(crate) fn convicted(&self) -> usize {
        self.convicted.len()
    }

    pub(crate) fn falsely_convicted(&self) -> usize {
        self.falsely_convicted.len()
    }

    pub(crate) fn issued(&mut self, answers: &[Issued]) {
        for answer in answers {
            if let Issued::Logged { id, position } = answer {
                self.acknowledged.push((*id, *position));
            }
        }
    }
}

/// Origin, size and root of the checkpoint that a key is asked to sign.
fn checkpoint_in(key: SigningKey, message: &[u8]) -> Option<(String, u64, String)> {
    let text = str::from_utf8(message).ok()?;
    let body = match key {
        SigningKey::Log => text,
        SigningKey::Witness => text.splitn(3, '\n').nth(2)?, // behind two lines: cosignature/v1, time
    };
    let mut lines = body.lines();
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    Some((origin.to_owned(), size.parse().ok()?, root.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(signed: &[(SigningKey, &str)]) -> usize {
        let mut observer = Observer::default();
        for (key, message) in signed {
            observer.signs(0, *key, message.as_bytes());
        }
        observer.violations.len()
    }

    #[test]
    fn a_key_that_signs_two_roots_or_a_smaller_size_breaks_a_promise() {
        use SigningKey::{Log, Witness};
        assert_eq!(
            violations(&[(Log, "o\n1\na\n"), (Log, "o\n1\na\n"), (Log, "o\n2\nb\n")]),
            0
        );
        assert_eq!(violations(&[(Log, "o\n1\na\n"), (Log, "o\n1\nb\n")]), 1);
        assert_eq!(violations(&[(Log, "o\n2\na\n"), (Log, "o\n1\nb\n")]), 1);
        let cosigned = |body: &str| format!("cosignature/v1\ntime 7\n{body}");
        let (one, other) = (cosigned("o\n1\na\n"), cosigned("o\n1\nb\n"));
        assert_eq!(violations(&[(Witness, &one), (Log, "o\n1\nb\n"), (Witness, &one)]), 0);
        assert_eq!(violations(&[(Witness, &one), (Witness, &other)]), 1);
        assert_eq!(violations(&[(Log, "hello")]), 1);
    }

    #[test]
    fn an_accusation_is_false_unless_the_accused_signed_two_histories() {
        let mut observer = Observer::default();
        observer.accuses(1, 0);
        assert_eq!((observer.convicted(), observer.falsely_convicted()), (1, 1));
        assert_eq!(observer.violations.len(), 1);

        let mut observer = Observer::default();
        observer.signs(0, SigningKey::Log, b"o\n1\na\n");
        observer.signs(0, SigningKey::Log, b"o\n1\nb\n");
        observer.accuses(1, 0);
        assert_eq!((observer.convicted(), observer.falsely_convicted()), (1, 0));
    }

    #[test]
    fn the_trace_tells_time_hub_kind_and_content_apart() {
        let hash = |at: u64, hub, what, detail: &[u8]| {
            let mut observer = Observer::default();
            observer.trace(Duration::from_micros(at), hub, what, detail);
            observer.trace_hash()
        };
        let one = hash(1, 1, What::Gossip, b"a");
        assert_eq!(one, hash(1, 1, What::Gossip, b"a"));
        assert!(![hash(2, 1, What::Gossip, b"a"), hash(1, 2, What::Gossip, b"a")].contains(&one));
        assert!(![hash(1, 1, What::Sign, b"a"), hash(1, 1, What::Gossip, b"b")].contains(&one));
    }
}
