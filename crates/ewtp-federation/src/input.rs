//! What goes into the engine and what comes out of it.

use std::sync::Arc;

use bytes::Bytes;
use ewtp_record::{HubCode, LogId, NodeKey, Record};
use ewtp_trust::{Directory, Introduced};

use crate::announcement::VerifiedAnnouncement;
use crate::bundle::{RangeRequest, Serving};
use crate::commit::{Commit, CommitId, Split};
use crate::fetch::RequestId;
use crate::journal::{Issued, Ticket, ToIssue};
use crate::message::{Cosignature, Message};
use crate::run::{Fault, Run, Verified};
use crate::topic::{Acceptance, Topic};

/// Names a gossip message to the network, so that it can be told what to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GossipId {
    /// First 16 bytes of the hash of topic and payload.
    pub id: [u8; 16],
    /// Who sent it to us.
    pub from: NodeKey,
}

/// Names a range request of a peer that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServingId(pub u64);

/// Names a signature that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigningId(pub u64);

/// Something that happened. What comes from outside was decoded and verified before, by workers.
#[derive(Debug)]
pub enum Input {
    /// A deadline passed.
    Tick,
    /// A connected node showed whose it is.
    Introduced {
        /// The node.
        node: NodeKey,
        /// Its hub's charters and its manifest, verified against our pins.
        introduction: Box<Introduced>,
    },
    /// A node of a hub that is not carried here may read: the operator's admission is open.
    Guest {
        /// The node.
        node: NodeKey,
    },
    /// A node that we admitted is ready for messages.
    Connected {
        /// The node.
        node: NodeKey,
    },
    /// It is no longer.
    Disconnected {
        /// The node.
        node: NodeKey,
    },
    /// Gossip on the checkpoint topic.
    Announcement {
        /// To tell the network whether to pass it on.
        gossip: GossipId,
        /// Checkpoint signature and root are right.
        announcement: Box<VerifiedAnnouncement>,
    },
    /// Gossip on the witness topic.
    Cosignature {
        /// To tell the network whether to pass it on.
        gossip: GossipId,
        /// Not verified yet: only the hub that it is for does that.
        cosignature: Cosignature,
    },
    /// A control message.
    Message {
        /// The sender.
        from: NodeKey,
        /// What it says.
        message: Message,
    },
    /// A peer wants a stretch of a log.
    RangeRequested {
        /// The peer.
        from: NodeKey,
        /// To answer it.
        serving: ServingId,
        /// What it wants.
        request: RangeRequest,
    },
    /// We finished serving, or gave up.
    Served {
        /// Which request.
        serving: ServingId,
        /// The peer.
        to: NodeKey,
        /// Bytes of frames that it took.
        bytes: u64,
    },
    /// A bundle that we asked for.
    Bundle {
        /// Who sent it.
        from: NodeKey,
        /// Which request it answers.
        request: RequestId,
        /// Checkpoint signature and root are right.
        run: Verified<Run>,
    },
    /// A range request of ours ended, complete or not.
    RangeEnded {
        /// Which.
        request: RequestId,
    },
    /// Foreign bytes that a worker refused.
    Fault {
        /// Who sent them.
        from: NodeKey,
        /// Of which hub they spoke, when that could be read.
        hub: Option<HubCode>,
        /// What was wrong.
        fault: Fault,
    },
    /// Signed records to be logged by us.
    Issue {
        /// To answer it; `None` when nobody waits.
        ticket: Option<Ticket>,
        /// In order.
        records: Vec<ToIssue>,
        /// Size of our log's index when each was looked up and not found.
        looked_up_to: u64,
        /// Answer when a durable signed checkpoint covers this many records too: the request names some that were logged before.
        covering: u64,
    },
    /// A commit is durable.
    Committed {
        /// Which.
        commit: CommitId,
    },
    /// A signature that we asked for.
    Signed {
        /// Which.
        signing: SigningId,
        /// Ed25519.
        signature: [u8; 64],
    },
    /// Findings were applied to the register.
    Examined {
        /// Of which log.
        log: LogId,
        /// Records below this index are examined.
        to: u64,
        /// Node manifests among them that were found sound.
        manifests: Vec<Record>,
    },
}

/// Something to do. Drain all of them after each input.
#[derive(Debug)]
pub enum Output {
    /// Make these items durable, then answer `Committed`.
    Commit(Commit),
    /// Sign exactly these bytes with the named key, then answer `Signed`. Asked for only by a commit that came back.
    Sign {
        /// To answer it.
        signing: SigningId,
        /// Which key.
        key: SigningKey,
        /// What to sign.
        message: Vec<u8>,
    },
    /// Gossip to everyone.
    Publish {
        /// Where.
        topic: Topic,
        /// What.
        bytes: Bytes,
    },
    /// Tell the network what to do with a gossip message.
    Validate {
        /// Which.
        gossip: GossipId,
        /// What to do.
        acceptance: Acceptance,
    },
    /// Send a control message.
    Send {
        /// To whom.
        to: NodeKey,
        /// The frame.
        frame: Bytes,
    },
    /// Send a range request.
    Request {
        /// To whom.
        to: NodeKey,
        /// To answer it.
        request: RequestId,
        /// What.
        range: RangeRequest,
    },
    /// Wait no longer for the answer to a range request of ours: someone else is asked. It may still be answered.
    GiveUp {
        /// Which.
        request: RequestId,
    },
    /// Answer a range request; `None` is an empty answer: busy, or nothing to give.
    Serve {
        /// Which request.
        serving: ServingId,
        /// To whom.
        to: NodeKey,
        /// How.
        plan: Option<Box<Serving>>,
    },
    /// Let this node in.
    Admit {
        /// The node.
        node: NodeKey,
    },
    /// End the session with this node, and leave it in peace for a while.
    Refuse {
        /// The node.
        node: NodeKey,
        /// Why, for the operator.
        why: &'static str,
    },
    /// A peer broke a rule that every honest node keeps.
    Blame {
        /// Who.
        node: NodeKey,
        /// How.
        fault: Fault,
    },
    /// A request to issue is done.
    Issued {
        /// Which.
        ticket: Ticket,
        /// One for each record, in order.
        answers: Vec<Issued>,
    },
    /// A request to issue cannot be taken now; nothing of it was signed.
    NotIssued {
        /// Which; `None` when nobody waits for it.
        ticket: Option<Ticket>,
        /// The records come back.
        why: NotIssued,
    },
    /// A log grew durably: examine it, tell subscribers.
    Grown {
        /// Which.
        log: LogId,
        /// Its durable size.
        size: u64,
    },
    /// A hub signed two histories: tell the operator. An alarm is raised and the replica stands still.
    LogSplit {
        /// Which hub.
        hub: HubCode,
        /// What it signed.
        split: Box<Split>,
    },
    /// Charters or manifests changed: verify with this from now on.
    Directory(Arc<Directory>),
    /// Our log was silent for long: issue a pulse with this sequence number.
    Pulse {
        /// Larger than that of every pulse before it.
        sequence: u64,
    },
}

/// Which of the node's keys is to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKey {
    /// Our log's key: checkpoints.
    Log,
    /// Our witness key: cosignatures.
    Witness,
}

/// Why a request to issue was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIssued {
    /// Too much is waiting: ask again in a moment.
    Busy,
    /// The look-up is too old: look up again.
    Stale,
    /// Our log stands still; the alarm says why.
    Halted,
}
