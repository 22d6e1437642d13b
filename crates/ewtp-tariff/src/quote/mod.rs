//! A quote: what is due on goods that enter a customs territory, measure by measure, in the order in which they apply.
//!
//! To know a duty, choose the edition ([`choose_edition`]) and call [`quote`]: a pure function of edition, rows and request.
//! An input that is missing is an error that names it; what only a person can decide stands in [`Quote::needs_person`],
//! and then there is no total. Nothing is guessed.
//!
//! ```
//! use ewtp_record::UnixTime;
//! use ewtp_tariff::quote::{self, Request, Values};
//! # use ewtp_record::{Edition, HsEdition, edition::{MeasureKind, Rounding, RoundingMode, RoundingScope, Valuation}};
//! # use ewtp_tariff::{PageTrees, Row, RowKey, row::{Entry, Measure, TariffLine}};
//! # let line = TariffLine {
//! #     is_declarable: true,
//! #     measures: vec![Measure::of(MeasureKind::Mfn, Some("16.5%".parse()?))],
//! #     ..TariffLine::default()
//! # };
//! # let trees = PageTrees::of([Row::new(RowKey::Line("610910".parse()?, 1), Entry::Line(line))?])?;
//! # let rounding = Rounding { kind: None, mode: RoundingMode::HalfUp, step: 1, scope: RoundingScope::Line };
//! # let edition = Edition {
//! #     territory: "US".into(), members: vec![], hs_edition: HsEdition::try_from(2022)?, nomenclature: "HTS10".into(),
//! #     digits: 6, number: 1, previous: None, in_force: "2026-01-01".parse()?, legal: vec![], trees: trees.summary(),
//! #     valuation: Valuation::Fob, currency: "USD".parse()?, rounding: vec![rounding], collected_from: None,
//! #     languages: vec!["en".into()], patch: None, corrects: None, is_test: true,
//! # };
//! let mut request = Request::new("US", "610910".parse()?, "CN".parse()?, "2026-07-01".parse()?, UnixTime(1_783_000_000));
//! request.values = Values::of_price("1000.00 USD".parse()?);
//! let quote = quote::quote(&edition, UnixTime(0), &trees, &request)?;
//! assert_eq!(quote.total().map(|total| total.to_string()).as_deref(), Some("165.00 USD"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
// spec: quote

mod bound;
mod choose;
mod compute;
mod consignment;
mod error;
mod form;
mod goods;
mod limit;
mod measure;
mod people;
mod quota;
mod relief;
mod request;
mod rows;
mod supposed;
mod told;
mod version;
mod work;

pub use bound::Bound;
pub use consignment::{ConsignmentTotal, consignment_total};
pub use error::{NeedsPerson, QuoteError, Reason};
pub use form::RequestError;
pub use people::People;
pub use request::{Component, OtherLine, Request, Values};
pub use rows::Rows;
pub use told::{QuoteDuty, QuoteOpen, decimal_text, minor_text};
pub use version::{Destination, NoneCounts, Offer, Published, choose_edition, choose_publisher, correction};

use crate::row::{Area, NationalCode, Transport, When};
use crate::{Exact, Expression, LineCode, RowKey, Sign, Term, Token};
use choose::{Candidate, Choice, choose, is_customs_duty};
use compute::{Computed, Duty, Gap, Possible, Trail, as_earlier, compute, duty, gap, refer, rounded};
use ewtp_record::edition::MeasureKind;
use ewtp_record::{Currency, Edition, Money, Regime, UnitCode, UnixTime};
use goods::{Belongs, Goods, Line};
use measure::{Elsewhere, Found, Winner, elsewhere, found, winner};
use relief::{Granted, Reliefs, has_regime, reliefs};
use std::collections::{BTreeMap, BTreeSet};
use supposed::outcomes;

/// What is due on goods, and what else was possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What is due, in the order in which it was computed.
    pub lines: Vec<QuoteLine>,
    /// What else would have been possible for less, or for an amount that nobody can say.
    pub alternatives: Vec<Alternative>,
    /// The papers that the goods need.
    pub requirements: Vec<Paper>,
    /// The units in which the goods are declared, ascending: those of their line and of the lines above.
    pub units: Vec<UnitCode>,
    /// What only a person can decide; then there is no total.
    pub needs_person: Vec<NeedsPerson>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The sum of the amounts in minor units, rounded where the edition says so.
    pub sum: i64,
    /// Whether the sum is below what the territory collects.
    pub is_waived: bool,
}

/// One amount of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLine {
    /// What it is.
    pub charge: Charge,
    /// The area of the measure that the goods come from; none when it is for all.
    pub area: Option<Area>,
    /// What was computed.
    pub expression: Expression,
    /// Of a duty that is one percentage, or leads to one by references: what it is of.
    pub base: Option<Exact>,
    /// Of such a duty: how many hundredths.
    pub rate: Option<Exact>,
    /// The amount before rounding, in whole units.
    pub exact: Exact,
    /// The amount in minor units.
    pub amount: i64,
    /// Whether it is a part of what the lines of one subheading bear together.
    pub is_per_consignment: bool,
    /// The rows that it rests on, ascending.
    pub rows: Vec<RowKey>,
}

