//! A record: bytes that were signed, and what their envelope says.

use super::header::{Header, Protected};
use super::signed_message;
use crate::cbor::{Cursor, Limits, hex_octets, scan};
use crate::{BadSignature, DecodeError, PublicKey, RecordKind};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::{fmt, ops::Range};

hex_octets! {
    /// SHA-256 of 0x00 and the bytes of a record: its name everywhere, and its leaf in the log.
    // spec: record R16
    RecordId, 32
}

/// CBOR head of tag 18, the only tag there is.
pub(super) const TAG: u8 = 0xd2;
const SIGNATURE_BYTES: usize = 64;

/// A record whose envelope is sound. Its signature is not yet verified, its payload not yet read; a clone shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    bytes: Bytes,
    id: RecordId,
    header: Header,
    protected: Range<usize>,
    payload: Range<usize>,
}

impl Record {
    /// Opens the envelope. Costs about a microsecond and allocates nothing.
    ///
    /// # Errors
    /// The first rule of the record page that the bytes break.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        if bytes.len() > RecordKind::BYTES_MAX {
            return Err(DecodeError::TooLarge {
                size: bytes.len(),
                limit: RecordKind::BYTES_MAX,
            });
        }
        let parts = Parts::find(&bytes)?;
        let protected = Protected::decode(&bytes[parts.protected.clone()])?;
        let limit = protected.kind.bytes_max();
        if bytes.len() > limit {
            return Err(DecodeError::TooLarge {
                size: bytes.len(),
                limit,
            });
        }
        let (version, revision) = payload_start(&bytes[parts.payload.clone()])?;
        let header = header(&protected, version, revision);
        let id = RecordId(Sha256::new().chain_update([0]).chain_update(&bytes).finalize().into());
        Ok(Self {
            bytes,
            id,
            header,
            protected: parts.protected,
            payload: parts.payload,
        })
    }

    /// The exact bytes that were signed and travel.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The name of this record: its leaf hash.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What the envelope says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload as signed: a CBOR map.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes[self.payload.clone()]
    }

    /// The payload, sharing the bytes of the record.
    #[must_use]
    pub fn payload_bytes(&self) -> Bytes {
        self.bytes.slice(self.payload.clone())
    }

    /// The signature as written.
    #[must_use]
    pub fn signature(&self) -> &[u8; 64] {
        self.bytes
            .last_chunk()
            .expect("a record ends with its signature of 64 bytes")
    }

    /// Checks the signature by one key. Whether the key may sign this is for `ewtp-trust` to say.
    ///
    /// # Errors
    /// When the signature is not this key's over this record.
    // spec: record R13
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        let message = signed_message(&self.bytes[self.protected.clone()], self.payload());
        key.verify(&message, self.signature())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("id", &self.id)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Where the parts of the envelope lie.
struct Parts {
    protected: Range<usize>,
    payload: Range<usize>,
}

impl Parts {
    // spec: record R2, R3, R4
    fn find(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.first() != Some(&TAG) {
            return Err(DecodeError::Tag);
        }
        let inside = &bytes[1..];
        scan(inside, &Limits::RECORD).map_err(|mut error| {
            error.at += 1;
            error
        })?;
        let mut cursor = Cursor::new(inside);
        if cursor.array() != Some(4) {
            return Err(DecodeError::Envelope);
        }
        let protected = part(&mut cursor)?;
        match cursor.map() {
            Some(0) => {}
            Some(_) => return Err(DecodeError::Unprotected),
            None => return Err(DecodeError::Envelope),
        }
        let payload = part(&mut cursor)?;
        let signature = part(&mut cursor)?;
        if signature.len() != SIGNATURE_BYTES {
            return Err(DecodeError::SignatureLength(signature.len()));
        }
        Ok(Self { protected, payload })
    }
}

/// The place of a byte string in the record, whose first byte the cursor does not see.
fn part(cursor: &mut Cursor<'_>) -> Result<Range<usize>, DecodeError> {
    let content = cursor.bytes().ok_or(DecodeError::Envelope)?;
    let end = cursor.at() + 1;
    Ok(end - content.len()..end)
}

/// Checks the whole payload's form and reads its schema version and revision.
// spec: record R12
fn payload_start(payload: &[u8]) -> Result<(u64, u32), DecodeError> {
    scan(payload, &Limits::RECORD)?;
    let mut cursor = Cursor::new(payload);
    let fields = cursor.map().ok_or(DecodeError::Payload)?;
    let version = (fields >= 2 && cursor.uint() == Some(0))
        .then(|| cursor.uint())
        .flatten();
    let revision = version
        .and_then(|_| cursor.uint())
        .filter(|key| *key == 1)
        .and_then(|_| cursor.uint());
    let revision = revision.and_then(|revision| u32::try_from(revision).ok());
    version.zip(revision).ok_or(DecodeError::Payload)
}

fn header(protected: &Protected, version: u64, revision: u32) -> Header {
    let &Protected { kid, kind, claims } = protected;
    Header {
        kid,
        kind,
        issuer: claims.issuer,
        subject: claims.subject,
        issued_at: claims.issued_at,
        expires_at: claims.expires_at,
        not_before: claims.not_before,
        version,
        revision,
    }
}
