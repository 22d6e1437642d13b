//! What the fields of a certificate demand of each other.

use super::{Batch, Certificate, Goods, Line, Subtype, Transport};
use crate::FieldError;
use crate::fields::{ascending, count, demand};

const TRANSIT_MAX: usize = 16; // longer than any land route in use
const CONTAINERS_MAX: usize = 64;
const LINES_MAX: usize = 999;
const DOCUMENTS_MAX: usize = 16;
const CURRENCIES_MAX: usize = 16;
const DOCUMENT_NUMBER_MAX: usize = 35;
const ZONE_MAX: usize = 16;

impl Certificate {
    /// Checks that the fields fit each other.
    ///
    /// # Errors
    /// The first field that does not, with its rule.
    pub fn inspect(&self) -> Result<(), FieldError> {
        self.inspect_decision()?;
        self.inspect_journey()?;
        self.goods.inspect(self.subtype)?;
        count(self.documents.len(), 0..=DOCUMENTS_MAX, "documents", "certificate R13")?;
        ascending(&self.documents, "documents", "certificate R13")?;
        amends(self.revision, self.previous.is_some(), "certificate R15")?;
        let zone = self.zone.as_deref().unwrap_or("-");
        let is_sound = (1..=ZONE_MAX).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_graphic());
        demand(
            is_sound,
            "zone",
            "certificate R16",
            "zone",
            "must be 1 to 16 printable characters without spaces",
        )?;
        let assessment = self.assessment.as_ref();
        assessment.map_or(Ok(()), |assessment| assessment.inspect(self))
    }

    // spec: certificate R3, R6
    fn inspect_decision(&self) -> Result<(), FieldError> {
        let decisions = self.subtype.decisions();
        if !decisions.contains(&self.decision) {
            let names = decisions
                .iter()
                .map(|decision| decision.name())
                .collect::<Vec<_>>()
                .join(", ");
            let message = format!("must be one of {names} for {}", self.subtype);
            return Err(FieldError::new("decision", "certificate R3", "decision", message));
        }
        let has_regime = self.regime.is_some() || !self.subtype.needs_regime();
        demand(
            has_regime,
            "regime",
            "certificate R6",
            "missing",
            "is required for this type of certificate",
        )
    }

    // spec: certificate R5, R8
    fn inspect_journey(&self) -> Result<(), FieldError> {
        count(self.transit.len(), 0..=TRANSIT_MAX, "transit", "certificate R5")?;
        let mut transit = self.transit.clone();
        transit.sort();
        let message = "must not name a country twice";
        demand(
            transit.is_sorted_by(|left, right| left < right),
            "transit",
            "certificate R5",
            "order",
            message,
        )?;
        self.transport.as_ref().map_or(Ok(()), Transport::inspect)
    }
}

/// A first revision amends nothing, a later one names what it amends.
// spec: certificate R15, credential R9
pub(crate) fn amends(revision: u32, names_previous: bool, rule: &'static str) -> Result<(), FieldError> {
    let message = "must name the amended record when revision is above 0, and be absent when it is 0";
    demand((revision > 0) == names_previous, "previous", rule, "previous", message)
}

impl Transport {
    fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "certificate R8";
        if let Some((_, number)) = &self.document {
            let is_sound = (1..=DOCUMENT_NUMBER_MAX).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
                && number.trim() == number;
            let message = "must be 1 to 35 printable characters without spaces at its ends";
            demand(is_sound, "transport.number", RULE, "document-number", message)?;
        }
        count(self.containers.len(), 0..=CONTAINERS_MAX, "transport.containers", RULE)?;
        ascending(&self.containers, "transport.containers", RULE)
    }
}

impl Goods {
    // spec: certificate R11, R12
    fn inspect(&self, subtype: Subtype) -> Result<(), FieldError> {
        match self {
            Self::Lines(lines) => inspect_lines(lines, subtype),
            Self::Batch(batch) => {
                let message = "only a release or a transit can cover a batch";
                demand(subtype.may_cover_batch(), "batch", "certificate R12", "batch", message)?;
                batch.inspect()
            }
        }
    }
}

fn inspect_lines(lines: &[Line], subtype: Subtype) -> Result<(), FieldError> {
    const RULE: &str = "certificate R11";
    count(lines.len(), 1..=LINES_MAX, "lines", RULE)?;
    ascending(lines.iter().map(|line| line.number), "lines", RULE)?;
    let without = lines
        .iter()
        .position(|line| line.quantity.is_none())
        .filter(|_| subtype == Subtype::Permit);
    without.map_or(Ok(()), |index| {
        let message = "is required: a permit says how much it grants";
        Err(FieldError::new(
            format!("lines[{index}].quantity"),
            RULE,
            "missing",
            message,
        ))
    })
}

impl Batch {
    fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "certificate R12";
        count(self.chapters.len(), 1..=98, "batch.chapters", RULE)?;
        ascending(&self.chapters, "batch.chapters", RULE)?;
        count(self.value.len(), 0..=CURRENCIES_MAX, "batch.value", RULE)?;
        ascending(self.value.iter().map(|money| money.currency), "batch.value", RULE)?;
        let is_sound = self.value.iter().all(|money| money.minor >= 0);
        demand(is_sound, "batch.value", RULE, "money", "must not be negative")
    }
}
