//! What the admin interface asks of the runtime: the only way in which an HTTP request changes anything.

use crate::issue::{IssueAnswer, IssueInput};
use crate::problem::Problem;
use ewtp_record::{CharterId, HubCode};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

/// Commands the runtime has not taken yet; with it full, a handler waits and its caller is told nothing: back-pressure.
pub const COMMANDS_MAX: usize = 64;

/// One request to the runtime. A dropped `answer` means the node is stopping.
#[derive(Debug)]
pub enum Command {
    /// Sign and log these records, at most 1,000, in this order. Answered when a durable signed checkpoint covers the
    /// last of them: one answer for each input, in the same order.
    Issue {
        /// The records.
        drafts: Vec<IssueInput>,
        /// Takes exactly as many answers.
        answer: oneshot::Sender<Vec<IssueAnswer>>,
    },
    /// Dial an address, or carry a hub from now on.
    AddPeer {
        /// Whom.
        peer: NewPeer,
        /// Done, or why not.
        answer: oneshot::Sender<Result<(), Problem>>,
    },
    /// Stop dialling an address that was added while the node ran.
    RemovePeer {
        /// The address as it was added.
        address: String,
        /// Done, or why not.
        answer: oneshot::Sender<Result<(), Problem>>,
    },
    /// Let our own log go on although something holds it.
    ResumeLog {
        /// The largest size of a log of our hub that the operator knows of.
        past: u64,
        /// Done, or why not.
        answer: oneshot::Sender<Result<(), Problem>>,
    },
    /// End the node as a signal would: refuse new work, commit, sign, announce, close.
    Stop {
        /// Sent when the stop has begun.
        answer: oneshot::Sender<()>,
    },
}

/// Whom to talk to: the body of `POST /v1/peers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPeer {
    /// The hub to carry. Needs `genesis`; absent to dial only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubCode>,
    /// Id of that hub's first charter: the pin that every later proof hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genesis: Option<CharterId>,
    /// Multiaddresses to dial, at most 8.
    pub addresses: Vec<String>,
}

/// An operator's word that the hub's own log goes on: the body of `POST /v1/log/resume`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The size that the alarm names: the operator knows of a log of the hub that long.
    pub past: u64,
}

/// A channel of commands with its bound: the sender for [`crate::Api`], the receiver for the runtime.
#[must_use]
pub fn commands() -> (mpsc::Sender<Command>, mpsc::Receiver<Command>) {
    mpsc::channel(COMMANDS_MAX)
}
