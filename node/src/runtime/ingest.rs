//! What comes in unasked: gossip and introductions, decoded and verified by workers before the loop sees them.
//!
//! When many messages wait, a gate lets in each sender's share; one that finds every place taken is dropped. Gossip only
//! accelerates, and sync brings what it carried.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{Acceptance, Announcement, Fault, Gate, GossipId, Input, Message, Topic, message, named_hub};
use ewtp_network::{MessageId, Misbehaviour, Network, NodeKey};
use ewtp_trust::{Acquaintance, Directory, Introduction};
use rayon::ThreadPool;
use tokio::sync::{Semaphore, mpsc};

use super::Event;
use crate::clock;
use crate::config::Admission;

/// Messages being decoded and verified, or waiting for that: 256 × 32 KiB at most.
const PLACES: usize = 256;

/// With fewer places free than this the gate lets in each sender's share alone, so that nobody takes every place.
const PLACES_FREE_FOR_ALL: usize = PLACES / 2;

/// Threads for it, apart from the examiner's, so that a long examination does not delay an announcement.
const THREADS: usize = 2;

/// See the module.
pub(super) struct Ingest {
    network: Network,
    directory: Arc<ArcSwap<Directory>>,
    events: mpsc::Sender<Event>,
    workers: ThreadPool,
    places: Arc<Semaphore>,
    gate: Gate,
    admission: Admission,
}

impl Ingest {
    pub(super) fn new(
        network: Network,
        directory: Arc<ArcSwap<Directory>>,
        events: mpsc::Sender<Event>,
        admission: Admission,
    ) -> anyhow::Result<Self> {
        let workers = rayon::ThreadPoolBuilder::new()
            .num_threads(THREADS)
            .thread_name(|index| format!("ingest-{index}"))
            .build()
            .context("starting the ingest threads")?;
        Ok(Self {
            network,
            directory,
            events,
            workers,
            places: Arc::new(Semaphore::new(PLACES)),
            gate: Gate::default(),
            admission,
        })
    }

    /// Verifies a gossip message. An invalid one is refused here, so that its sender pays at once.
    pub(super) fn gossip(&mut self, message: MessageId, from: NodeKey, topic: Topic, bytes: Bytes, ticks: Duration) {
        // Alerts are reserved: what a later version says there must not cost it its place here. spec: announcement R11
        if topic == Topic::Alert || !self.lets_in(from, &bytes, ticks) {
            return self.network.validate(message, Acceptance::Ignore);
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return;
        };
        let (network, directory, events) = (self.network.clone(), self.directory.load_full(), self.events.clone());
        self.workers.spawn(move || {
            let gossip = GossipId { id: message.id, from };
            let input = verified(gossip, topic, &bytes, &directory).unwrap_or_else(|(hub, fault)| {
                network.validate(message, fault.acceptance());
                Input::Fault { from, hub, fault }
            });
            let _ = events.blocking_send(Event::Input(input)); // closed: the node is stopping
            drop(place);
        });
    }

    fn lets_in(&mut self, from: NodeKey, bytes: &Bytes, ticks: Duration) -> bool {
        let is_busy = self.places.available_permits() < PLACES_FREE_FOR_ALL;
        let directory = self.directory.load();
        let named = named_hub(bytes).filter(|hub| directory.carries(*hub));
        self.gate.lets_in(from, named, is_busy, ticks)
    }

    /// Checks whose a node is. Impostors are refused here, and strangers unless admission is open; the engine admits.
    pub(super) fn introduction(&self, node: NodeKey, bytes: Bytes) {
        let (network, directory, events) = (self.network.clone(), self.directory.load_full(), self.events.clone());
        let open = matches!(self.admission, Admission::Open { .. });
        self.workers.spawn(move || {
            let introduced = Introduction::decode(&bytes)
                .and_then(|introduction| introduction.verify(&directory, node, clock::now()));
            match introduced {
                Ok(introduced) if introduced.acquaintance() == Acquaintance::Stranger && open => {
                    let _ = events.blocking_send(Event::Input(Input::Guest { node })); // closed: the node is stopping
                }
                Ok(introduced) if introduced.acquaintance() == Acquaintance::Stranger => {
                    let hub = introduced.hub();
                    tracing::info!(%hub, peer = %node.to_peer_id(), "a hub that is not carried here introduced itself");
                    network.refuse(node, format!("{hub} is not carried here"));
                }
                Ok(introduced) => {
                    let input = Input::Introduced {
                        node,
                        introduction: Box::new(introduced),
                    };
                    let _ = events.blocking_send(Event::Input(input)); // closed: the node is stopping
                }
                Err(fault) => {
                    tracing::warn!(peer = %node.to_peer_id(), %fault, "introduction refused");
                    network.report(node, Misbehaviour::Careless);
                    network.refuse(node, fault.to_string());
                }
            }
        });
    }
}

type Refused = (Option<ewtp_record::HubCode>, Fault);

fn verified(gossip: GossipId, topic: Topic, bytes: &Bytes, directory: &Directory) -> Result<Input, Refused> {
    match topic {
        Topic::Checkpoint => {
            let announcement = Announcement::decode(bytes).map_err(|fault| (None, fault))?;
            let hub = announcement.run.hub;
            let verified = announcement.verify(directory).map_err(|fault| (Some(hub), fault))?;
            Ok(Input::Announcement {
                gossip,
                announcement: Box::new(verified),
            })
        }
        Topic::Witness | Topic::Alert => match message::decode(bytes) {
            Ok(Message::Cosignature(cosignature)) if topic == Topic::Witness => {
                Ok(Input::Cosignature { gossip, cosignature })
            }
            Ok(_) => Err((None, Fault::Unasked("a message that does not belong on this topic"))),
            Err(fault) => Err((None, fault)),
        },
    }
}
