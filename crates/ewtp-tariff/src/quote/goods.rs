//! The goods of a quote, with the lines of the schedule that are theirs and what is computed of them.

use super::rows::entry;
use super::supposed::{Holds, Supposed};
use super::{Bound, QuoteError, Request, Rows};
use crate::expression::{Applied, Inputs, Part};
use crate::row::{Area, Entry, GroupId, Measure, NationalCode, TariffLine, When};
use crate::{Basis, ComputeError, Exact, LineCode, RowKey, Token};
use ewtp_record::{CountryCode, Currency, Date, Edition, Money};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Everything that stays the same while one quote is computed.
pub(super) struct Goods<'a> {
    pub(super) rows: &'a dyn Rows,
    pub(super) edition: &'a Edition,
    pub(super) request: &'a Request,
    pub(super) values: BTreeMap<Basis, Exact>,
    pub(super) components: BTreeMap<Token, Part>,
    /// Whether the origin is in a group, of those that were asked for: a schedule may name one a thousand times.
    groups: RefCell<BTreeMap<GroupId, Option<bool>>>,
}

/// A line that says something of the goods.
pub(super) struct Line<'a> {
    pub(super) key: RowKey,
    pub(super) line: &'a TariffLine,
}

/// Whether goods come from an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Belongs {
    /// No area is named.
    All,
    /// To this one.
    Area(Area),
    /// The schedule does not say who belongs to this group.
    Unknown(GroupId),
    /// To none.
    No,
}

impl<'a> Goods<'a> {
    pub(super) fn new(rows: &'a dyn Rows, edition: &'a Edition, request: &'a Request) -> Result<Self, QuoteError> {
        let mut goods = Self {
            rows,
            edition,
            request,
            values: BTreeMap::new(),
            components: BTreeMap::new(),
            groups: RefCell::default(),
        };
        goods.values = request
            .values
            .known(edition.valuation, |money| goods.in_own_currency(money))?;
        for (name, component) in &request.components {
            let value = goods.in_own_currency(&component.value)?;
            let quantities = component.quantities.clone();
            goods.components.insert(*name, Part { value, quantities });
        }
        Ok(goods)
    }

    /// Units of the edition's currency for one of `currency`, and the row that says so.
    // spec: quote R5
    pub(super) fn rate(&self, currency: Currency) -> Result<Option<(RowKey, Exact)>, QuoteError> {
        let row = self.rows.last_to(&RowKey::Exchange(currency, self.request.on))?;
        Ok(row.and_then(|row| match (row.key(), row.entry()) {
            (key @ RowKey::Exchange(of, _), Entry::Exchange(rate)) if *of == currency => Some((*key, rate.clone())),
            _ => None,
        }))
    }

    pub(super) fn exchanged(&self, amount: &Exact, currency: Currency) -> Result<Exact, QuoteError> {
        if currency == self.edition.currency {
            return Ok(amount.clone());
        }
        let (_, rate) = self.rate(currency)?.ok_or(QuoteError::ExchangeRate(currency))?;
        Ok(amount * &rate)
    }

    pub(super) fn in_own_currency(&self, money: &Money) -> Result<Exact, QuoteError> {
        self.exchanged(&Exact::of_money(money), money.currency)
    }

