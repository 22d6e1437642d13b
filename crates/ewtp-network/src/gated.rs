//! A gate in front of a behaviour: strangers are not refused by it, they do not exist for it.
//!
//! Gossipsub keeps state for every connection and reads subscriptions before it looks at a peer's score, so a stranger
//! must not reach it at all. `Gated` gives each new connection a closed handler, which speaks nothing. When the node
//! admits a peer, [`Gated::open`] tells the inner behaviour of the connection as if it had just been made, and sends the
//! handler it answers with through the gate. No reconnection is needed.
//!
//! A gate opens in two steps. `open` lets the inner handler listen; [`Gated::release`] lets it speak, once the other side
//! has opened its gate too. Spoken to a closed gate, gossipsub would learn that the peer has no gossip and give up for the
//! life of the connection. If a handler gives up all the same (gossipsub also does after five streams), the gate puts a
//! fresh one in its place after [`RENEWAL_PAUSE`].
//!
//! The inner behaviour sees at most one connection of a peer. An open gate keeps its connection alive.

mod handler;

use std::{
    collections::{BTreeMap, VecDeque},
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    swarm::{
        ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm, behaviour::ConnectionEstablished,
    },
};

pub(crate) use self::handler::{GateHandler, ToBehaviour, ToHandler};

/// How long after a handler gave up it is replaced: longer than two sides need to agree on a connection.
const RENEWAL_PAUSE: Duration = Duration::from_millis(500);

/// What the gate tells.
#[derive(Debug)]
pub(crate) enum GateEvent<E> {
    /// The connection of this peer now listens for the inner protocol.
    Open(PeerId),
    /// The inner protocol received something from this peer.
    Heard(PeerId),
    /// The inner behaviour's own event.
    Inner(E),
}

/// A behaviour behind gates, one for each connection.
pub(crate) struct Gated<B: NetworkBehaviour> {
    inner: B,
    /// All connections, admitted or not: bounded by the connection limits.
    connections: BTreeMap<(PeerId, ConnectionId), ConnectedPoint>,
    /// The one connection of each admitted peer that the inner behaviour knows.
    open: BTreeMap<PeerId, Opened>,
    /// Handlers are numbered over all connections, so that what an old one still says is not taken for the new one's.
    handlers: u64,
    renewals: FuturesUnordered<BoxFuture<'static, (PeerId, u64)>>,
    outputs: VecDeque<Output<B>>,
}

type Output<B> =
    ToSwarm<GateEvent<<B as NetworkBehaviour>::ToSwarm>, ToHandler<<B as NetworkBehaviour>::ConnectionHandler>>;

struct Opened {
    connection: ConnectionId,
    released: bool,
    handler: u64,
    /// The first thing a handler says is only which protocol was agreed on, or that none was.
    agreed: bool,
}

impl<B: NetworkBehaviour> Gated<B> {
    pub(crate) fn new(inner: B) -> Self {
        Self {
            inner,
            connections: BTreeMap::new(),
            open: BTreeMap::new(),
            handlers: 0,
            renewals: FuturesUnordered::new(),
            outputs: VecDeque::new(),
        }
    }

    pub(crate) fn inner(&mut self) -> &mut B {
        &mut self.inner
    }

    /// Lets the inner behaviour have this connection of an admitted peer, in place of another it may have had.
    pub(crate) fn open(&mut self, peer: PeerId, connection: ConnectionId) {
        if self.open.get(&peer).is_some_and(|open| open.connection == connection) {
            return;
        }
        let released = self.open.get(&peer).is_some_and(|open| open.released);
        self.close(peer);
        self.install(peer, connection, released);
    }

    /// Lets the inner handler of this peer speak: the other side listens.
    pub(crate) fn release(&mut self, peer: PeerId) {
        if let Some(open) = self.open.get_mut(&peer) {
            open.released = true;
            let connection = open.connection;
            self.tell(peer, connection, ToHandler::Release);
        }
    }

    /// Takes the peer away from the inner behaviour.
    pub(crate) fn close(&mut self, peer: PeerId) {
        if let Some(open) = self.open.remove(&peer) {
            self.report_closed(peer, open.connection);
            self.tell(peer, open.connection, ToHandler::Close);
        }
    }

