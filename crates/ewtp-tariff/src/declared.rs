//! How a schedule has goods declared, whatever they are worth: whether it has a line for a code, and in which units.

use crate::row::{Entry, TariffLine};
use crate::{LineCode, PageTrees, RowKey};
use ewtp_record::{Date, UnitCode};
use std::collections::BTreeSet;
use thiserror::Error;

/// Lines at and below a code that are looked at: a whole chapter of the largest schedule has some two thousand.
const LINES_MAX: usize = 4_096;

/// Why a schedule does not say how goods of a code are declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UndeclaredError {
    /// No line of that code and none below it.
    #[error("it has no line {0}")]
    NoLine(LineCode),
    /// Lines, and none on which goods are declared.
    #[error("goods are not declared under {0}, nor under a line below it")]
    NotDeclarable(LineCode),
    /// More lines at and below the code than are looked at.
    #[error("more than {LINES_MAX} lines stand at and below {0}: nobody looks through that")]
    TooMany(LineCode),
}

/// The units in which goods of this code are declared: those of the lines at or below it on which goods are declared, of the lines
/// above those, and of the lines for all goods.
///
/// Whoever says less of a code than the schedule has may mean any of the lines below it. Only lines that hold on the day count;
/// without one, those of any day.
///
/// # Errors
/// There is no line on which such goods are declared, or there are too many to look at.
// spec: bundle R28
pub fn declared_units(
    trees: &PageTrees,
    code: LineCode,
    on: Option<Date>,
) -> Result<BTreeSet<UnitCode>, UndeclaredError> {
    let within: Vec<_> = lines(trees, code, last_below(code)).take(LINES_MAX + 1).collect();
    if within.is_empty() {
        return Err(UndeclaredError::NoLine(code));
    }
    if within.len() > LINES_MAX {
        return Err(UndeclaredError::TooMany(code));
    }
    let within: Vec<_> = within.into_iter().filter(|(_, line)| holds(line, on)).collect();
    let ends: Vec<_> = within
        .iter()
        .filter(|(_, line)| line.is_declarable)
        .map(|(code, _)| *code)
        .collect();
    if ends.is_empty() {
        return Err(UndeclaredError::NotDeclarable(code));
    }
    // The lines come in the order of their codes, so the first end from a line on lies below it if any does.
    let leads_to_end = |code: &LineCode| {
        let next = ends.partition_point(|end| end < code);
        ends.get(next).is_some_and(|end| end.is_within(code))
    };
    let below = within.into_iter().filter(|(code, _)| leads_to_end(code));
    let above = std::iter::successors(code.above(), LineCode::above).chain([LineCode::all_goods()]);
    let above = above.flat_map(|code| lines(trees, code, code).take(LINES_MAX));
    let above = above.filter(|(_, line)| holds(line, on));
    Ok(below
        .chain(above)
        .flat_map(|(_, line)| line.units.iter().copied())
        .collect())
}

/// The lines from one code to another, both included.
fn lines(trees: &PageTrees, from: LineCode, to: LineCode) -> impl Iterator<Item = (LineCode, &TariffLine)> {
    let rows = trees.rates.rows_from(&RowKey::Line(from, 1));
    rows.map_while(move |row| match (row.key(), row.entry()) {
        (RowKey::Line(code, _), Entry::Line(line)) if *code <= to => Some((*code, line)),
        _ => None,
    })
}

fn holds(line: &TariffLine, on: Option<Date>) -> bool {
    on.is_none_or(|day| line.validity.holds_on(day))
}

/// The last code that can stand below this one.
fn last_below(code: LineCode) -> LineCode {
    format!("{code:9<12}").parse().expect("12 digits are a code")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Row;

    /// So many lines of one code on which goods are declared in pieces.
    fn shirts(count: usize) -> PageTrees {
        let line = TariffLine {
            units: vec!["H87".parse().unwrap()],
            is_declarable: true,
            ..TariffLine::default()
        };
        let code: LineCode = "61091000".parse().unwrap();
        let row = |seq| Row::new(RowKey::Line(code, seq), Entry::Line(line.clone())).unwrap();
        PageTrees::of((1..=u32::try_from(count).unwrap()).map(row)).unwrap()
    }

    #[test]
    fn a_code_with_more_lines_than_anybody_looks_through_is_refused() {
        let code = "610910".parse().unwrap();
        let units = declared_units(&shirts(LINES_MAX), code, None).unwrap();
        assert_eq!(units.len(), 1);
        let refused = declared_units(&shirts(LINES_MAX + 1), code, None);
        assert_eq!(refused, Err(UndeclaredError::TooMany(code)));
    }

    #[test]
    fn a_neighbour_is_no_line_of_a_code() {
        let code = "610911".parse().unwrap();
        assert_eq!(
            declared_units(&shirts(1), code, None),
            Err(UndeclaredError::NoLine(code))
        );
    }
}
