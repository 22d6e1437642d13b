//! The only crate that knows libp2p: connections, admission, gossip and sync streams. It moves bytes and decodes none.
//!
//! To join a mesh, call [`start`]; it answers with a [`Network`] to call and [`NetworkEvent`]s to receive.
//!
//! | where | what |
//! |---|---|
//! | [`Network`], [`NetworkEvent`] | what the node says and hears |
//! | [`Limits`] | every bound, with its reason |
//! | `behaviour` | the table of contents of a connection |
//! | `door`, `conduct` | who may come in, and who stays out for a while |
//! | `introduction` | the one protocol a stranger is served |
//! | `notice` | what a node is told that is not let in |
//! | `gated`, `gossip` | gossip, which strangers do not exist for |
//! | `session`, `bulk`, `stream`, `frame` | control frames and requests for bulk |
//! | `allowance` | how much of both one connection may say |
//! | `link`, `dialer` | how far a peer has come; whom to dial and when |
//! | `swarm`, `desk`, `note` | the loop, what it is asked, what its tasks tell it |
//! | `transport`, `multiplexer` | QUIC; TCP, noise and yamux |
//! | [`faults`] | links that a testnet cuts and slows |
//!
//! Every queue is bounded; what happens when one is full stands beside its constant in [`limits`].

mod allowance;
mod behaviour;
mod bulk;
mod conduct;
mod desk;
mod dialer;
mod door;
mod event;
mod fault;
pub mod faults;
mod frame;
mod gated;
mod gossip;
mod identity;
mod introduction;
pub mod limits;
mod link;
mod multiplexer;
mod network;
mod note;
mod notice;
mod session;
mod stream;
mod swarm;
mod transport;

use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use libp2p::{Swarm, identity::Keypair};
use tokio::{sync::mpsc, time::Instant};

pub use ewtp_federation::{Acceptance, Topic};
pub use ewtp_record::{HubCode, NetName, NodeKey};

use self::{
    behaviour::Behaviour,
    desk::Desk,
    dialer::Dialer,
    limits::{ARRIVALS_QUEUE, EVENTS_QUEUE, NOTES_QUEUE},
    session::Sessions,
    stream::Streams,
};
pub use self::{
    bulk::{Bulk, Responder},
    event::{MessageId, NetworkEvent},
    fault::{Misbehaviour, NetworkError, StreamFault},
    faults::{LinkFaults, LinkState},
    limits::{
        BULK_BYTES_MAX, CONTROL_BYTES_MAX, GOSSIP_BYTES_MAX, INTRODUCTION_BYTES_MAX, Limits, NOTICE_BYTES_MAX,
        REQUEST_BYTES_MAX,
    },
    network::{Member, Network},
};

/// Who may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Strangers introduce themselves in a bounded number of places ([`Limits::guests_max`]); those the node admits
    /// become members, the others go.
    Members,
    /// Strangers whom the node admits stay as guests. For testnets and observers.
    Open {
        /// How many at a time.
        guests_max: usize,
    },
}

/// All that [`start`] needs.
#[derive(Clone)]
pub struct NetworkConfig {
    /// The seed of our Ed25519 node key.
    pub key_seed: [u8; 32],
    /// The net, part of every topic's name.
    pub net: NetName,
    /// Multiaddresses to listen on, such as `/ip4/0.0.0.0/tcp/4160` and `/ip4/0.0.0.0/udp/4160/quic-v1`.
    pub listen: Vec<String>,
    /// Our introduction, at most 64 KiB: charter chain and node manifest, encoded.
    pub introduction: Bytes,
    /// Who may stay.
    pub admission: Admission,
    /// Bounds.
    pub limits: Limits,
    /// Links that a testnet cuts and slows; `None` leaves no trace of that in the transport.
    pub faults: Option<Arc<dyn LinkFaults>>,
}

