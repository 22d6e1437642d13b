//! Invariant 10: what a peer sends us and what an engine keeps in memory is bounded, whatever happens.

use std::time::Duration;

use ewtp_federation::{Memory, limits};
use serde::Serialize;

/// How often the engines' memory is looked at.
pub(crate) const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// Bytes a second that one hub may send another on average over a run: what a link of 1 Mbit/s carries.
const PEER_BYTES_PER_SECOND_MAX: u64 = 128 * 1024;

/// One commit may pass the bound of what is on its way to the disk: a whole announcement or bundle.
const COMMIT_BYTES_MAX: usize = limits::WINDOW_BYTES_MAX;

/// The largest of everything that must stay bounded, over all hubs and the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Bytes of a gossip message.
    pub gossip_bytes: usize,
    /// Bytes of a control message.
    pub frame_bytes: usize,
    /// Bytes of a bundle frame.
    pub bundle_bytes: usize,
    /// Bytes that one hub sent another in a second, on average over the run.
    pub peer_bytes_per_second: u64,
    /// Bytes of bundles of one log that waited for an earlier one.
    pub window_bytes: usize,
    /// Bytes on their way to the disk.
    pub uncommitted_bytes: usize,
    /// Checkpoints of one log that waited for records.
    pub heads: usize,
    /// Range requests to one peer at a time.
    pub requests: usize,
    /// Range requests of one peer served at a time.
    pub servings: usize,
    /// Records of the own log that waited for their commit.
    pub waiting_records: usize,
}

impl Bounds {
    pub(crate) fn gossiped(&mut self, bytes: usize) {
        self.gossip_bytes = self.gossip_bytes.max(bytes);
    }

    pub(crate) fn sent_frame(&mut self, bytes: usize) {
        self.frame_bytes = self.frame_bytes.max(bytes);
    }

    pub(crate) fn sent_bundle(&mut self, bytes: usize) {
        self.bundle_bytes = self.bundle_bytes.max(bytes);
    }

    /// Notes the busiest direction of a link.
    pub(crate) fn carried(&mut self, bytes: u64, over: Duration) {
        let rate = bytes / over.as_secs().max(1);
        self.peer_bytes_per_second = self.peer_bytes_per_second.max(rate);
    }

    pub(crate) fn measured(&mut self, memory: &Memory) {
        let Memory {
            window_bytes,
            uncommitted_bytes,
            heads,
            requests,
            servings,
            waiting_records,
        } = *memory;
        self.window_bytes = self.window_bytes.max(window_bytes);
        self.uncommitted_bytes = self.uncommitted_bytes.max(uncommitted_bytes);
        self.heads = self.heads.max(heads);
        self.requests = self.requests.max(requests);
        self.servings = self.servings.max(servings);
        self.waiting_records = self.waiting_records.max(waiting_records);
    }

    /// Every bound that was passed, in words.
    pub(crate) fn passed(&self) -> Vec<String> {
        let count = |of: usize| of as u64;
        let bounds = [
            (
                "bytes of a gossip message",
                count(self.gossip_bytes),
                limits::ANNOUNCEMENT_BYTES_MAX,
            ),
            (
                "bytes of a control message",
                count(self.frame_bytes),
                limits::MESSAGE_BYTES_MAX,
            ),
            (
                "bytes of a bundle",
                count(self.bundle_bytes),
                limits::BUNDLE_FRAME_BYTES_MAX,
            ),
            (
                "bytes of waiting bundles",
                count(self.window_bytes),
                limits::WINDOW_BYTES_MAX,
            ),
            (
                "bytes on their way to the disk",
                count(self.uncommitted_bytes),
                limits::UNCOMMITTED_BYTES_MAX + COMMIT_BYTES_MAX,
            ),
            ("waiting checkpoints", count(self.heads), limits::HEADS_MAX),
            (
                "requests to one peer",
                count(self.requests),
                limits::REQUESTS_PER_PEER_MAX,
            ),
            (
                "servings of one peer",
                count(self.servings),
                limits::SERVINGS_PER_PEER_MAX,
            ),
            (
                "waiting records",
                count(self.waiting_records),
                limits::JOURNAL_WAITING_MAX,
            ),
        ];
        let mut passed: Vec<String> = bounds
            .into_iter()
            .filter(|(_, seen, bound)| *seen > count(*bound))
            .map(|(what, seen, bound)| format!("{seen} {what}, above the bound of {bound}"))
            .collect();
        let rate = self.peer_bytes_per_second;
        if rate > PEER_BYTES_PER_SECOND_MAX {
            passed.push(format!(
                "{rate} bytes a second to one peer, above {PEER_BYTES_PER_SECOND_MAX}"
            ));
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_bound_is_told() {
        let mut bounds = Bounds::default();
        bounds.gossiped(limits::ANNOUNCEMENT_BYTES_MAX);
        bounds.carried(1 << 20, Duration::from_secs(60));
        assert_eq!(bounds.passed(), Vec::<String>::new());
        bounds.gossiped(limits::ANNOUNCEMENT_BYTES_MAX + 1);
        bounds.carried(1 << 30, Duration::from_secs(60));
        bounds.measured(&Memory {
            window_bytes: limits::WINDOW_BYTES_MAX + 1,
            requests: limits::REQUESTS_PER_PEER_MAX + 1,
            ..Memory::default()
        });
        assert_eq!(bounds.passed().len(), 4, "{:?}", bounds.passed());
    }
}
