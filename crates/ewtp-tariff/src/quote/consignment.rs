//! Sums: of the amounts of one line of goods, and of the lines of one consignment.

use super::{Bound, Charge, Quote, QuoteError, QuoteLine};
use crate::Exact;
use ewtp_record::edition::{MeasureKind, Rounding, RoundingScope};
use ewtp_record::{Edition, Money};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// What is due on a consignment of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsignmentTotal {
    /// What is to be paid; none when a person must decide something first.
    pub total: Option<Money>,
    /// The sum in minor units.
    pub sum: i64,
    /// Whether the sum is below what the territory collects.
    pub is_waived: bool,
}

/// Adds the quotes of all lines of a consignment: the parts of what is due once for a subheading, and what the edition rounds by
/// the consignment, are added exactly and rounded once.
///
/// # Errors
/// A sum beyond what money can say.
// spec: quote R17
pub fn consignment_total(edition: &Edition, quotes: &[Quote]) -> Result<ConsignmentTotal, QuoteError> {
    let sum = sum(edition, quotes.iter().flat_map(|quote| &quote.lines))?;
    let is_waived = is_waived(edition, sum);
    let total = Money {
        minor: if is_waived { 0 } else { sum },
        currency: edition.currency,
    };
    let is_decided = quotes.iter().all(|quote| quote.needs_person.is_empty());
    Ok(ConsignmentTotal {
        total: is_decided.then_some(total),
        sum,
        is_waived,
    })
}

/// Whether so little is not collected.
// spec: quote R15
pub(super) fn is_waived(edition: &Edition, sum: i64) -> bool {
    edition.collected_from.is_some_and(|least| sum < least.minor)
}

/// The sum of these amounts in minor units.
// spec: quote R14, R19
pub(super) fn sum<'l>(edition: &Edition, lines: impl IntoIterator<Item = &'l QuoteLine>) -> Result<i64, QuoteError> {
    let mut sum: i64 = 0;
    let mut exact: BTreeMap<Option<MeasureKind>, Exact> = BTreeMap::new();
    let mut parts: BTreeMap<Charge, Exact> = BTreeMap::new();
    for line in lines {
        let rule = edition.rounding_of(line.charge.kind());
        match rule.scope {
            RoundingScope::Line if line.is_per_consignment => {
                let together = parts.entry(line.charge).or_insert_with(Exact::zero);
                let longer = &*together + &line.exact;
                *together = longer.within_bits().ok_or(QuoteError::TooMuch(Bound::Bits))?;
            }
            RoundingScope::Line => sum = sum.checked_add(line.amount).ok_or(QuoteError::Bounds)?,
            RoundingScope::Consignment => {
                let together = exact.entry(rule.kind).or_insert_with(Exact::zero);
                let longer = &*together + &line.exact;
                *together = longer.within_bits().ok_or(QuoteError::TooMuch(Bound::Bits))?;
            }
        }
    }
    for (charge, together) in parts {
        let rounded = rounded(edition, &edition.rounding_of(charge.kind()), &together)?;
        sum = sum.checked_add(rounded).ok_or(QuoteError::Bounds)?;
    }
    for (kind, together) in exact {
        let rule = edition.rounding.iter().find(|rule| rule.kind == kind);
        let rule = rule.expect("the rule of each amount is one of the edition");
        let rounded = rounded(edition, rule, &together)?;
        sum = sum.checked_add(rounded).ok_or(QuoteError::Bounds)?;
    }
    Ok(sum)
}

/// An exact amount as a rule of the edition rounds it, in minor units.
pub(super) fn rounded(edition: &Edition, rule: &Rounding, amount: &Exact) -> Result<i64, QuoteError> {
    let step = NonZeroU32::new(rule.step).unwrap_or(NonZeroU32::MIN);
    let minor = amount * &Exact::from(10_i64.pow(edition.currency.minor_digits().into()));
    minor.round(rule.mode, step).to_i64().ok_or(QuoteError::Bounds)
}