/// What an amount is due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charge {
    /// A measure of this kind.
    Measure(MeasureKind),
    /// A relief, in place of measures of this kind and others.
    Relief(Token, MeasureKind),
}

impl Charge {
    /// The kind that it counts as for rounding, and for measures that come later.
    #[must_use]
    pub const fn kind(&self) -> MeasureKind {
        match self {
            Self::Measure(kind) | Self::Relief(_, kind) => *kind,
        }
    }
}

/// A duty that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// What it is.
    pub charge: Charge,
    /// The area that it is for.
    pub area: Option<Area>,
    /// What would be computed.
    pub expression: Expression,
    /// The amount in minor units, if it can be said.
    pub amount: Option<i64>,
    /// What is lacking for it.
    pub needs: Vec<Need>,
    /// The row that says so.
    pub row: RowKey,
}

/// What must be there for a lower duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A claim under this agreement.
    Agreement(NationalCode),
    /// This document.
    Document(NationalCode),
    /// This additional code.
    AdditionalCode(NationalCode),
    /// A claim on this quota.
    Quota(Token),
    /// One of these modes of transport.
    Mode(Vec<Transport>),
    /// One of these regimes.
    Regime(Vec<Regime>),
    /// This document, or that the merchant states this of itself.
    Condition(When),
    /// That the merchant states that its firm has so many people.
    People(People),
    /// Only a person can say whether it applies.
    Person(Reason),
}

/// A paper that the goods need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Which; none when a licence is needed that the schedule does not name.
    pub document: Option<NationalCode>,
    /// Whether it is given.
    pub is_given: bool,
    /// Whether it is needed only if the goods come from a group of which the schedule names no countries.
    pub is_unsure: bool,
    /// The note that explains it.
    pub note: Option<Token>,
    /// The row that asks for it.
    pub row: RowKey,
}

impl Quote {
    /// What is to be paid; none when a person must decide something first.
    // spec: quote R15
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        let minor = if self.is_waived { 0 } else { self.sum };
        let total = Money {
            minor,
            currency: self.currency,
        };
        self.needs_person.is_empty().then_some(total)
    }
}

/// What is due on these goods by the edition that was published at `published`, whose rows are at hand.
///
/// # Errors
/// The input that is missing or wrong; a source of rows that cannot tell what it does not have.
// spec: quote R1
pub fn quote(edition: &Edition, published: UnixTime, rows: &dyn Rows, request: &Request) -> Result<Quote, QuoteError> {
    request.inspect()?;
    check_edition(edition, published, request)?;
    let goods = Goods::new(rows, edition, request)?;
    let lines = goods.own_lines()?;
    check_declarable(&lines, request.code)?;
    let trail = Trail::default();
    let mut work = Work::new(&goods, &trail, reliefs(&goods)?);
    let all = found(&goods, &lines, |_| true)?;
    work.reliefs.has_regime = !work.reliefs.covers(MeasureKind::ECommerce) && has_regime(&goods, &all)?;
    let resolve = |reference, sign| refer(&goods, &trail, reference, sign);
    let mut inputs = goods.inputs(&resolve);
    let mut steps = steps(&all, &work.reliefs);
    for open in elsewhere(&goods, &lines, &all)? {
        if !work.reliefs.covers(open.kind) {
            steps.insert(place(open.kind, open.stack), Step::Elsewhere(open));
        }
    }
    Bound::Steps.check(steps.len())?;
    let mut unsettled = unsettled(&work.reliefs, &steps).into_iter().peekable();
    for (place, step) in steps {
        while let Some((_, kind)) = unsettled.next_if(|(from, _)| *from < place) {
            inputs.earlier.open(kind);
        }
        work.take(step, &lines[0].key, &mut inputs)?;
    }
    work.papers(&lines)?;
    work.quote.units = units(&lines);
    work.quote
        .alternatives
        .retain(|alternative| !alternative.needs.is_empty());
    work.finished()
}

// spec: quote R1
fn check_edition(edition: &Edition, published: UnixTime, request: &Request) -> Result<(), QuoteError> {
    let is_member = edition.members.iter().any(|member| member.as_str() == request.to);
    if edition.territory != request.to && !is_member {
        let (edition, to) = (edition.territory.clone(), request.to.clone());
        return Err(QuoteError::Territory { edition, to });
    }
    let origin = request.origin;
    if edition.territory == origin.as_str() || edition.members.contains(&origin) {
        let territory = edition.territory.clone();
        return Err(QuoteError::NoImport { origin, territory });
    }
    let (in_force, on, known) = (edition.in_force, request.on, request.known);
    if in_force > on {
        return Err(QuoteError::NotInForce { in_force, on });
    }
    if published > known {
        return Err(QuoteError::NotPublished { published, known });
    }
    Ok(())
}

