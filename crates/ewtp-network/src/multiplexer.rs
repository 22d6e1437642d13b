//! Yamux over TCP, with windows of our choosing.
//!
//! libp2p's own adapter takes yamux's default of 1 GiB receive window per connection and offers no way to lower it; this
//! one is the same adapter over the same crate with bounds.

use std::{
    collections::VecDeque,
    future::{Ready, ready},
    io, iter,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::{
    StreamMuxer, UpgradeInfo,
    muxing::StreamMuxerEvent,
    upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade},
};

use crate::transport::STREAMS_MAX;

/// What one peer may make us hold unread on all streams of a connection. Yamux starts each stream at 256 KiB, so this is
/// also the least that 64 streams need twice over.
const WINDOW_MAX: usize = 32 * 1024 * 1024;
/// Inbound streams waiting to be taken. Further ones are reset.
const WAITING_MAX: usize = STREAMS_MAX as usize;

/// The upgrade of an authenticated TCP connection to many streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Yamux;

fn settings() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(STREAMS_MAX as usize);
    config.set_max_connection_receive_window(Some(WINDOW_MAX));
    config
}

impl UpgradeInfo for Yamux {
    type Info = &'static str;
    type InfoIter = iter::Once<Self::Info>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> InboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_inbound(self, socket: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(socket, yamux::Mode::Server)))
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> OutboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_outbound(self, socket: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(socket, yamux::Mode::Client)))
    }
}

/// A connection that carries many streams.
pub(crate) struct Muxer<C> {
    connection: yamux::Connection<C>,
    /// Streams that arrived while only existing ones were polled: yamux makes progress in one way only, by asking for the
    /// next inbound stream.
    waiting: VecDeque<yamux::Stream>,
    taker: Option<Waker>,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Muxer<C> {
    fn new(socket: C, mode: yamux::Mode) -> Self {
        Self {
            connection: yamux::Connection::new(socket, settings(), mode),
            waiting: VecDeque::new(),
            taker: None,
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        let next = ready!(self.connection.poll_next_inbound(context));
        Poll::Ready(next.unwrap_or(Err(yamux::ConnectionError::Closed)).map_err(into_io))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Muxer<C> {
    type Substream = yamux::Stream;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        if let Poll::Ready(next) = self.poll_next(context) {
            return Poll::Ready(next);
        }
        self.taker = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_outbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        self.connection.poll_new_outbound(context).map_err(into_io)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_close(context).map_err(into_io)
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        let stream = ready!(self.poll_next(context))?;
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(stream);
        }
        if let Some(taker) = self.taker.take() {
            taker.wake();
        }
        // More may be ready: come back after others had their turn.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn into_io(error: yamux::ConnectionError) -> io::Error {
    match error {
        yamux::ConnectionError::Io(error) => error,
        other => io::Error::other(other),
    }
}
