//! The life of a link: connections, introductions, sessions, and the deadlines of each.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use libp2p::{PeerId, Stream, swarm::ConnectionId};
use tokio::time::{Instant, sleep};
use tracing::{debug, info};

use super::Mesh;
use crate::{
    Bulk, NetworkEvent, NodeKey, StreamFault, bulk, identity, introduction,
    link::{Connection, Link, Second, Session, Stage},
    note::Note,
    notice,
    session::{self, Outgoing},
};

/// The pause before introductions are tried again on a link that still stands.
const RETRY: Duration = Duration::from_millis(200);

impl Mesh {
    pub(super) fn on_connection(&mut self, peer: &PeerId, id: ConnectionId, ours: bool) {
        let Some(node) = identity::node_key(peer) else { return };
        self.dialer.connected(node, id);
        let connection = Connection {
            id,
            ours,
            since: Instant::now(),
        };
        let Some(link) = self.links.get_mut(&node) else {
            let life = self.next_number();
            self.links.insert(node, Link::new(node, life, connection, &self.limits));
            if ours {
                self.introduce_ourselves(node, Duration::ZERO);
            }
            return;
        };
        match link.second(self.own, connection) {
            Second::Spare => {}
            Second::CloseNew => {
                self.swarm.close_connection(id);
            }
            Second::CloseOld(old) => self.change_main(node, old),
        }
    }

    /// Of a simultaneous dial the other connection is the main one now.
    fn change_main(&mut self, node: NodeKey, old: ConnectionId) {
        self.swarm.close_connection(old);
        let Some(link) = self.links.get(&node) else { return };
        match link.stage {
            Stage::Admitted => self.swarm.behaviour_mut().gossip.open(link.peer, link.main().id),
            Stage::Introducing if link.main().ours => self.introduce_ourselves(node, Duration::ZERO),
            Stage::Introducing | Stage::Judged => {}
        }
    }

    pub(super) fn on_closed(&mut self, peer: &PeerId, id: ConnectionId) {
        let Some(link) = self.link_of(peer) else { return };
        let (node, main) = (link.node, link.main().id);
        if link.lost(id) {
            if main == id {
                // What is left is a later connection of the peer, which may have restarted: begin anew on it.
                self.restart_link(node, Instant::now());
                self.introduce_ourselves(node, Duration::ZERO);
            }
            return;
        }
        let now = Instant::now();
        self.end_session(node, now);
        self.links.remove(&node);
        self.dialer.disconnected(node, now);
    }

    fn introduce_ourselves(&mut self, node: NodeKey, after: Duration) {
        let Some(link) = self.links.get(&node) else { return };
        let (peer, life, ours) = (link.peer, link.life, self.introduction.clone());
        let (streams, notes) = (self.streams.clone(), self.notes.clone());
        tokio::spawn(async move {
            sleep(after).await;
            let theirs = introduction::open(streams, peer, ours).await;
            // Without a loop there is nobody to tell.
            let _ = notes.send(Note::Introduced { node, life, theirs }).await;
        });
    }

    pub(super) fn on_introduction_stream(&mut self, node: NodeKey, stream: Stream) {
        let now = Instant::now();
        let Some(link) = self.links.get(&node) else { return };
        if link.stage != Stage::Introducing && link.is_settled(now) {
            // The peer began anew: it restarted, or lost the connection we still believe in.
            self.restart_link(node, now);
        }
        let Some(link) = self.links.get(&node) else { return };
        let Ok(place) = link.introductions.clone().try_acquire_owned() else {
            return;
        };
        let (life, ours, notes) = (link.life, self.introduction.clone(), self.notes.clone());
        tokio::spawn(async move {
            let theirs = introduction::exchange(stream, ours).await;
            drop(place);
            // Without a loop there is nobody to tell.
            let _ = notes.send(Note::Introduced { node, life, theirs }).await;
        });
    }

    /// Tells a peer why it is not let in; the connection is closed after that.
    pub(super) fn turn_away(&mut self, node: NodeKey, notice: Bytes) {
        let Some(link) = self.links.get(&node) else { return };
        let (peer, life) = (link.peer, link.life);
        let (streams, notes) = (self.streams.clone(), self.notes.clone());
        tokio::spawn(async move {
            if let Err(fault) = notice::tell(streams, peer, notice).await {
                debug!(%peer, %fault, "peer turned away without hearing why");
            }
            // Without a loop there is nobody to tell.
            let _ = notes.send(Note::Told { node, life }).await;
        });
    }

    pub(super) fn on_told(&mut self, node: NodeKey, life: u64) {
        if self.links.get(&node).is_some_and(|link| link.life == life) {
            self.disconnect(node);
        }
    }

    pub(super) fn on_notice_stream(&mut self, node: NodeKey, stream: Stream) {
        let Some(link) = self.links.get_mut(&node) else { return };
        if std::mem::replace(&mut link.noticed, true) {
            return;
        }
        let notes = self.notes.clone();
        tokio::spawn(async move {
            let note = match notice::hear(stream).await {
                Ok(notice) => Note::Notice { node, notice },
                Err(fault) => Note::Fault { node, fault },
            };
            // Without a loop there is nobody to tell.
            let _ = notes.send(note).await;
        });
    }

    fn restart_link(&mut self, node: NodeKey, now: Instant) {
        self.end_session(node, now);
        let life = self.next_number();
        let Some(link) = self.links.get_mut(&node) else { return };
        link.restart(life, now);
        let others = link.take_newest();
        let peer = link.peer;
        self.swarm.behaviour_mut().gossip.close(peer);
        for old in others {
            self.swarm.close_connection(old);
        }
    }

