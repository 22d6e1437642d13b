//! The loop that owns the swarm: events of libp2p, notes of streams and papers of the node in; events for the node out.
//!
//! It decides little: [`crate::link`] knows how far a peer has come, [`crate::dialer`] whom to dial, [`crate::door`] who
//! may come in. While the node does not take its events, the loop stops reading the swarm and its peers, and back-pressure
//! reaches them through their streams.

mod decisions;
mod links;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use libp2p::{
    PeerId, Swarm,
    gossipsub::{self, MessageAcceptance},
    swarm::{DialError, SwarmEvent},
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::{debug, warn};

use crate::{
    Bulk, Limits, MessageId, NetworkEvent, NodeKey, StreamFault,
    behaviour::{Behaviour, BehaviourEvent},
    desk::Desk,
    dialer::Dialer,
    gated::GateEvent,
    gossip::Topics,
    identity, introduction,
    limits::OUTBOX_MAX,
    link::Link,
    note::Note,
    notice,
    session::{self, Sessions},
    stream::{Arrival, Streams},
};

/// How often deadlines are looked at. A cut link that heals must go on within 100 ms, a lost member be dialled within 2 s.
const TICK: Duration = Duration::from_millis(100);

/// The state of the loop.
pub(crate) struct Mesh {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) own: NodeKey,
    pub(crate) limits: Limits,
    pub(crate) introduction: Bytes,
    pub(crate) desk: Arc<Desk>,
    pub(crate) sessions: Sessions,
    pub(crate) streams: Streams,
    pub(crate) topics: Topics,
    pub(crate) dialer: Dialer,
    pub(crate) links: BTreeMap<NodeKey, Link>,
    /// Numbers lives of links and sessions.
    pub(crate) numbers: u64,
    pub(crate) next_heartbeat: Instant,
    /// What the node must be told and has not taken.
    pub(crate) outbox: VecDeque<NetworkEvent>,
    pub(crate) events: mpsc::Sender<NetworkEvent>,
    pub(crate) notes: mpsc::Sender<Note>,
}

