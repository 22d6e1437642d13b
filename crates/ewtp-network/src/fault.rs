//! What can go wrong, by who is at fault: the operator ([`NetworkError`]), a stream ([`StreamFault`]), a peer
//! ([`Misbehaviour`]).

use thiserror::Error;

/// Why the network could not start. Always something the operator can mend.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// An address is not a multiaddress such as `/ip4/0.0.0.0/tcp/4160`.
    #[error("`{address}` is not a multiaddress such as /ip4/0.0.0.0/tcp/4160")]
    Address {
        /// What was written.
        address: String,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The introduction is larger than a peer accepts.
    #[error("the introduction has {bytes} bytes, a peer accepts {max}")]
    Introduction {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A part of the network stack refused its settings.
    #[error("the network stack refused its settings: {0}")]
    Settings(String),
}

/// Why a stream ended before its end.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StreamFault {
    /// There is no session with the peer.
    #[error("not connected")]
    NotConnected,
    /// The other side closed before the first frame: all its places are taken. Ask again later or elsewhere.
    #[error("the peer is busy")]
    Busy,
    /// The other side does not speak the protocol.
    #[error("the peer does not speak this protocol")]
    Unsupported,
    /// Nothing arrived in the time allowed for the step.
    #[error("nothing arrived for {0} s")]
    Slow(u64),
    /// The stream ended inside a frame, or before the frame that says it is complete.
    #[error("the stream ended early")]
    CutShort,
    /// A frame is announced that is larger than the protocol allows. Nothing was allocated for it.
    #[error("a frame of {bytes} bytes, the protocol allows {max}")]
    TooLarge {
        /// The announced size.
        bytes: usize,
        /// The protocol's limit.
        max: usize,
    },
    /// An empty frame where the protocol has none, or a frame where an empty one must come first.
    #[error("an empty frame in the wrong place")]
    Misplaced,
    /// Our own queue to the peer was full: it reads more slowly than we must write.
    #[error("the peer does not keep up")]
    QueueFull,
    /// The connection broke.
    #[error("the connection broke: {0:?}")]
    Broken(std::io::ErrorKind),
}

impl StreamFault {
    /// Whether an honest and correct peer never causes this.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Misplaced)
    }
}

impl From<std::io::Error> for StreamFault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::CutShort,
            kind => Self::Broken(kind),
        }
    }
}

/// How grave a peer's misbehaviour is. Four words; the ledger in `conduct` turns them into points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Cannot be an accident: disconnected and kept away at once.
    Fatal,
    /// Tolerated about twice in ten minutes.
    Grave,
    /// Tolerated about five times in ten minutes.
    Careless,
    /// Tolerated about fifty times in ten minutes.
    Petty,
}

impl Misbehaviour {
    /// Points lost.
    pub(crate) const fn points(self) -> f64 {
        match self {
            Self::Fatal => 100.0,
            Self::Grave => 20.0,
            Self::Careless => 10.0,
            Self::Petty => 1.0,
        }
    }
}
