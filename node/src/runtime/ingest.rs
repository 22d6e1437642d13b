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
use ewtp_trust::{Acquaintance, CharterError, Directory, Introduced, Introduction, IntroductionFault};
use rayon::ThreadPool;
use tokio::sync::{Semaphore, mpsc};

use super::{Event, doorstep, spans};
use crate::clock;
use crate::config::Admission;

/// Messages being decoded and verified, or waiting for that: 256 × 32 KiB at most.
const PLACES: usize = 256;

/// With fewer places free than this the gate lets in each sender's share alone, so that nobody takes every place.
const PLACES_FREE_FOR_ALL: usize = PLACES / 2;

/// Introductions being looked at, or waiting for that: 64 × 64 KiB at most. More than all guests at once.
const INTRODUCTIONS: usize = 64;

/// Of these, strangers whose signatures are being verified. A chain of charters that fills an introduction has a few hundred,
/// and a stranger makes as many chains as it likes: one at a time leaves the other thread to everybody else.
const STRANGERS: usize = 1;

/// Threads for it, apart from the examiner's, so that a long examination does not delay an announcement.
const THREADS: usize = 2;

/// See the module.
pub(super) struct Ingest {
    network: Network,
    directory: Arc<ArcSwap<Directory>>,
    events: mpsc::Sender<Event>,
    workers: ThreadPool,
    places: Arc<Semaphore>,
    introductions: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
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
            introductions: Arc::new(Semaphore::new(INTRODUCTIONS)),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
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
            let _peer = spans::peer(from, &directory).entered();
            let gossip = GossipId { id: message.id, from };
            let input = verified(gossip, topic, &bytes, &directory).unwrap_or_else(|(hub, fault)| {
                tracing::debug!(%fault, "gossip refused");
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
        let Ok(place) = Arc::clone(&self.introductions).try_acquire_owned() else {
            return self.network.refuse(node, "too many introduce themselves at once");
        };
        let (network, directory, events) = (self.network.clone(), self.directory.load_full(), self.events.clone());
        let (strangers, open) = (
            Arc::clone(&self.strangers),
            matches!(self.admission, Admission::Open { .. }),
        );
        self.workers.spawn(move || {
            let span = spans::introduction(node);
            let _peer = span.enter();
            let introduced = introduced(&bytes, &directory, node, &strangers);
            if let Ok(introduced) = &introduced {
                span.record("hub", tracing::field::display(introduced.hub()));
            }
            let input = match introduced {
                Ok(introduced) if introduced.acquaintance() == Acquaintance::Carried => Input::Introduced {
                    node,
                    introduction: Box::new(introduced),
                },
                Ok(stranger) => {
                    let hub = stranger.hub();
                    tracing::info!(%hub, peer = %node.to_peer_id(), "a hub that is not carried here introduced itself");
                    let _ = events.blocking_send(Event::Stranger(node, Box::new(stranger))); // closed: the node is stopping
                    if !open {
                        return network.turn_away(node, format!("{hub} is not carried here"), doorstep::notice());
                    }
                    Input::Guest { node }
                }
                Err(NotIntroduced::Busy) => return network.refuse(node, "another stranger is being looked at"),
                Err(NotIntroduced::Fault(fault)) => {
                    tracing::warn!(peer = %node.to_peer_id(), code = fault.code(), %fault, "introduction refused");
                    if let Some(event) = worth_telling(node, &fault) {
                        let _ = events.blocking_send(event); // closed: the node is stopping
                    }
                    network.report(node, Misbehaviour::Careless);
                    return network.refuse(node, fault.to_string());
                }
            };
            let _ = events.blocking_send(Event::Input(input)); // closed: the node is stopping
            drop(place);
        });
    }
}

/// Why nobody was introduced.
#[derive(Debug)]
enum NotIntroduced {
    Fault(IntroductionFault),
    /// It may come again: nothing was looked at.
    Busy,
}

impl From<IntroductionFault> for NotIntroduced {
    fn from(fault: IntroductionFault) -> Self {
        Self::Fault(fault)
    }
}

/// Whose a node is. The pins are looked at before any signature, and a stranger's signatures only when no other stranger's
/// are.
fn introduced(
    bytes: &Bytes,
    directory: &Directory,
    node: NodeKey,
    strangers: &Semaphore,
) -> Result<Introduced, NotIntroduced> {
    let introduction = Introduction::decode(bytes)?;
    let _turn = match introduction.look_up(directory)? {
        Acquaintance::Carried => None,
        Acquaintance::Stranger => Some(strangers.try_acquire().map_err(|_| NotIntroduced::Busy)?),
    };
    Ok(introduction.verify(directory, node, clock::now())?)
}

/// What the operator is to know: a hub that shows charters which contradict those known, each chain valid from its genesis on,
/// signed both; and one that begins elsewhere than the operator said.
fn worth_telling(from: NodeKey, fault: &IntroductionFault) -> Option<Event> {
    let IntroductionFault::Charter(error) = fault else {
        return None;
    };
    match *error {
        CharterError::Conflict { hub, number } => Some(Event::Input(Input::Fault {
            from,
            hub: Some(hub),
            fault: Fault::Conflict { hub, number },
        })),
        CharterError::WrongGenesis { hub, got, .. } => Some(Event::BeginsElsewhere(hub, got)),
        _ => None,
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
