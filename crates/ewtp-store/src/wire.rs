//! The few shapes from which ledger frames and index rows are put together: integers, hub codes, hashes.
//!
//! Ledger and index use big-endian integers throughout, so that index keys sort as their numbers do.

use ewtp_log::Hash;
use ewtp_record::{HubCode, LogId};

/// Bytes of a hub code at rest: its length, then 11 bytes padded with zeros.
pub(crate) const HUB_BYTES: usize = 12;

/// Bytes of a log's name at rest.
pub(crate) const LOG_BYTES: usize = HUB_BYTES + 4;

/// Appends a hub code in its fixed width.
pub(crate) fn put_hub(out: &mut Vec<u8>, hub: HubCode) {
    let text = hub.as_str().as_bytes();
    let mut field = [0; HUB_BYTES];
    field[0] = u8::try_from(text.len()).expect("a hub code has at most 11 bytes");
    field[1..=text.len()].copy_from_slice(text);
    out.extend_from_slice(&field);
}

/// Appends a log's hub and epoch.
pub(crate) fn put_log(out: &mut Vec<u8>, log: LogId) {
    put_hub(out, log.hub);
    out.extend_from_slice(&log.epoch.to_be_bytes());
}

/// Reads from the front of a byte string; `None` when it is too short or says what it may not.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(front)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*front)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn hash(&mut self) -> Option<Hash> {
        self.array().map(Hash)
    }

    pub(crate) fn hub(&mut self) -> Option<HubCode> {
        let field = self.array::<HUB_BYTES>()?;
        let text = field.get(1..=usize::from(field[0]))?;
        std::str::from_utf8(text).ok()?.parse().ok()
    }

    pub(crate) fn log(&mut self) -> Option<LogId> {
        Some(LogId {
            hub: self.hub()?,
            epoch: self.u32()?,
        })
    }

    /// Nothing is left over.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
