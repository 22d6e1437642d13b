//! The composed behaviour: read it as the table of contents of a connection.
//!
//! Order matters: who refuses comes first, so that nobody after it keeps state for a connection that will not be.

use std::{convert::Infallible, time::Duration};

use libp2p::{
    connection_limits::{self, ConnectionLimits},
    identify, identity, memory_connection_limits, ping,
    swarm::NetworkBehaviour,
};

use crate::{
    NetworkConfig,
    door::Door,
    gated::{GateEvent, Gated},
    gossip::Gossipsub,
    stream,
};

/// From one ping to the next. A peer that answers none within [`PING_PATIENCE`] is gone, whatever TCP believes.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long a ping may take: longer than a link that stalls, shorter than TCP's quarter of an hour.
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// Everything a connection does.
#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "BehaviourEvent")]
pub(crate) struct Behaviour {
    /// So many connections and no more.
    limits: connection_limits::Behaviour,
    /// None at all when memory is short.
    memory: memory_connection_limits::Behaviour,
    /// Strangers only as far as there are places, and nobody who misbehaved.
    pub(crate) door: Door,
    /// Is the other side still there?
    ping: ping::Behaviour,
    /// What it speaks.
    identify: identify::Behaviour,
    /// Gossip, for those who were admitted.
    pub(crate) gossip: Gated<Gossipsub>,
    /// Introduction, control stream and requests for bulk.
    streams: stream::Behaviour,
}

/// What the behaviours tell the loop.
#[derive(Debug)]
pub(crate) enum BehaviourEvent {
    /// The result of a ping.
    Ping(ping::Event),
    /// Gossip and its gate.
    Gossip(GateEvent<libp2p::gossipsub::Event>),
    /// Nothing that concerns us.
    Other,
}

impl Behaviour {
    pub(crate) fn new(
        config: &NetworkConfig,
        key: &identity::Keypair,
        gossip: Gossipsub,
        streams: stream::Behaviour,
    ) -> Self {
        Self {
            limits: connection_limits::Behaviour::new(connection_limits(config)),
            memory: memory_connection_limits::Behaviour::with_max_bytes(config.limits.memory_bytes_max),
            door: Door::new(config.admission, &config.limits),
            ping: ping::Behaviour::new(
                ping::Config::new()
                    .with_interval(PING_INTERVAL)
                    .with_timeout(PING_PATIENCE),
            ),
            identify: identify::Behaviour::new(identify_config(key)),
            gossip: Gated::new(gossip),
            streams,
        }
    }
}

fn connection_limits(config: &NetworkConfig) -> ConnectionLimits {
    let (inbound, outbound) = (config.limits.inbound_max, config.limits.outbound_max);
    ConnectionLimits::default()
        // Handshakes of others are counted at the door, which knows where they come from.
        .with_max_pending_outgoing(Some(16))
        .with_max_established_incoming(Some(inbound))
        .with_max_established_outgoing(Some(outbound))
        .with_max_established(Some(inbound + outbound))
        // One would make a simultaneous dial flap: each side would refuse the connection that the other kept.
        .with_max_established_per_peer(Some(2))
}

/// No host detail: neither addresses of interfaces nor a platform. Nothing is cached: addresses come from manifests.
fn identify_config(key: &identity::Keypair) -> identify::Config {
    identify::Config::new("/ewtp/1".to_owned(), key.public())
        .with_agent_version(concat!("ewtp/", env!("CARGO_PKG_VERSION")).to_owned())
        .with_hide_listen_addrs(true)
        .with_push_listen_addr_updates(true)
        .with_cache_size(0)
}

impl From<Infallible> for BehaviourEvent {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<ping::Event> for BehaviourEvent {
    fn from(event: ping::Event) -> Self {
        Self::Ping(event)
    }
}

impl From<GateEvent<libp2p::gossipsub::Event>> for BehaviourEvent {
    fn from(event: GateEvent<libp2p::gossipsub::Event>) -> Self {
        Self::Gossip(event)
    }
}

impl From<identify::Event> for BehaviourEvent {
    fn from(_: identify::Event) -> Self {
        Self::Other
    }
}
