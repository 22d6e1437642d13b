//! What a merchant keeps to itself, and which duties are possible while it does.

use super::goods::Goods;
use super::{Need, People, QuoteError, Request};
use crate::row::{Compare, Measure, When};
use crate::{ComputeError, Expression, Token};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// It hangs on what the merchant did not state.
    Perhaps,
}

impl Holds {
    pub(super) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What the merchant states, and what is supposed of it beyond that.
// spec: quote R10
#[derive(Clone)]
pub(super) struct Supposed<'r> {
    request: &'r Request,
    people: People,
    attributes: Vec<(Token, bool)>,
}

impl<'r> Supposed<'r> {
    /// Nothing yet.
    pub(super) fn nothing(request: &'r Request) -> Self {
        Self {
            request,
            people: request.people.unwrap_or(People::ANY),
            attributes: Vec::new(),
        }
    }

    pub(super) fn compares(&self, compare: Compare, count: u32) -> Holds {
        match self.people.split(compare, count) {
            (Some(_), None) => Holds::Yes,
            (Some(_), Some(_)) => Holds::Perhaps,
            (None, _) => Holds::No,
        }
    }

    pub(super) fn has(&self, name: Token, disclosed: bool) -> Holds {
        let supposed = || self.attributes.iter().find(|(of, _)| *of == name).map(|(_, has)| *has);
        let stated = match name {
            name if self.request.attributes.contains(&name) => Some(true),
            name if self.request.without.contains(&name) => Some(false),
            _ => supposed(),
        };
        stated.map_or(Holds::Perhaps, |has| Holds::of(has == disclosed))
    }

    /// Goes on as if a condition that perhaps holds did so, or did not.
    pub(super) fn suppose(&mut self, when: &When, holds: bool) {
        match when {
            When::People { compare, count } => {
                let (fits, other) = self.people.split(*compare, *count);
                self.people = if holds { fits } else { other }.unwrap_or(self.people);
            }
            When::Attribute { name, disclosed } => self.attributes.push((*name, *disclosed == holds)),
            _ => {}
        }
    }

    /// What the merchant would have to state for all that is supposed.
    pub(super) fn needs(&self) -> Vec<Need> {
        let attribute = |(name, disclosed): &(Token, bool)| {
            let (name, disclosed) = (*name, *disclosed);
            Need::Condition(When::Attribute { name, disclosed })
        };
        let mut needs: Vec<_> = self.attributes.iter().map(attribute).collect();
        let is_narrower = self.people != self.request.people.unwrap_or(People::ANY);
        needs.extend(is_narrower.then_some(Need::People(self.people)));
        needs
    }
}

/// A duty that a measure can have.
pub(super) struct Outcome<'a> {
    /// None is the measure of a barrier that stands.
    pub(super) expression: Option<&'a Expression>,
    /// What must be stated for it, or given.
    pub(super) needs: Vec<Need>,
    /// Whether a document is lacking for it; else it is possible as the goods are.
    pub(super) lacks_document: bool,
}

/// The duties that a measure can have, in the order of its conditions: at least one for which no document is lacking, and one
/// alone if all that the conditions ask is stated.
// spec: quote R10
pub(super) fn outcomes<'a>(
    goods: &Goods<'a>,
    measure: &'a Measure,
) -> Result<Result<Vec<Outcome<'a>>, ComputeError>, QuoteError> {
    let mut supposed = Supposed::nothing(goods.request);
    let mut outcomes = Vec::new();
    let possible = |expression, supposed: &Supposed<'_>| Outcome {
        expression,
        needs: supposed.needs(),
        lacks_document: false,
    };
    for condition in &measure.conditions {
        let when = &condition.when;
        match goods.holds(when, &supposed)? {
            Err(missing) => return Ok(Err(missing)),
            Ok(Holds::Yes) => {
                outcomes.push(possible(Some(&condition.duty), &supposed));
                return Ok(Ok(outcomes));
            }
            Ok(Holds::Perhaps) => {
                let mut fitting = supposed.clone();
                fitting.suppose(when, true);
                outcomes.push(possible(Some(&condition.duty), &fitting));
                supposed.suppose(when, false);
            }
            Ok(Holds::No) if is_obtainable(when) => {
                let mut with_document = possible(Some(&condition.duty), &supposed);
                with_document.needs.push(Need::Condition(when.clone()));
                with_document.lacks_document = true;
                outcomes.push(with_document);
            }
            Ok(Holds::No) => {}
        }
    }
    outcomes.push(possible(measure.duty.as_ref(), &supposed));
    Ok(Ok(outcomes))
}

/// Whether a condition that does not hold can be made to: a document can be had, while the goods are what they are and what is
/// stated stays stated.
// spec: quote R10
pub(super) const fn is_obtainable(when: &When) -> bool {
    matches!(when, When::Document { given: true, .. })
}
