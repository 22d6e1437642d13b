//! Streams of our own protocols: opening one, and handing over those that arrive.
//!
//! A page of our own instead of `libp2p-stream` (0.5.0-alpha), because that crate keeps a channel for every connection
//! there ever was, so that any stranger who reconnects makes the node grow; drops an inbound stream whenever its accept
//! loop is not waiting at that very moment; dials a peer that is gone; and opens on a connection drawn at random.

mod behaviour;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use libp2p::{PeerId, Stream, StreamProtocol, swarm::ConnectionId};
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::behaviour::Behaviour;
use crate::StreamFault;

/// Streams of one connection waiting to be opened. Full: the caller waits, as long as its own time allows.
const OPENINGS_QUEUE: usize = 16;

/// An inbound stream of one of our protocols.
pub(crate) struct Arrival {
    pub(crate) peer: PeerId,
    pub(crate) protocol: StreamProtocol,
    pub(crate) stream: Stream,
}

/// A stream that somebody wants, and where it goes.
#[derive(Debug)]
struct Opening {
    protocol: StreamProtocol,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<Stream, StreamFault>>;

/// The handle that opens streams. Clones share the connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams(Arc<Mutex<Connections>>);

/// Where to ask for a stream, by peer and connection.
type Connections = BTreeMap<(PeerId, ConnectionId), mpsc::Sender<Opening>>;

impl Streams {
    /// Opens a stream on the newest connection to a peer. The caller bounds the time.
    pub(crate) async fn open(&self, peer: PeerId, protocol: StreamProtocol) -> Result<Stream, StreamFault> {
        let connection = self.newest(peer).ok_or(StreamFault::NotConnected)?;
        let (answer, opened) = oneshot::channel();
        connection
            .send(Opening { protocol, answer })
            .await
            .map_err(|_| StreamFault::NotConnected)?;
        opened.await.map_err(|_| StreamFault::NotConnected)?
    }

    fn newest(&self, peer: PeerId) -> Option<mpsc::Sender<Opening>> {
        let connections = self.lock();
        let of_peer = connections.iter().filter(|((of, _), _)| *of == peer);
        of_peer.max_by_key(|((_, id), _)| *id).map(|(_, sender)| sender.clone())
    }

    fn add(&self, peer: PeerId, connection: ConnectionId) -> mpsc::Receiver<Opening> {
        let (sender, receiver) = mpsc::channel(OPENINGS_QUEUE);
        self.lock().insert((peer, connection), sender);
        receiver
    }

    fn remove(&self, peer: PeerId, connection: ConnectionId) {
        self.lock().remove(&(peer, connection));
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
