//! From the expression of a measure to an amount in minor units.

use super::goods::Goods;
use super::measure::{Winner, found, lacking, winner};
use super::supposed::outcomes;
use super::{Bound, Need, QuoteError, Reason};
use crate::row::Measure;
use crate::{ComputeError, Exact, Expression, Inputs, LineCode, Reference, RowKey, Sign};
use ewtp_record::Currency;
use ewtp_record::edition::{MeasureKind, RoundingScope};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What following references showed beside the expressions (the engine of expressions has no place for it), and what
/// was computed so far.
#[derive(Default)]
pub(super) struct Trail<'a> {
    rows: RefCell<Vec<RowKey>>,
    fault: RefCell<Option<QuoteError>>,
    reason: RefCell<Option<Reason>>,
    resolved: RefCell<BTreeMap<(LineCode, MeasureKind), Resolved<'a>>>,
    /// The rows of the exchange rates that were needed so far.
    rates: RefCell<BTreeMap<Currency, RowKey>>,
    terms: Cell<usize>,
}

impl Trail<'_> {
    /// Notes the exchange rates that an expression rests on, as far as they are known.
    fn note_rates(&self, expression: &Expression) {
        let rates = self.rates.borrow();
        // Few schedules state amounts in another currency.
        if !rates.is_empty() {
            let used = expression.currencies();
            let used = used.iter().filter_map(|currency| rates.get(currency));
            self.rows.borrow_mut().extend(used);
        }
    }
}

/// Why there is no amount.
#[derive(Debug, Clone)]
pub(super) enum Gap {
    /// An input is missing.
    Missing(ComputeError),
    /// Only a person can say.
    Person(Reason),
}

/// An amount with the rows of references and exchange rates that it rests on.
pub(super) type Computed = (Result<Exact, Gap>, Vec<RowKey>);

/// What a reference means for the goods of a quote: looked up once, however often it is asked for.
#[derive(Clone)]
enum Resolved<'a> {
    /// No measure of that kind counts.
    None,
    /// Only a person can say which counts.
    Person(Reason),
    /// The measure that counts: its row, and its duty.
    Duty(RowKey, Result<Option<Meant<'a>>, ComputeError>),
}

/// The duties of a measure that are possible, said as one: so that no answer of the merchant leaves more due than its silence.
#[derive(Clone)]
struct Meant<'a> {
    /// The greatest of them.
    added: Cow<'a, Expression>,
    /// The least.
    taken_off: Cow<'a, Expression>,
}

/// The expression that a reference means for these goods.
// spec: quote R9
pub(super) fn refer<'a>(
    goods: &Goods<'a>,
    trail: &Trail<'a>,
    reference: Reference,
    sign: Sign,
) -> Result<Cow<'a, Expression>, ComputeError> {
    let nowhere = ComputeError::Duty(reference);
    match resolved(goods, trail, reference) {
        Err(fault) => *trail.fault.borrow_mut() = Some(fault),
        Ok(Resolved::None) => {}
        Ok(Resolved::Person(reason)) => *trail.reason.borrow_mut() = Some(reason),
        Ok(Resolved::Duty(row, duty)) => {
            trail.rows.borrow_mut().push(row);
            let meant = duty?.ok_or(nowhere)?;
            let duty = match sign {
                Sign::Plus => meant.added,
                Sign::Minus => meant.taken_off,
            };
            trail.note_rates(&duty);
            return Ok(duty);
        }
    }
    Err(nowhere)
}

// spec: quote R19
fn resolved<'a>(goods: &Goods<'a>, trail: &Trail<'a>, reference: Reference) -> Result<Resolved<'a>, QuoteError> {
    let meant = match reference {
        Reference::OwnLine => (goods.request.code, MeasureKind::Mfn),
        Reference::Line { code, kind } => (code, kind),
    };
    let mut known = trail.resolved.borrow_mut();
    if let Some(resolved) = known.get(&meant) {
        return Ok(resolved.clone());
    }
    Bound::References.check(known.len() + 1)?;
    let (code, kind) = meant;
    let resolved = resolve(goods, code, kind)?;
    known.insert(meant, resolved.clone());
    Ok(resolved)
}

fn resolve<'a>(goods: &Goods<'a>, code: LineCode, kind: MeasureKind) -> Result<Resolved<'a>, QuoteError> {
    let mut able = Vec::new();
    for found in found(goods, &goods.lines(code)?, |asked| asked == kind)? {
        if !is_lower(kind) || lacking(goods, &found)?.is_empty() {
            able.push(found);
        }
    }
    let all: Vec<_> = able.iter().collect();
    Ok(match winner(goods, &all)? {
        Winner::None => Resolved::None,
        Winner::Person(reason, _) => Resolved::Person(reason),
        Winner::One(found) => Resolved::Duty(found.key, referred(goods, found.measure)?),
    })
}

/// What a measure that is referred to means: that of its duties that are possible.
// spec: quote R10
fn referred<'a>(
    goods: &Goods<'a>,
    measure: &'a Measure,
) -> Result<Result<Option<Meant<'a>>, ComputeError>, QuoteError> {
    Ok(outcomes(goods, measure)?.map(|outcomes| {
        let possible = outcomes.iter().filter(|outcome| !outcome.lacks_document);
        let possible: Vec<_> = possible.map(|outcome| outcome.expression).collect::<Option<_>>()?;
        if let [one] = *possible {
            let (added, taken_off) = (Cow::Borrowed(one), Cow::Borrowed(one));
            return Some(Meant { added, taken_off });
        }
        let several = || possible.iter().copied().cloned().collect();
        Some(Meant {
            added: Cow::Owned(Expression::greatest(several())),
            taken_off: Cow::Owned(Expression::least(several())),
        })
    }))
}

