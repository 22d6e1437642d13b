//! Every name that a row uses has its row.

use super::{ScheduleError, ScheduleFault};
use crate::page::PageTrees;
use crate::row::{Area, Entry, Measure, Requirement, TariffLine};
use crate::{Expression, LineCode, Reference, RowKey, Token};

/// Refuses names of groups, quotas, notes and lines that no row has.
// spec: tariff-row R16
pub(super) fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    for row in trees.rows() {
        let checked = match (row.key(), row.entry()) {
            (_, Entry::Line(line)) => of_line(trees, line),
            (_, Entry::Relief(relief)) => {
                areas(trees, relief.areas.iter().chain(&relief.except)).and_then(|()| of_duty(trees, &relief.duty))
            }
            (RowKey::Description(code, seq, _), _) => has_line(trees, *code, *seq),
            _ => Ok(()),
        };
        checked.map_err(|fault| fault.of(*row.key()))?;
    }
    Ok(())
}

fn of_line(trees: &PageTrees, line: &TariffLine) -> Result<(), ScheduleFault> {
    line.measures
        .iter()
        .try_for_each(|measure| of_measure(trees, measure))?;
    line.requirements
        .iter()
        .try_for_each(|requirement| of_requirement(trees, requirement))
}

pub(super) fn of_requirement(trees: &PageTrees, requirement: &Requirement) -> Result<(), ScheduleFault> {
    areas(trees, &requirement.areas)?;
    requirement.note.map_or(Ok(()), |id| note(trees, id))
}

pub(super) fn of_measure(trees: &PageTrees, measure: &Measure) -> Result<(), ScheduleFault> {
    areas(trees, measure.areas.iter().chain(&measure.except))?;
    measure.note.map_or(Ok(()), |id| note(trees, id))?;
    let is_missing = |id: &Token| trees.get(&RowKey::Quota(*id)).is_none();
    if let Some(id) = measure.quota.filter(is_missing) {
        return Err(ScheduleFault::Quota(id));
    }
    measure.expressions().try_for_each(|duty| of_duty(trees, duty))
}

fn of_duty(trees: &PageTrees, duty: &Expression) -> Result<(), ScheduleFault> {
    duty.notes().into_iter().try_for_each(|id| note(trees, id))?;
    duty.references().into_iter().try_for_each(|reference| match reference {
        Reference::OwnLine => Ok(()),
        Reference::Line { code, .. } => has_line(trees, code, 1),
    })
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

fn note(trees: &PageTrees, id: Token) -> Result<(), ScheduleFault> {
    match trees.get(&RowKey::Note(id)) {
        Some(_) => Ok(()),
        None => Err(ScheduleFault::Note(id)),
    }
}

fn has_line(trees: &PageTrees, code: LineCode, seq: u32) -> Result<(), ScheduleFault> {
    match trees.get(&RowKey::Line(code, seq)) {
        Some(_) => Ok(()),
        None => Err(ScheduleFault::Line(code)),
    }
}
