//! What a patch changes in the rates: what an office looks at before it signs.

use super::Patch;
use crate::row::{Area, Entry, Measure};
use crate::{ComputeError, Exact, Expression, Inputs, LineCode, PageTrees, Row, RowKey};
use ewtp_record::Currency;
use ewtp_record::edition::MeasureKind;
use std::cmp::Reverse;

/// A measure of a line that is new, gone, or has another rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateChange {
    /// The line.
    pub line: LineCode,
    /// What the measure is.
    pub kind: MeasureKind,
    /// The origins it is for; none means all.
    pub areas: Vec<Area>,
    /// What was due, with its conditions; none when there was no such measure.
    pub old: Option<String>,
    /// What is due, with its conditions; none when there is no such measure any more.
    pub new: Option<String>,
    /// By how much more or less is due on goods worth 100 with one of each unit that the rates need; none when that says
    /// nothing, as of a duty in words.
    pub difference: Option<Exact>,
}

impl Patch {
    /// The changes of rates, the largest first: those of which the difference is known, by its size, then the others in
    /// the order of their lines. `old` is what the patch leads from.
    #[must_use]
    pub fn rate_changes(&self, old: &PageTrees, currency: Currency) -> Vec<RateChange> {
        let set = self.set().iter().map(|row| (row.key(), Some(row)));
        let removed = self.removed().iter().map(|key| (key, None));
        let lines = set.chain(removed).filter_map(|(key, new)| match key {
            RowKey::Line(code, _) => Some((*code, measures(old.get(key)), measures(new))),
            _ => None,
        });
        let mut changes: Vec<_> = lines
            .flat_map(|(line, old, new)| of_line(line, old, new, currency))
            .collect();
        changes.sort_by_key(|change| {
            let size = change.difference.as_ref().map(size);
            (Reverse(size), change.line)
        });
        changes
    }
}

fn size(difference: &Exact) -> Exact {
    if difference.is_negative() {
        &Exact::zero() - difference
    } else {
        difference.clone()
    }
}

fn measures(row: Option<&Row>) -> &[Measure] {
    match row.map(Row::entry) {
        Some(Entry::Line(line)) => &line.measures,
        _ => &[],
    }
}

fn of_line(line: LineCode, old: &[Measure], new: &[Measure], currency: Currency) -> Vec<RateChange> {
    let change = |measure: &Measure, before: Option<&Measure>, after: Option<&Measure>| RateChange {
        line,
        kind: measure.kind,
        areas: measure.areas.clone(),
        old: before.map(written),
        new: after.map(written),
        difference: difference(before, after, currency),
    };
    let gone = old
        .iter()
        .filter(|before| !new.iter().any(|after| are_for_the_same(before, after)));
    let gone = gone.map(|before| change(before, Some(before), None));
    let come = new.iter().filter_map(|after| {
        let before = old.iter().find(|before| are_for_the_same(before, after));
        let is_same = before.is_some_and(|before| before.duty == after.duty && before.conditions == after.conditions);
        (!is_same).then(|| change(after, before, Some(after)))
    });
    gone.chain(come).collect()
}

/// Whether two measures differ in nothing but what is due.
fn are_for_the_same(left: &Measure, right: &Measure) -> bool {
    let bare = |measure: &Measure| Measure {
        duty: None,
        conditions: Vec::new(),
        note: None,
        stack: None,
        ..measure.clone()
    };
    bare(left) == bare(right)
}

/// `10%; 5% when document Y-900`, or the kind of a barrier.
fn written(measure: &Measure) -> String {
    let duty = measure
        .duty
        .as_ref()
        .map_or_else(|| measure.kind.name().to_owned(), ToString::to_string);
    let conditions = measure.conditions.iter();
    conditions.fold(duty, |text, condition| {
        format!("{text}; {} when {}", condition.duty, condition.when)
    })
}

fn difference(before: Option<&Measure>, after: Option<&Measure>, currency: Currency) -> Option<Exact> {
    let due = |measure: Option<&Measure>| match measure {
        None => Some(Exact::zero()),
        Some(measure) => due_on_a_hundred(measure.duty.as_ref()?, currency),
    };
    let difference = &due(after)? - &due(before)?;
    (!difference.is_zero()).then_some(difference)
}

/// What is due on goods worth 100 with one of each unit.
fn due_on_a_hundred(duty: &Expression, currency: Currency) -> Option<Exact> {
    let nowhere = |reference, _| Err(ComputeError::Duty(reference));
    let mut goods = Inputs::of_value(currency, 100.into(), &nowhere);
    for needed in duty.quantities() {
        goods.quantities.insert((needed.unit, needed.on), 1.into());
    }
    duty.compute(&goods).ok()
}
