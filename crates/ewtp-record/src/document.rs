//! What a record is about, and when an input asks for what a record states already.
//!
//! Issuing is idempotent (spec: admin R10): the same input gets the first answer, another input under the same name is refused.
//! What is "the same" is decided here and nowhere else.

use sha2::{Digest as _, Sha256};

use crate::{Header, HubCode, Record, RecordKind, Subject, UnixTime};

/// One revision of one document of one hub: a hub states each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Document {
    /// Whose it is.
    pub hub: HubCode,
    /// What kind of document.
    pub kind: RecordKind,
    /// Its number or reference.
    pub subject: Subject,
    /// How often it was amended; 0 first.
    pub revision: u32,
}

impl Document {
    /// The document that a record is about.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            hub: header.issuer,
            kind: header.kind,
            subject: header.subject,
            revision: header.revision,
        }
    }
}

/// What a record states about its document, small enough to remember many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    payload: [u8; 32],
    issued_at: UnixTime,
    expires_at: UnixTime,
    not_before: Option<UnixTime>,
}

impl Statement {
    /// What that record states.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let header = record.header();
        Self {
            payload: digest(record.payload()),
            issued_at: header.issued_at,
            expires_at: header.expires_at,
            not_before: header.not_before,
        }
    }
}

/// What an input asks a hub to state about a document.
///
/// ```
/// use ewtp_record::{Asked, Pulse, SecretKey, Statement, UnixTime};
///
/// let draft = Pulse { sequence: 7 }.draft("MY".parse()?, UnixTime(1_795_336_205));
/// let stated = Statement::of(&draft.clone().sign(&SecretKey::from_seed(&[7; 32]))?);
/// let mut asked = Asked::for_payload(&draft.payload);
/// assert!(asked.is_met_by(&stated), "an input that names no times is met by any");
/// asked.expires_at = Some(UnixTime(draft.expires_at.0 + 1));
/// assert!(!asked.is_met_by(&stated), "a time that it names is part of the input");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    payload: [u8; 32],
    /// When it was issued, if the input says so; else the hub says.
    pub issued_at: Option<UnixTime>,
    /// When it ends, if the input says so; else the hub says.
    pub expires_at: Option<UnixTime>,
    /// When it begins; an input that names none asks for none.
    pub not_before: Option<UnixTime>,
}

impl Asked {
    /// That payload, at whatever time.
    #[must_use]
    pub fn for_payload(payload: &[u8]) -> Self {
        Self {
            payload: digest(payload),
            issued_at: None,
            expires_at: None,
            not_before: None,
        }
    }

    /// Whether a record that states this answers the input.
    #[must_use]
    pub fn is_met_by(&self, stated: &Statement) -> bool {
        self.payload == stated.payload
            && self.issued_at.is_none_or(|time| time == stated.issued_at)
            && self.expires_at.is_none_or(|time| time == stated.expires_at)
            && self.not_before == stated.not_before
    }
}

fn digest(payload: &[u8]) -> [u8; 32] {
    Sha256::digest(payload).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Pulse, SecretKey};

    const NOW: UnixTime = UnixTime(1_795_336_205);

    fn draft(sequence: u32) -> Draft {
        Pulse { sequence }.draft("MY".parse().unwrap(), NOW)
    }

    fn stated(draft: &Draft) -> Statement {
        Statement::of(&draft.clone().sign(&SecretKey::from_seed(&[7; 32])).unwrap())
    }

    #[test]
    fn another_payload_is_not_what_was_asked() {
        let asked = Asked::for_payload(&draft(1).payload);
        assert!(asked.is_met_by(&stated(&draft(1))));
        assert!(!asked.is_met_by(&stated(&draft(2))));
    }

    #[test]
    fn each_time_that_an_input_names_counts_and_only_that() {
        let stated = stated(&draft(1));
        let plain = Asked::for_payload(&draft(1).payload);
        let (same, other) = (Some(NOW), Some(UnixTime(NOW.0 + 1)));
        let issued = |issued_at| Asked { issued_at, ..plain }.is_met_by(&stated);
        assert_eq!((issued(same), issued(other)), (true, false));
        let ends = Some(draft(1).expires_at);
        let expires = |expires_at| Asked { expires_at, ..plain }.is_met_by(&stated);
        assert_eq!((expires(ends), expires(other)), (true, false));
        let begins = |not_before| Asked { not_before, ..plain }.is_met_by(&stated);
        assert_eq!((begins(None), begins(other)), (true, false));
    }

    #[test]
    fn an_input_without_a_beginning_is_not_met_by_a_record_that_begins_later() {
        let later = Draft {
            not_before: Some(UnixTime(NOW.0 + 60)),
            ..draft(1)
        };
        assert!(!Asked::for_payload(&later.payload).is_met_by(&stated(&later)));
    }

    #[test]
    fn a_document_is_named_by_hub_kind_subject_and_revision() {
        let record = draft(1).sign(&SecretKey::from_seed(&[7; 32])).unwrap();
        let document = Document::of(record.header());
        assert_eq!(
            (document.hub, document.kind),
            ("MY".parse().unwrap(), RecordKind::PULSE)
        );
        assert_eq!(
            (document.subject, document.revision),
            (record.header().subject, 1),
            "a pulse counts"
        );
    }
}
