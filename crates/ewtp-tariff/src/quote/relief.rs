//! Reliefs: what small parcels and simplified regimes pay instead.

use super::choose::is_customs_duty;
use super::compute::{Gap, Trail, gap};
use super::goods::{Belongs, Goods};
use super::limit::is_within_limit;
use super::measure::{Found, Winner, winner};
use super::supposed::{Holds, Supposed, is_obtainable};
use super::{Need, QuoteError, Reason};
use crate::row::{Entry, Relief, Taxes};
use crate::{RowKey, Token};
use ewtp_record::edition::MeasureKind;
use std::collections::BTreeSet;

/// A relief with its row.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    /// It hangs on an input that is missing.
    Asking(QuoteError),
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
    let (mut granted, mut asking) = (Vec::new(), Vec::new());
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
            Fit::Asking(missing) => asking.push((one, missing)),
            Fit::Open(reason) => reliefs.open.push(Unsettled::new(&one, reason)),
        }
    }
    let duty = counting(goods, &granted, &asking, &[Taxes::Duty, Taxes::Both])?;
    let vat = counting(goods, &granted, &asking, &[Taxes::Vat, Taxes::Both])?;
    // Two that replace duties and sales taxes alike are told of once.
    let is_told_with_duty = duty.is_err() && duty == vat;
    for (chosen, slot) in [(duty, &mut reliefs.duty), (vat, &mut reliefs.vat)] {
        match chosen {
            Ok(one) => *slot = one,
            Err(other) => reliefs.open.push(Unsettled::new(&other, Reason::Ambiguous)),
        }
    }
    if is_told_with_duty {
        reliefs.open.pop();
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
    let mut asking = None;
    for when in &relief.conditions {
        match goods.holds(when, &supposed)?.map_err(|error| gap(&trail, error)) {
            Ok(Holds::Yes) => {}
            Ok(Holds::Perhaps) => supposed.suppose(when, true),
            Ok(Holds::No) if is_obtainable(when) => needs.push(Need::Condition(when.clone())),
            Ok(Holds::No) => return Ok(Fit::No),
            Err(Gap::Person(reason)) => return Ok(Fit::Open(reason)),
            Err(Gap::Missing(missing)) => asking = asking.or(Some(QuoteError::Missing { needing: None, missing })),
        }
    }
    needs.extend(supposed.needs());
    match is_within_limit(goods, relief) {
        Ok(true) => {}
        Ok(false) => return Ok(Fit::No),
        Err(error) if error.is_missing() => asking = asking.or(Some(error)),
        Err(error) => return Err(error),
    }
    Ok(match (asking, belongs) {
        // What would not apply anyway asks for no input.
        (Some(_), _) if !needs.is_empty() => Fit::No,
        (Some(error), Belongs::Unknown(_)) => return Err(error),
        (Some(error), _) => Fit::Asking(error),
        (None, _) if !needs.is_empty() => Fit::Lacking(needs),
        (None, Belongs::Unknown(group)) => Fit::Open(Reason::Membership(group)),
        (None, _) => Fit::Yes,
    })
}

/// What counts of several reliefs; another that is as narrow when there is one.
type Narrowest<'a> = Result<Option<Granted<'a>>, Granted<'a>>;

/// The relief of these taxes that counts. One that hangs on an input asks for it only if it could be the one.
// spec: quote R13
fn counting<'a>(
    goods: &Goods<'a>,
    granted: &[Granted<'a>],
    asking: &[(Granted<'a>, QuoteError)],
    taxes: &[Taxes],
) -> Result<Narrowest<'a>, QuoteError> {
    let is_of = |one: &Granted<'a>| taxes.contains(&one.relief.taxes);
    let mut all: Vec<_> = granted.iter().copied().filter(is_of).collect();
    let counts = narrowest(goods, &all)?;
    let asking: Vec<_> = asking.iter().filter(|(one, _)| is_of(one)).collect();
    let Some((_, missing)) = asking.first() else {
        return Ok(counts);
    };
    all.extend(asking.iter().map(|(one, _)| *one));
    if narrowest(goods, &all)? == counts {
        Ok(counts)
    } else {
        Err(missing.clone())
    }
}

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
