//! Which measures are for the goods, and which of those for one purpose counts.

use super::goods::{Belongs, Goods, Line};
use super::quota::{has_enough, is_used_up};
use super::{Need, QuoteError, Reason};
use crate::RowKey;
use crate::row::{Area, Measure, NationalCode, Purpose};
use ewtp_record::edition::MeasureKind;
use std::collections::BTreeSet;

/// A measure that is for the goods as far as anyone can say.
#[derive(Clone)]
pub(super) struct Found<'a> {
    pub(super) key: RowKey,
    pub(super) measure: &'a Measure,
    pub(super) belongs: Belongs,
}

/// What counts of several measures.
pub(super) enum Winner<'f, 'a> {
    None,
    One(&'f Found<'a>),
    Person(Reason, RowKey),
}

impl<'a> Found<'a> {
    pub(super) fn area(&self) -> Option<Area> {
        match self.belongs {
            Belongs::Area(area) => Some(area),
            Belongs::Unknown(group) => Some(Area::Group(group)),
            Belongs::All | Belongs::No => None,
        }
    }

    /// What it says: of two measures in two lines that say the same, the nearer line counts.
    fn says(&self) -> (Purpose<'a>, Option<Belongs>) {
        let belongs = (!is_for_all(self.measure.kind)).then_some(self.belongs);
        (self.measure.purpose(), belongs)
    }

    /// How narrowly it names the goods; of several measures the narrowest counts.
    // spec: quote R8
    fn narrowness(&self) -> (bool, bool, bool, bool, bool, bool, u8) {
        let measure = self.measure;
        let area = match self.area() {
            Some(Area::Country(_)) => 2,
            Some(Area::Group(_)) => 1,
            None => 0,
        };
        (
            measure.additional_code.is_some(),
            measure.agreement.is_some(),
            measure.quota.is_some(),
            !measure.documents.is_empty(),
            !measure.regimes.is_empty(),
            !measure.members.is_empty(),
            area,
        )
    }
}

/// Whether a measure of this kind is for everyone, and not claimed.
const fn is_for_all(kind: MeasureKind) -> bool {
    !matches!(kind, MeasureKind::Preference | MeasureKind::Gsp)
}

/// The measures of these lines that are for the goods, those of nearer lines instead of those above.
// spec: quote R7, R12
pub(super) fn found<'a>(
    goods: &Goods<'a>,
    lines: &[Line<'a>],
    is_asked: impl Fn(MeasureKind) -> bool,
) -> Result<Vec<Found<'a>>, QuoteError> {
    let mut all: Vec<Found<'a>> = Vec::new();
    let mut nearer = BTreeSet::new();
    for line in lines {
        let before = all.len();
        for measure in &line.line.measures {
            if !is_asked(measure.kind)
                || !goods.is_in_time_and_regime(measure)
                || !goods.goes_to_one_of(&measure.members)
            {
                continue;
            }
            let belongs = goods.belongs(&measure.areas, &measure.except)?;
            let found = Found {
                key: line.key,
                measure,
                belongs,
            };
            if belongs != Belongs::No && !nearer.contains(&found.says()) && !is_used_up(goods, measure)? {
                all.push(found);
            }
        }
        // A measure of the same line hides nothing: of those the narrowest counts.
        nearer.extend(all[before..].iter().map(Found::says));
    }
    Ok(all)
}

/// A kind of measure that the schedule says only for other members of the territory than that into which the goods go.
pub(super) struct Elsewhere {
    pub(super) kind: MeasureKind,
    pub(super) stack: Option<u16>,
    pub(super) row: RowKey,
}

