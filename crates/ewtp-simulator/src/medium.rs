//! What bytes turn into when a hub receives them: decoded and verified by the code that a node runs.
//!
//! Equal bytes judged by equal charters give equal results, so hubs that know all charters may share one verification.
//! One seed in twenty verifies for each hub, and must leave the same trace.

use std::collections::HashMap;

use bytes::Bytes;
use ewtp_federation::{
    Announcement, Cosignature, Fault, Message, Run, Verified, VerifiedAnnouncement, bundle, message,
};
use ewtp_record::{NetName, NodeKey};
use ewtp_trust::{Directory, Introduced, Introduction, IntroductionFault};
use sha2::{Digest as _, Sha256};

use crate::hub::{Hub, Identity};

/// Names bytes: the first 16 bytes of a hash, as the network names gossip.
pub(crate) type ContentKey = [u8; 16];

/// Remembered bundles; above it all are forgotten, which costs time only.
const BUNDLES_MAX: usize = 8_192;

/// What a gossip message was found to be.
#[derive(Clone, Debug)]
pub(crate) enum Gossip {
    /// On the checkpoint topic.
    Announcement(Box<VerifiedAnnouncement>),
    /// On the witness topic.
    Cosignature(Cosignature),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Medium {
    memoise: bool,
    bundles: HashMap<ContentKey, Verified<Run>>,
    introduced: HashMap<NodeKey, Introduced>,
}

impl Medium {
    pub(crate) fn new(memoise: bool) -> Self {
        Self {
            memoise,
            ..Self::default()
        }
    }

    /// Whether a hub may take what another one found, and leave what it finds to others.
    pub(crate) fn shares(&self, hub: &Hub) -> bool {
        self.memoise && hub.knows_all
    }

    pub(crate) fn bundle(&mut self, frame: &Bytes, hub: &Hub, directory: &Directory) -> Result<Verified<Run>, Fault> {
        let verify = || bundle::decode(frame)?.verify(directory);
        if !self.shares(hub) {
            return verify();
        }
        let key = content_key(&[], frame);
        if let Some(known) = self.bundles.get(&key) {
            return Ok(known.clone());
        }
        let verified = verify()?;
        if self.bundles.len() >= BUNDLES_MAX {
            self.bundles.clear();
        }
        self.bundles.insert(key, verified.clone());
        Ok(verified)
    }

    /// What a node proves of itself when a connection begins.
    pub(crate) fn introduction(
        &mut self,
        identity: &Identity,
        net: NetName,
        hub: &Hub,
        directory: &Directory,
        ticks: std::time::Duration,
    ) -> Result<Introduced, IntroductionFault> {
        let shares = self.shares(hub) && hub.skew == 0;
        if let Some(known) = self.introduced.get(&identity.node).filter(|_| shares) {
            return Ok(known.clone());
        }
        let introduction = Introduction {
            net,
            hub: identity.hub,
            charters: vec![identity.charter.clone()],
            manifest: identity.manifest.clone(),
        };
        let introduced = introduction.verify(directory, identity.node, hub.now(ticks).unix)?;
        if shares {
            self.introduced.insert(identity.node, introduced.clone());
        }
        Ok(introduced)
    }
}

/// Decodes and verifies an announcement.
pub(crate) fn announcement(bytes: &Bytes, directory: &Directory) -> Result<Gossip, Fault> {
    let verified = Announcement::decode(bytes)?.verify(directory)?;
    Ok(Gossip::Announcement(Box::new(verified)))
}

/// Decodes a cosignature on its way to the hub it is for.
pub(crate) fn cosignature(bytes: &Bytes) -> Result<Gossip, Fault> {
    match message::decode(bytes)? {
        Message::Cosignature(cosignature) => Ok(Gossip::Cosignature(cosignature)),
        _ => Err(Fault::Unasked("only cosignatures are gossiped on the witness topic")),
    }
}

/// The name that the network gives a gossip message.
pub(crate) fn content_key(topic: &[u8], payload: &[u8]) -> ContentKey {
    let hash = Sha256::new()
        .chain_update(topic)
        .chain_update([0])
        .chain_update(payload)
        .finalize();
    *hash.first_chunk().expect("a hash has 32 bytes")
}
