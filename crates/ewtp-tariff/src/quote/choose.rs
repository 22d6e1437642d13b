//! The duty of customs: exactly one of the `mfn` duty and the lower ones.

use super::compute::{Duty, Gap, Trail, duty, is_lower};
use super::goods::{Belongs, Goods};
use super::measure::{Found, Winner, lacking, winner};
use super::quota::has_enough;
use super::{Need, QuoteError, Reason};
use crate::{Exact, Inputs, RowKey};
use ewtp_record::edition::MeasureKind;

/// A duty that could be the one.
pub(super) struct Candidate<'a> {
    pub(super) found: Found<'a>,
    pub(super) duty: Duty<'a>,
    pub(super) lacking: Vec<Need>,
}

/// What came of the choice.
pub(super) struct Choice<'a> {
    pub(super) chosen: Result<Option<Candidate<'a>>, (MeasureKind, Reason, RowKey)>,
    /// The others, in the order of their lines.
    pub(super) others: Vec<Candidate<'a>>,
}

/// Whether a measure of this kind stands in for the duty of customs.
pub(super) const fn is_customs_duty(kind: MeasureKind) -> bool {
    matches!(kind, MeasureKind::Mfn) || is_lower(kind)
}

/// Chooses the least of the duties that the goods have a right to.
// spec: quote R11, R12
pub(super) fn choose<'a>(
    goods: &Goods<'a>,
    trail: &Trail<'_>,
    inputs: &mut Inputs<'_>,
    all: &[Found<'a>],
) -> Result<Choice<'a>, QuoteError> {
    let (mut able, mut others, mut open) = (Vec::new(), Vec::new(), None);
    let mfn: Vec<_> = all
        .iter()
        .filter(|found| found.measure.kind == MeasureKind::Mfn)
        .collect();
    match winner(goods, &mfn)? {
        Winner::None => {}
        Winner::One(found) => able.push(candidate(goods, trail, inputs, found, Vec::new())?),
        Winner::Person(reason, row) => open = Some((MeasureKind::Mfn, reason, row)),
    }
    let mut lower: Vec<_> = all.iter().filter(|found| is_lower(found.measure.kind)).collect();
    lower.sort_by_key(|found| burden(found.measure.kind));
    for found in lower {
        let lacking = lacking(goods, found)?;
        if !lacking.is_empty() {
            others.push(candidate(goods, trail, inputs, found, lacking)?);
            continue;
        }
        let mut candidate = candidate(goods, trail, inputs, found, lacking)?;
        if let Some(quota) = found.measure.quota
            && !has_enough(goods, &quota)?
        {
            candidate.duty.amount = Err(Gap::Person(Reason::Quota(quota)));
        }
        if let Belongs::Unknown(group) = found.belongs {
            candidate.duty.amount = Err(Gap::Person(Reason::Membership(group)));
        }
        able.push(candidate);
    }
    Ok(match least(&able) {
        // Nothing is less than nothing, whatever is open beside it.
        Some(index) if is_decided(&able, open.is_some(), index) => {
            let chosen = able.remove(index);
            others.splice(0..0, able);
            Choice {
                chosen: Ok(Some(chosen)),
                others,
            }
        }
        _ => Choice {
            chosen: undecided(&able, open)?,
            others,
        },
    })
}

fn candidate<'a>(
    goods: &Goods<'a>,
    trail: &Trail<'_>,
    inputs: &mut Inputs<'_>,
    found: &Found<'a>,
    lacking: Vec<Need>,
) -> Result<Candidate<'a>, QuoteError> {
    Ok(Candidate {
        found: found.clone(),
        duty: duty(goods, trail, inputs, found.measure)?,
        lacking,
    })
}

/// Of equal duties the one that asks for less stands first.
const fn burden(kind: MeasureKind) -> u8 {
    match kind {
        MeasureKind::Suspension => 1,
        MeasureKind::Gsp => 2,
        MeasureKind::Preference => 3,
        MeasureKind::InQuota => 4,
        _ => 0,
    }
}

/// The first of the least amounts.
fn least(able: &[Candidate<'_>]) -> Option<usize> {
    let known = able
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| Some((candidate.duty.amount.as_ref().ok()?, index)));
    known.min().map(|(_, index)| index)
}

fn is_decided(able: &[Candidate<'_>], is_open: bool, index: usize) -> bool {
    let is_nothing = able[index].duty.amount.as_ref().is_ok_and(Exact::is_zero);
    is_nothing || (!is_open && able.iter().all(|candidate| candidate.duty.amount.is_ok()))
}

type Undecided<'a> = Result<Option<Candidate<'a>>, (MeasureKind, Reason, RowKey)>;

/// Why nothing was chosen: an input that is missing comes before what only a person can say.
fn undecided<'a>(
    able: &[Candidate<'_>],
    open: Option<(MeasureKind, Reason, RowKey)>,
) -> Result<Undecided<'a>, QuoteError> {
    let mut reason = open;
    for candidate in able {
        let kind = candidate.found.measure.kind;
        match &candidate.duty.amount {
            Err(Gap::Missing(missing)) => {
                return Err(QuoteError::Missing {
                    needing: Some(kind),
                    missing: missing.clone(),
                });
            }
            Err(Gap::Person(person)) => {
                reason = reason.or_else(|| Some((kind, person.clone(), candidate.found.key)));
            }
            Ok(_) => {}
        }
    }
    Ok(reason.map_or(Ok(None), Err))
}
