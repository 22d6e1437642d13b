//! The budget of a hub: how much of its schedules is kept at most, by what its editions name.
//!
//! A full budget refuses and evicts nothing. Counted is what the records say, in the order of the hub's log: so it comes to the
//! same after every start, and before a byte was asked for.
// spec: tariff-sync R10

use std::collections::BTreeMap;

use ewtp_record::HubCode;

use super::Wanted;

/// What an edition counts at least, in bytes: files on the disk and places in memory, however little it names. With it 4 GiB are
/// an edition a day for 44 years.
pub const EDITION_BYTES_MIN: u64 = 256 << 10;

/// See the module.
#[derive(Debug)]
pub(super) struct Budget {
    bytes_each: u64,
    taken: BTreeMap<HubCode, u64>,
}

impl Budget {
    pub(super) fn new(bytes_each: u64) -> Self {
        Self {
            bytes_each,
            taken: BTreeMap::new(),
        }
    }

    /// Counts an edition, if it fits.
    pub(super) fn take(&mut self, edition: &Wanted) -> bool {
        let taken = self.taken.entry(edition.hub).or_default();
        // What a patch leads to is kept as that patch.
        let new = if edition.patch_is_small() {
            edition.patch_bytes()
        } else {
            edition.bytes()
        };
        let after = taken.saturating_add(new.max(EDITION_BYTES_MIN));
        let fits = after <= self.bytes_each;
        if fits {
            *taken = after;
        }
        fits
    }
}
