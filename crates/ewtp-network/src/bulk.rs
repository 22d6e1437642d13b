//! Requests for bulk: each on a stream of its own, so that it never delays a control frame. spec: sync, tariff-sync
//!
//! The requester writes one frame. The responder writes frames of at most 256 KiB and an empty frame when it is done. A
//! stream that ends before the first frame says *busy*; one that ends before the empty frame was cut short. The requester
//! keeps its half open: yamux resets a dropped stream only then, and a responder without credit would wait for ever.
//! Back-pressure is the stream's own: who does not read is not sent to, on both sides, up to the store.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use futures::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{PeerId, Stream, StreamProtocol};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{
    NodeKey, StreamFault, frame,
    limits::{
        BULK_BYTES_MAX, BULK_UNREAD_TIME, FIRST_FRAME_TIME, NEXT_FRAME_TIME, OPEN_TIME, REQUEST_BYTES_MAX,
        RESPONSE_QUEUE_FRAMES, unread_time,
    },
    note::Note,
    stream::Streams,
};

/// What is asked for. Each has a protocol and places of its own, so that neither keeps the other waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// Stretches of logs, `/ewtp/range/1`.
    Logs,
    /// Pages and patches of schedules, `/ewtp/tariff/1`.
    Schedules,
}

impl Bulk {
    const ALL: [Self; 2] = [Self::Logs, Self::Schedules];

    /// Its name on the wire.
    pub(crate) const fn protocol(self) -> StreamProtocol {
        match self {
            Self::Logs => StreamProtocol::new("/ewtp/range/1"),
            Self::Schedules => StreamProtocol::new("/ewtp/tariff/1"),
        }
    }

    pub(crate) fn of(protocol: &StreamProtocol) -> Option<Self> {
        Self::ALL.into_iter().find(|bulk| bulk.protocol() == *protocol)
    }
}

/// Asks, and hands each frame of the answer to `answer`. Ends with the answer, with a fault, or when nobody listens.
pub(crate) async fn ask(
    streams: Streams,
    peer: PeerId,
    bulk: Bulk,
    request: Bytes,
    answer: mpsc::Sender<Result<Bytes, StreamFault>>,
) {
    if let Err(fault) = receive(streams, peer, bulk, &request, &answer).await {
        // Nobody listens any more: nobody needs to know.
        let _ = answer.send(Err(fault)).await;
    }
}

async fn receive(
    streams: Streams,
    peer: PeerId,
    bulk: Bulk,
    request: &Bytes,
    answer: &mpsc::Sender<Result<Bytes, StreamFault>>,
) -> Result<(), StreamFault> {
    if request.len() > REQUEST_BYTES_MAX {
        return Err(StreamFault::TooLarge {
            bytes: request.len(),
            max: REQUEST_BYTES_MAX,
        });
    }
    let stream = frame::within(OPEN_TIME, streams.open(peer, bulk.protocol())).await?;
    let (mut reader, mut writer) = stream.split();
    let mut scratch = Vec::new();
    let asked = frame::within(FIRST_FRAME_TIME, frame::write(&mut writer, request, &mut scratch));
    asked.await.map_err(|fault| ended(fault, StreamFault::Busy))?;
    let (mut patience, mut early) = (FIRST_FRAME_TIME, StreamFault::Busy);
    loop {
        let next = frame::within(patience, frame::read(&mut reader, BULK_BYTES_MAX)).await;
        match next.map_err(|fault| ended(fault, early.clone()))? {
            None => return Err(early),
            Some(end) if end.is_empty() => return Ok(()),
            Some(bytes) => {
                // Waiting here is the back-pressure; the clock runs only while we are reading.
                if answer.send(Ok(bytes)).await.is_err() {
                    return Ok(());
                }
            }
        }
        (patience, early) = (NEXT_FRAME_TIME, StreamFault::CutShort);
    }
}

/// A stream that the other side dropped ends in a reset on one transport and in an end of file on the other.
fn ended(fault: StreamFault, early: StreamFault) -> StreamFault {
    match fault {
        StreamFault::Broken(_) => early,
        other => other,
    }
}