    pub(super) fn on_introduced(&mut self, node: NodeKey, life: u64, theirs: Result<Bytes, StreamFault>) {
        let waiting = |link: &&mut Link| link.life == life && link.stage == Stage::Introducing;
        let Some(link) = self.links.get_mut(&node).filter(waiting) else {
            return;
        };
        match theirs {
            Ok(introduction) => {
                link.enter(Stage::Judged, Instant::now());
                self.tell(NetworkEvent::Introduced { node, introduction });
            }
            Err(fault) if fault.is_peer_fault() => {
                self.on_fault(node, fault);
                self.disconnect(node);
            }
            Err(fault) => {
                debug!(peer = %link.peer, %fault, "introduction failed");
                if link.main().ours {
                    self.introduce_ourselves(node, RETRY);
                }
            }
        }
    }

    pub(super) fn on_gate_open(&mut self, peer: &PeerId) {
        let Some(link) = self.link_of(peer) else { return };
        if link.is_up() {
            // Gossip moved to another connection under a session that stands.
            self.swarm.behaviour_mut().gossip.release(*peer);
            return;
        }
        let node = link.node;
        match link.arrived.take() {
            Some(stream) => self.begin_session(node, session::Origin::Arrived(stream)),
            None => self.open_session(node),
        }
    }

    /// Opens the control stream, if that is ours to do.
    fn open_session(&mut self, node: NodeKey) {
        let down = |link: &&Link| matches!(link.session, Session::Down { .. });
        let Some(link) = self.links.get(&node).filter(down) else {
            return;
        };
        if self.own < node {
            let origin = session::Origin::Open(self.streams.clone(), link.peer);
            self.begin_session(node, origin);
        }
    }

    pub(super) fn on_session_stream(&mut self, node: NodeKey, stream: Stream) {
        if self.own < node {
            // It is for the lesser key to open this stream.
            self.on_fault(node, StreamFault::Misplaced);
            return;
        }
        let Some(link) = self.links.get_mut(&node) else { return };
        if link.stage == Stage::Admitted {
            // A new stream means that the opener gave up the old one.
            self.begin_session(node, session::Origin::Arrived(stream));
        } else {
            link.arrived = Some(stream);
        }
    }

    fn begin_session(&mut self, node: NodeKey, origin: session::Origin) {
        self.end_session(node, Instant::now());
        let number = self.next_number();
        let notes = self.notes.clone();
        let Some(link) = self.links.get_mut(&node) else { return };
        let allowance = Arc::clone(&link.control);
        let task = tokio::spawn(session::run(node, number, origin, allowance, notes)).abort_handle();
        link.session = Session::Greeting { number, task };
    }

    pub(super) fn on_session_up(&mut self, node: NodeKey, number: u64, outgoing: Outgoing) {
        let now = Instant::now();
        let Some(link) = self.links.get_mut(&node).filter(|link| link.has_session(number)) else {
            return;
        };
        link.session_up(now);
        let peer = link.peer;
        self.swarm.behaviour_mut().gossip.release(peer);
        self.sessions.insert(node, outgoing);
        self.dialer.seen(node, now);
        self.tell(NetworkEvent::Connected { node });
    }

    pub(super) fn on_session_down(&mut self, node: NodeKey, number: u64, fault: StreamFault) {
        let Some(link) = self.links.get(&node).filter(|link| link.has_session(number)) else {
            return;
        };
        debug!(peer = %link.peer, %fault, "session ended");
        self.end_session(node, Instant::now());
        self.on_fault(node, fault);
    }

    /// Ends the session of a link, if it has one, and tells the node if it knew of it.
    fn end_session(&mut self, node: NodeKey, now: Instant) {
        let was_up = self.links.get_mut(&node).is_some_and(|link| link.session_down(now));
        if was_up {
            self.sessions.remove(node);
            self.tell(NetworkEvent::Disconnected { node });
        }
    }

    pub(super) fn on_request_stream(&mut self, node: NodeKey, bulk: Bulk, stream: Stream) {
        let admitted = |link: &&mut Link| link.stage == Stage::Admitted;
        let Some(link) = self.links.get_mut(&node).filter(admitted) else {
            return;
        };
        // Without a place, or after too many requests, the stream is dropped, which says busy.
        if let Some(place) = link.requests(bulk).take_place(Instant::now()) {
            tokio::spawn(bulk::answer(node, bulk, stream, place, self.notes.clone()));
        }
    }

    pub(super) fn look_after_links(&mut self, now: Instant) {
        let nodes: Vec<NodeKey> = self.links.keys().copied().collect();
        for node in nodes {
            self.look_after(node, now);
        }
    }

    fn look_after(&mut self, node: NodeKey, now: Instant) {
        let silence = self.limits.gossip_silence;
        let Some(link) = self.links.get_mut(&node) else { return };
        if let Some(reason) = link.overdue(silence, now) {
            info!(peer = %link.peer, reason, "peer disconnected");
            link.since = now;
            link.heard = now;
            self.disconnect(node);
            return;
        }
        if link.waits_in_vain(now) {
            self.introduce_ourselves(node, Duration::ZERO);
            return;
        }
        if link.has_proved_spare(now) {
            // The peer dialled again and kept it: it knows nothing of the connection that we still believe in.
            self.restart_link(node, now);
            self.introduce_ourselves(node, Duration::ZERO);
            return;
        }
        let retry = matches!(link.session, Session::Down { retry } if retry <= now);
        if link.stage == Stage::Admitted && retry {
            self.open_session(node);
        }
    }
}
