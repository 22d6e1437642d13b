//! Streams of our own protocols: opening one, and the loops that accept them.
//!
//! `libp2p-stream` drops an inbound stream when its accept loop is not ready, so each loop does nothing but hand over
//! ([`accept`]). Whoever opened a stream that is dropped reads an early end and tries again.

use futures::StreamExt;
use libp2p::{PeerId, Stream, StreamProtocol};
use libp2p_stream::{Control, OpenStreamError};
use tokio::sync::mpsc;
use tracing::debug;

use crate::{NetworkError, StreamFault};

/// An inbound stream of one of our protocols.
pub(crate) struct Arrival {
    pub(crate) peer: PeerId,
    pub(crate) protocol: StreamProtocol,
    pub(crate) stream: Stream,
}

/// Hands every inbound stream of `protocol` over, for as long as somebody takes them. A full queue drops the stream.
pub(crate) fn accept(
    control: &mut Control,
    protocol: &StreamProtocol,
    arrivals: mpsc::Sender<Arrival>,
) -> Result<(), NetworkError> {
    let mut inbound = control
        .accept(protocol.clone())
        .map_err(|error| NetworkError::Settings(error.to_string()))?;
    let protocol = protocol.clone();
    tokio::spawn(async move {
        while let Some((peer, stream)) = inbound.next().await {
            let arrival = Arrival {
                peer,
                protocol: protocol.clone(),
                stream,
            };
            match arrivals.try_send(arrival) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => debug!(%peer, %protocol, "too many arrivals, one dropped"),
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    });
    Ok(())
}

/// Opens a stream to a connected peer. The caller bounds the time.
pub(crate) async fn open(control: &mut Control, peer: PeerId, protocol: StreamProtocol) -> Result<Stream, StreamFault> {
    control.open_stream(peer, protocol).await.map_err(|error| match error {
        OpenStreamError::UnsupportedProtocol(_) => StreamFault::Unsupported,
        OpenStreamError::Io(error) => error.into(),
        _ => StreamFault::Broken(std::io::ErrorKind::Other),
    })
}