    /// The lines of the goods: those of their code, and behind them those of all goods.
    // spec: quote R6
    pub(super) fn own_lines(&self) -> Result<Vec<Line<'a>>, QuoteError> {
        let mut lines = self.lines(self.request.code)?;
        let of_all = LineCode::all_goods();
        if self.request.code != of_all {
            lines.extend(self.lines(of_all)?);
        }
        Ok(lines)
    }

    /// The lines of this code and of those above it that hold on the day, the nearest first.
    ///
    /// # Errors
    /// More measures than are looked at, before one is.
    // spec: quote R6, R19
    pub(super) fn lines(&self, code: LineCode) -> Result<Vec<Line<'a>>, QuoteError> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for code in std::iter::successors(Some(code), LineCode::above) {
            let all = self.rows.range(&RowKey::Line(code, 1), &RowKey::Line(code, SEQ_MAX))?;
            lines.extend(all.into_iter().filter_map(|row| match row.entry() {
                Entry::Line(line) if line.validity.holds_on(self.request.on) => Some(Line { key: *row.key(), line }),
                _ => None,
            }));
        }
        let measures = lines.iter().map(|line| line.line.measures.len()).sum();
        Bound::Measures.check(measures)?;
        Ok(lines)
    }

    /// Whether the goods come from one of `areas`, and from none of `except`.
    // spec: quote R7
    pub(super) fn belongs(&self, areas: &[Area], except: &[Area]) -> Result<Belongs, QuoteError> {
        let within = if areas.is_empty() {
            Belongs::All
        } else {
            self.first_of(areas)?
        };
        if within == Belongs::No {
            return Ok(Belongs::No);
        }
        Ok(match self.first_of(except)? {
            Belongs::Area(_) => Belongs::No,
            Belongs::Unknown(group) => Belongs::Unknown(group),
            Belongs::All | Belongs::No => within,
        })
    }

    /// The first area that the origin is in; else the first group of which nobody says who is in it.
    fn first_of(&self, areas: &[Area]) -> Result<Belongs, QuoteError> {
        let mut answer = Belongs::No;
        for area in areas {
            match (area, self.is_in(area)?) {
                (_, Some(true)) => return Ok(Belongs::Area(*area)),
                (Area::Group(group), None) if answer == Belongs::No => answer = Belongs::Unknown(*group),
                _ => {}
            }
        }
        Ok(answer)
    }

    fn is_in(&self, area: &Area) -> Result<Option<bool>, QuoteError> {
        let Request { origin, on, .. } = self.request;
        match area {
            Area::Country(country) => Ok(Some(country == origin)),
            Area::Group(group) => {
                let known = self.groups.borrow().get(group).copied();
                if let Some(is_in) = known {
                    return Ok(is_in);
                }
                let is_in = match entry(self.rows, &RowKey::Group(*group))? {
                    Some(Entry::Group(group)) => group.members.as_ref().map(|members| {
                        let mut members = members.iter();
                        members.any(|member| member.country == *origin && member.validity.holds_on(*on))
                    }),
                    _ => None,
                };
                self.groups.borrow_mut().insert(*group, is_in);
                Ok(is_in)
            }
        }
    }

    /// The agreement that a group stands for.
    pub(super) fn agreement_of(&self, area: &Area) -> Result<Option<NationalCode>, QuoteError> {
        let Area::Group(group) = area else { return Ok(None) };
        Ok(match entry(self.rows, &RowKey::Group(*group))? {
            Some(Entry::Group(group)) => group.agreement,
            _ => None,
        })
    }

    /// Whether a measure is for these goods but for its area, its code and what it must be claimed with.
    pub(super) fn is_in_time_and_regime(&self, measure: &Measure) -> bool {
        let is_regime = measure.regimes.is_empty()
            || self
                .request
                .regime
                .as_ref()
                .is_some_and(|regime| measure.regimes.contains(regime));
        is_regime && measure.validity.holds_on(self.request.on)
    }

    /// Whether the goods go into one of these members of the territory; none means all.
    // spec: quote R7
    pub(super) fn goes_to_one_of(&self, members: &[CountryCode]) -> bool {
        members.is_empty() || members.iter().any(|member| member.as_str() == self.request.to)
    }

    /// Whether a condition holds with what is supposed of the merchant; what is missing for the answer is an error.
    // spec: quote R10
    pub(super) fn holds(
        &self,
        when: &When,
        supposed: &Supposed<'_>,
    ) -> Result<Result<Holds, ComputeError>, QuoteError> {
        let request = self.request;
        let value = || {
            self.values
                .get(&Basis::CustomsValue)
                .ok_or(ComputeError::Basis(Basis::CustomsValue))
        };
        let quantity = |unit| {
            let missing = crate::Measured {
                component: None,
                unit,
                on: None,
            };
            request
                .quantities
                .get(&(unit, None))
                .ok_or(ComputeError::Quantity(missing))
        };
        Ok(match when {
            When::Document { code, given } => Ok(Holds::of(request.documents.contains(code) == *given)),
            When::Attribute { name, disclosed } => Ok(supposed.has(*name, *disclosed)),
            When::People { compare, count } => Ok(supposed.compares(*compare, *count)),
            When::Value {
                compare,
                amount,
                currency,
            } => {
                let bound = self.bound(amount, *currency)?;
                bound.and_then(|bound| Ok(Holds::of(compare.holds(value()?, &bound))))
            }
            When::UnitPrice {
                compare,
                amount,
                currency,
                unit,
            } => {
                let bound = self.bound(amount, *currency)?;
                bound.and_then(|bound| {
                    let price = value()?.checked_div(quantity(*unit)?);
                    let missing = crate::Measured {
                        component: None,
                        unit: *unit,
                        on: None,
                    };
                    let price = price.ok_or(ComputeError::Quantity(missing))?;
                    Ok(Holds::of(compare.holds(&price, &bound)))
                })
            }
            When::Quantity { compare, amount, unit } => {
                quantity(*unit).map(|quantity| Holds::of(compare.holds(quantity, amount)))
            }
        })
    }

    fn bound(&self, amount: &Exact, currency: Currency) -> Result<Result<Exact, ComputeError>, QuoteError> {
        match self.exchanged(amount, currency) {
            Err(QuoteError::ExchangeRate(currency)) => Ok(Err(ComputeError::ExchangeRate(currency))),
            bound => bound.map(Ok),
        }
    }

    /// What expressions are computed from; nothing has come before yet.
    pub(super) fn inputs<'i>(&self, duty: &'i crate::DutyOf<'i>) -> Inputs<'i> {
        Inputs {
            currency: self.edition.currency,
            values: self.values.clone(),
            quantities: self.request.quantities.clone(),
            components: self.components.clone(),
            earlier: Applied::default(),
            subheadings: Some(self.request.subheading_share()),
            exchange: BTreeMap::new(),
            duty,
        }
    }

    pub(super) fn day(&self) -> Date {
        self.request.on
    }
}

/// The last of the lines with one code (tariff-row R2).
const SEQ_MAX: u32 = 65_535;
