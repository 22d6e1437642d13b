//! The three gossip topics and what a relay answers about a message.

use ewtp_record::NetName;

/// A gossip topic. Three in all, everyone subscribed, never one per hub. spec: announcement R1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Announcements: new checkpoints with the records since the last one.
    Checkpoint,
    /// Cosignatures on their way to a hub that the witness is not connected to.
    Witness,
    /// Evidence of a log that tells two stories.
    Alert,
}

impl Topic {
    /// Every topic, in the order of declaration.
    pub const ALL: [Self; 3] = [Self::Checkpoint, Self::Witness, Self::Alert];

    /// The name on the wire, such as `/ewtp/test:demo/checkpoint/1`.
    #[must_use]
    pub fn name(self, net: &NetName) -> String {
        let class = match self {
            Self::Checkpoint => "checkpoint",
            Self::Witness => "witness",
            Self::Alert => "alert",
        };
        format!("/ewtp/{}/{class}/1", net.as_str())
    }
}

/// What a relay does with a gossip message. Relay policy is apart from trust: see [`Acceptance::Reject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Pass it on.
    Forward,
    /// Drop it without blame: old, or of a hub that we do not carry.
    Ignore,
    /// Drop it and blame the sender: any honest node would call it invalid.
    Reject,
}
