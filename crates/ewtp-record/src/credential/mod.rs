//! The merchant credential: what a registrar knows about a merchant, as far as anyone may know it.
//!
//! Names and tax numbers are leaves under the disclosure root; the merchant shows them when it must.
// spec: credential

mod codes;
mod form;
mod input;

pub use codes::{Form, SizeBand, Tier};

use crate::cbor::Octets;
use crate::fields::{ascending, count, demand};
use crate::{Chapter, CountryCode, FieldError, KeyBytes, Lei, RecordId, Regime};

/// What a credential says. The merchant id is the subject of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// How often it was amended; 0 first.
    pub revision: u32,
    /// The merchant's own key. Admitted when it was issued; to be admitted again before a signature is checked with it.
    pub key: KeyBytes,
    /// What the merchant is.
    pub form: Form,
    /// How many people work there.
    pub size: SizeBand,
    /// How far the registrar checked.
    pub tier: Tier,
    /// HS chapters it trades in, ascending; none means all.
    pub sectors: Vec<Chapter>,
    /// Where it trades, at most 32, ascending by the two countries; none means at home only.
    pub corridors: Vec<Corridor>,
    /// Its legal entity identifier.
    pub lei: Option<Lei>,
    /// Root of the salted leaves that the merchant can open.
    pub disclosure: Option<Octets<32>>,
    /// The record this one amends; none for revision 0.
    pub previous: Option<RecordId>,
}

/// A direction of trade, and the customs regimes it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corridor {
    /// Where goods leave.
    pub from: CountryCode,
    /// Where they go.
    pub to: CountryCode,
    /// The regimes, at most 16, ascending; none means any.
    pub regimes: Vec<Regime>,
}

const CHAPTERS_MAX: usize = 98;
const CORRIDORS_MAX: usize = 32;
const REGIMES_MAX: usize = 16;

impl Credential {
    /// The longest life of a credential, in days: 24 months.
    // spec: credential R10
    pub const DAYS_MAX: u64 = 731;

    /// Checks that the fields fit each other.
    ///
    /// # Errors
    /// The first field that does not, with its rule.
    pub fn inspect(&self) -> Result<(), FieldError> {
        count(self.sectors.len(), 0..=CHAPTERS_MAX, "sectors", "credential R5")?;
        ascending(&self.sectors, "sectors", "credential R5")?;
        count(self.corridors.len(), 0..=CORRIDORS_MAX, "corridors", "credential R6")?;
        ascending(
            self.corridors.iter().map(|corridor| (corridor.from, corridor.to)),
            "corridors",
            "credential R6",
        )?;
        for (index, corridor) in self.corridors.iter().enumerate() {
            corridor
                .inspect()
                .map_err(|error| error.inside(format_args!("corridors[{index}]")))?;
        }
        crate::certificate::amends(self.revision, self.previous.is_some(), "credential R9")
    }
}

impl Corridor {
    // spec: credential R6
    fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "credential R6";
        demand(
            self.from != self.to,
            "to",
            RULE,
            "corridor",
            "must be another country than from",
        )?;
        count(self.regimes.len(), 0..=REGIMES_MAX, "regimes", RULE)?;
        ascending(&self.regimes, "regimes", RULE)
    }
}
