//! The nodes we are connected to: whose they are, what they said they hold, and what we told them.

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey};

use crate::frontier::{Frontier, FrontierEntry};
use crate::limits::{PEER_REST, REQUESTS_PER_PEER_MAX, SERVINGS_PER_PEER_MAX};

/// One connected node.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) hub: HubCode,
    /// What it told us it holds.
    pub(crate) holds: BTreeMap<HubCode, FrontierEntry>,
    /// What we told it that we hold: messages on one connection arrive in order, so it knows this.
    pub(crate) told: Frontier,
    pub(crate) digest_sent: Option<Duration>,
    /// Range requests of ours on their way.
    pub(crate) fetching: usize,
    /// Range requests of its that we are serving.
    pub(crate) serving: usize,
    resting: BTreeMap<HubCode, Duration>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    connected: BTreeMap<NodeKey, Peer>,
}

impl Peers {
    pub(crate) fn connect(&mut self, node: NodeKey, hub: HubCode) {
        let peer = Peer {
            hub,
            holds: BTreeMap::new(),
            told: Frontier::default(),
            digest_sent: None,
            fetching: 0,
            serving: 0,
            resting: BTreeMap::new(),
        };
        self.connected.insert(node, peer);
    }

    pub(crate) fn disconnect(&mut self, node: NodeKey) {
        self.connected.remove(&node);
    }

    pub(crate) fn get_mut(&mut self, node: NodeKey) -> Option<&mut Peer> {
        self.connected.get_mut(&node)
    }

    pub(crate) fn nodes(&self) -> Vec<NodeKey> {
        self.connected.keys().copied().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeKey, &Peer)> {
        self.connected.iter().map(|(node, peer)| (*node, peer))
    }

    /// A connected node of a hub.
    pub(crate) fn of_hub(&self, hub: HubCode) -> Option<NodeKey> {
        self.connected
            .iter()
            .find(|(_, peer)| peer.hub == hub)
            .map(|(node, _)| *node)
    }

    /// A hub's own nodes hold at least what the hub announced: it was durable there before it was signed.
    pub(crate) fn announced(&mut self, hub: HubCode, entry: FrontierEntry) {
        for peer in self.connected.values_mut().filter(|peer| peer.hub == hub) {
            let held = peer.holds.entry(hub).or_insert(entry);
            if (held.epoch, held.size) < (entry.epoch, entry.size) {
                *held = entry;
            }
        }
    }

    /// The largest size of a log that some peer can serve now.
    pub(crate) fn goal(&self, hub: HubCode, epoch: u32) -> u64 {
        let sizes = self.connected.values().filter_map(|peer| peer.can_serve(hub, epoch));
        sizes.max().unwrap_or(0)
    }

    /// The least busy peer that holds more of a log than `from`, with the size that it holds.
    pub(crate) fn source(&self, hub: HubCode, epoch: u32, from: u64) -> Option<(NodeKey, u64)> {
        let able = self.connected.iter().filter_map(|(node, peer)| {
            let size = peer.can_serve(hub, epoch).filter(|size| *size > from)?;
            (peer.fetching < REQUESTS_PER_PEER_MAX).then_some((peer.fetching, std::cmp::Reverse(size), *node))
        });
        able.min().map(|(_, size, node)| (node, size.0))
    }

    /// The next moment at which a resting peer may be asked again.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.connected
            .values()
            .flat_map(|peer| peer.resting.values())
            .min()
            .copied()
    }

    /// The logs that some peer may be asked for again.
    pub(crate) fn take_rested(&mut self, ticks: Duration) -> Vec<HubCode> {
        let mut rested = Vec::new();
        for peer in self.connected.values_mut() {
            rested.extend(
                peer.resting
                    .extract_if(.., |_, until| *until <= ticks)
                    .map(|(hub, _)| hub),
            );
        }
        rested
    }
}

impl Peer {
    fn can_serve(&self, hub: HubCode, epoch: u32) -> Option<u64> {
        let held = self.holds.get(&hub).filter(|held| held.epoch == epoch)?;
        (!self.resting.contains_key(&hub)).then_some(held.size)
    }

    /// The peer did not deliver: leave it in peace about this log for a moment.
    pub(crate) fn rest(&mut self, hub: HubCode, ticks: Duration) {
        self.resting.insert(hub, ticks + PEER_REST);
    }

    /// Takes on one more serving, unless there are too many.
    pub(crate) fn begin_serving(&mut self) -> bool {
        let free = self.serving < SERVINGS_PER_PEER_MAX;
        self.serving += usize::from(free);
        free
    }
}
