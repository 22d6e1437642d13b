//! What bytes turn into when a hub receives them: decoded and verified by the code that a node runs.
//!
//! Equal bytes verified against equal charters give equal results, so a run of many hubs may verify them once. One seed
//! in twenty does not, and must leave the same trace.

use std::collections::HashMap;

use bytes::Bytes;
use ewtp_federation::{Announcement, Fault, Run, Verified, VerifiedAnnouncement, bundle};
use ewtp_trust::Directory;
use sha2::{Digest as _, Sha256};

use crate::hub::GossipKey;

/// Remembered results; above it all are forgotten, which costs time only.
const REMEMBERED_MAX: usize = 8_192;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Medium {
    memoise: bool,
    announcements: HashMap<GossipKey, VerifiedAnnouncement>,
    bundles: HashMap<GossipKey, Verified<Run>>,
}

impl Medium {
    pub(crate) fn new(memoise: bool) -> Self {
        Self {
            memoise,
            ..Self::default()
        }
    }

    pub(crate) fn announcement(
        &mut self,
        key: GossipKey,
        bytes: &Bytes,
        directory: &Directory,
    ) -> Result<VerifiedAnnouncement, Fault> {
        let verify = || Announcement::decode(bytes)?.verify(directory);
        recall(self.memoise, &mut self.announcements, key, verify)
    }

    pub(crate) fn bundle(&mut self, frame: &Bytes, directory: &Directory) -> Result<Verified<Run>, Fault> {
        let verify = || bundle::decode(frame)?.verify(directory);
        let key = if self.memoise {
            key_of(&[], frame)
        } else {
            GossipKey::default()
        };
        recall(self.memoise, &mut self.bundles, key, verify)
    }
}

/// Only what verified is remembered: a refusal may be due to a charter that the hub does not have yet.
fn recall<T: Clone>(
    memoise: bool,
    memory: &mut HashMap<GossipKey, T>,
    key: GossipKey,
    verify: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    if !memoise {
        return verify();
    }
    if let Some(known) = memory.get(&key) {
        return Ok(known.clone());
    }
    let verified = verify()?;
    if memory.len() >= REMEMBERED_MAX {
        memory.clear();
    }
    memory.insert(key, verified.clone());
    Ok(verified)
}

/// The name that the network gives a gossip message.
pub(crate) fn key_of(topic: &[u8], payload: &[u8]) -> GossipKey {
    let hash = Sha256::new()
        .chain_update(topic)
        .chain_update([0])
        .chain_update(payload)
        .finalize();
    *hash.first_chunk().expect("a hash has 32 bytes")
}
