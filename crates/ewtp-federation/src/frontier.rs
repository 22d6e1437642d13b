//! The frontier: hub → (charter number, epoch, size, root, cosignatures), as a node holds it durably.
//!
//! Two nodes whose frontiers have the same digest hold the same of every log. Correctness of the whole mesh rests on
//! comparing frontiers; gossip only makes it fast. spec: sync R4–R6.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_record::{ByHub, HubCode};
use sha2::{Digest as _, Sha256};

use crate::limits::FRONTIER_HUBS_MAX;
use crate::message;

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
        let mut hasher = digest_of(self.entries.len());
        for (hub, entry) in &self.entries {
            hasher.update(message::encode_entry(hub, entry));
        }
        Hash(hasher.finalize().into())
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

/// The beginning of a digest over so many entries: the tag, and what stands before the entries in their frame.
fn digest_of(entries: usize) -> Sha256 {
    Sha256::new()
        .chain_update(b"ewtp/frontier/1\n")
        .chain_update(message::frontier_head(entries))
}

/// Our own frontier as it changes. It knows which entries changed since a peer was last told, and encodes an entry once a
/// change: with hundreds of hubs its digest is asked for often, and few entries changed since.
#[derive(Debug, Default)]
pub(crate) struct OwnFrontier {
    frontier: Frontier,
    stated: ByHub<Stated>,
    changes: u64,
    digest: Option<Hash>,
}

/// What is kept beside an entry.
#[derive(Debug)]
struct Stated {
    /// The change that last altered it, counted from 1.
    changed_by: u64,
    /// Its encoding, in place: a digest reads those of all entries one after the other.
    encoded: [u8; ENTRY_BYTES_MAX],
    /// How much of that there is; nothing before a digest asks for it.
    encoded_bytes: usize,
}

/// Bytes of an encoded entry: its head, a hub code, six numbers of which two are sizes, a hash.
const ENTRY_BYTES_MAX: usize = 1 + 12 + 3 * 5 + 2 * 9 + 34;

impl Stated {
    fn new(changed_by: u64) -> Self {
        Self {
            changed_by,
            encoded: [0; ENTRY_BYTES_MAX],
            encoded_bytes: 0,
        }
    }

    fn encoded(&mut self, encode: impl FnOnce() -> Vec<u8>) -> &[u8] {
        if self.encoded_bytes == 0 {
            let encoded = encode();
            self.encoded_bytes = encoded.len();
            self.encoded[..encoded.len()].copy_from_slice(&encoded);
        }
        &self.encoded[..self.encoded_bytes]
    }
}

impl OwnFrontier {
    /// States what is held of a hub now. False when that is nothing new.
    pub(crate) fn set(&mut self, hub: HubCode, entry: FrontierEntry) -> bool {
        let changed = self.frontier.entries.insert(hub, entry) != Some(entry);
        if changed {
            self.changes += 1;
            let changes = self.changes;
            let stated = self.stated.get_or_insert_with(hub, || Stated::new(changes));
            (stated.changed_by, stated.encoded_bytes) = (changes, 0);
            self.digest = None;
        }
        changed
    }

    pub(crate) fn get(&self) -> &Frontier {
        &self.frontier
    }

    pub(crate) fn digest(&mut self) -> Hash {
        *self.digest.get_or_insert_with(|| {
            let mut hasher = digest_of(self.frontier.entries.len());
            for (hub, stated) in self.stated.iter_mut() {
                let entry = &self.frontier.entries;
                hasher.update(stated.encoded(|| message::encode_entry(hub, &entry[hub])));
            }
            Hash(hasher.finalize().into())
        })
    }

    /// How many changes there were. Whoever knows all entries up to here is told the later ones only.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// The entries that changed after the first so many changes.
    pub(crate) fn since(&self, changes: u64) -> Frontier {
        if changes == self.changes {
            return Frontier::default(); // the usual case, without a look at each entry
        }
        let entries = self.frontier.entries.iter().zip(self.stated.values());
        Frontier {
            entries: entries
                .filter(|(_, stated)| stated.changed_by > changes)
                .map(|((hub, entry), _)| (*hub, *entry))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(size: u64) -> FrontierEntry {
        FrontierEntry {
            charter: 0,
            epoch: 0,
            size,
            root: ewtp_log::EMPTY_ROOT,
            cosigned_size: 0,
            cosignatures: 0,
        }
    }

    #[test]
    fn what_changed_since_someone_was_told_is_what_differs() {
        let [my, sg]: [HubCode; 2] = ["MY", "SG"].map(|code| code.parse().unwrap());
        let mut own = OwnFrontier::default();
        own.set(my, entry(1));
        own.set(sg, entry(1));
        let told = own.changes();
        assert_eq!(own.since(0), *own.get());
        assert_eq!(own.since(told), Frontier::default());

        own.set(sg, entry(1));
        assert_eq!(own.since(told), Frontier::default(), "nothing is new in that");
        own.set(sg, entry(2));
        assert_eq!(own.since(told).entries, BTreeMap::from([(sg, entry(2))]));
    }

    #[test]
    fn the_digest_is_of_what_is_held_now() {
        let my: HubCode = "MY".parse().unwrap();
        let mut own = OwnFrontier::default();
        let empty = own.digest();
        own.set(my, entry(1));
        assert_ne!(own.digest(), empty);
        assert_eq!(own.digest(), own.get().digest());
    }
}
