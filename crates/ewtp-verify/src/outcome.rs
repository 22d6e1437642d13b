//! The answers a verdict can give, and the checks behind them.

use std::fmt;

use serde::{Serialize, Serializer};

/// The answer about one record, for one policy, at one time.
///
/// Revoked, suspended and equivocation (exit codes 12 and 15) join when status records and evidence exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Genuine, allowed, in force, logged and witnessed by the policy's quorum, from a hub the policy pins.
    Accepted,
    /// Something that was shown does not hold: bytes, signature, authority or proof.
    Invalid,
    /// Its time has ended.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// Not from a hub that the policy pins.
    Unrecognised,
    /// Of a kind, or with a field, that this version does not know.
    Unsupported,
    /// What is needed to decide is missing or out of reach. This is not "invalid".
    Undecided,
}

impl Outcome {
    /// Every outcome, the most severe first: when several apply, the first one is the answer. // spec: bundle R14
    pub const BY_PRECEDENCE: [Self; 7] = [
        Self::Invalid,
        Self::Expired,
        Self::NotYetValid,
        Self::Unrecognised,
        Self::Unsupported,
        Self::Undecided,
        Self::Accepted,
    ];

    /// The stable text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Unrecognised => "unrecognised",
            Self::Unsupported => "unsupported",
            Self::Undecided => "undecided",
        }
    }

    /// What `ewtp verify` exits with.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Invalid => 10,
            Self::Unrecognised => 11,
            Self::Expired | Self::NotYetValid => 13,
            Self::Undecided => 14,
            Self::Unsupported => 16,
        }
    }

    /// The more severe of two.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        let rank = |outcome| Self::BY_PRECEDENCE.iter().position(|entry| *entry == outcome);
        if rank(other) < rank(self) { other } else { self }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It holds, and something beside it should be looked at.
    Warn,
    /// It could not be checked with what was given.
    Unknown,
    /// It does not apply here.
    Skip,
}

impl CheckResult {
    /// The stable text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Skip => "skip",
        }
    }
}

impl Serialize for CheckResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Declares the checks once, in the order in which a verdict lists them.
macro_rules! checks {
    ($($variant:ident $code:literal $meaning:literal,)*) => {
        /// What was checked, in the order in which a verdict lists it. // spec: bundle R8
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CheckCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl CheckCode {
            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

checks! {
    BundleShape "bundle-shape" "The file is a bundle.",
    RecordShape "record-shape" "The record's bytes are canonical and its payload is what its kind says.",
    Net "net" "The issuer's charters are of the policy's net.",
    Charters "charters" "The issuer's charter chain holds together.",
    Recognised "recognised" "The issuer's genesis is the one the policy pins.",
    Authority "authority" "The signing key was allowed to sign this record.",
    Window "window" "The record was issued within the signing key's window and life.",
    Signature "signature" "The record's signature verifies.",
    Validity "validity" "The record is in force now.",
    Inclusion "inclusion" "The record is in the log at its index.",
    Checkpoint "checkpoint" "The issuer's log key signed the size and root that the record is in.",
    Cosignatures "cosignatures" "The cosignatures of recognised hubs verify.",
    Quorum "quorum" "Enough recognised hubs have seen the same log.",
    Age "age" "The evidence is no older than the policy allows. Listed when the policy says how old it may be.",
    GoodsCode "cc-09-code" "Goods can be declared under the code in the edition that is named. Listed, as what follows, with an assessment.",
    GoodsUnit "cc-11-unit" "The quantity is in a unit of the table.",
    Papers "cc-16-papers" "The papers that the line needs are there.",
    Duty "cc-20-duty" "The duty computed again is the duty assessed.",
}

impl CheckCode {
    /// The checks that a duty receipt makes possible. // spec: bundle R21
    pub(crate) const OF_DUTY: [Self; 4] = [Self::GoodsCode, Self::GoodsUnit, Self::Papers, Self::Duty];
    /// Those of them that a table makes possible. // spec: bundle R28
    pub(crate) const OF_TABLE: [Self; 2] = [Self::GoodsCode, Self::GoodsUnit];
}

impl Serialize for CheckCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One check of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub code: CheckCode,
    /// What came of it.
    pub result: CheckResult,
    /// The facts, as a sentence without its full stop.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_severe_outcome_wins() {
        assert_eq!(Outcome::Undecided.or_worse(Outcome::Invalid), Outcome::Invalid);
        assert_eq!(Outcome::Expired.or_worse(Outcome::Unrecognised), Outcome::Expired);
        assert_eq!(
            Outcome::Unrecognised.or_worse(Outcome::Undecided),
            Outcome::Unrecognised
        );
        assert_eq!(Outcome::Accepted.or_worse(Outcome::Undecided), Outcome::Undecided);
    }

    #[test]
    fn only_accepted_exits_with_zero() {
        for outcome in Outcome::BY_PRECEDENCE {
            assert_eq!(outcome.exit_code() == 0, outcome == Outcome::Accepted, "{outcome}");
        }
    }
}
