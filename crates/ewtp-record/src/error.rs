//! What can be wrong with a record, by stage: a value, a field, the whole.
//!
//! Each error carries a stable code, for vectors and programs, and the rule of the specification it broke.

use crate::cbor::{CborError, CborFault};
use thiserror::Error;

/// A value that breaks the rule of its type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ValueError {
    /// The rule, as the specification numbers it: `values R5`.
    pub rule: &'static str,
    /// Stable code: `hs-code`.
    pub code: &'static str,
    /// What must hold, for a person.
    pub message: String,
}

impl ValueError {
    /// An error of the value rule `rule`.
    #[must_use]
    pub fn new(rule: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            code,
            message: message.into(),
        }
    }
}

/// A field that is missing, unknown or breaks its rule; in JSON input or in a payload.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {message} ({rule})")]
pub struct FieldError {
    /// Where: `lines[0].origin`, by the names of the JSON form.
    pub field: String,
    /// The rule, as the specification numbers it: `certificate R6`.
    pub rule: &'static str,
    /// Stable code: `missing`, `country`, `hs-code`.
    pub code: &'static str,
    /// What must hold, for a person.
    pub message: String,
}

impl FieldError {
    /// An error at `field` of the rule `rule`.
    #[must_use]
    pub fn new(field: impl Into<String>, rule: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            rule,
            code,
            message: message.into(),
        }
    }

    /// A required field is not there.
    #[must_use]
    pub fn missing(field: impl Into<String>, rule: &'static str) -> Self {
        Self::new(field, rule, "missing", "is required and missing")
    }

    /// The same error, of a field that lies inside `parent`.
    #[must_use]
    pub fn inside(mut self, parent: impl std::fmt::Display) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }

    /// The error of a value, at the field that holds it.
    #[must_use]
    pub fn at(field: impl Into<String>, error: ValueError) -> Self {
        Self {
            field: field.into(),
            rule: error.rule,
            code: error.code,
            message: error.message,
        }
    }
}

/// Bytes that are not a record this software accepts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Longer than any record, or than a record of this kind, may be.
    #[error("{size} bytes exceed the limit of {limit} for this kind of record")]
    TooLarge {
        /// Length in bytes.
        size: usize,
        /// The limit it exceeds.
        limit: usize,
    },
    /// Not deterministic CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// The first byte is not tag 18.
    #[error("does not begin with tag 18, a COSE_Sign1")]
    Tag,
    /// Not an array of protected header, unprotected header, payload and signature.
    #[error("is not an array of two byte strings, a map and a byte string")]
    Envelope,
    /// The unprotected header is not empty.
    #[error("the unprotected header is not empty")]
    Unprotected,
    /// The protected header lacks a label, has one too many, or holds another type under it.
    #[error("the protected header must hold the labels 1, 4, 15 and 16, each of its type")]
    Labels,
    /// Another algorithm than Ed25519.
    #[error("algorithm {0} is not -19, Ed25519")]
    Algorithm(i64),
    /// The key id is not 8 bytes.
    #[error("the key id has {0} bytes, not 8")]
    KeyId(usize),
    /// The claims lack one, have one too many, or hold another type under it.
    #[error("the claims must hold 1, 2, 4, 6 and perhaps 5, each of its type")]
    Claims,
    /// The issuer is no hub code.
    #[error("the issuer is not a hub code")]
    Issuer,
    /// The subject is not 1 to 64 printable ASCII characters without spaces.
    #[error("the subject is not 1 to 64 printable characters without spaces")]
    Subject,
    /// The times are out of order, or beyond the year 9999.
    #[error("the record must be issued before it expires, and begin before it ends")]
    Times,
    /// The kind is not a number from 65,000 to 65,535.
    #[error("kind {0} lies outside 65000 to 65535")]
    Kind(u64),
    /// The payload is not a map that begins with schema version and revision.
    #[error("the payload must be a map that begins with schema version (0) and revision (1)")]
    Payload,
    /// The signature is not 64 bytes.
    #[error("the signature has {0} bytes, not 64")]
    SignatureLength(usize),
    /// A field of the payload breaks a rule of its kind.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The record is sound as far as this software can tell, and says something it has not learnt.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// What this software has not learnt. Such a record is carried and examined again by a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// A kind of record without a page in this version of the specification.
    #[error("records of kind {0} are not understood by this version")]
    Kind(u16),
    /// A later schema version of a known kind.
    #[error("schema version {0} is not understood by this version")]
    SchemaVersion(u64),
    /// A payload key that must be understood.
    #[error("payload key {0} must be understood and is not")]
    Key(u64),
    /// A transition of charters that comes with a later version.
    #[error("charter transition {0} is not understood by this version")]
    Transition(u64),
    /// A number in a code list that a later version may define.
    #[error("{list} {code} is not understood by this version")]
    Code {
        /// The list.
        list: &'static str,
        /// The number.
        code: u64,
    },
}

impl DecodeError {
    /// The stable code of this error, as vectors, scores and logs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Cbor(error) => error.fault.code(),
            Self::Tag => "tag",
            Self::Envelope => "envelope",
            Self::Unprotected => "unprotected",
            Self::Labels => "labels",
            Self::Algorithm(_) => "algorithm",
            Self::KeyId(_) => "key-id",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Subject => "subject",
            Self::Times => "times",
            Self::Kind(_) => "kind",
            Self::Payload => "payload",
            Self::SignatureLength(_) => "signature-length",
            Self::Field(error) => error.code,
            Self::Unsupported(unsupported) => unsupported.code(),
        }
    }

    /// The rule of the specification that is broken, such as `record R6`.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "record R1",
            Self::Cbor(error) => match error.fault {
                CborFault::TooLarge { .. } => "record R1",
                CborFault::Shape(_) => "record R21",
                _ => "record R2",
            },
            Self::Tag | Self::Envelope => "record R3",
            Self::Unprotected => "record R4",
            Self::Labels => "record R5",
            Self::Algorithm(_) => "record R6",
            Self::KeyId(_) => "record R7",
            Self::Claims | Self::Issuer => "record R8",
            Self::Subject => "record R9",
            Self::Times => "record R10",
            Self::Kind(_) => "record R11",
            Self::Payload => "record R12",
            Self::SignatureLength(_) => "record R13",
            Self::Field(error) => error.rule,
            Self::Unsupported(unsupported) => unsupported.rule(),
        }
    }

    /// Whether a later version may accept these bytes; all other errors are the fault of whoever made them.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Unsupported(_))
    }
}

impl Unsupported {
    /// The stable code of this answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind(_) => "unsupported-kind",
            Self::SchemaVersion(_) => "unsupported-version",
            Self::Key(_) => "unsupported-key",
            Self::Transition(_) => "unsupported-transition",
            Self::Code { .. } => "unsupported-code",
        }
    }

    /// The rule of the specification that says so.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Kind(_) => "record R17",
            Self::SchemaVersion(_) => "record R18",
            Self::Key(_) => "record R19",
            Self::Transition(_) => "charter R14",
            Self::Code { .. } => "record R20",
        }
    }
}