/// The kinds of which these lines say something for other members, and nothing for the goods' own.
// spec: quote R7, R12
pub(super) fn elsewhere(
    goods: &Goods<'_>,
    lines: &[Line<'_>],
    all: &[Found<'_>],
) -> Result<Vec<Elsewhere>, QuoteError> {
    let mut known: BTreeSet<MeasureKind> = all.iter().map(|found| found.measure.kind).collect();
    let mut open = Vec::new();
    for line in lines {
        for measure in &line.line.measures {
            let kind = measure.kind;
            let is_elsewhere = !goods.goes_to_one_of(&measure.members) && goods.is_in_time_and_regime(measure);
            let is_open = !known.contains(&kind) && is_elsewhere;
            if is_open && goods.belongs(&measure.areas, &measure.except)? != Belongs::No && !is_used_up(goods, measure)?
            {
                known.insert(kind);
                open.push(Elsewhere {
                    kind,
                    stack: measure.stack,
                    row: line.key,
                });
            }
        }
    }
    Ok(open)
}

/// The measure that counts, of several with one kind and stack.
// spec: quote R8
pub(super) fn winner<'f, 'a>(goods: &Goods<'_>, all: &[&'f Found<'a>]) -> Result<Winner<'f, 'a>, QuoteError> {
    let Some(first) = all.first() else {
        return Ok(Winner::None);
    };
    let request = goods.request;
    let has_code = |found: &Found<'_>| {
        let code = found.measure.additional_code;
        code.is_none() || code == request.additional_code
    };
    let coded: Vec<_> = all.iter().copied().filter(|found| has_code(found)).collect();
    if coded.is_empty() {
        return Ok(Winner::Person(Reason::AdditionalCode, first.key));
    }
    let mut able = Vec::new();
    for found in &coded {
        let measure = found.measure;
        let is_agreed = measure
            .agreement
            .is_none_or(|agreement| request.agreements.contains(&agreement));
        let is_drawn = measure.quota.is_none_or(|quota| request.quota == Some(quota));
        if is_agreed && is_drawn {
            able.push(*found);
        }
    }
    // A paper chooses between two measures; where there is no other, a missing paper lifts no duty.
    let is_papered = |found: &&Found<'_>| {
        found
            .measure
            .documents
            .iter()
            .all(|code| request.documents.contains(code))
    };
    if able.iter().any(is_papered) {
        able.retain(is_papered);
    }
    let Some(narrowest) = able.iter().map(|found| found.narrowness()).max() else {
        return Ok(Winner::None);
    };
    let mut best = able.into_iter().filter(|found| found.narrowness() == narrowest);
    let Some(one) = best.next() else {
        return Ok(Winner::None);
    };
    let duty = |found: &Found<'a>| (&found.measure.duty, &found.measure.conditions);
    if let Some(other) = best.find(|other| duty(other) != duty(one)) {
        return Ok(Winner::Person(Reason::Ambiguous, other.key));
    }
    if let Belongs::Unknown(group) = one.belongs {
        return Ok(Winner::Person(Reason::Membership(group), one.key));
    }
    if let Some(quota) = one.measure.quota
        && !has_enough(goods, &quota)?
    {
        return Ok(Winner::Person(Reason::Quota(quota), one.key));
    }
    Ok(Winner::One(one))
}

/// What must be there for a lower duty, and is not.
// spec: quote R11
pub(super) fn lacking(goods: &Goods<'_>, found: &Found<'_>) -> Result<Vec<Need>, QuoteError> {
    let (request, measure) = (goods.request, found.measure);
    let mut lacking = Vec::new();
    if let Some(code) = measure
        .additional_code
        .filter(|code| request.additional_code != Some(*code))
    {
        lacking.push(Need::AdditionalCode(code));
    }
    let papers = measure
        .documents
        .iter()
        .filter(|code| !request.documents.contains(code));
    lacking.extend(papers.map(|code| Need::Document(*code)));
    if let Some(agreement) = unclaimed(goods, found)? {
        lacking.push(Need::Agreement(agreement));
    }
    if let Some(quota) = measure.quota.filter(|quota| request.quota != Some(*quota)) {
        lacking.push(Need::Quota(quota));
    }
    Ok(lacking)
}

/// The name under which a lower duty is to be claimed, if it is not.
// spec: quote R11
fn unclaimed(goods: &Goods<'_>, found: &Found<'_>) -> Result<Option<NationalCode>, QuoteError> {
    let (claimed, measure) = (&goods.request.agreements, found.measure);
    let area = found.area();
    let of_group = area
        .as_ref()
        .map(|area| goods.agreement_of(area))
        .transpose()?
        .flatten();
    let named = measure.agreement.or(of_group);
    let is_claimed = named.is_some_and(|name| claimed.contains(&name));
    if is_claimed || (named.is_none() && is_for_all(measure.kind)) {
        return Ok(None);
    }
    // A paper that is given claims by itself, where the measure names no agreement of its own.
    let has_papers = !measure.documents.is_empty();
    if measure.agreement.is_none() && has_papers {
        return Ok(None);
    }
    let by_area = area.and_then(|area| area.as_str().parse::<NationalCode>().ok());
    let is_by_area = measure.agreement.is_none() && by_area.is_some_and(|name| claimed.contains(&name));
    if is_by_area {
        return Ok(None);
    }
    Ok(named
        .or(by_area)
        .or_else(|| measure.kind.name().parse().ok())
        .filter(|name| !claimed.contains(name)))
}
