//! A seam for testnets: links that are cut, slow or lossy without root and without a container.
//!
//! A wrapper around the multiplexer of each connection, present only when [`crate::NetworkConfig::faults`] is given; the
//! `ewtp` binary never gives it. While a link is cut nothing passes and nothing is told, as when a cable is pulled: no
//! error, no end of file. Both sides feel a cut that either side makes.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    PeerId,
    core::{
        StreamMuxer,
        muxing::{StreamMuxerBox, StreamMuxerEvent, StreamMuxerExt, SubstreamBox},
    },
};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::{NodeKey, identity};

/// How long after a change of [`LinkFaults::link`] a link follows it.
const FOLLOW: Duration = Duration::from_millis(20);
/// What a lost packet costs a reliable stream.
const STALL: Duration = Duration::from_secs(1);
/// Data is held up in pieces of this size.
const PIECE: usize = 16 * 1024;
/// What one slow stream may hold up: 4 MiB is 160 Mbit/s at 200 ms.
const LATE_MAX: usize = 4 * 1024 * 1024;

/// The state of one link, as the testnet wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// As if this module were not there.
    #[default]
    Open,
    /// Nothing passes and nothing is told.
    Cut,
    /// Bytes arrive late.
    Slow {
        /// Added to what is received, one way.
        delay: Duration,
        /// Up to this much more, evenly distributed, drawn anew for each piece of data.
        jitter: Duration,
        /// At most this many bytes a second are received on each stream; 0 is no limit.
        bytes_per_second: u64,
        /// Of 1,000 pieces of data, this many arrive a second late: a lost packet to a reliable stream is a pause.
        stalls_per_mille: u16,
    },
}

/// Who decides about links. Asked often: answer from memory.
pub trait LinkFaults: Send + Sync {
    /// The present state of the link to `peer`.
    fn link(&self, peer: NodeKey) -> LinkState;
}

/// One link under a [`LinkFaults`].
#[derive(Clone)]
struct Link {
    faults: Arc<dyn LinkFaults>,
    node: Option<NodeKey>,
}

impl Link {
    fn state(&self) -> LinkState {
        self.node.map_or(LinkState::Open, |node| self.faults.link(node))
    }

    async fn opened(&self) {
        while self.state() == LinkState::Cut {
            sleep(FOLLOW).await;
        }
    }
}

/// Lets a new connection through when its link is not cut; until then it is as if the handshake never ended.
pub(crate) async fn admit(
    faults: Arc<dyn LinkFaults>,
    peer: PeerId,
    muxer: StreamMuxerBox,
) -> io::Result<(PeerId, StreamMuxerBox)> {
    let link = Link {
        faults,
        node: identity::node_key(&peer),
    };
    link.opened().await;
    let faulty = FaultyMuxer {
        muxer: Some(muxer),
        gate: Gate::new(link),
    };
    Ok((peer, StreamMuxerBox::new(faulty)))
}

/// Holds up what is polled while its link is cut.
struct Gate {
    link: Link,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Gate {
    fn new(link: Link) -> Self {
        Self { link, timer: None }
    }

    /// Ready when the link is not cut.
    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.link.state() == LinkState::Cut {
            ready!(self.poll_until(Instant::now() + FOLLOW, context));
        }
        self.timer = None;
        Poll::Ready(())
    }

    /// Ready at the earlier of `at` and the time a running timer was set to.
    fn poll_until(&mut self, at: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        ready!(timer.as_mut().poll(context));
        self.timer = None;
        Poll::Ready(())
    }
}

/// A connection under faults.
struct FaultyMuxer {
    /// Present until dropped.
    muxer: Option<StreamMuxerBox>,
    gate: Gate,
}

impl FaultyMuxer {
    fn muxer(&mut self) -> &mut StreamMuxerBox {
        self.muxer.as_mut().expect("taken only by drop")
    }

    fn wrap(&self, stream: SubstreamBox) -> FaultySubstream {
        FaultySubstream {
            stream,
            reading: Gate::new(self.gate.link.clone()),
            writing: Gate::new(self.gate.link.clone()),
            late: Late::default(),
        }
    }
}

impl StreamMuxer for FaultyMuxer {
    type Substream = FaultySubstream;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<FaultySubstream>> {
        ready!(self.gate.poll_open(context));
        let stream = ready!(self.muxer().poll_inbound_unpin(context))?;
        Poll::Ready(Ok(self.wrap(stream)))
    }

