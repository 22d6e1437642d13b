//! Reliefs: what small parcels and simplified regimes pay instead.

use super::choose::is_customs_duty;
use super::compute::{Gap, Trail, gap};
use super::goods::{Belongs, Goods};
use super::measure::{Found, Winner, winner};
use super::supposed::{Holds, Supposed, is_obtainable};
use super::{Need, QuoteError, Reason};
use crate::row::{Entry, LimitPer, Relief, Taxes};
use crate::{Basis, ComputeError, Exact, Measured, RowKey, Token};
use ewtp_record::edition::MeasureKind;
use std::collections::BTreeSet;

/// A relief with its row.
#[derive(Clone, Copy)]
pub(super) struct Granted<'a> {
    pub(super) key: RowKey,
    pub(super) id: Token,
    pub(super) relief: &'a Relief,
}

/// What the reliefs of a schedule do for the goods.
#[derive(Default)]
pub(super) struct Reliefs<'a> {
    /// The one that replaces the duties.
    pub(super) duty: Option<Granted<'a>>,
    /// The one that replaces sales taxes.
    pub(super) vat: Option<Granted<'a>>,
    /// Those that lack something.
    pub(super) possible: Vec<(Granted<'a>, Vec<Need>)>,
    /// What only a person can say.
    pub(super) open: Vec<Unsettled>,
    /// Whether the charge of a simplified regime counts, which replaces the duty of customs and taxes.
    pub(super) has_regime: bool,
}

/// A relief of which only a person can say whether it counts.
pub(super) struct Unsettled {
    pub(super) row: RowKey,
    pub(super) reason: Reason,
    /// The kinds of measures that it would stand in for.
    pub(super) kinds: Vec<MeasureKind>,
}

impl Unsettled {
    fn new(granted: &Granted<'_>, reason: Reason) -> Self {
        let taxes = granted.relief.taxes;
        let kinds = MeasureKind::ALL.iter().copied().filter(|kind| replaces(taxes, *kind));
        Self {
            row: granted.key,
            reason,
            kinds: kinds.collect(),
        }
    }
}

/// Whether a relief of these taxes stands in for measures of this kind.
// spec: quote R13
const fn replaces(taxes: Taxes, kind: MeasureKind) -> bool {
    use MeasureKind::{ECommerce, Excise, Levy, Licence, Prohibition, Vat};
    match kind {
        Licence | Prohibition => false,
        Vat => matches!(taxes, Taxes::Vat | Taxes::Both),
        ECommerce | Excise | Levy => matches!(taxes, Taxes::Both),
        _ => matches!(taxes, Taxes::Duty | Taxes::Both),
    }
}

/// Whether the charge of a simplified regime stands in for measures of this kind.
// spec: quote R13
const fn is_in_regime(kind: MeasureKind) -> bool {
    is_customs_duty(kind) || matches!(kind, MeasureKind::Excise | MeasureKind::Vat)
}

/// Whether the charge of a simplified regime counts for the goods.
// spec: quote R13
pub(super) fn has_regime(goods: &Goods<'_>, all: &[Found<'_>]) -> Result<bool, QuoteError> {
    let charges = || all.iter().filter(|found| found.measure.kind == MeasureKind::ECommerce);
    let stacks: BTreeSet<_> = charges().map(|found| found.measure.stack).collect();
    for stack in stacks {
        let of_stack: Vec<_> = charges().filter(|found| found.measure.stack == stack).collect();
        if let Winner::One(_) = winner(goods, &of_stack)? {
            return Ok(true);
        }
    }
    Ok(false)
}

enum Fit {
    No,
    Yes,
    Lacking(Vec<Need>),
    Open(Reason),
}

impl Reliefs<'_> {
    /// Whether a relief, or the charge of a simplified regime, replaces measures of this kind.
    // spec: quote R13
    pub(super) fn covers(&self, kind: MeasureKind) -> bool {
        let mut granted = [self.duty, self.vat].into_iter().flatten();
        granted.any(|granted| replaces(granted.relief.taxes, kind)) || (self.has_regime && is_in_regime(kind))
    }
}

/// Holds every relief of the schedule against the goods.
// spec: quote R13
pub(super) fn reliefs<'a>(goods: &Goods<'a>) -> Result<Reliefs<'a>, QuoteError> {
    let mut reliefs = Reliefs::default();
    let mut granted = Vec::new();
    for row in goods.rows.range(&RowKey::Relief(first()), &RowKey::Relief(last()))? {
        let (RowKey::Relief(id), Entry::Relief(relief)) = (row.key(), row.entry()) else {
            continue;
        };
        let one = Granted {
            key: *row.key(),
            id: *id,
            relief,
        };
        match fit(goods, relief)? {
            Fit::No => {}
            Fit::Yes => granted.push(one),
            Fit::Lacking(needs) => reliefs.possible.push((one, needs)),
            Fit::Open(reason) => reliefs.open.push(Unsettled::new(&one, reason)),
        }
    }
    let of = |taxes: &[Taxes]| {
        granted
            .iter()
            .copied()
            .filter(|one| taxes.contains(&one.relief.taxes))
            .collect::<Vec<_>>()
    };
    let duty = narrowest(goods, &of(&[Taxes::Duty, Taxes::Both]))?;
    let vat = narrowest(goods, &of(&[Taxes::Vat, Taxes::Both]))?;
    for (chosen, slot) in [(duty, &mut reliefs.duty), (vat, &mut reliefs.vat)] {
        match chosen {
            Ok(one) => *slot = one,
            Err(other) => reliefs.open.push(Unsettled::new(&other, Reason::Ambiguous)),
        }
    }
    Ok(reliefs)
}

