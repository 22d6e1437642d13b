//! What examination says about one logged record.

use std::fmt;

use ewtp_record::{Document, HubCode, Position, RecordId, RecordKind, Subject, UnixTime};

/// The result of examining one logged record. It depends on the log's content and the charter chain only, so every node
/// finds the same. // spec: trust R21
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where the record is logged.
    pub position: Position,
    /// The record's id, which is its leaf hash.
    pub id: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// The issuer its header names; differs from the position's hub only when faulty.
    pub issuer: HubCode,
    /// The document reference, the `sub` claim.
    pub subject: Subject,
    /// The revision of the document, 0 first.
    pub revision: u32,
    /// When the issuer says it was issued.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it begins, if later than `issued_at`.
    pub not_before: Option<UnixTime>,
    /// What examination says.
    pub standing: Standing,
}

/// The subject of what is no record.
const NO_SUBJECT: &str = "-";

impl Finding {
    /// The document that the record is about.
    #[must_use]
    pub fn document(&self) -> Document {
        Document {
            hub: self.issuer,
            kind: self.kind,
            subject: self.subject,
            revision: self.revision,
        }
    }

    /// The finding for logged bytes that do not decode. A hub can log anything; what is no record has no kind, issuer or
    /// times, so the position's hub stands for the issuer and the kind is the reserved 65,535. // spec: trust R22
    pub fn not_a_record(position: Position, id: RecordId) -> Self {
        Self {
            position,
            id,
            kind: RecordKind::new(u16::MAX).expect("it is above 65,000"),
            issuer: position.hub,
            subject: NO_SUBJECT.parse().expect("a dash is a subject"),
            revision: 0,
            issued_at: UnixTime(0),
            expires_at: UnixTime(0),
            not_before: None,
            standing: Standing::Faulty(Fault::NotARecord),
        }
    }

    /// Whether the record was signed by a key that was allowed to sign it at its position.
    pub fn is_sound(&self) -> bool {
        self.standing == Standing::Sound
    }
}

/// What examination says about a record's signature and authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Signed by a key that was allowed to.
    Sound,
    /// Not to be relied on, and why.
    Faulty(Fault),
    /// Of a kind, or with a must-understand field, that this version does not know: carried, never acted on.
    Unsupported,
}

impl Standing {
    /// The stable text: `sound`, `unsupported`, or the fault's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Faulty(fault) => fault.code(),
            Self::Unsupported => "unsupported",
        }
    }

    /// The standing of a stable text, for readers of stored findings.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "sound" => Some(Self::Sound),
            "unsupported" => Some(Self::Unsupported),
            fault => Fault::from_code(fault).map(Self::Faulty),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Declares the faults once: variant, stable code and meaning stand on one line each. // spec: trust R22
macro_rules! faults {
    ($($variant:ident $code:literal $meaning:literal,)*) => {
        /// Why a logged record is not to be relied on, in the order in which examination asks. // spec: trust R22
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $meaning] $variant,)*
        }

        impl Fault {
            /// Every fault, in the order of the spec's table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, as a sentence without its full stop.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

faults! {
    NotARecord "not-a-record" "the bytes that the log holds there are no record",
    WrongIssuer "wrong-issuer" "the record names another issuer than the hub whose log holds it",
    NoCharter "no-charter" "no charter is logged before this record",
    CharterOrder "charter-order" "the charter does not follow the one logged before it",
    CharterUnknown "charter-unknown" "the charter is not the one the chain has under its number",
    Body "body" "the payload is not what its kind says",
    UnknownKey "unknown-key" "the signing key is no role key of the charter in force",
    WrongDuty "wrong-duty" "the signing key's duty does not sign this kind of record",
    OutsideWindow "outside-window" "the record was issued outside the signing key's window",
    CharterExpired "charter-expired" "the record was issued after the charter in force had expired",
    LifeTooLong "life-too-long" "the record lives longer than the signing key may grant",
    RevokedKey "revoked-key" "the signing key is revoked from this position or an earlier one",
    Signature "signature" "the signature does not verify",
}

impl Fault {
    /// The fault with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.code() == code)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_reads_back_from_its_code() {
        for fault in Fault::ALL {
            assert_eq!(Standing::from_code(fault.code()), Some(Standing::Faulty(*fault)));
        }
        assert_eq!(Standing::from_code("sound"), Some(Standing::Sound));
        assert_eq!(Standing::from_code("unsupported"), Some(Standing::Unsupported));
        assert_eq!(Standing::from_code("fine"), None);
    }
}
