//! Telling a peer why it is not let in, `/ewtp/notice/1`: one frame from the node that turns it away. spec: sync R17
//!
//! The reader closes the stream when it has read, so that the writer does not close the connection before.

use bytes::Bytes;
use futures::AsyncWriteExt;
use libp2p::{PeerId, Stream, StreamProtocol};

use crate::{
    StreamFault, frame,
    limits::{NOTICE_BYTES_MAX, OPEN_TIME},
    stream::Streams,
};

/// The protocol's name on the wire.
pub(crate) const PROTOCOL: StreamProtocol = StreamProtocol::new("/ewtp/notice/1");

/// Tells, and waits until the peer has read.
pub(crate) async fn tell(streams: Streams, peer: PeerId, notice: Bytes) -> Result<(), StreamFault> {
    frame::within(OPEN_TIME, async {
        let mut stream = streams.open(peer, PROTOCOL).await?;
        frame::write(&mut stream, &notice, &mut Vec::new()).await?;
        stream.close().await?;
        frame::read(&mut stream, 0).await.map(drop)
    })
    .await
}

/// Reads what a peer tells.
pub(crate) async fn hear(mut stream: Stream) -> Result<Bytes, StreamFault> {
    frame::within(OPEN_TIME, async {
        let notice = frame::read(&mut stream, NOTICE_BYTES_MAX).await?;
        stream.close().await?;
        notice.filter(|bytes| !bytes.is_empty()).ok_or(StreamFault::CutShort)
    })
    .await
}