    fn install(&mut self, peer: PeerId, connection: ConnectionId, released: bool) {
        let Some(point) = self.connections.get(&(peer, connection)).cloned() else {
            return;
        };
        let handler = match &point {
            ConnectedPoint::Dialer {
                address,
                role_override,
                port_use,
            } => {
                self.inner
                    .handle_established_outbound_connection(connection, peer, address, *role_override, *port_use)
            }
            ConnectedPoint::Listener {
                local_addr,
                send_back_addr,
            } => self
                .inner
                .handle_established_inbound_connection(connection, peer, local_addr, send_back_addr),
        };
        let Ok(handler) = handler else { return };
        self.inner
            .on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id: peer,
                connection_id: connection,
                endpoint: &point,
                failed_addresses: &[],
                other_established: 0,
            }));
        self.handlers += 1;
        self.open.insert(
            peer,
            Opened {
                connection,
                released,
                handler: self.handlers,
                agreed: false,
            },
        );
        self.tell(
            peer,
            connection,
            ToHandler::Open {
                handler: Box::new(handler),
                number: self.handlers,
            },
        );
        if released {
            self.tell(peer, connection, ToHandler::Release);
        }
    }

    fn report_closed(&mut self, peer: PeerId, connection: ConnectionId) {
        if let Some(point) = self.connections.get(&(peer, connection)) {
            self.inner.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id: peer,
                connection_id: connection,
                endpoint: point,
                cause: None,
                remaining_established: 0,
            }));
        }
    }

    fn tell(&mut self, peer_id: PeerId, connection: ConnectionId, event: ToHandler<B::ConnectionHandler>) {
        self.outputs.push_back(ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(connection),
            event,
        });
    }

    fn generate(&mut self, event: GateEvent<B::ToSwarm>) {
        self.outputs.push_back(ToSwarm::GenerateEvent(event));
    }

    /// Replaces a handler that gave up, if it is still in use.
    fn renew(&mut self, peer: PeerId, handler: u64) {
        let Some(open) = self.open.get(&peer).filter(|open| open.handler == handler) else {
            return;
        };
        let (connection, released) = (open.connection, open.released);
        self.report_closed(peer, connection);
        self.open.remove(&peer);
        self.install(peer, connection, released);
    }

    fn poll_inner(&mut self, context: &mut Context<'_>) -> Poll<Output<B>> {
        self.inner
            .poll(context)
            .map(|output| output.map_out(GateEvent::Inner).map_in(ToHandler::Inner))
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for Gated<B> {
    type ConnectionHandler = GateHandler<B::ConnectionHandler>;
    type ToSwarm = GateEvent<B::ToSwarm>;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(GateHandler::closed())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(GateHandler::closed())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(made) => {
                self.connections
                    .insert((made.peer_id, made.connection_id), made.endpoint.clone());
            }
            FromSwarm::ConnectionClosed(gone) => {
                if self
                    .open
                    .get(&gone.peer_id)
                    .is_some_and(|open| open.connection == gone.connection_id)
                {
                    self.open.remove(&gone.peer_id);
                    self.report_closed(gone.peer_id, gone.connection_id);
                }
                self.connections.remove(&(gone.peer_id, gone.connection_id));
            }
            // Dial failures and address changes name peers that the inner behaviour may not know.
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        let Some(open) = self.open.get_mut(&peer).filter(|open| open.connection == connection) else {
            return;
        };
        match event {
            ToBehaviour::Open { number } if number == open.handler => self.generate(GateEvent::Open(peer)),
            ToBehaviour::GaveUp { number } if number == open.handler => {
                self.renewals
                    .push(tokio::time::sleep(RENEWAL_PAUSE).map(move |()| (peer, number)).boxed());
            }
            ToBehaviour::Inner { number, event } if number == open.handler => {
                let heard = std::mem::replace(&mut open.agreed, true);
                self.inner.on_connection_handler_event(peer, connection, event);
                if heard {
                    self.generate(GateEvent::Heard(peer));
                }
            }
            // From a handler that was replaced meanwhile.
            _ => {}
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        while let Poll::Ready(Some((peer, handler))) = self.renewals.poll_next_unpin(context) {
            self.renew(peer, handler);
        }
        if let Some(output) = self.outputs.pop_front() {
            return Poll::Ready(output);
        }
        self.poll_inner(context)
    }
}
