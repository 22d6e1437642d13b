//! JSON in and JSON out: what offices write by hand, and what people read.
//!
//! Input is read strictly: an unknown or repeated name is refused with the nearest known one, amounts are texts so that no
//! digit is lost, and each error names its field and rule. What is printed has the names of what is read.

mod object;
mod strict;
mod view;

pub(crate) use object::Object;
pub use strict::{JsonError, parse_json};

use crate::{Draft, FieldError, HubCode, RecordId, RecordKind, Subject, UnixTime};
use bytes::Bytes;

/// What an input leaves to the hub that issues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The hub that issues.
    pub issuer: HubCode,
    /// `issued_at` of an input that gives none.
    pub now: UnixTime,
    /// Seconds from `issued_at` to `expires_at` of an input that gives none.
    pub life_seconds: u64,
}

/// A record as an input asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What is to be signed.
    pub draft: Draft,
    /// How often the statement on this subject was amended; 0 first.
    pub revision: u32,
    /// Whether the input itself gave `issued_at`.
    pub gives_issued_at: bool,
    /// Whether the input itself gave `expires_at`.
    pub gives_expires_at: bool,
}

/// The part of an input that is the same for certificates and credentials.
pub(crate) struct Envelope {
    subject: Subject,
    issued_at: Option<UnixTime>,
    expires_at: Option<UnixTime>,
    not_before: Option<UnixTime>,
    pub(crate) revision: u32,
    pub(crate) previous: Option<RecordId>,
}

impl Envelope {
    /// The names it reads, beside that of the subject.
    pub(crate) const NAMES: [&str; 5] = ["revision", "previous", "issued_at", "expires_at", "not_before"];

    /// The names of a kind whose records are never amended.
    pub(crate) const TIMES: [&str; 3] = ["issued_at", "expires_at", "not_before"];

    /// The envelope of a kind that is never amended.
    pub(crate) fn read_unrevised(object: &Object<'_>, subject: &str) -> Result<Self, FieldError> {
        Ok(Self {
            subject: object.required(subject, "record R9", Object::parse)?,
            issued_at: object.time("issued_at")?,
            expires_at: object.time("expires_at")?,
            not_before: object.time("not_before")?,
            revision: 0,
            previous: None,
        })
    }

    pub(crate) fn read(object: &Object<'_>, subject: &str) -> Result<Self, FieldError> {
        Ok(Self {
            revision: object
                .within("revision", 0..=u64::from(u32::MAX), "record R12")?
                .unwrap_or(0),
            previous: object.parse("previous")?,
            ..Self::read_unrevised(object, subject)?
        })
    }

    /// The submission of a record of `kind` with this payload.
    // spec: record R10
    pub(crate) fn submit(&self, kind: RecordKind, terms: &Terms, payload: Bytes) -> Result<Submission, FieldError> {
        let issued_at = self.issued_at.unwrap_or(terms.now);
        let expires_at = self.expires_at.unwrap_or_else(|| issued_at.plus(terms.life_seconds));
        let (issuer, subject, not_before) = (terms.issuer, self.subject, self.not_before);
        let begins_before_it_ends = not_before.is_none_or(|not_before| not_before <= expires_at);
        crate::fields::demand(
            issued_at < expires_at && begins_before_it_ends && expires_at <= UnixTime::MAX,
            "expires_at",
            "record R10",
            "times",
            "must lie after issued_at and not before not_before",
        )?;
        Ok(Submission {
            draft: Draft {
                kind,
                issuer,
                subject,
                issued_at,
                expires_at,
                not_before,
                payload,
            },
            revision: self.revision,
            gives_issued_at: self.issued_at.is_some(),
            gives_expires_at: self.expires_at.is_some(),
        })
    }
}

#[cfg(test)]
mod tests;