// spec: quote R6
fn check_declarable(lines: &[Line<'_>], code: LineCode) -> Result<(), QuoteError> {
    let mut own = lines
        .iter()
        .filter(|line| matches!(line.key, RowKey::Line(of, _) if of == code))
        .peekable();
    if own.peek().is_none() {
        return Err(QuoteError::UnknownLine(code));
    }
    if own.any(|line| line.line.is_declarable) {
        Ok(())
    } else {
        Err(QuoteError::NotDeclarable(code))
    }
}

// spec: tariff-row R6
fn units(lines: &[Line<'_>]) -> Vec<UnitCode> {
    let all: BTreeSet<_> = lines.iter().flat_map(|line| line.line.units.iter().copied()).collect();
    all.into_iter().collect()
}

/// Something that is computed at its place in the order.
enum Step<'f, 'a> {
    /// A relief, in place of measures of that kind.
    Relief(Granted<'a>, MeasureKind),
    /// The duty of customs.
    Customs(Vec<Found<'a>>),
    /// The measures with one kind and stack.
    Measures(MeasureKind, Vec<&'f Found<'a>>),
    /// What is said for other members only.
    Elsewhere(Elsewhere),
}

/// Where something stands in the order: its stack and the number of its kind, then whether the stack is its own.
type Place = (u16, u64, Option<u16>);

fn place(kind: MeasureKind, stack: Option<u16>) -> Place {
    (stack.unwrap_or_else(|| default_stack(kind)), kind.number(), stack)
}

/// Everything that is computed, in order: by stack, then by kind.
// spec: quote R9
fn steps<'f, 'a>(all: &'f [Found<'a>], reliefs: &Reliefs<'a>) -> BTreeMap<Place, Step<'f, 'a>> {
    let mut steps = BTreeMap::new();
    for (relief, kind) in [(reliefs.duty, MeasureKind::Mfn), (reliefs.vat, MeasureKind::Vat)] {
        if let Some(relief) = relief {
            steps.insert(place(kind, None), Step::Relief(relief, kind));
        }
    }
    // One relief for both is due once.
    if let (Some(duty), Some(vat)) = (reliefs.duty, reliefs.vat)
        && duty.key == vat.key
    {
        steps.remove(&place(MeasureKind::Vat, None));
    }
    if !reliefs.covers(MeasureKind::Mfn) {
        let duties: Vec<_> = all
            .iter()
            .filter(|found| is_customs_duty(found.measure.kind))
            .cloned()
            .collect();
        let mfn = duties.iter().filter(|found| found.measure.kind == MeasureKind::Mfn);
        let stack = mfn.filter_map(|found| found.measure.stack).min();
        steps.insert(place(MeasureKind::Mfn, stack), Step::Customs(duties));
    }
    for found in all.iter().filter(|found| !is_customs_duty(found.measure.kind)) {
        let kind = found.measure.kind;
        if reliefs.covers(kind) {
            continue;
        }
        let step = steps.entry(place(kind, found.measure.stack));
        if let Step::Measures(_, measures) = step.or_insert_with(|| Step::Measures(kind, Vec::new())) {
            measures.push(found);
        }
    }
    steps
}

/// The kinds that reliefs would stand in for of which nobody knows whether they count, each with the place from which on an amount of
/// it may be another: that of the kind, or of a measure of it that comes before.
// spec: quote R15
fn unsettled(reliefs: &Reliefs<'_>, steps: &BTreeMap<Place, Step<'_, '_>>) -> BTreeSet<(Place, MeasureKind)> {
    let from = |kind: MeasureKind| {
        // Whichever duty of customs is due, its place is that of the `mfn` duty.
        let kind = if is_customs_duty(kind) { MeasureKind::Mfn } else { kind };
        let first = steps.keys().find(|(_, number, _)| *number == kind.number());
        first.copied().into_iter().fold(place(kind, None), Place::min)
    };
    let kinds = reliefs.open.iter().flat_map(|relief| &relief.kinds);
    kinds.map(|kind| (from(*kind), *kind)).collect()
}

/// The place of a kind in the order, for measures that name none.
// spec: quote R9
const fn default_stack(kind: MeasureKind) -> u16 {
    use MeasureKind as Kind;
    match kind {
        Kind::Mfn | Kind::Preference | Kind::Gsp | Kind::InQuota | Kind::Suspension => 10,
        Kind::AntiDumping => 20,
        Kind::Countervailing => 30,
        Kind::Safeguard => 40,
        Kind::Additional => 50,
        Kind::Supplementary => 60,
        Kind::Excise => 70,
        Kind::Levy => 80,
        Kind::Vat => 90,
        Kind::ECommerce => 100,
        Kind::Prohibition | Kind::Licence => 0,
    }
}

/// A quote under way.
struct Work<'w, 'a> {
    goods: &'w Goods<'a>,
    trail: &'w Trail<'a>,
    reliefs: Reliefs<'a>,
    quote: Quote,
}
