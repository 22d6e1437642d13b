//! The pulse: what an idle hub logs, so that a fresh checkpoint proves it alive.
// spec: pulse

use crate::cbor::{Limits, encode, map_form, read, scan};
use crate::fields::{VERSION, required, understood};
use crate::{DecodeError, Draft, HubCode, RecordKind, UnixTime};
use bytes::Bytes;

/// What a pulse says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Above that of every pulse that this hub logged before: the index that it gets in the log.
    pub sequence: u32,
}

map_form! {
    struct PulseForm {
        0 => version: u64,
        1 => sequence: u32,
    }
}

impl Pulse {
    /// The subject of every pulse.
    pub const SUBJECT: &str = "pulse";
    /// How long a pulse holds, in seconds: after a day it says nothing about a log that should have logged 143 more.
    pub const LIFE_S: u64 = 24 * 3600;

    /// The draft of this pulse, to be signed by the log key. Its times are in order while `now` is a time of the mesh.
    // spec: pulse R1, R2
    #[must_use]
    pub fn draft(&self, issuer: HubCode, now: UnixTime) -> Draft {
        Draft {
            kind: RecordKind::PULSE,
            issuer,
            subject: Self::SUBJECT.parse().expect("a short word is a subject"),
            issued_at: now,
            expires_at: now.plus(Self::LIFE_S),
            not_before: None,
            payload: self.encode(),
        }
    }

    /// Reads the payload of a pulse.
    ///
    /// # Errors
    /// When it is no pulse, or what this version does not understand.
    // spec: pulse R1
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        let form: PulseForm = read(payload)?;
        understood(form.version, form.unsupported)?;
        Ok(Self {
            sequence: required(form.sequence, "sequence", "pulse R1")?,
        })
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&PulseForm {
            version: Some(VERSION),
            sequence: Some(self.sequence),
            unsupported: None,
        })
        .into()
    }
}
