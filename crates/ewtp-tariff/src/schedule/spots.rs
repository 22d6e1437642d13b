//! Where a fault of a schedule lies: not only the row that a check names, but each part of a row that has a share in it.
//!
//! It is looked for when there is a fault, so that checking a sound schedule costs nothing more.

use super::{ScheduleError, ScheduleFault, check_units, cycle, lines, names, overlap};
use crate::page::PageTrees;
use crate::row::{Entry, Measure, TariffLine};
use crate::{LineCode, RowKey};

/// A part of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// A row as a whole.
    Row(RowKey),
    /// A measure of a line, by its index among those.
    Measure(RowKey, usize),
    /// A paper that a line asks for, by its index among those.
    Requirement(RowKey, usize),
}

/// The parts that a fault lies in, ascending: of measures that overlap both, of a circle each duty on it. The row alone
/// where no part of it can be told.
// spec: tariff-row R15, R16, R17, R18
#[must_use]
pub fn spots(trees: &PageTrees, error: &ScheduleError) -> Vec<Spot> {
    let row = error.row;
    let mut spots = match error.fault {
        ScheduleFault::Overlap(_) | ScheduleFault::Twice => overlap::spots(trees, error),
        ScheduleFault::Cycle => of_circle(trees, row),
        _ => line_of(trees, &row).map_or_else(Vec::new, |line| of_line(trees, row, line, &error.fault)),
    };
    if spots.is_empty() {
        spots.push(Spot::Row(row));
    }
    spots.sort_unstable();
    spots.dedup();
    spots
}

fn line_of<'t>(trees: &'t PageTrees, key: &RowKey) -> Option<&'t TariffLine> {
    match trees.get(key)?.entry() {
        Entry::Line(line) => Some(line),
        _ => None,
    }
}

/// The measures and papers of a line that have this fault by themselves.
fn of_line(trees: &PageTrees, row: RowKey, line: &TariffLine, fault: &ScheduleFault) -> Vec<Spot> {
    let has = |found: Result<(), ScheduleFault>| found.err().as_ref() == Some(fault);
    let measures = line
        .measures
        .iter()
        .enumerate()
        .filter(|(_, measure)| has(names::of_measure(trees, measure)) || has(check_units(measure, &line.units)));
    let requirements = line.requirements.iter().enumerate();
    let requirements = requirements.filter(|(_, requirement)| has(names::of_requirement(trees, requirement)));
    let measures = measures.map(|(index, _)| Spot::Measure(row, index));
    measures
        .chain(requirements.map(|(index, _)| Spot::Requirement(row, index)))
        .collect()
}

/// The measures that refer on, of each duty on a circle that the row stands on.
fn of_circle(trees: &PageTrees, row: RowKey) -> Vec<Spot> {
    let refers = |measure: &Measure| measure.expressions().any(|duty| !duty.references().is_empty());
    let circle = cycle::circle(trees, row);
    let on_circle = |code: LineCode, measure: &Measure| circle.contains(&(code, measure.kind)) && refers(measure);
    lines(trees)
        .flat_map(|(key, code, line)| {
            let measures = line.measures.iter().enumerate();
            let measures = measures.filter(move |(_, measure)| on_circle(code, measure));
            measures.map(|(index, _)| Spot::Measure(*key, index))
        })
        .collect()
}
