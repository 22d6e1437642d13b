//! The node's handle on the network. No call waits, and none fails for lack of neighbours.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::{
    Acceptance, Bulk, HubCode, MessageId, Misbehaviour, NetworkError, NodeKey, StreamFault, Topic, bulk,
    desk::{Calling, Decision, Desk, Gossip},
    identity,
    limits::{ANSWER_QUEUE_FRAMES, GOSSIP_BYTES_MAX, INTRODUCTION_BYTES_MAX},
    session::Sessions,
    stream::Streams,
};

/// A node that we know and want to be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its key.
    pub node: NodeKey,
    /// Whose node it is.
    pub hub: HubCode,
    /// Where it can be reached: multiaddresses, without the peer id. Those that cannot be read are left out.
    pub addresses: Vec<String>,
}

/// The handle. Clones share one network; it stops when [`Network::stop`] is called or its events are no longer received.
#[derive(Clone)]
pub struct Network {
    pub(crate) desk: Arc<Desk>,
    pub(crate) sessions: Sessions,
    pub(crate) streams: Streams,
    pub(crate) node: NodeKey,
}

impl Network {
    /// Our own key.
    #[must_use]
    pub const fn node(&self) -> NodeKey {
        self.node
    }

    /// Gossips a message of at most 32 KiB. Without a subscriber the newest of each topic is kept for the first one.
    pub fn publish(&self, topic: Topic, payload: Bytes) {
        if payload.len() > GOSSIP_BYTES_MAX {
            warn!(
                bytes = payload.len(),
                max = GOSSIP_BYTES_MAX,
                "a message too large for gossip was not published"
            );
            return;
        }
        self.desk
            .put(|papers| papers.push_gossip(Gossip::Publish(topic, payload)));
    }

    /// Says what becomes of a received message. After 12 s it is too late to forward it.
    pub fn validate(&self, message: MessageId, verdict: Acceptance) {
        self.desk
            .put(|papers| papers.push_gossip(Gossip::Verdict(message, verdict)));
    }

    /// Replaces the address book: every member but ourselves is dialled, and redialled for as long as it is listed.
    pub fn members(&self, members: Vec<Member>) {
        self.desk.put(|papers| papers.members = Some(members));
    }

    /// Dials a peer known only by address, and redials it until [`Network::forget`].
    ///
    /// # Errors
    /// [`NetworkError::Address`] if it is not a multiaddress.
    pub fn dial(&self, address: &str) -> Result<(), NetworkError> {
        self.call(address, Calling::Dial)
    }

    /// Dials this address no more. A connection that it led to stays.
    ///
    /// # Errors
    /// [`NetworkError::Address`] if it is not a multiaddress.
    pub fn forget(&self, address: &str) -> Result<(), NetworkError> {
        self.call(address, Calling::Forget)
    }

    fn call(&self, address: &str, calling: Calling) -> Result<(), NetworkError> {
        let parsed = address.parse().map_err(|_| NetworkError::Address {
            address: address.to_owned(),
        })?;
        self.desk.put(|papers| papers.set_address(parsed, calling));
        Ok(())
    }

    /// Lets an introduced peer in.
    pub fn admit(&self, node: NodeKey) {
        self.decide(node, Decision::Admit);
    }

    /// Closes the connection to a peer and waits a minute before dialling it again.
    pub fn refuse(&self, node: NodeKey, reason: impl Into<String>) {
        self.decide(node, Decision::Refuse(reason.into()));
    }

    /// As [`Network::refuse`], and tells the peer why before that, with at most 64 bytes. One that does not listen is
    /// refused all the same.
    pub fn turn_away(&self, node: NodeKey, reason: impl Into<String>, notice: Bytes) {
        let reason = reason.into();
        self.decide(node, Decision::TurnAway { reason, notice });
    }

    /// Closes the connection to a peer. If it is a member it will be dialled again.
    pub fn disconnect(&self, node: NodeKey) {
        self.decide(node, Decision::Disconnect);
    }

    fn decide(&self, node: NodeKey, decision: Decision) {
        self.desk.put(|papers| {
            papers.decisions.insert(node, decision);
        });
    }

    /// Sends a control frame of 1 byte to 64 KiB to a connected peer. If the peer does not keep up, its session ends and
    /// begins anew ([`crate::NetworkEvent::Disconnected`], then `Connected`); to a peer that is not connected nothing is sent.
    pub fn send(&self, node: NodeKey, frame: Bytes) {
        if let Err(fault) = self.sessions.send(node, frame) {
            debug!(?node, %fault, "control frame not sent");
        }
    }

    /// Asks a connected peer for bulk, with at most 64 bytes. The frames of the answer follow in order, each at most 256
    /// KiB; the channel closes after the last, or after the first fault. Not reading it holds the peer back; dropping it
    /// ends the request. The caller bounds how many it has open.
    #[must_use]
    pub fn request(&self, node: NodeKey, bulk: Bulk, request: Bytes) -> mpsc::Receiver<Result<Bytes, StreamFault>> {
        let (answer, frames) = mpsc::channel(ANSWER_QUEUE_FRAMES);
        if self.sessions.contains(node) {
            tokio::spawn(bulk::ask(
                self.streams.clone(),
                identity::peer_id(node),
                bulk,
                request,
                answer,
            ));
        } else {
            answer
                .try_send(Err(StreamFault::NotConnected))
                .expect("a new channel has room");
        }
        frames
    }

    /// Replaces our own introduction, for connections from now on.
    ///
    /// # Errors
    /// [`NetworkError::Introduction`] if it is larger than 64 KiB.
    pub fn introduce(&self, introduction: Bytes) -> Result<(), NetworkError> {
        check_introduction(&introduction)?;
        self.desk.put(|papers| papers.introduction = Some(introduction));
        Ok(())
    }

    /// Counts a peer's misbehaviour against it. What follows is the network's matter: [`Misbehaviour`].
    pub fn report(&self, node: NodeKey, misbehaviour: Misbehaviour) {
        self.desk.put(|papers| papers.push_report(node, misbehaviour));
    }

    /// Closes all connections; the events end.
    pub fn stop(&self) {
        self.desk.put(|papers| papers.stop = true);
    }
}

pub(crate) fn check_introduction(introduction: &Bytes) -> Result<(), NetworkError> {
    let bytes = introduction.len();
    if bytes > INTRODUCTION_BYTES_MAX {
        return Err(NetworkError::Introduction {
            bytes,
            max: INTRODUCTION_BYTES_MAX,
        });
    }
    Ok(())
}
