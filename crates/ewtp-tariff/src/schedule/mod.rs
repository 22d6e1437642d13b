//! A schedule as a whole: what its rows must not say against each other.
//!
//! To publish or to take in an edition, call [`check`] on its rows: a schedule that breaks a rule is refused with the row
//! that does.
// spec: tariff-row R15

mod cycle;
mod error;

pub use error::{ScheduleError, ScheduleFault};

use crate::page::PageTrees;
use crate::row::{Area, Entry, Measure, TariffLine};
use crate::{Expression, Row, RowKey, Token};

/// Checks rows against each other: measures that overlap, names that no row has, units that a line lacks, references
/// in a circle.
///
/// # Errors
/// The first fault in the order of the rows, with the row.
// spec: tariff-row R15
pub fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    for row in trees.rows() {
        let checked = match row.entry() {
            Entry::Line(line) => check_line(trees, line),
            Entry::Relief(relief) => areas(trees, relief.areas.iter().chain(&relief.except))
                .and_then(|()| expression_notes(trees, &relief.duty)),
            _ => Ok(()),
        };
        checked.map_err(|fault| fault.of(row))?;
    }
    cycle::check(trees)
}

fn check_line(trees: &PageTrees, line: &TariffLine) -> Result<(), ScheduleFault> {
    for (index, measure) in line.measures.iter().enumerate() {
        let later = &line.measures[index + 1..];
        if let Some(other) = later.iter().find(|other| collides(measure, other)) {
            return Err(ScheduleFault::Overlap(other.kind));
        }
        check_measure(trees, line, measure)?;
    }
    for requirement in &line.requirements {
        areas(trees, &requirement.areas)?;
        requirement.note.map_or(Ok(()), |id| note(trees, id))?;
    }
    Ok(())
}

/// Whether two measures are for the same goods on the same day, so that nobody could say which is due.
fn collides(left: &Measure, right: &Measure) -> bool {
    left.validity.overlaps(&right.validity)
        && left.kind == right.kind
        && left.areas == right.areas
        && left.except == right.except
        && left.regimes == right.regimes
        && left.additional_code == right.additional_code
        && left.quota == right.quota
        && left.agreement == right.agreement
        && left.documents == right.documents
        && left.stack == right.stack
}

fn check_measure(trees: &PageTrees, line: &TariffLine, measure: &Measure) -> Result<(), ScheduleFault> {
    areas(trees, measure.areas.iter().chain(&measure.except))?;
    measure.note.map_or(Ok(()), |id| note(trees, id))?;
    if let Some(id) = measure.quota.filter(|id| trees.get(&RowKey::Quota(*id)).is_none()) {
        return Err(ScheduleFault::Quota(id));
    }
    for duty in measure.expressions() {
        expression_notes(trees, duty)?;
        // A measured content and a part have quantities of their own, which no line declares.
        let whole = duty.quantities().into_iter();
        let mut whole = whole.filter(|needed| needed.component.is_none() && needed.on.is_none());
        if let Some(needed) = whole.find(|needed| !line.units.contains(&needed.unit)) {
            return Err(ScheduleFault::Unit(needed.unit));
        }
    }
    Ok(())
}

fn areas<'row>(trees: &PageTrees, areas: impl IntoIterator<Item = &'row Area>) -> Result<(), ScheduleFault> {
    let mut groups = areas.into_iter().filter_map(|area| match area {
        Area::Group(id) => Some(*id),
        Area::Country(_) => None,
    });
    match groups.find(|id| trees.get(&RowKey::Group(*id)).is_none()) {
        Some(id) => Err(ScheduleFault::Group(id)),
        None => Ok(()),
    }
}

fn expression_notes(trees: &PageTrees, duty: &Expression) -> Result<(), ScheduleFault> {
    duty.notes().into_iter().try_for_each(|id| note(trees, id))
}

fn note(trees: &PageTrees, id: Token) -> Result<(), ScheduleFault> {
    trees
        .get(&RowKey::Note(id))
        .map(|_: &Row| ())
        .ok_or(ScheduleFault::Note(id))
}

#[cfg(test)]
mod tests;
