//! What the tasks of streams tell the loop.

use bytes::Bytes;

use crate::{Bulk, NodeKey, Responder, StreamFault, session::Outgoing};

/// One note. Notes of one task arrive in the order they were written.
#[derive(Debug)]
pub(crate) enum Note {
    /// The exchange of introductions of this life of a link ended.
    Introduced {
        node: NodeKey,
        life: u64,
        theirs: Result<Bytes, StreamFault>,
    },
    /// A peer that is turned away was told why, or could not be.
    Told { node: NodeKey, life: u64 },
    /// A peer told us why we are turned away.
    Notice { node: NodeKey, notice: Bytes },
    /// Both sides admitted each other.
    SessionUp {
        node: NodeKey,
        number: u64,
        outgoing: Outgoing,
    },
    /// A control frame.
    Message { node: NodeKey, number: u64, bytes: Bytes },
    /// The session ended by itself.
    SessionDown {
        node: NodeKey,
        number: u64,
        fault: StreamFault,
    },
    /// A request for bulk.
    Request {
        node: NodeKey,
        bulk: Bulk,
        bytes: Bytes,
        responder: Responder,
    },
    /// A stream ended with a fault that concerns nobody but its opener.
    Fault { node: NodeKey, fault: StreamFault },
}
