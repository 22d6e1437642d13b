//! The behaviour and the connection's side of streams: no state but a queue for each connection that stands.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    vec,
};

use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{
        Endpoint,
        transport::PortUse,
        upgrade::{InboundUpgrade, ReadyUpgrade, UpgradeInfo},
    },
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
        StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use tokio::sync::mpsc;
use tracing::debug;

use super::{Answer, Arrival, Opening, Streams};
use crate::StreamFault;

/// Accepts streams of a few protocols on every connection, and opens what [`Streams`] asks for. Must be the last of the
/// behaviours: a connection that one after it refused would be remembered.
pub(crate) struct Behaviour {
    streams: Streams,
    protocols: Arc<[StreamProtocol]>,
    arrivals: mpsc::Sender<Arrival>,
}

impl Behaviour {
    pub(crate) fn new(protocols: &[StreamProtocol], streams: Streams, arrivals: mpsc::Sender<Arrival>) -> Self {
        Self {
            streams,
            protocols: protocols.into(),
            arrivals,
        }
    }

    fn handler(&self, peer: PeerId, connection: ConnectionId) -> Handler {
        let openings = self.streams.add(peer, connection);
        Handler {
            peer,
            openings,
            protocols: Arc::clone(&self.protocols),
            arrivals: self.arrivals.clone(),
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, connection))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, connection))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(gone) = event {
            self.streams.remove(gone.peer_id, gone.connection_id);
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

/// One connection.
pub(crate) struct Handler {
    peer: PeerId,
    openings: mpsc::Receiver<Opening>,
    protocols: Arc<[StreamProtocol]>,
    arrivals: mpsc::Sender<Arrival>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = Offer;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Answer;

    fn listen_protocol(&self) -> SubstreamProtocol<Offer> {
        SubstreamProtocol::new(Offer(Arc::clone(&self.protocols)), ())
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Answer, Infallible>> {
        match self.openings.poll_recv(context) {
            Poll::Ready(Some(Opening { protocol, answer })) => {
                Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                    protocol: SubstreamProtocol::new(ReadyUpgrade::new(protocol), answer),
                })
            }
            // The connection is being closed: nobody asks any more.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Answer>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (stream, protocol),
                ..
            }) => {
                let arrival = Arrival {
                    peer: self.peer,
                    protocol,
                    stream,
                };
                if self.arrivals.try_send(arrival).is_err() {
                    // Whoever opened it reads an early end and tries again.
                    debug!(peer = %self.peer, "too many streams arrive at once, one dropped");
                }
            }
            // An answer that nobody waits for any more drops the stream.
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: answer,
            }) => {
                let _ = answer.send(Ok(stream));
            }
            ConnectionEvent::DialUpgradeError(failed) => {
                let _ = failed.info.send(Err(fault(failed.error)));
            }
            _ => {}
        }
    }
}

fn fault(error: StreamUpgradeError<Infallible>) -> StreamFault {
    match error {
        StreamUpgradeError::Timeout => StreamFault::Broken(std::io::ErrorKind::TimedOut),
        StreamUpgradeError::NegotiationFailed => StreamFault::Unsupported,
        StreamUpgradeError::Io(error) => error.into(),
        StreamUpgradeError::Apply(never) => match never {},
    }
}

/// The protocols we accept; the stream comes with the one that was agreed on.
pub(crate) struct Offer(Arc<[StreamProtocol]>);

impl UpgradeInfo for Offer {
    type Info = StreamProtocol;
    type InfoIter = vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        Vec::from(&*self.0).into_iter()
    }
}

impl InboundUpgrade<Stream> for Offer {
    type Output = (Stream, StreamProtocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}
