//! What hubs sent each other over a run: contents only.
//!
//! Not counted is what a network adds: the headers of packets, encryption and multiplexing, gossipsub's own control
//! messages, and the copies of a message that IDONTWANT holds back.

use std::time::Duration;

use serde::Serialize;

use crate::links::Links;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Traffic {
    /// Bytes of gossip over all links.
    pub gossip_bytes: u64,
    /// Bytes on streams over all links: frontiers, questions, ranges and bundles.
    pub sync_bytes: u64,
    /// What one hub sent, on average over hubs and time, in bits a second. It receives as much.
    pub node_bits_per_second: f64,
    /// What the busiest hub sent and received together, on average over time, in bits a second.
    pub busiest_node_bits_per_second: f64,
}

impl Traffic {
    /// Counts what all links carried up to now.
    pub(crate) fn measure(links: &Links, hubs: usize, over: Duration) -> Self {
        let mut traffic = Self::default();
        let mut of_hub = vec![0u64; hubs];
        for hub in 0..hubs {
            for link in links.from(hub) {
                traffic.gossip_bytes += link.gossip_bytes;
                traffic.sync_bytes += link.sync_bytes;
                of_hub[hub] += link.bytes();
                of_hub[link.to] += link.bytes();
            }
        }
        let bits_per_second = |bytes: u64| bytes as f64 * 8.0 / over.as_secs_f64().max(1.0);
        let sent = traffic.gossip_bytes + traffic.sync_bytes;
        traffic.node_bits_per_second = bits_per_second(sent) / hubs as f64;
        traffic.busiest_node_bits_per_second = bits_per_second(of_hub.into_iter().max().unwrap_or(0));
        traffic
    }
}
