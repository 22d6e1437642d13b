//! What the network tells the node.

use bytes::Bytes;

use crate::{Bulk, NodeKey, Responder, StreamFault, Topic};

/// Names a gossip message until its verdict: see [`crate::Network::validate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The first 16 bytes of SHA-256(topic ‖ 0 ‖ payload).
    pub id: [u8; 16],
    /// The neighbour that delivered it first.
    pub from: NodeKey,
}

/// One event. Events of one peer come in the order in which they happened; `Connected` and `Disconnected` alternate.
#[derive(Debug)]
pub enum NetworkEvent {
    /// We can be reached at this address, as far as this machine knows.
    Listening {
        /// A multiaddress without the peer id.
        address: String,
    },
    /// A peer introduced itself: answer with [`crate::Network::admit`] or [`crate::Network::refuse`]. Without an answer
    /// the connection is closed after 30 s. A peer that reconnects introduces itself again.
    Introduced {
        /// The key it proved in the handshake.
        node: NodeKey,
        /// What it said, at most 64 KiB, undecoded.
        introduction: Bytes,
    },
    /// A peer that we dialled or that dialled us does not let us in, and says why: see [`crate::Network::turn_away`]. It
    /// closes the connection.
    TurnedAway {
        /// The key it proved in the handshake.
        node: NodeKey,
        /// What it said, 1 to 64 bytes, undecoded.
        notice: Bytes,
    },
    /// Admitted on both sides, control stream up, gossip open: say hello. The newest message of each topic that was
    /// published without neighbours goes to the first of them by itself; everything older is for sync to bring.
    Connected {
        /// The peer.
        node: NodeKey,
    },
    /// The session ended; control frames may be lost. If the connection still stands a new session follows.
    Disconnected {
        /// The peer.
        node: NodeKey,
    },
    /// A gossip message, not forwarded before [`crate::Network::validate`]. Drop it for *ignore*: it fades after 12 s.
    Gossip {
        /// Its name.
        message: MessageId,
        /// The neighbour that delivered it.
        from: NodeKey,
        /// Its topic.
        topic: Topic,
        /// At most 32 KiB, undecoded.
        bytes: Bytes,
    },
    /// A control frame, 1 byte to 64 KiB, undecoded.
    Message {
        /// A connected peer.
        from: NodeKey,
        /// The frame.
        bytes: Bytes,
    },
    /// A request of a connected peer, at most 64 bytes, undecoded.
    Request {
        /// The peer.
        from: NodeKey,
        /// What it asks for.
        bulk: Bulk,
        /// The request.
        bytes: Bytes,
        /// Where the answer goes.
        responder: Responder,
    },
    /// A peer does not take its gossip in time: sync with it.
    SlowPeer {
        /// The peer.
        node: NodeKey,
    },
    /// A peer broke a protocol. It was counted already; this is for the log and the counters.
    Fault {
        /// The peer.
        node: NodeKey,
        /// How.
        fault: StreamFault,
    },
}
