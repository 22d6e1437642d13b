//! Who may come in: the first of our own behaviours, so that a connection it refuses leaves no state anywhere else.
//!
//! Members come and go as the connection limits allow. Anybody else is a guest: bounded in number, and by address block,
//! so that one network cannot take all the places. A peer that misbehaved stays outside until that has faded.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt,
    net::IpAddr,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm, dummy,
    },
};
use tokio::time::Instant;

use crate::{Admission, Limits, NodeKey, conduct::Conduct, identity};

/// The behaviour that refuses.
pub(crate) struct Door {
    admission: Admission,
    guests_max: usize,
    per_block_max: usize,
    members: BTreeSet<NodeKey>,
    guests: BTreeMap<ConnectionId, (NodeKey, Option<Block>)>,
    pub(crate) conduct: Conduct,
}

/// A /24 of IPv4 or a /48 of IPv6.
type Block = [u8; 6];

/// Why a connection was refused at the door.
#[derive(Debug)]
pub(crate) enum Refusal {
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
            conduct: Conduct::default(),
        }
    }

    /// Replaces the set of members. Those who are in already stay in.
    pub(crate) fn set_members(&mut self, members: BTreeSet<NodeKey>) {
        self.guests.retain(|_, (node, _)| !members.contains(node));
        self.members = members;
    }

    /// The node admitted this peer: in members mode it is no guest any more. In open mode it is one as long as it stays.
    pub(crate) fn admitted(&mut self, node: NodeKey) {
        if self.admission == Admission::Members {
            self.guests.retain(|_, (guest, _)| *guest != node);
        }
    }

    fn admit(&mut self, connection: ConnectionId, peer: &PeerId, from: &Multiaddr) -> Result<(), Refusal> {
        let node = self.known(peer)?;
        if self.members.contains(&node) {
            return Ok(());
        }
        if self.guests.len() >= self.guests_max {
            return Err(Refusal::GuestsFull);
        }
        let block = block(from);
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

/// The block of an address; none for loopback, where a whole mesh may live, and for what is no IP address.
fn block(address: &Multiaddr) -> Option<Block> {
    let ip = address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(IpAddr::from(ip)),
        Protocol::Ip6(ip) => Some(IpAddr::from(ip)),
        _ => None,
    })?;
    match ip.to_canonical() {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some([a, b, c, 0, 0, 4])
        }
        IpAddr::V6(ip) => ip.octets().first_chunk().copied(),
    }
}

impl NetworkBehaviour for Door {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
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
            // Refused by a behaviour after this one: the place is free again.
            FromSwarm::ListenFailure(failed) => {
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
        door.set_members(BTreeSet::from([NodeKey([2; 32]), NodeKey([5; 32])]));
        come(&mut door, 4, "/ip4/127.0.0.1/tcp/1").unwrap();
        come(&mut door, 5, "/ip4/127.0.0.1/tcp/1").unwrap();
    }
}
