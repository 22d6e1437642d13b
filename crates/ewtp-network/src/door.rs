//! Who may come in: the first of our own behaviours, so that a connection it refuses leaves no state anywhere else.
//!
//! Before the handshake there are only addresses, and the `lobby` gives each its share. After it, members come and go as
//! the connection limits allow. Anybody else is a guest: bounded in number, and by address block, so that one network
//! cannot take all the places. A peer that misbehaved stays outside until that has faded.

mod lobby;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm, dummy,
    },
};
use tokio::time::Instant;

use self::{
    lobby::Lobby,
    source::{Block, Source},
};
use crate::{Admission, Limits, NodeKey, conduct::Conduct, identity};

/// The behaviour that refuses.
pub(crate) struct Door {
    admission: Admission,
    guests_max: usize,
    per_block_max: usize,
    members: BTreeSet<NodeKey>,
    guests: BTreeMap<ConnectionId, (NodeKey, Option<Block>)>,
    lobby: Lobby,
    pub(crate) conduct: Conduct,
}

/// Why a connection was refused at the door.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Too many handshakes are under way, from everywhere or from where it comes from.
    LobbyFull,
    /// Its key is not Ed25519: no manifest could name it.
    ForeignKey,
    /// It misbehaved, and that has not faded yet.
    Banned,
    /// All places of guests are taken.
    GuestsFull,
    /// All places of its address block are taken.
    BlockFull,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::LobbyFull => "all places for handshakes from there are taken",
            Self::ForeignKey => "the peer's key is not Ed25519",
            Self::Banned => "the peer misbehaved a short time ago",
            Self::GuestsFull => "all places for guests are taken",
            Self::BlockFull => "all places for guests of this address block are taken",
        })
    }
}

impl std::error::Error for Refusal {}

impl Door {
    pub(crate) fn new(admission: Admission, limits: &Limits) -> Self {
        let guests_max = match admission {
            Admission::Members => limits.guests_max,
            Admission::Open { guests_max } => guests_max,
        };
        Self {
            admission,
            guests_max,
            per_block_max: limits.guests_per_block_max,
            members: BTreeSet::new(),
            guests: BTreeMap::new(),
            lobby: Lobby::default(),
            conduct: Conduct::default(),
        }
    }

    /// Replaces the set of members, and where they say that they are. Those who are in already stay in.
    pub(crate) fn set_members(&mut self, members: &BTreeMap<NodeKey, Vec<Multiaddr>>) {
        self.guests.retain(|_, (node, _)| !members.contains_key(node));
        self.members = members.keys().copied().collect();
        self.lobby.set_named(members.values().flatten());
    }

    /// The node admitted this peer: in members mode it is no guest any more. In open mode it is one as long as it stays.
    pub(crate) fn admitted(&mut self, node: NodeKey) {
        if self.admission == Admission::Members {
            self.guests.retain(|_, (guest, _)| *guest != node);
        }
    }

    fn admit(&mut self, connection: ConnectionId, peer: &PeerId, from: &Multiaddr) -> Result<(), Refusal> {
        let node = self.known(peer)?;
        let source = Source::of(from);
        if self.members.contains(&node) {
            self.lobby.remember(source);
            return Ok(());
        }
        if self.guests.len() >= self.guests_max {
            return Err(Refusal::GuestsFull);
        }
        let block = source.and_then(Source::guests_block);
        let neighbours = self
            .guests
            .values()
            .filter(|(_, other)| block.is_some() && *other == block)
            .count();
        if neighbours >= self.per_block_max {
            return Err(Refusal::BlockFull);
        }
        self.guests.insert(connection, (node, block));
        Ok(())
    }

    fn known(&self, peer: &PeerId) -> Result<NodeKey, Refusal> {
        let node = identity::node_key(peer).ok_or(Refusal::ForeignKey)?;
        if self.conduct.is_banned(node, Instant::now()) {
            return Err(Refusal::Banned);
        }
        Ok(node)
    }
}

impl NetworkBehaviour for Door {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.lobby.enter(connection, remote).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.lobby.leave(connection);
        self.admit(connection, &peer, remote).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.known(&peer).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(gone) => {
                self.guests.remove(&gone.connection_id);
            }
            // Refused by another behaviour, or the handshake failed or took too long: the place is free again.
            FromSwarm::ListenFailure(failed) => {
                self.lobby.leave(failed.connection_id);
                self.guests.remove(&failed.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        Door::new(
            Admission::Members,
            &Limits {
                guests_max: 3,
                guests_per_block_max: 2,
                ..Limits::default()
            },
        )
    }

    fn come(door: &mut Door, number: usize, from: &str) -> Result<(), Refusal> {
        let peer = identity::peer_id(NodeKey([number as u8; 32]));
        door.admit(ConnectionId::new_unchecked(number), &peer, &from.parse().unwrap())
    }

    #[test]
    fn guests_are_bounded_by_address_block() {
        let mut door = door();
        come(&mut door, 1, "/ip4/192.0.2.1/tcp/1").unwrap();
        come(&mut door, 2, "/ip4/192.0.2.2/tcp/1").unwrap();
        assert!(matches!(
            come(&mut door, 3, "/ip4/192.0.2.3/tcp/1"),
            Err(Refusal::BlockFull)
        ));
        come(&mut door, 4, "/ip4/198.51.100.1/tcp/1").unwrap();
        assert!(matches!(
            come(&mut door, 5, "/ip6/2001:db8::1/tcp/1"),
            Err(Refusal::GuestsFull)
        ));
    }

    #[test]
    fn a_guest_that_becomes_a_member_frees_its_place() {
        let mut door = door();
        for number in 1..=3 {
            come(&mut door, number, "/ip4/127.0.0.1/tcp/1").unwrap();
        }
        assert!(matches!(
            come(&mut door, 4, "/ip4/127.0.0.1/tcp/1"),
            Err(Refusal::GuestsFull)
        ));
        door.set_members(&[2, 5].map(|number| (NodeKey([number; 32]), Vec::new())).into());
        come(&mut door, 4, "/ip4/127.0.0.1/tcp/1").unwrap();
        come(&mut door, 5, "/ip4/127.0.0.1/tcp/1").unwrap();
    }
}
