//! On one day a line says one thing of the same goods.

use super::{ScheduleError, ScheduleFault, lines};
use crate::page::PageTrees;
use crate::row::{Measure, TariffLine};
use crate::{LineCode, RowKey};

/// How many lines of one code say something, at different times.
const LINES_MAX: usize = 64; // each is held against each other

/// A line with its key, and the code both have.
type Line<'row> = (&'row RowKey, LineCode, &'row TariffLine);

/// Refuses two lines of one code that could be declared on one day, and two measures of which nobody could say which is
/// due.
// spec: tariff-row R15
pub(super) fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    let lines: Vec<_> = lines(trees).collect();
    lines.chunk_by(|left, right| left.1 == right.1).try_for_each(check_code)
}

/// The lines with one code: most often one line.
fn check_code(lines: &[Line<'_>]) -> Result<(), ScheduleError> {
    // Only lines that say something, so that a long run of bare texts below a heading costs nothing.
    let saying = lines
        .iter()
        .filter(|(_, _, line)| line.is_declarable || !line.measures.is_empty());
    let saying: Vec<_> = saying.collect();
    if let Some((key, ..)) = saying.get(LINES_MAX) {
        return Err(ScheduleFault::Count.of(**key));
    }
    for (index, (_, _, line)) in saying.iter().enumerate() {
        check_line(line).map_err(|fault| fault.of(*saying[index].0))?;
        for (key, _, later) in &saying[index + 1..] {
            check_lines(line, later).map_err(|fault| fault.of(**key))?;
        }
    }
    Ok(())
}

fn check_line(line: &TariffLine) -> Result<(), ScheduleFault> {
    for (index, measure) in line.measures.iter().enumerate() {
        refuse_collision(measure, &line.measures[index + 1..])?;
    }
    Ok(())
}

fn check_lines(line: &TariffLine, later: &TariffLine) -> Result<(), ScheduleFault> {
    if !line.validity.overlaps(&later.validity) {
        return Ok(());
    }
    if line.is_declarable && later.is_declarable {
        return Err(ScheduleFault::Twice);
    }
    let mut measures = line.measures.iter();
    measures.try_for_each(|measure| refuse_collision(measure, &later.measures))
}

fn refuse_collision(measure: &Measure, others: &[Measure]) -> Result<(), ScheduleFault> {
    match others.iter().find(|other| collides(measure, other)) {
        Some(other) => Err(ScheduleFault::Overlap(other.kind)),
        None => Ok(()),
    }
}

/// Whether two measures are for the same goods on the same day.
fn collides(left: &Measure, right: &Measure) -> bool {
    left.kind == right.kind
        && left.stack == right.stack
        && left.validity.overlaps(&right.validity)
        && share(&left.areas, &right.areas)
        && share(&left.regimes, &right.regimes)
        && left.additional_code == right.additional_code
        && left.quota == right.quota
        && left.agreement == right.agreement
        && left.documents == right.documents
}

/// Whether two ascending lists have an entry in common, or both none.
fn share<T: Ord>(left: &[T], right: &[T]) -> bool {
    let is_shared = left.iter().any(|entry| right.binary_search(entry).is_ok());
    is_shared || (left.is_empty() && right.is_empty())
}
