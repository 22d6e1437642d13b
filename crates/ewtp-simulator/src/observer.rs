//! Watches a run from outside: counts, latencies, the trace, and the promises that no hub may break.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ewtp_federation::{Issued, SigningKey};
use ewtp_record::{Position, RecordId};
use sha2::{Digest as _, Sha256};

use crate::hub::GossipKey;

/// Everything observed. Nothing here feeds back into the run.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    trace: Sha256,
    announcements: HashMap<GossipKey, Announced>,
    latencies: Vec<u32>,
    pub(crate) deliveries: u64,
    /// Largest size and its root that each key signed for each log.
    signed: BTreeMap<(usize, bool, String), (u64, String)>,
    pub(crate) acknowledged: Vec<(RecordId, Position)>,
    pub(crate) violations: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Announced {
    at: Duration,
    received: usize,
}

impl Observer {
    /// Adds one event to the trace: equal seeds must give equal traces.
    pub(crate) fn trace(&mut self, at: Duration, hub: usize, what: &str) {
        self.trace.update(at.as_micros().to_be_bytes());
        self.trace.update((hub as u64).to_be_bytes());
        self.trace.update(what.as_bytes());
    }

    pub(crate) fn trace_hash(&self) -> [u8; 32] {
        self.trace.clone().finalize().into()
    }

    pub(crate) fn announced(&mut self, key: GossipKey, at: Duration) {
        self.announcements.entry(key).or_insert(Announced { at, received: 0 });
    }

    /// A hub got a gossip message for the first time.
    pub(crate) fn delivered(&mut self, key: GossipKey, at: Duration) {
        if let Some(announced) = self.announcements.get_mut(&key) {
            announced.received += 1;
            self.deliveries += 1;
            let micros = at.saturating_sub(announced.at).as_micros();
            self.latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
        }
    }

    pub(crate) fn announcements(&self) -> usize {
        self.announcements.len()
    }

    /// Announcements that some of the `others` hubs never got by gossip, counted for each of these.
    pub(crate) fn missed(&self, others: usize) -> u64 {
        let expected = (self.announcements.len() * others) as u64;
        expected.saturating_sub(self.deliveries)
    }

    /// The latency that a share of all deliveries did not exceed, in milliseconds.
    pub(crate) fn latency_ms(&mut self, share: f64) -> f64 {
        if self.latencies.is_empty() {
            return 0.0;
        }
        self.latencies.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is an index"
        )]
        let index = ((self.latencies.len() - 1) as f64 * share) as usize;
        f64::from(self.latencies[index]) / 1000.0
    }

    /// Invariant 1: no key ever signs two roots for one size, nor a smaller tree after a larger one, through crashes.
    pub(crate) fn signs(&mut self, hub: usize, key: SigningKey, message: &[u8]) {
        let text = String::from_utf8_lossy(message);
        let body = match key {
            SigningKey::Log => text.as_ref(),
            SigningKey::Witness => text.splitn(3, '\n').nth(2).unwrap_or_default(),
        };
        let mut lines = body.lines();
        let (origin, size, root) = (
            lines.next(),
            lines.next().and_then(|size| size.parse().ok()),
            lines.next(),
        );
        let (Some(origin), Some(size), Some(root)) = (origin, size, root) else {
            return self.violations.push(format!("hub {hub} signs what is no checkpoint"));
        };
        let last = self
            .signed
            .entry((hub, key == SigningKey::Witness, origin.to_owned()))
            .or_default();
        if size < last.0 || (size == last.0 && root != last.1) {
            let (signed, _) = last;
            self.violations
                .push(format!("hub {hub} signs size {size} of {origin} after {signed}"));
        }
        *last = (size, root.to_owned());
    }

    pub(crate) fn issued(&mut self, answers: &[Issued]) {
        for answer in answers {
            if let Issued::Logged { id, position } = answer {
                self.acknowledged.push((*id, *position));
            }
        }
    }
}