/// Reads the request of an inbound stream and notes it with a [`Responder`]. The place is free again when that is gone.
pub(crate) async fn answer(
    node: NodeKey,
    bulk: Bulk,
    stream: Stream,
    place: OwnedSemaphorePermit,
    notes: mpsc::Sender<Note>,
) {
    let (mut reader, writer) = stream.split();
    let request = frame::within(FIRST_FRAME_TIME, frame::read(&mut reader, REQUEST_BYTES_MAX)).await;
    let note = match request {
        Ok(Some(bytes)) if !bytes.is_empty() => {
            let (frames, queue) = mpsc::channel(RESPONSE_QUEUE_FRAMES);
            let abandoned = Arc::new(AtomicBool::new(false));
            tokio::spawn(respond(writer, queue, Arc::clone(&abandoned), place));
            Note::Request {
                node,
                bulk,
                bytes,
                responder: Responder { frames, abandoned },
            }
        }
        Ok(Some(_)) => Note::Fault {
            node,
            fault: StreamFault::Misplaced,
        },
        Ok(None) => Note::Fault {
            node,
            fault: StreamFault::CutShort,
        },
        Err(fault) => Note::Fault { node, fault },
    };
    // No loop, no node: the stream ends and the requester asks elsewhere.
    let _ = notes.send(note).await;
}

async fn respond(
    mut writer: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Bytes>,
    abandoned: Arc<AtomicBool>,
    _place: OwnedSemaphorePermit,
) {
    let mut scratch = Vec::new();
    while let Some(bytes) = queue.recv().await {
        let written = frame::write(&mut writer, &bytes, &mut scratch);
        if frame::within(unread_time(bytes.len()), written).await.is_err() {
            return;
        }
    }
    if abandoned.load(Ordering::Acquire) {
        return;
    }
    // A requester that is gone loses nothing.
    let _ = frame::within(BULK_UNREAD_TIME, async {
        frame::write(&mut writer, &[], &mut scratch).await?;
        Ok(writer.close().await?)
    })
    .await;
}

/// The near end of an answer. Dropped, the answer is complete.
#[derive(Debug)]
pub struct Responder {
    frames: mpsc::Sender<Bytes>,
    abandoned: Arc<AtomicBool>,
}

impl Responder {
    /// Queues the next frame, 1 to 262,144 bytes. Waits while the requester does not read.
    ///
    /// # Errors
    /// [`StreamFault::CutShort`] when the requester is gone or took a frame too slowly; [`StreamFault::TooLarge`] and
    /// [`StreamFault::Misplaced`] for a frame the protocol does not allow, and nothing was sent.
    pub async fn send(&self, frame: Bytes) -> Result<(), StreamFault> {
        Self::check(&frame)?;
        self.frames.send(frame).await.map_err(|_| StreamFault::CutShort)
    }

    /// Ends without an answer: before the first frame the requester reads *busy*, after it *cut short*.
    pub fn abandon(self) {
        self.abandoned.store(true, Ordering::Release);
    }

    fn check(frame: &Bytes) -> Result<(), StreamFault> {
        match frame.len() {
            0 => Err(StreamFault::Misplaced),
            bytes if bytes > BULK_BYTES_MAX => Err(StreamFault::TooLarge {
                bytes,
                max: BULK_BYTES_MAX,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        pin::Pin,
        task::{Context, Poll},
    };

    use tokio::{sync::Semaphore, time::Instant};

    use super::*;

    /// The stream of a reader that takes nothing.
    struct Unread;

    impl AsyncWrite for Unread {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_loses_its_place_the_sooner_the_less_it_has_to_take() {
        for (bytes, seconds) in [(BULK_BYTES_MAX, 26), (1, 10)] {
            let places = Arc::new(Semaphore::new(1));
            let place = Arc::clone(&places).try_acquire_owned().unwrap();
            let (frames, queue) = mpsc::channel(1);
            frames.send(Bytes::from(vec![0; bytes])).await.unwrap();
            let begun = Instant::now();
            respond(Unread, queue, Arc::default(), place).await;
            let waited = begun.elapsed();
            assert!(
                (waited.as_secs(), places.available_permits()) == (seconds, 1),
                "{waited:?}"
            );
            assert!(frames.is_closed());
        }
    }
}
