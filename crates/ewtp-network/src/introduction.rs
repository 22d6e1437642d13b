//! The introduction, `/ewtp/intro/1`: the only protocol a stranger is served. spec: sync
//!
//! The dialler opens one stream; each side writes one frame of at most 64 KiB and reads the other's. What is in it (charter
//! chain and node manifest) is the node's matter, and so is the answer: admit, refuse, or silence, which ends the
//! connection after a while.

use bytes::Bytes;
use futures::AsyncWriteExt;
use libp2p::{PeerId, Stream, StreamProtocol};

use crate::{
    StreamFault, frame,
    limits::{INTRODUCTION_BYTES_MAX, INTRODUCTION_TIME, OPEN_TIME},
    stream::Streams,
};

/// The protocol's name on the wire.
pub(crate) const PROTOCOL: StreamProtocol = StreamProtocol::new("/ewtp/intro/1");

/// Opens the stream and exchanges introductions.
pub(crate) async fn open(streams: Streams, peer: PeerId, ours: Bytes) -> Result<Bytes, StreamFault> {
    let stream = frame::within(OPEN_TIME, streams.open(peer, PROTOCOL)).await?;
    exchange(stream, ours).await
}

/// Exchanges introductions on a stream that the dialler opened.
pub(crate) async fn exchange(stream: Stream, ours: Bytes) -> Result<Bytes, StreamFault> {
    frame::within(INTRODUCTION_TIME, async {
        let (mut reader, mut writer) = futures::AsyncReadExt::split(stream);
        let mut scratch = Vec::new();
        // Both at once: neither side may wait for the other to read a frame larger than the stream's window.
        let (theirs, ()) = tokio::try_join!(
            frame::read(&mut reader, INTRODUCTION_BYTES_MAX),
            frame::write(&mut writer, &ours, &mut scratch)
        )?;
        let theirs = theirs.ok_or(StreamFault::CutShort)?;
        writer.close().await?;
        Ok(theirs)
    })
    .await
}
