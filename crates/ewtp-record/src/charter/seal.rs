//! A charter with its signatures: the payload of a charter record.

use super::{CharterBody, CharterId};
use crate::cbor::{Blob, Limits, Octets, encode, map_form, read, scan, write_head};
use crate::cose::signed_message;
use crate::fields::{VERSION, ascending, count, demand, required, understood, within};
use crate::{DecodeError, Draft, FieldError, Header, KeyId, Record, RecordKind, SecretKey};
use bytes::Bytes;

/// A signature on the body of a charter, beside the one of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CharterSignature {
    /// The key that made it.
    pub kid: KeyId,
    /// The signature, over [`SealedCharter::message`].
    pub signature: [u8; 64],
}

/// A charter's body in its exact bytes, with the signatures of the other roots and of the role keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCharter {
    /// The number of the charter; equal to that in the body.
    pub number: u32,
    /// The body as signed.
    pub body: Bytes,
    /// Signatures other than that of the envelope, at most 41, ascending by key id.
    pub signatures: Vec<CharterSignature>,
}

/// Nine roots, of which one signs the envelope, and 32 role keys, with one to spare.
const SIGNATURES_MAX: usize = 41;

map_form! {
    struct SealedForm {
        0 => version: u64,
        1 => number: u64,
        2 => body: Blob,
        3 => signatures: Vec<(KeyId, Octets<64>)>,
    }
}

impl SealedCharter {
    /// The subject of every charter record.
    pub const SUBJECT: &str = "charter";

    /// Reads the payload of a charter record.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        let form: SealedForm = read(payload)?;
        understood(form.version, form.unsupported)?;
        let number = within(
            required(form.number, "number", "charter R1")?,
            0..=1_023,
            "number",
            "charter R7",
        )?;
        let signatures = required(form.signatures, "signatures", "charter R3")?;
        count(signatures.len(), 0..=SIGNATURES_MAX, "signatures", "charter R3")?;
        ascending(signatures.iter().map(|(kid, _)| *kid), "signatures", "charter R3")?;
        let signatures = signatures
            .into_iter()
            .map(|(kid, Octets(signature))| CharterSignature { kid, signature });
        Ok(Self {
            number,
            body: required(form.body, "body", "charter R1")?.0,
            signatures: signatures.collect(),
        })
    }

    /// The payload of the charter record.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let signatures = self
            .signatures
            .iter()
            .map(|entry| (entry.kid, Octets(entry.signature)))
            .collect();
        encode(&SealedForm {
            version: Some(VERSION),
            number: Some(self.number.into()),
            body: Some(self.body.clone().into()),
            signatures: Some(signatures),
            unsupported: None,
        })
        .into()
    }

    /// What each signature in [`signatures`](Self::signatures) covers.
    // spec: charter R4
    #[must_use]
    pub fn message(body: &[u8]) -> Vec<u8> {
        // {1: -19, 16: 65000}: algorithm and kind, so that the signature is good for nothing else.
        let mut protected = vec![0xa2, 0x01, 0x32, 0x10];
        write_head(&mut protected, 0, u64::from(RecordKind::CHARTER.number()));
        signed_message(&protected, body)
    }

    /// The id of the charter.
    #[must_use]
    pub fn id(&self) -> CharterId {
        CharterId::of(&self.body)
    }

    /// Reads the body, and checks that the envelope says the same.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    // spec: charter R2
    pub fn read_body(&self, header: &Header) -> Result<CharterBody, DecodeError> {
        const RULE: &str = "charter R2";
        let body = CharterBody::decode(&self.body)?;
        let names = header.subject.as_str() == Self::SUBJECT && header.issuer == body.hub;
        demand(
            names,
            "hub",
            RULE,
            "envelope-differs",
            "subject and issuer must be \"charter\" and the hub",
        )?;
        let times = (header.issued_at, header.expires_at, header.not_before);
        let fits = times == (body.issued_at, body.expires_at, None);
        demand(
            fits,
            "issued_at",
            RULE,
            "envelope-differs",
            "the envelope must have the times of the body",
        )?;
        let fits = header.revision == body.number && self.number == body.number;
        demand(
            fits,
            "number",
            RULE,
            "envelope-differs",
            "the payload must have the number of the body",
        )?;
        Ok(body)
    }
}

impl CharterBody {
    /// Signs this charter with all keys at hand: the first root signs the envelope, all others the body.
    ///
    /// # Errors
    /// When the fields do not fit each other, when there is no root, or when the record would be too large.
    pub fn sign(&self, roots: &[&SecretKey], roles: &[&SecretKey]) -> Result<Record, DecodeError> {
        self.inspect()?;
        let (first, others) = roots
            .split_first()
            .ok_or_else(|| FieldError::missing("roots", "charter R9"))?;
        let body = self.encode();
        let message = SealedCharter::message(&body);
        let sign = |key: &&SecretKey| CharterSignature {
            kid: key.id(),
            signature: key.sign(&message),
        };
        let mut signatures: Vec<_> = others.iter().chain(roles).map(sign).collect();
        signatures.sort_by_key(|entry| entry.kid);
        let sealed = SealedCharter {
            number: self.number,
            body,
            signatures,
        };
        self.draft(&sealed).sign(first)
    }

    /// The draft of the record around a sealed charter, to be signed by one of its roots.
    #[must_use]
    pub fn draft(&self, sealed: &SealedCharter) -> Draft {
        Draft {
            kind: RecordKind::CHARTER,
            issuer: self.hub,
            subject: SealedCharter::SUBJECT.parse().expect("the word has seven letters"),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            not_before: None,
            payload: sealed.encode(),
        }
    }
}
