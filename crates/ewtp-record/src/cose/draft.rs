//! A record before it is signed.

use super::header::{Claims, Protected};
use super::record::{Record, TAG};
use crate::cbor::{write_bytes, write_head, write_text};
use crate::{DecodeError, HubCode, KeyId, RecordKind, SecretKey, Subject, UnixTime};
use bytes::Bytes;

/// All that a record will say, but for the key and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The kind of the record.
    pub kind: RecordKind,
    /// The hub that speaks.
    pub issuer: HubCode,
    /// What it speaks of.
    pub subject: Subject,
    /// When it is signed.
    pub issued_at: UnixTime,
    /// When it stops to hold.
    pub expires_at: UnixTime,
    /// When it begins to hold, if later than `issued_at`.
    pub not_before: Option<UnixTime>,
    /// The payload, as a kind encodes it.
    pub payload: Bytes,
}

impl Draft {
    /// Signs with a key at hand.
    ///
    /// # Errors
    /// When the result would be no record: its times are out of order, or it is too large.
    pub fn sign(&self, key: &SecretKey) -> Result<Record, DecodeError> {
        let unsigned = self.to_be_signed(key.id());
        let signature = key.sign(unsigned.message());
        unsigned.assemble(&signature)
    }

    /// The bytes to sign with the key `kid`, which is held elsewhere.
    #[must_use]
    pub fn to_be_signed(&self, kid: KeyId) -> Unsigned {
        let protected = self.protected(kid).encode();
        let message = signed_message(&protected, &self.payload);
        Unsigned {
            protected,
            payload: self.payload.clone(),
            message,
        }
    }

    fn protected(&self, kid: KeyId) -> Protected {
        let &Self {
            kind,
            issuer,
            subject,
            issued_at,
            expires_at,
            not_before,
            ..
        } = self;
        let claims = Claims {
            issuer,
            subject,
            issued_at,
            expires_at,
            not_before,
        };
        Protected { kid, kind, claims }
    }
}

/// A record that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    protected: Vec<u8>,
    payload: Bytes,
    message: Vec<u8>,
}

impl Unsigned {
    /// What the key signs.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Puts the record together.
    ///
    /// # Errors
    /// When the result would be no record: its times are out of order, or it is too large.
    pub fn assemble(&self, signature: &[u8; 64]) -> Result<Record, DecodeError> {
        let mut out = Vec::with_capacity(self.protected.len() + self.payload.len() + 80);
        out.push(TAG);
        write_head(&mut out, 4, 4);
        write_bytes(&mut out, &self.protected);
        write_head(&mut out, 5, 0);
        write_bytes(&mut out, &self.payload);
        write_bytes(&mut out, signature);
        Record::decode(out.into())
    }
}

/// The `Sig_structure` of RFC 9052 for a COSE_Sign1 without external data: the bytes a signature covers.
// spec: record R13
#[must_use]
pub fn signed_message(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(protected.len() + payload.len() + 24);
    write_head(&mut out, 4, 4);
    write_text(&mut out, "Signature1");
    write_bytes(&mut out, protected);
    write_bytes(&mut out, &[]);
    write_bytes(&mut out, payload);
    out
}
