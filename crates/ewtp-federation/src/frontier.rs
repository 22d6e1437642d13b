//! The frontier: hub → (charter number, epoch, size, root, cosignatures), as a node holds it durably.
//!
//! Two nodes whose frontiers have the same digest hold the same of every log. Correctness of the whole mesh rests on
//! comparing frontiers; gossip only makes it fast. spec: sync R4–R6.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_record::HubCode;
use sha2::{Digest as _, Sha256};

use crate::limits::FRONTIER_HUBS_MAX;
use crate::message::{self, Message};

/// What a node holds of one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontierEntry {
    /// The newest charter known, by number.
    pub charter: u32,
    /// The newest epoch held.
    pub epoch: u32,
    /// Records held and covered by a signed checkpoint.
    pub size: u64,
    /// The root at that size.
    pub root: Hash,
    /// Size of the newest cosigned checkpoint held; 0 when there is none.
    pub cosigned_size: u64,
    /// Number of cosignatures on it.
    pub cosignatures: u32,
}

/// What a node holds of every hub that it carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    /// By hub code.
    pub entries: BTreeMap<HubCode, FrontierEntry>,
}

impl Frontier {
    /// SHA-256 over a tag and the canonical encoding of the entries: equal exactly when the frontiers are equal.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(b"ewtp/frontier/1\n");
        hasher.update(message::encode(&Message::Frontier(self.clone())));
        Hash(hasher.finalize().into())
    }

    /// The entries that differ from what was last said to someone.
    #[must_use]
    pub fn changes_since(&self, said: &Self) -> Self {
        let changed = self
            .entries
            .iter()
            .filter(|(hub, entry)| said.entries.get(hub) != Some(entry));
        Self {
            entries: changed.map(|(hub, entry)| (*hub, *entry)).collect(),
        }
    }

    /// The entries in parts of which each fits a message. spec: sync R4
    pub(crate) fn in_messages(self) -> impl Iterator<Item = Self> {
        let entries: Vec<(HubCode, FrontierEntry)> = self.entries.into_iter().collect();
        let parts: Vec<Self> = entries
            .chunks(FRONTIER_HUBS_MAX)
            .map(|part| Self {
                entries: part.iter().copied().collect(),
            })
            .collect();
        parts.into_iter()
    }
}
