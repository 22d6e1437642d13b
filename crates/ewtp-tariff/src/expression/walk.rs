//! What can be known of an expression without computing it: its bounds, its needs, what it refers to.

use super::{Base, Expression, ExpressionFault, Per, Reference, Sign, Term};
use crate::{Exact, Token};
use ewtp_record::{Currency, UnitCode, ValueError};
use std::collections::BTreeSet;
use std::fmt;

/// A quantity that an expression needs: `KGM`, `KGM on lead-content`, `H87 of strap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measured {
    /// The part of the goods; `None` is the goods as a whole.
    pub component: Option<Token>,
    /// The unit.
    pub unit: UnitCode,
    /// The measured content; `None` is all of it.
    pub on: Option<Token>,
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.unit)?;
        self.on.iter().try_for_each(|on| write!(formatter, " on {on}"))?;
        let component = self.component.iter();
        component
            .into_iter()
            .try_for_each(|component| write!(formatter, " of {component}"))
    }
}

impl Expression {
    /// The quantities without which it cannot be computed; those of lines that it refers to are theirs to say.
    #[must_use]
    pub fn quantities(&self) -> BTreeSet<Measured> {
        let mut needed = BTreeSet::new();
        self.visit(None, &mut |component, term| {
            if let Term::Amount { per: Some(per), .. } = term {
                let Per { unit, on, .. } = *per;
                needed.insert(Measured { component, unit, on });
            }
        });
        needed
    }

    /// The lines whose duty it takes over.
    #[must_use]
    pub fn references(&self) -> BTreeSet<Reference> {
        let mut references = BTreeSet::new();
        self.visit(None, &mut |_, term| {
            if let Term::Duty(reference) = term {
                references.insert(*reference);
            }
        });
        references
    }

    /// The currencies in which it states amounts; those of lines that it refers to are theirs to say.
    #[must_use]
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let mut currencies = BTreeSet::new();
        self.visit(None, &mut |_, term| {
            if let Term::Amount { currency, .. } | Term::Subheadings { currency, .. } = term {
                currencies.insert(*currency);
            }
        });
        currencies
    }

    /// The notes that only a person can apply.
    #[must_use]
    pub fn notes(&self) -> BTreeSet<Token> {
        let mut notes = BTreeSet::new();
        self.visit(None, &mut |_, term| {
            if let Term::Text(note) = term {
                notes.insert(*note);
            }
        });
        notes
    }

    /// Whether it says `free`.
    #[must_use]
    pub fn is_free(&self) -> bool {
        matches!(self.terms.as_slice(), [(_, Term::Free)])
    }

    /// Whether an amount of it is due for the consignment as a whole, and not for each of its lines.
    // spec: duty-expression R15
    #[must_use]
    pub fn is_per_consignment(&self) -> bool {
        let mut found = false;
        self.visit(None, &mut |_, term| found |= matches!(term, Term::Subheadings { .. }));
        found
    }

    /// Whether it needs no person. A line that it refers to may still need one.
    // spec: duty-expression R16
    #[must_use]
    pub fn is_computable(&self) -> bool {
        self.notes().is_empty()
    }

    /// Shows each term, with the component that it lies in, in reading order.
    fn visit(&self, component: Option<Token>, see: &mut impl FnMut(Option<Token>, &Term)) {
        for (_, term) in &self.terms {
            see(component, term);
            match term {
                Term::Min(of) | Term::Max(of) => of.iter().for_each(|inner| inner.visit(component, see)),
                Term::Share { of, .. } => of.visit(component, see),
                Term::Component { name, duty } => duty.visit(Some(*name), see),
                _ => {}
            }
        }
    }

    /// Refuses what breaks a bound or a rule that the types do not keep.
    // spec: duty-expression R17
    pub(super) fn check(&self) -> Result<(), ExpressionFault> {
        let mut terms = 0;
        self.check_at(1, None, &mut terms)?;
        // Counted while written, so that no text is made of it here.
        if Length::of(self) > Self::BYTES_MAX {
            return Err(ExpressionFault::TooLong);
        }
        Ok(())
    }

    fn check_at(&self, depth: usize, component: Option<Token>, terms: &mut usize) -> Result<(), ExpressionFault> {
        if depth > Self::DEPTH_MAX {
            return Err(ExpressionFault::TooDeep);
        }
        *terms += self.terms.len();
        if *terms > Self::TERMS_MAX {
            return Err(ExpressionFault::TooManyTerms);
        }
        let Some(((Sign::Plus, _), _)) = self.terms.split_first() else {
            return Err(ExpressionFault::Syntax("a term"));
        };
        if self.terms.len() > 1 && self.terms.iter().any(|(_, term)| *term == Term::Free) {
            return Err(ExpressionFault::FreeInSum);
        }
        for (_, term) in &self.terms {
            term.check()?;
            match term {
                Term::Min(of) | Term::Max(of) if of.len() < 2 => return Err(ExpressionFault::Arguments),
                Term::Min(of) | Term::Max(of) => {
                    for inner in of {
                        inner.check_at(depth + 1, component, terms)?;
                    }
                }
                Term::Share { of, .. } => of.check_at(depth + 1, component, terms)?,
                Term::Component { .. } if component.is_some() => return Err(ExpressionFault::NestedComponent),
                Term::Component { name, duty } => duty.check_at(depth + 1, Some(*name), terms)?,
                Term::Percent { base, .. } if component.is_some() && *base != Base::CUSTOMS_VALUE => {
                    return Err(ExpressionFault::ComponentBase);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Term {
    /// Refuses numbers that no text could say, and an empty list of kinds.
    fn check(&self) -> Result<(), ExpressionFault> {
        match self {
            Self::Percent { rate, base } => rate_within_bounds(rate).and_then(|()| base.check()),
            Self::Amount { amount, per, .. } => {
                rate_within_bounds(amount)?;
                let Some(Per { count, .. }) = per else { return Ok(()) };
                rate_within_bounds(count)?;
                if count.is_zero() {
                    Err(bad_number(count))
                } else {
                    Ok(())
                }
            }
            Self::Share { percent: number, .. } | Self::Subheadings { amount: number, .. } => {
                rate_within_bounds(number)
            }
            _ => Ok(()),
        }
    }
}

impl Base {
    fn check(&self) -> Result<(), ExpressionFault> {
        match &self.plus {
            super::Earlier::Kinds(kinds) if kinds.is_empty() => Err(ExpressionFault::Syntax("a kind of measure")),
            _ => Ok(()),
        }
    }
}

fn rate_within_bounds(number: &Exact) -> Result<(), ExpressionFault> {
    if number.is_negative() || !number.is_within_bounds() {
        return Err(bad_number(number));
    }
    Ok(())
}

/// The fault of a number that has no place in an expression.
pub(super) fn bad_number(number: &Exact) -> ExpressionFault {
    let message = format!(
        "{number} has no place in an expression: numbers are 0 or more with at most {} digits, and nothing is per 0 units",
        Exact::DIGITS_MAX
    );
    ExpressionFault::Value(ValueError::new("duty-expression R1", "number", message))
}

/// Counts what is written to it.
struct Length(usize);

impl Length {
    fn of(shown: &impl fmt::Display) -> usize {
        let mut length = Self(0);
        fmt::write(&mut length, format_args!("{shown}")).expect("counting takes every text");
        length.0
    }
}

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}
