//! The control stream, `/ewtp/sync/1`: one long-lived stream for each pair of admitted peers. spec: sync
//!
//! The side with the lesser node key opens it, so that there is never a question which of two is the right one. The first
//! frame of each side is empty and says: I admitted you and my gossip listens. After both, the peers are connected.
//! Every further frame is a message of the node's, up to 64 KiB.
//!
//! A peer that does not keep up is not waited for: when its queue is full the session ends and is opened again, and the
//! exchange of frontiers starts from the beginning. It repairs what was lost.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{
    AsyncReadExt, AsyncWriteExt,
    io::{ReadHalf, WriteHalf},
};
use libp2p::{PeerId, Stream, StreamProtocol};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep},
};

use crate::{
    NodeKey, StreamFault,
    allowance::ControlAllowance,
    frame,
    limits::{ADMISSION_TIME, CONTROL_BYTES_MAX, OPEN_TIME, SESSION_QUEUE_BYTES, SESSION_QUEUE_FRAMES, UNREAD_TIME},
    note::Note,
    stream::Streams,
};

/// The protocol's name on the wire.
pub(crate) const PROTOCOL: StreamProtocol = StreamProtocol::new("/ewtp/sync/1");

/// How this side gets its stream.
pub(crate) enum Origin {
    /// We have the lesser key.
    Open(Streams, PeerId),
    /// The other side opened it.
    Arrived(Stream),
}

/// Runs a session from its first frame to its end and tells of it in notes; `number` names it.
///
/// `allowance` is that of the whole link: what it does not allow yet waits in the stream.
pub(crate) async fn run(
    node: NodeKey,
    number: u64,
    origin: Origin,
    allowance: Arc<Mutex<ControlAllowance>>,
    notes: mpsc::Sender<Note>,
) {
    let reading = Reading {
        node,
        number,
        allowance,
    };
    let fault = match converse(&reading, origin, &notes).await {
        Ok(()) => StreamFault::CutShort,
        Err(fault) => fault,
    };
    // The loop is gone when nobody reads notes: then there is nobody to tell.
    let _ = notes.send(Note::SessionDown { node, number, fault }).await;
}

/// What the reading end of a session knows.
struct Reading {
    node: NodeKey,
    number: u64,
    allowance: Arc<Mutex<ControlAllowance>>,
}

async fn converse(reading: &Reading, origin: Origin, notes: &mpsc::Sender<Note>) -> Result<(), StreamFault> {
    let (node, number) = (reading.node, reading.number);
    let stream = match origin {
        Origin::Arrived(stream) => stream,
        Origin::Open(streams, peer) => frame::within(OPEN_TIME, streams.open(peer, PROTOCOL)).await?,
    };
    let (mut reader, mut writer) = stream.split();
    greet(&mut reader, &mut writer).await?;
    let (outgoing, queue) = Outgoing::new();
    let overflow = Arc::clone(&outgoing.overflow);
    let queued = Arc::clone(&outgoing.queued);
    if notes.send(Note::SessionUp { node, number, outgoing }).await.is_err() {
        return Ok(());
    }
    tokio::select! {
        end = reading.read(&mut reader, notes) => end,
        end = write(&mut writer, queue, &queued) => end,
        () = overflow.notified() => Err(StreamFault::QueueFull),
    }
}

/// The empty frame of each side. The other's comes when its node has decided.
async fn greet(reader: &mut ReadHalf<Stream>, writer: &mut WriteHalf<Stream>) -> Result<(), StreamFault> {
    frame::within(OPEN_TIME, frame::write(writer, &[], &mut Vec::new())).await?;
    match frame::within(ADMISSION_TIME, frame::read(reader, CONTROL_BYTES_MAX)).await? {
        Some(first) if first.is_empty() => Ok(()),
        Some(_) => Err(StreamFault::Misplaced),
        None => Err(StreamFault::CutShort),
    }
}

impl Reading {
    async fn read(&self, reader: &mut ReadHalf<Stream>, notes: &mpsc::Sender<Note>) -> Result<(), StreamFault> {
        let (node, number) = (self.node, self.number);
        while let Some(bytes) = frame::read(reader, CONTROL_BYTES_MAX).await? {
            if bytes.is_empty() {
                return Err(StreamFault::Misplaced);
            }
            // While the peer has said more than it may, or the node is busy, this waits, the stream is not read, and the
            // peer's window closes.
            let pause = self.draw(bytes.len());
            if !pause.is_zero() {
                sleep(pause).await;
            }
            if notes.send(Note::Message { node, number, bytes }).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn draw(&self, bytes: usize) -> Duration {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.draw(bytes, Instant::now())
    }
}

async fn write(
    writer: &mut WriteHalf<Stream>,
    mut queue: mpsc::Receiver<Bytes>,
    queued: &AtomicUsize,
) -> Result<(), StreamFault> {
    let mut scratch = Vec::new();
    while let Some(bytes) = queue.recv().await {
        frame::within(UNREAD_TIME, frame::write(writer, &bytes, &mut scratch)).await?;
        queued.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
    // The loop dropped its end: say goodbye in order.
    writer.close().await?;
    Ok(())
}

/// The near end of a session's queue.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    frames: mpsc::Sender<Bytes>,
    queued: Arc<AtomicUsize>,
    overflow: Arc<Notify>,
}

impl Outgoing {
    fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (frames, queue) = mpsc::channel(SESSION_QUEUE_FRAMES);
        (
            Self {
                frames,
                queued: Arc::default(),
                overflow: Arc::default(),
            },
            queue,
        )
    }

    /// Queues a frame, or ends the session because it does not keep up.
    fn push(&self, bytes: Bytes) -> Result<(), StreamFault> {
        let size = bytes.len();
        let waiting = self.queued.fetch_add(size, Ordering::Relaxed);
        let sent = waiting + size <= SESSION_QUEUE_BYTES && self.frames.try_send(bytes).is_ok();
        if !sent {
            self.queued.fetch_sub(size, Ordering::Relaxed);
            self.overflow.notify_one();
            return Err(StreamFault::QueueFull);
        }
        Ok(())
    }
}

/// The sessions that are up: written by the loop, used by every handle without a detour through the loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<Mutex<BTreeMap<NodeKey, Outgoing>>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeKey, Outgoing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, node: NodeKey, outgoing: Outgoing) {
        self.lock().insert(node, outgoing);
    }

    pub(crate) fn remove(&self, node: NodeKey) {
        self.lock().remove(&node);
    }

    pub(crate) fn contains(&self, node: NodeKey) -> bool {
        self.lock().contains_key(&node)
    }

    /// Queues a frame for a connected peer.
    pub(crate) fn send(&self, node: NodeKey, bytes: Bytes) -> Result<(), StreamFault> {
        if bytes.len() > CONTROL_BYTES_MAX {
            return Err(StreamFault::TooLarge {
                bytes: bytes.len(),
                max: CONTROL_BYTES_MAX,
            });
        }
        if bytes.is_empty() {
            return Err(StreamFault::Misplaced);
        }
        self.lock().get(&node).ok_or(StreamFault::NotConnected)?.push(bytes)
    }
}
