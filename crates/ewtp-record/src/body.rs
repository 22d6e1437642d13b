//! The payload of a record by its kind, and what the kind demands of the envelope.

use crate::charter::{CharterBody, SealedCharter};
use crate::fields::demand;
use crate::{
    Certificate, Credential, DecodeError, Edition, FieldError, Manifest, Pulse, Record, RecordKind, UnixTime,
    Unsupported,
};

/// What a record says, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A charter: its signatures, and what it says.
    Charter(SealedCharter, Box<CharterBody>),
    /// A node of the hub.
    Manifest(Manifest),
    /// A decision of an authority on goods.
    Certificate(Box<Certificate>),
    /// A registrar's statement on a merchant.
    Credential(Box<Credential>),
    /// A version of a tariff schedule.
    Edition(Box<Edition>),
    /// A sign of life.
    Pulse(Pulse),
}

const DAY_SECONDS: u64 = 86_400;

impl Record {
    /// Reads the payload by the page of its kind.
    ///
    /// # Errors
    /// The rule that is broken, or [`DecodeError::Unsupported`] for what a later version may understand.
    pub fn body(&self) -> Result<Body, DecodeError> {
        let (header, payload) = (self.header(), self.payload());
        match header.kind {
            RecordKind::CHARTER => {
                let sealed = SealedCharter::decode(payload)?;
                let body = sealed.read_body(header)?;
                Ok(Body::Charter(sealed, Box::new(body)))
            }
            RecordKind::MANIFEST => {
                let manifest = Manifest::decode(payload)?;
                life(header.issued_at, header.expires_at, Manifest::DAYS_MAX, "manifest R5")?;
                Ok(Body::Manifest(manifest))
            }
            RecordKind::CERTIFICATE => Certificate::decode_scanned(payload)
                .map(Box::new)
                .map(Body::Certificate),
            RecordKind::CREDENTIAL => {
                let credential = Credential::decode_scanned(payload)?;
                life(
                    header.issued_at,
                    header.expires_at,
                    Credential::DAYS_MAX,
                    "credential R10",
                )?;
                Ok(Body::Credential(Box::new(credential)))
            }
            RecordKind::TARIFF_EDITION => Edition::decode_scanned(payload).map(Box::new).map(Body::Edition),
            RecordKind::PULSE => {
                let is_named = header.subject.as_str() == Pulse::SUBJECT;
                demand(is_named, "subject", "pulse R2", "subject", "must be \"pulse\"")?;
                Pulse::decode(payload).map(Body::Pulse)
            }
            // spec: record R17
            other => Err(Unsupported::Kind(other.number()).into()),
        }
    }
}

/// Checks the life of a record against the longest of its kind.
pub(crate) fn life(
    issued_at: UnixTime,
    expires_at: UnixTime,
    days_max: u64,
    rule: &'static str,
) -> Result<(), FieldError> {
    if expires_at.since(issued_at) <= days_max * DAY_SECONDS {
        return Ok(());
    }
    Err(FieldError::new(
        "expires_at",
        rule,
        "life",
        format!("must lie at most {days_max} days after issued_at"),
    ))
}
