//! Keeps what `faults/<HUB>.json` says in memory, where the network asks for it at every turn.

use crate::faults::{self, POLL_INTERVAL, Road, Roads};
use crate::state::Testnet;
use anyhow::{Context, Result};
use ewtp_network::{LinkFaults, LinkState};
use ewtp_record::NodeKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// The roads out of one hub by the identity of the neighbour's node.
type Links = BTreeMap<NodeKey, LinkState>;

/// The roads out of one hub, as its file said last.
pub(crate) struct RoadWatch {
    links: Arc<RwLock<Links>>,
}

impl RoadWatch {
    /// Reads the file now and again every [`POLL_INTERVAL`], in a thread of its own that ends with the process.
    pub(crate) fn start(testnet: &Testnet, hub: &str) -> Result<Self> {
        let neighbours = neighbours(testnet)?;
        let mut roads = faults::read(testnet.folder(), hub)?;
        let links = Arc::new(RwLock::new(states(&neighbours, &roads)));
        let (shared, folder, hub): (_, PathBuf, _) = (Arc::clone(&links), testnet.folder().into(), hub.to_owned());
        let watch = move || {
            loop {
                std::thread::sleep(POLL_INTERVAL);
                // A file that cannot be read now leaves the roads as they were.
                let Ok(read) = faults::read(&folder, &hub) else {
                    continue;
                };
                if read != roads {
                    tracing::info!(roads = read.len(), "the roads changed");
                    *shared.write().unwrap_or_else(PoisonError::into_inner) = states(&neighbours, &read);
                    roads = read;
                }
            }
        };
        std::thread::Builder::new()
            .name("roads".to_owned())
            .spawn(watch)
            .context("starting the road watch")?;
        Ok(Self { links })
    }
}

impl LinkFaults for RoadWatch {
    fn link(&self, peer: NodeKey) -> LinkState {
        self.links
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&peer)
            .copied()
            .unwrap_or_default()
    }
}

fn neighbours(testnet: &Testnet) -> Result<BTreeMap<String, NodeKey>> {
    testnet
        .hubs
        .iter()
        .map(|hub| {
            let node = NodeKey::from_peer_id(&hub.peer_id).with_context(|| format!("the PeerId of {}", hub.hub))?;
            Ok((hub.hub.clone(), node))
        })
        .collect()
}

fn states(neighbours: &BTreeMap<String, NodeKey>, roads: &Roads) -> Links {
    roads
        .iter()
        .filter_map(|(hub, road)| Some((*neighbours.get(hub)?, state(*road))))
        .collect()
}

fn state(road: Road) -> LinkState {
    if road.cut {
        return LinkState::Cut;
    }
    if road.is_open() {
        return LinkState::Open;
    }
    LinkState::Slow {
        delay: Duration::from_millis(road.delay_ms.into()),
        jitter: Duration::from_millis(road.jitter_ms.into()),
        bytes_per_second: road.bytes_per_second,
        stalls_per_mille: road.loss_per_mille,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use crate::state::Hub;

    fn node(n: u8) -> NodeKey {
        NodeKey([n; 32])
    }

    fn testnet(folder: &std::path::Path) -> Testnet {
        let hub = |code: &str, n| Hub {
            hub: code.to_owned(),
            peer_id: node(n).to_peer_id(),
            genesis: String::new(),
            address: String::new(),
            http: "127.0.0.1:1".parse().unwrap(),
        };
        Testnet::new(folder, Seed(1), 0, vec![hub("MY", 1), hub("RW", 2)])
    }

    #[test]
    fn a_changed_file_changes_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let watch = RoadWatch::start(&testnet(folder.path()), "MY").unwrap();
        assert_eq!(watch.link(node(2)), LinkState::Open);
        faults::link(
            folder.path(),
            "MY",
            "RW",
            Road {
                cut: true,
                ..Road::default()
            },
        )
        .unwrap();
        while watch.link(node(2)) != LinkState::Cut {
            std::thread::sleep(POLL_INTERVAL / 4);
        }
        faults::link(
            folder.path(),
            "MY",
            "RW",
            Road {
                delay_ms: 80,
                ..Road::default()
            },
        )
        .unwrap();
        while !matches!(watch.link(node(2)), LinkState::Slow { delay, .. } if delay == Duration::from_millis(80)) {
            std::thread::sleep(POLL_INTERVAL / 4);
        }
        assert_eq!(watch.link(node(9)), LinkState::Open);
    }
}
