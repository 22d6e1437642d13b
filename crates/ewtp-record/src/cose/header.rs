//! The protected header: which key signed, which kind of record, who says so, of what, for how long.

use crate::cbor::{Cursor, Limits, scan, write_bytes, write_head, write_text};
use crate::{DecodeError, HubCode, KeyId, RecordKind, Subject, UnixTime};

/// COSE algorithm -19: Ed25519, fully specified (RFC 9864). As CBOR argument of a negative number: -1 - n.
const ALGORITHM: i64 = -19;
const ALGORITHM_ARGUMENT: u64 = 18;

/// What the envelope of a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The key that signed, as a charter of the issuer lists it.
    pub kid: KeyId,
    /// The kind of the record.
    pub kind: RecordKind,
    /// The hub that speaks.
    pub issuer: HubCode,
    /// What it speaks of.
    pub subject: Subject,
    /// When it was signed, by the issuer's clock.
    pub issued_at: UnixTime,
    /// When it stops to hold.
    pub expires_at: UnixTime,
    /// When it begins to hold, if later than `issued_at`.
    pub not_before: Option<UnixTime>,
    /// Schema version of the payload, key 0.
    pub version: u64,
    /// How often the statement on this subject was amended, key 1; 0 first.
    pub revision: u32,
}

/// The part of a header that stands in the protected bytes.
pub(super) struct Protected {
    pub(super) kid: KeyId,
    pub(super) kind: RecordKind,
    pub(super) claims: Claims,
}

impl Protected {
    /// Reads the protected bytes.
    // spec: record R5
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        scan(bytes, &Limits::RECORD)?;
        let mut cursor = Cursor::new(bytes);
        if cursor.map() != Some(4) {
            return Err(DecodeError::Labels);
        }
        label(&mut cursor, 1)?;
        algorithm(&mut cursor)?;
        label(&mut cursor, 4)?;
        let kid = key_id(&mut cursor)?;
        label(&mut cursor, 15)?;
        let claims = Claims::decode(&mut cursor)?;
        label(&mut cursor, 16)?;
        let kind = kind(&mut cursor)?;
        Ok(Self { kid, kind, claims })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        write_head(&mut out, 5, 4);
        write_head(&mut out, 0, 1);
        write_head(&mut out, 1, ALGORITHM_ARGUMENT);
        write_head(&mut out, 0, 4);
        write_bytes(&mut out, &self.kid.0);
        write_head(&mut out, 0, 15);
        self.claims.encode(&mut out);
        write_head(&mut out, 0, 16);
        write_head(&mut out, 0, u64::from(self.kind.number()));
        out
    }
}

fn label(cursor: &mut Cursor<'_>, expected: u64) -> Result<(), DecodeError> {
    // The scan proved the keys sorted and distinct, so the four labels can only come in this order.
    if cursor.uint() == Some(expected) {
        Ok(())
    } else {
        Err(DecodeError::Labels)
    }
}

// spec: record R6
fn algorithm(cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
    match cursor.int() {
        Some(ALGORITHM) => Ok(()),
        Some(other) => Err(DecodeError::Algorithm(other)),
        None => Err(DecodeError::Labels),
    }
}

// spec: record R7
fn key_id(cursor: &mut Cursor<'_>) -> Result<KeyId, DecodeError> {
    let bytes = cursor.bytes().ok_or(DecodeError::Labels)?;
    bytes.try_into().map(KeyId).map_err(|_| DecodeError::KeyId(bytes.len()))
}

// spec: record R11
fn kind(cursor: &mut Cursor<'_>) -> Result<RecordKind, DecodeError> {
    let number = cursor.uint().ok_or(DecodeError::Labels)?;
    u16::try_from(number)
        .ok()
        .and_then(RecordKind::new)
        .ok_or(DecodeError::Kind(number))
}

/// The CWT claims of label 15.
#[derive(Clone, Copy)]
pub(super) struct Claims {
    pub(super) issuer: HubCode,
    pub(super) subject: Subject,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) not_before: Option<UnixTime>,
}

impl Claims {
    // spec: record R8
    fn decode(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        if cursor.peek() != Some(5) {
            return Err(DecodeError::Labels);
        }
        let count = cursor.map().ok_or(DecodeError::Labels)?;
        claim(cursor, 1)?;
        let issuer = cursor.text().ok_or(DecodeError::Claims)?;
        claim(cursor, 2)?;
        let subject = cursor.text().ok_or(DecodeError::Claims)?;
        claim(cursor, 4)?;
        let expires_at = time(cursor)?;
        let not_before = match count {
            4 => None,
            5 => {
                claim(cursor, 5)?;
                Some(time(cursor)?)
            }
            _ => return Err(DecodeError::Claims),
        };
        claim(cursor, 6)?;
        let issued_at = time(cursor)?;
        let issuer = issuer.parse().map_err(|_| DecodeError::Issuer)?;
        let subject = subject.parse().map_err(|_| DecodeError::Subject)?;
        Self {
            issuer,
            subject,
            issued_at,
            expires_at,
            not_before,
        }
        .inspect()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        write_head(out, 5, 4 + u64::from(self.not_before.is_some()));
        write_head(out, 0, 1);
        write_text(out, self.issuer.as_str());
        write_head(out, 0, 2);
        write_text(out, self.subject.as_str());
        write_head(out, 0, 4);
        write_head(out, 0, self.expires_at.0);
        if let Some(not_before) = self.not_before {
            write_head(out, 0, 5);
            write_head(out, 0, not_before.0);
        }
        write_head(out, 0, 6);
        write_head(out, 0, self.issued_at.0);
    }

    // spec: record R10
    fn inspect(self) -> Result<Self, DecodeError> {
        let begins_before_it_ends = self.not_before.is_none_or(|not_before| not_before <= self.expires_at);
        let is_sound = self.issued_at < self.expires_at && begins_before_it_ends && self.expires_at <= UnixTime::MAX;
        if is_sound { Ok(self) } else { Err(DecodeError::Times) }
    }
}

fn claim(cursor: &mut Cursor<'_>, expected: u64) -> Result<(), DecodeError> {
    if cursor.uint() == Some(expected) {
        Ok(())
    } else {
        Err(DecodeError::Claims)
    }
}

fn time(cursor: &mut Cursor<'_>) -> Result<UnixTime, DecodeError> {
    cursor.uint().map(UnixTime).ok_or(DecodeError::Claims)
}