/// The least name and the greatest.
fn first() -> Token {
    "0".parse().expect("a digit is a name")
}

fn last() -> Token {
    "z".repeat(32).parse().expect("32 letters are a name")
}

fn fit(goods: &Goods<'_>, relief: &Relief) -> Result<Fit, QuoteError> {
    let request = goods.request;
    let is_excepted = relief.goods_except.iter().any(|code| request.code.is_within(code));
    if is_excepted || !relief.validity.holds_on(request.on) {
        return Ok(Fit::No);
    }
    let mut needs = Vec::new();
    match &request.mode {
        Some(mode) if !relief.modes.is_empty() && !relief.modes.contains(mode) => return Ok(Fit::No),
        None if !relief.modes.is_empty() => needs.push(Need::Mode(relief.modes.clone())),
        _ => {}
    }
    match &request.regime {
        Some(regime) if !relief.regimes.is_empty() && !relief.regimes.contains(regime) => return Ok(Fit::No),
        None if !relief.regimes.is_empty() => needs.push(Need::Regime(relief.regimes.clone())),
        _ => {}
    }
    let belongs = goods.belongs(&relief.areas, &relief.except)?;
    if belongs == Belongs::No {
        return Ok(Fit::No);
    }
    let trail = Trail::default();
    let mut supposed = Supposed::nothing(request);
    for when in &relief.conditions {
        match goods.holds(when, &supposed)?.map_err(|error| gap(&trail, error)) {
            Ok(Holds::Yes) => {}
            Ok(Holds::Perhaps) => supposed.suppose(when, true),
            Ok(Holds::No) if is_obtainable(when) => needs.push(Need::Condition(when.clone())),
            Ok(Holds::No) => return Ok(Fit::No),
            Err(Gap::Person(reason)) => return Ok(Fit::Open(reason)),
            Err(Gap::Missing(missing)) => return Err(QuoteError::Missing { needing: None, missing }),
        }
    }
    needs.extend(supposed.needs());
    match is_within_limit(goods, relief) {
        Ok(false) => return Ok(Fit::No),
        // What would not apply anyway asks for no input.
        Err(QuoteError::Missing { .. }) if !needs.is_empty() => return Ok(Fit::No),
        answer => answer?,
    };
    Ok(match belongs {
        _ if !needs.is_empty() => Fit::Lacking(needs),
        Belongs::Unknown(group) => Fit::Open(Reason::Membership(group)),
        _ => Fit::Yes,
    })
}

fn is_within_limit(goods: &Goods<'_>, relief: &Relief) -> Result<bool, QuoteError> {
    let Some(limit) = &relief.limit else { return Ok(true) };
    let value = match relief.per {
        LimitPer::Item => per_item(goods, relief.basis)?,
        LimitPer::Consignment => of_consignment(goods, relief.basis)?,
        LimitPer::PersonDay | LimitPer::PersonMonth | LimitPer::PersonYear => {
            let before = goods
                .request
                .received
                .as_ref()
                .map(|money| goods.in_own_currency(money));
            &of_consignment(goods, relief.basis)? + &before.transpose()?.unwrap_or_else(Exact::zero)
        }
    };
    Ok(value <= goods.in_own_currency(limit)?)
}

const fn missing(missing: ComputeError) -> QuoteError {
    QuoteError::Missing { needing: None, missing }
}

fn of_line(goods: &Goods<'_>, basis: Basis) -> Result<Exact, QuoteError> {
    goods
        .values
        .get(&basis)
        .cloned()
        .ok_or_else(|| missing(ComputeError::Basis(basis)))
}

/// The value of one piece.
fn per_item(goods: &Goods<'_>, basis: Basis) -> Result<Exact, QuoteError> {
    let unit = "H87".parse().expect("pieces are of the list of units");
    let lacking = || {
        missing(ComputeError::Quantity(Measured {
            component: None,
            unit,
            on: None,
        }))
    };
    let pieces = goods.request.quantities.get(&(unit, None)).ok_or_else(lacking)?;
    of_line(goods, basis)?.checked_div(pieces).ok_or_else(lacking)
}

fn of_consignment(goods: &Goods<'_>, basis: Basis) -> Result<Exact, QuoteError> {
    let mut sum = of_line(goods, basis)?;
    for line in &goods.request.consignment {
        let mut known = line
            .values
            .known(goods.edition.valuation, |money| goods.in_own_currency(money))?;
        sum = &sum
            + &known
                .remove(&basis)
                .ok_or_else(|| missing(ComputeError::Basis(basis)))?;
    }
    Ok(sum)
}

/// What counts of several reliefs; another that is as narrow when there is one.
type Narrowest<'a> = Result<Option<Granted<'a>>, Granted<'a>>;

/// The relief that names the goods most narrowly, then the one with the least limit.
fn narrowest<'a>(goods: &Goods<'a>, all: &[Granted<'a>]) -> Result<Narrowest<'a>, QuoteError> {
    let mut best: Option<(_, Granted<'a>)> = None;
    let mut other = None;
    for one in all {
        let limit = one
            .relief
            .limit
            .as_ref()
            .map(|limit| goods.in_own_currency(limit))
            .transpose()?;
        let relief = one.relief;
        let filled = [
            relief.regimes.is_empty(),
            relief.conditions.is_empty(),
            relief.areas.is_empty(),
            relief.modes.is_empty(),
        ];
        let place = (filled, limit.is_none(), limit);
        match &best {
            Some((before, _)) if *before < place => {}
            Some((before, _)) if *before == place => other = Some(*one),
            _ => (best, other) = (Some((place, *one)), None),
        }
    }
    Ok(other.map_or_else(|| Ok(best.map(|(_, one)| one)), Err))
}