    fn poll_outbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<FaultySubstream>> {
        ready!(self.gate.poll_open(context));
        let stream = ready!(self.muxer().poll_outbound_unpin(context))?;
        Poll::Ready(Ok(self.wrap(stream)))
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gate.link.state() == LinkState::Cut {
            // This side may give up; the other must not learn of it before the link heals (see `drop`).
            return Poll::Ready(Ok(()));
        }
        self.muxer().poll_close_unpin(context)
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        ready!(self.gate.poll_open(context));
        self.muxer().poll_unpin(context)
    }
}

impl Drop for FaultyMuxer {
    fn drop(&mut self) {
        let (Some(muxer), Ok(runtime)) = (self.muxer.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        if self.gate.link.state() == LinkState::Cut {
            let link = self.gate.link.clone();
            // A closed socket would tell the other side through the cut.
            runtime.spawn(async move {
                link.opened().await;
                drop(muxer);
            });
        }
    }
}

/// A stream under faults.
struct FaultySubstream {
    stream: SubstreamBox,
    reading: Gate,
    writing: Gate,
    late: Late,
}

/// What was received and may not be told of yet.
#[derive(Default)]
struct Late {
    pieces: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
    last_due: Option<Instant>,
    ended: bool,
}

impl Late {
    fn push(&mut self, piece: &[u8], pause: Pause, now: Instant) {
        let arrives = (now + pause.late).max(self.last_due.unwrap_or(now)) + pause.pace;
        self.last_due = Some(arrives);
        self.bytes += piece.len();
        self.pieces.push_back((arrives, piece.to_vec()));
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let Some((_, piece)) = self.pieces.front_mut() else {
            return 0;
        };
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        piece.drain(..count);
        self.bytes -= count;
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        count
    }
}

impl FaultySubstream {
    /// Receives what is at hand on a slow link, and notes when it may be told of.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut piece = [0; PIECE];
        while !self.late.ended && self.late.bytes < LATE_MAX {
            match Pin::new(&mut self.stream).poll_read(context, &mut piece) {
                Poll::Pending => break,
                Poll::Ready(read) => {
                    let count = read?;
                    self.late.ended = count == 0;
                    let now = Instant::now();
                    self.late
                        .push(&piece[..count], Pause::of(self.reading.link.state(), count, now), now);
                }
            }
        }
        Ok(())
    }
}

impl AsyncRead for FaultySubstream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.reading.poll_open(context));
        let slow = matches!(this.reading.link.state(), LinkState::Slow { .. });
        if !slow && this.late.pieces.is_empty() && !this.late.ended {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        }
        this.poll_receive(context)?;
        while let Some((due, _)) = this.late.pieces.front() {
            if slow && *due > Instant::now() {
                let due = *due;
                ready!(this.reading.poll_until(due, context));
                continue;
            }
            return Poll::Ready(Ok(this.late.take(buffer)));
        }
        if this.late.ended {
            Poll::Ready(Ok(0))
        } else {
            Poll::Pending
        }
    }
}

impl AsyncWrite for FaultySubstream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.writing.poll_open(context));
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.writing.poll_open(context));
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.writing.poll_open(context));
        Pin::new(&mut self.stream).poll_close(context)
    }
}

/// What a slow link adds to one piece of data.
#[derive(Clone, Copy)]
struct Pause {
    /// Until it may be told of, counted from its arrival.
    late: Duration,
    /// Counted from the piece before it.
    pace: Duration,
}

impl Pause {
    fn of(state: LinkState, bytes: usize, now: Instant) -> Self {
        let LinkState::Slow {
            delay,
            jitter,
            bytes_per_second,
            stalls_per_mille,
        } = state
        else {
            return Self {
                late: Duration::ZERO,
                pace: Duration::ZERO,
            };
        };
        let roll = dice(now);
        let stall = if roll % 1000 < u64::from(stalls_per_mille) {
            STALL
        } else {
            Duration::ZERO
        };
        let pace = match bytes_per_second {
            0 => Duration::ZERO,
            rate => Duration::from_micros(bytes as u64 * 1_000_000 / rate),
        };
        Self {
            late: delay + jitter.mul_f64((roll % 1021) as f64 / 1021.0) + stall,
            pace,
        }
    }
}

/// Faults must vary and nothing depends on how well: the time of arrival, stirred.
fn dice(now: Instant) -> u64 {
    let mut hasher = DefaultHasher::new();
    now.into_std().hash(&mut hasher);
    hasher.finish()
}