/// Joins the mesh: listens, and runs until [`Network::stop`] or until the events are dropped. Must be called inside a
/// Tokio runtime.
///
/// # Errors
/// [`NetworkError`] when an address, the introduction or a setting cannot be used; nothing runs then.
pub fn start(config: NetworkConfig) -> Result<(Network, mpsc::Receiver<NetworkEvent>), NetworkError> {
    network::check_introduction(&config.introduction)?;
    let key = Keypair::ed25519_from_bytes(config.key_seed).expect("every 32 bytes are an Ed25519 seed");
    let own = identity::node_key(&key.public().to_peer_id()).expect("an Ed25519 key was just made");
    let transport = transport::build(&key, config.faults.clone())?;
    let (gossip, topics) = gossip::behaviour(&config.net)?;
    let (streams, (arrivals, arriving)) = (Streams::default(), mpsc::channel(ARRIVALS_QUEUE));
    let protocols = [
        introduction::PROTOCOL,
        session::PROTOCOL,
        Bulk::Logs.protocol(),
        Bulk::Schedules.protocol(),
        notice::PROTOCOL,
    ];
    let accepting = stream::Behaviour::new(&protocols, streams.clone(), arrivals);
    let behaviour = Behaviour::new(&config, &key, gossip, accepting);
    let mut swarm = Swarm::new(transport, behaviour, key.public().to_peer_id(), swarm_config());
    listen(&mut swarm, &config.listen)?;

    let (events, receiver) = mpsc::channel(EVENTS_QUEUE);
    let (notes, noted) = mpsc::channel(NOTES_QUEUE);
    let (desk, sessions) = (Arc::new(Desk::default()), Sessions::default());
    let network = Network {
        desk: Arc::clone(&desk),
        sessions: sessions.clone(),
        streams: streams.clone(),
        node: own,
    };
    let mesh = swarm::Mesh {
        swarm,
        own,
        introduction: config.introduction,
        desk,
        sessions,
        streams,
        topics,
        dialer: Dialer::new(own, &config.limits),
        limits: config.limits,
        links: BTreeMap::new(),
        numbers: 0,
        next_heartbeat: Instant::now(),
        outbox: VecDeque::new(),
        events,
        notes,
    };
    tokio::spawn(mesh.run(noted, arriving));
    Ok((network, receiver))
}

fn listen(swarm: &mut Swarm<Behaviour>, addresses: &[String]) -> Result<(), NetworkError> {
    for address in addresses {
        let parsed = address.parse().map_err(|_| NetworkError::Address {
            address: address.clone(),
        })?;
        swarm.listen_on(parsed).map_err(|error| NetworkError::Listen {
            address: address.clone(),
            reason: whole(&error),
        })?;
    }
    Ok(())
}

/// An error with everything that caused it: the outer layers of libp2p say nothing themselves.
fn whole(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let mut words: Vec<String> = chain
        .map(ToString::to_string)
        .filter(|words| !words.is_empty())
        .collect();
    words.dedup();
    words.join(": ")
}

fn swarm_config() -> libp2p::swarm::Config {
    libp2p::swarm::Config::with_tokio_executor()
        // QUIC before TCP, IPv6 before IPv4, each with a head start.
        .with_smart_dial()
        // The default of 10 s would drop every peer that is in no mesh; admitted peers are kept by their open gate.
        .with_idle_connection_timeout(Duration::from_secs(600))
        // An honest peer opens a session, gossip, ping and at most eight requests at a time; the default of 128 lets a stranger
        // hold 128 half-made streams.
        .with_max_negotiating_inbound_streams(16)
        // Beyond this many waiting commands a connection's handler is waited for: gossip to a mesh of twelve in one go fits.
        .with_notify_handler_buffer_size(NonZeroUsize::new(32).expect("32 is not 0"))
        // What one connection may have to tell before it is read no more: the peer feels it, and nobody else.
        .with_per_connection_event_buffer_size(16)
}