/// The duty of a measure, computed: the greatest of those that are possible while the merchant keeps something to itself.
pub(super) struct Duty<'a> {
    /// None is a measure without a duty, or one of whose conditions nobody knows whether it holds.
    pub(super) expression: Option<&'a Expression>,
    pub(super) amount: Result<Exact, Gap>,
    /// The rows of references and exchange rates that the amount rests on.
    pub(super) rows: Vec<RowKey>,
    /// What else it could be, in the order of its conditions.
    pub(super) others: Vec<Possible<'a>>,
}

/// A duty that a measure can have, computed.
pub(super) struct Possible<'a> {
    pub(super) expression: &'a Expression,
    pub(super) amount: Result<Exact, Gap>,
    rows: Vec<RowKey>,
    /// What must be stated for it, or given.
    pub(super) needs: Vec<Need>,
}

// spec: quote R10
pub(super) fn duty<'a>(
    goods: &Goods<'a>,
    trail: &Trail<'_>,
    inputs: &mut Inputs<'_>,
    measure: &'a Measure,
) -> Result<Duty<'a>, QuoteError> {
    let outcomes = match outcomes(goods, measure)? {
        Ok(outcomes) => outcomes,
        Err(error) => return Ok(Duty::none(gap(trail, error))),
    };
    let mut all: Vec<Possible<'a>> = Vec::new();
    let mut greatest: Option<usize> = None;
    for outcome in outcomes {
        let Some(expression) = outcome.expression else {
            return Ok(Duty::none(Gap::Person(Reason::NoDuty)));
        };
        let (amount, rows) = compute(goods, trail, inputs, expression)?;
        let is_greater = || greatest.is_none_or(|before| is_greater(&amount, &all[before].amount));
        if !outcome.lacks_document && is_greater() {
            greatest = Some(all.len());
        }
        let needs = outcome.needs;
        all.push(Possible {
            expression,
            amount,
            rows,
            needs,
        });
    }
    let greatest = greatest.expect("a measure has an outcome for which no document is lacking");
    let Possible {
        expression,
        amount,
        rows,
        ..
    } = all.remove(greatest);
    Ok(Duty {
        expression: Some(expression),
        amount,
        rows,
        others: all,
    })
}

/// Whether an amount takes the place of the greatest before it: without one of them nobody knows the greatest.
fn is_greater(amount: &Result<Exact, Gap>, before: &Result<Exact, Gap>) -> bool {
    match (amount, before) {
        (Ok(amount), Ok(before)) => amount > before,
        (Err(_), before) => before.is_ok(),
        (Ok(_), Err(_)) => false,
    }
}

impl Duty<'_> {
    const fn none(gap: Gap) -> Self {
        Self {
            expression: None,
            amount: Err(gap),
            rows: Vec::new(),
            others: Vec::new(),
        }
    }
}

/// Whether a measure of this kind is a duty instead of the `mfn` duty.
// spec: quote R11
pub(super) const fn is_lower(kind: MeasureKind) -> bool {
    use MeasureKind::{Gsp, InQuota, Preference, Suspension};
    matches!(kind, Preference | Gsp | InQuota | Suspension)
}

/// The exact amount of an expression, or why there is none.
// spec: quote R19
pub(super) fn compute(
    goods: &Goods<'_>,
    trail: &Trail<'_>,
    inputs: &mut Inputs<'_>,
    expression: &Expression,
) -> Result<Computed, QuoteError> {
    trail.rows.borrow_mut().clear();
    loop {
        let (amount, terms) = expression.computed(inputs);
        trail.terms.set(trail.terms.get() + terms);
        Bound::Terms.check(trail.terms.get())?;
        if let Some(fault) = trail.fault.borrow_mut().take() {
            return Err(fault);
        }
        // Rates are looked up when an expression asks for one: few do.
        if let Err(ComputeError::ExchangeRate(currency)) = amount
            && let Some((row, rate)) = goods.rate(currency)?
        {
            trail.rates.borrow_mut().insert(currency, row);
            inputs.exchange.insert(currency, rate);
            continue;
        }
        trail.note_rates(expression);
        let mut rows = trail.rows.take();
        rows.sort_unstable();
        rows.dedup();
        return Ok((amount.map_err(|error| gap(trail, error)), rows));
    }
}

pub(super) fn gap(trail: &Trail<'_>, error: ComputeError) -> Gap {
    match error {
        ComputeError::Basis(_) | ComputeError::Quantity(_) | ComputeError::Component(_) | ComputeError::Subheadings => {
            Gap::Missing(error)
        }
        ComputeError::NeedsPerson(note) => Gap::Person(Reason::Note(note)),
        ComputeError::Duty(_) => {
            let reason = trail.reason.borrow_mut().take();
            Gap::Person(reason.unwrap_or(Reason::Duty(error)))
        }
        ComputeError::Depends => Gap::Person(Reason::Depends),
        error => Gap::Person(Reason::Duty(error)),
    }
}

/// The amount as the edition rounds it, in minor units.
// spec: quote R14
pub(super) fn rounded(goods: &Goods<'_>, kind: MeasureKind, amount: &Exact) -> Result<i64, QuoteError> {
    super::consignment::rounded(goods.edition, &goods.edition.rounding_of(kind), amount)
}

/// An amount as measures that come later see it, in whole units: rounded, unless only the sum is.
// spec: quote R14
pub(super) fn as_earlier(goods: &Goods<'_>, kind: MeasureKind, exact: &Exact, minor: i64) -> Exact {
    match goods.edition.rounding_of(kind).scope {
        RoundingScope::Line => Exact::decimal(minor, goods.edition.currency.minor_digits()),
        RoundingScope::Consignment => exact.clone(),
    }
}