impl Mesh {
    /// Runs until the node stops it or no longer receives events.
    pub(crate) async fn run(mut self, mut notes: mpsc::Receiver<Note>, mut arrivals: mpsc::Receiver<Arrival>) {
        let desk = Arc::clone(&self.desk);
        let events = self.events.clone();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let room = self.outbox.len() < OUTBOX_MAX;
            tokio::select! {
                place = events.reserve(), if !self.outbox.is_empty() => match (place, self.outbox.pop_front()) {
                    (Ok(place), Some(event)) => place.send(event),
                    _ => return,
                },
                () = events.closed(), if self.outbox.is_empty() => return,
                papers = desk.take() => {
                    if self.on_papers(papers).is_break() {
                        return;
                    }
                }
                _ = ticks.tick() => self.on_tick(Instant::now()),
                event = self.swarm.select_next_some(), if room => self.on_swarm(event),
                Some(note) = notes.recv(), if room => self.on_note(note),
                Some(arrival) = arrivals.recv() => self.on_arrival(arrival),
            }
        }
    }

    fn tell(&mut self, event: NetworkEvent) {
        self.outbox.push_back(event);
    }

    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.on_gate(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => self.on_ping(&event),
            SwarmEvent::NewListenAddr { address, .. } => {
                self.tell(NetworkEvent::Listening {
                    address: address.to_string(),
                });
            }
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                self.on_connection(&peer_id, connection_id, endpoint.is_dialer());
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => {
                debug!(peer = %peer_id, ?cause, "connection closed");
                self.on_closed(&peer_id, connection_id);
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id, error, ..
            } => match error {
                DialError::LocalPeerId { .. } => self.dialer.is_own(connection_id),
                error => {
                    debug!(%error, "dial failed");
                    self.dialer.failed(connection_id, Instant::now());
                }
            },
            SwarmEvent::IncomingConnectionError { error, .. } => debug!(%error, "inbound connection failed"),
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                warn!(
                    ?addresses,
                    ?reason,
                    "no longer listening: peers that know only this address cannot reach us"
                );
            }
            SwarmEvent::ListenerError { error, .. } => warn!(%error, "listening address troubled"),
            _ => {}
        }
    }

    fn on_ping(&mut self, event: &libp2p::ping::Event) {
        if let Err(libp2p::ping::Failure::Timeout) = event.result {
            // TCP would believe in a dead peer for a quarter of an hour. A fresh connection also goes on sooner after a
            // cut than one whose retransmissions have backed off.
            debug!(peer = %event.peer, "no answer to a ping: connection closed");
            self.swarm.close_connection(event.connection);
        }
    }

    fn on_gate(&mut self, event: GateEvent<gossipsub::Event>) {
        match event {
            GateEvent::Heard(peer) => {
                if let Some(link) = self.link_of(&peer) {
                    link.heard = Instant::now();
                }
            }
            GateEvent::Open(peer) => self.on_gate_open(&peer),
            GateEvent::Inner(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => {
                self.on_gossip(propagation_source, &message_id, message);
            }
            GateEvent::Inner(gossipsub::Event::Subscribed { topic, .. }) => {
                self.topics
                    .subscribed(self.swarm.behaviour_mut().gossip.inner(), &topic);
            }
            GateEvent::Inner(gossipsub::Event::SlowPeer { peer_id, .. }) => {
                if let Some(node) = identity::node_key(&peer_id) {
                    self.tell(NetworkEvent::SlowPeer { node });
                }
            }
            GateEvent::Inner(_) => {}
        }
    }

    fn on_gossip(&mut self, from: PeerId, id: &gossipsub::MessageId, message: gossipsub::Message) {
        let known = identity::node_key(&from)
            .zip(self.topics.of(&message.topic))
            .zip(id.0.as_slice().try_into().ok());
        let Some(((from_node, topic), name)) = known.filter(|_| message.data.len() <= crate::GOSSIP_BYTES_MAX) else {
            // Too large for our protocol although it passed gossipsub's limit: no honest node sends it.
            let gossip = self.swarm.behaviour_mut().gossip.inner();
            gossip.report_message_validation_result(id, &from, MessageAcceptance::Reject);
            return;
        };
        let message_id = MessageId {
            id: name,
            from: from_node,
        };
        let bytes = Bytes::from(message.data);
        self.tell(NetworkEvent::Gossip {
            message: message_id,
            from: from_node,
            topic,
            bytes,
        });
    }

    fn on_arrival(&mut self, arrival: Arrival) {
        let Some(node) = identity::node_key(&arrival.peer) else {
            return;
        };
        match &arrival.protocol {
            protocol if *protocol == introduction::PROTOCOL => self.on_introduction_stream(node, arrival.stream),
            protocol if *protocol == session::PROTOCOL => self.on_session_stream(node, arrival.stream),
            protocol if *protocol == notice::PROTOCOL => self.on_notice_stream(node, arrival.stream),
            protocol => match Bulk::of(protocol) {
                Some(bulk) => self.on_request_stream(node, bulk, arrival.stream),
                None => debug!(%protocol, "stream of a protocol that is not served"),
            },
        }
    }

    fn on_note(&mut self, note: Note) {
        match note {
            Note::Introduced { node, life, theirs } => self.on_introduced(node, life, theirs),
            Note::Told { node, life } => self.on_told(node, life),
            Note::Notice { node, notice } => self.tell(NetworkEvent::TurnedAway { node, notice }),
            Note::SessionUp { node, number, outgoing } => self.on_session_up(node, number, outgoing),
            Note::SessionDown { node, number, fault } => self.on_session_down(node, number, fault),
            Note::Message { node, number, bytes } => {
                if self
                    .links
                    .get(&node)
                    .is_some_and(|link| link.is_up() && link.has_session(number))
                {
                    self.tell(NetworkEvent::Message { from: node, bytes });
                }
            }
            Note::Request {
                node,
                bulk,
                bytes,
                responder,
            } => {
                self.tell(NetworkEvent::Request {
                    from: node,
                    bulk,
                    bytes,
                    responder,
                });
            }
            Note::Fault { node, fault } => self.on_fault(node, fault),
        }
    }

    /// Counts a fault that no honest peer makes.
    fn on_fault(&mut self, node: NodeKey, fault: StreamFault) {
        if fault.is_peer_fault() {
            self.report(node, crate::Misbehaviour::Grave);
            self.tell(NetworkEvent::Fault { node, fault });
        }
    }

    fn link_of(&mut self, peer: &PeerId) -> Option<&mut Link> {
        self.links.get_mut(&identity::node_key(peer)?)
    }
}
