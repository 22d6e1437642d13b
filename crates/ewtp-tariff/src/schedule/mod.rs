//! A schedule as a whole: what its rows must not say against each other.
//!
//! To publish or to take in an edition, call [`check`] on its rows: a schedule that breaks a rule is refused with the row
//! that does.
//!
//! ```
//! use ewtp_record::edition::MeasureKind;
//! use ewtp_tariff::row::{Entry, Measure, TariffLine};
//! use ewtp_tariff::{PageTrees, Row, RowKey, schedule};
//!
//! let line = TariffLine {
//!     measures: vec![Measure::of(MeasureKind::Mfn, Some("6.3 USD/LTR".parse()?))],
//!     ..TariffLine::default()
//! };
//! let wine = Row::new(RowKey::Line("22042150".parse()?, 1), Entry::Line(line))?;
//! let refused = schedule::check(&PageTrees::of([wine])?).expect_err("nobody declares litres");
//! assert_eq!(refused.code(), "unknown-unit");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
// spec: tariff-row R15

mod cycle;
mod error;
mod names;
mod overlap;
mod spots;

pub use error::{ScheduleError, ScheduleFault};
pub use spots::{Spot, spots};

use crate::page::PageTrees;
use crate::row::{Entry, Measure, TariffLine};
use crate::{LineCode, RowKey, TreeKind};
use ewtp_record::UnitCode;

/// Checks that each tree has the rows that belong there, and rows against each other: measures that overlap, names that no row
/// has, units that a line lacks, references in a circle. Reads each row a few times, however the rows refer to each other.
///
/// # Errors
/// The first fault that is found, with its row.
// spec: tariff-row R1, R15, R16, R17, R18
pub fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    check_trees(trees)?;
    overlap::check(trees)?;
    names::check(trees)?;
    lines(trees).try_for_each(|(key, _, line)| {
        let mut measures = line.measures.iter();
        let checked = measures.try_for_each(|measure| check_units(measure, &line.units));
        checked.map_err(|fault| fault.of(*key))
    })?;
    cycle::check(trees)
}

/// Refuses a tree under the name of another: its rows would stand where nobody looks for them. The rows of one tree belong
/// together (tariff-page R5), so its first tells.
// spec: tariff-row R1
fn check_trees(trees: &PageTrees) -> Result<(), ScheduleError> {
    let named = [
        (TreeKind::Rates, &trees.rates),
        (TreeKind::Texts, &trees.texts),
        (TreeKind::Notes, &trees.notes),
    ];
    for (kind, tree) in named {
        if let Some(row) = tree.rows().next().filter(|row| row.key().tree() != kind) {
            return Err(ScheduleFault::Tree(kind).of(*row.key()));
        }
    }
    Ok(())
}

/// The lines, ascending by code: a heading before what lies below it.
fn lines(trees: &PageTrees) -> impl Iterator<Item = (&RowKey, LineCode, &TariffLine)> {
    trees.rates.rows().filter_map(|row| match (row.key(), row.entry()) {
        (RowKey::Line(code, _), Entry::Line(line)) => Some((row.key(), *code, line)),
        _ => None,
    })
}

/// Refuses a duty on a quantity that nobody declares.
// spec: tariff-row R17
fn check_units(measure: &Measure, units: &[UnitCode]) -> Result<(), ScheduleFault> {
    for duty in measure.expressions() {
        // A measured content and a part have quantities of their own, which no line declares.
        let mut whole = duty.quantities().into_iter();
        let lacking =
            whole.find(|needed| needed.component.is_none() && needed.on.is_none() && !units.contains(&needed.unit));
        if let Some(needed) = lacking {
            return Err(ScheduleFault::Unit(needed.unit));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
