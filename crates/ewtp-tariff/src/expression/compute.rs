//! From an expression and what is known of the goods to an exact amount.
// spec: duty-expression R18, R19, R20, R21, R23

use super::{Base, ComputeError, Expression, Inputs, Measured, Part, Per, Reference, Sign, Term};
use crate::{Exact, Token};
use ewtp_record::Currency;

/// How many references lie behind each other, at most: a longer way is a circle.
pub const REFERENCES_MAX: usize = 8;

/// Terms computed in all, those of other lines too. Eight lines that refer to each other many times could otherwise
/// keep a reader busy for years.
const TERMS_COMPUTED_MAX: usize = 256;

impl Expression {
    /// The amount that is due, exactly, in whole units of the edition's currency: 0 or more, and not rounded.
    ///
    /// ```
    /// use ewtp_tariff::{ComputeError, Exact, Expression, Inputs};
    ///
    /// // Drawn glass: 14.5 cents a square metre and 0.4 % of 8,000 USD.
    /// let expression: Expression = "0.145 USD/MTK + 0.4%".parse()?;
    /// let nowhere = |reference, _| Err(ComputeError::Duty(reference));
    /// let mut goods = Inputs::of_value("USD".parse()?, 8_000.into(), &nowhere);
    /// assert_eq!(expression.compute(&goods).map_err(|error| error.code()), Err("no-quantity"));
    ///
    /// goods.quantities.insert(("MTK".parse()?, None), 1_000.into());
    /// assert_eq!(expression.compute(&goods)?, Exact::from(177));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When only a person can answer, or an input is missing: the first in reading order.
    pub fn compute(&self, inputs: &Inputs<'_>) -> Result<Exact, ComputeError> {
        self.computed(inputs).0
    }

    /// The same, and how many terms were computed for it, those of other lines too: a quote has only so many.
    pub(crate) fn computed(&self, inputs: &Inputs<'_>) -> (Result<Exact, ComputeError>, usize) {
        let mut work = Work {
            inputs,
            part: None,
            sign: Sign::Plus,
            references: 0,
            terms: 0,
        };
        (work.sum(self), work.terms)
    }
}

/// A number of a computation, unless it is too long to go on with.
// spec: duty-expression R23
fn bounded(number: Exact) -> Result<Exact, ComputeError> {
    number.within_bits().ok_or(ComputeError::Bits)
}

/// A computation under way.
struct Work<'i, 'a> {
    inputs: &'i Inputs<'a>,
    /// The part of the goods that is computed now; `None` is the whole.
    part: Option<(Token, &'i Part)>,
    /// Whether what is computed now is added to the whole, or taken off from it.
    sign: Sign,
    references: usize,
    terms: usize,
}

impl Work<'_, '_> {
    // spec: duty-expression R20
    fn sum(&mut self, expression: &Expression) -> Result<Exact, ComputeError> {
        let mut sum = Exact::zero();
        let outer = self.sign;
        for (sign, term) in expression.terms() {
            self.sign = outer.times(*sign);
            let amount = bounded(self.term(term)?)?;
            sum = bounded(match sign {
                Sign::Plus => &sum + &amount,
                Sign::Minus => &sum - &amount,
            })?;
        }
        self.sign = outer;
        // No schedule pays the importer: what is taken off reaches to nothing at most.
        Ok(sum.max(Exact::zero()))
    }

    fn term(&mut self, term: &Term) -> Result<Exact, ComputeError> {
        self.terms += 1;
        if self.terms > TERMS_COMPUTED_MAX {
            return Err(ComputeError::References);
        }
        match term {
            Term::Free => Ok(Exact::zero()),
            Term::Percent { rate, base } => Ok(rate.percent_of(&self.base(base)?)),
            Term::Amount {
                amount,
                currency,
                per: None,
            } => self.exchanged(amount, *currency),
            Term::Amount {
                amount,
                currency,
                per: Some(per),
            } => Ok(&self.exchanged(amount, *currency)? * &self.quantity(per)?),
            Term::Min(of) => self.chosen(of, Exact::min),
            Term::Max(of) => self.chosen(of, Exact::max),
            Term::Share { percent, of } => Ok(percent.percent_of(&self.sum(of)?)),
            Term::Duty(reference) => self.referred(*reference),
            Term::Component { name, duty } => self.component(*name, duty),
            Term::Subheadings { amount, currency } => {
                let count = self.inputs.subheadings.clone().ok_or(ComputeError::Subheadings)?;
                Ok(&self.exchanged(amount, *currency)? * &count)
            }
            Term::Text(note) => Err(ComputeError::NeedsPerson(*note)),
        }
    }

    /// The least or greatest. All are computed: one that needs a person could have been the one.
    fn chosen(&mut self, of: &[Expression], choose: fn(Exact, Exact) -> Exact) -> Result<Exact, ComputeError> {
        let mut chosen = None;
        for expression in of {
            let amount = self.sum(expression)?;
            chosen = Some(match chosen {
                None => amount,
                Some(before) => choose(before, amount),
            });
        }
        Ok(chosen.expect("an expression is built with two choices or more"))
    }

    // spec: duty-expression R9
    fn base(&self, base: &Base) -> Result<Exact, ComputeError> {
        if let Some((name, part)) = self.part {
            // Only a reference leads here with another base: none can be written in a component.
            let is_plain = *base == Base::CUSTOMS_VALUE;
            let whole = ComputeError::WholeGoods(name, "a base");
            return if is_plain { Ok(part.value.clone()) } else { Err(whole) };
        }
        self.inputs.base(base)
    }

    /// How often the amount is due.
    // spec: duty-expression R10
    fn quantity(&self, per: &Per) -> Result<Exact, ComputeError> {
        let quantities = self.part.map_or(&self.inputs.quantities, |(_, part)| &part.quantities);
        let missing = || {
            let component = self.part.map(|(name, _)| name);
            let Per { unit, on, .. } = *per;
            ComputeError::Quantity(Measured { component, unit, on })
        };
        let quantity = quantities.get(&(per.unit, per.on)).ok_or_else(missing)?;
        let times = quantity.checked_div(&per.count);
        Ok(times.expect("an expression is built with counts above 0"))
    }

    // spec: duty-expression R19
    fn exchanged(&self, amount: &Exact, currency: Currency) -> Result<Exact, ComputeError> {
        if currency == self.inputs.currency {
            return Ok(amount.clone());
        }
        let rate = self.inputs.exchange.get(&currency);
        rate.map(|rate| amount * rate)
            .ok_or(ComputeError::ExchangeRate(currency))
    }

    // spec: duty-expression R14
    fn component(&mut self, name: Token, duty: &Expression) -> Result<Exact, ComputeError> {
        if let Some((outer, _)) = self.part {
            return Err(ComputeError::WholeGoods(outer, "components"));
        }
        let part = self.inputs.components.get(&name).ok_or(ComputeError::Component(name))?;
        self.part = Some((name, part));
        let amount = self.sum(duty);
        self.part = None;
        amount
    }

    // spec: duty-expression R13, R21
    fn referred(&mut self, reference: Reference) -> Result<Exact, ComputeError> {
        if self.references == REFERENCES_MAX {
            return Err(ComputeError::References);
        }
        let expression = (self.inputs.duty)(reference, self.sign)?;
        self.references += 1;
        let amount = self.sum(&expression);
        self.references -= 1;
        amount
    }
}
