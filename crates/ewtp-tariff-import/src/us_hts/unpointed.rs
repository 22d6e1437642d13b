//! Headings of chapter 99 that state a duty and to which no footnote leads: "articles the product of any country" + 10 %.
//!
//! For which goods they are is told by their words, and by notes that the export does not hold. So each is left to a person,
//! at the lines that it names, or else at the line of all goods; only the origins and days are read.

mod heading;
mod lines;
mod words;

use super::footnote::footnotes;
use super::source::SourceRow;
use crate::{ByText, ImportError, LeftOut, Place};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{Expression, LineCode, Row, RowKey, Term, Token};
use heading::{Ended, Told};
use std::collections::{BTreeMap, BTreeSet};

/// Such headings, as measures.
#[derive(Default)]
pub(super) struct Unpointed {
    /// The notes.
    notes: Vec<(u64, Row)>,
    /// Measures of all goods, by the seq of their line.
    of_all: BTreeMap<u32, Vec<Measure>>,
    /// Measures of the lines that headings name.
    of_lines: BTreeMap<LineCode, Vec<Measure>>,
    /// One for each measure.
    pub(super) by_text: Vec<ByText>,
    /// Headings that do not hold any more.
    pub(super) left_out: Vec<LeftOut>,
}

const REASON: &str = "a heading of chapter 99 to which no footnote leads states a duty";

/// Reads the headings 9901 and 9903 to which no row of chapters 1 to 97 points.
pub(super) fn unpointed(rows: &[SourceRow]) -> Result<Unpointed, ImportError> {
    let pointed = pointed(rows);
    let known: BTreeSet<LineCode> = rows.iter().map(|row| row.code).collect();
    let mut read = Unpointed::default();
    let mut all: Vec<Told> = Vec::new();
    let mut superior: Vec<&SourceRow> = Vec::new();
    for row in rows.iter().filter(|row| is_of_duties(row.code)) {
        while superior.last().is_some_and(|above| above.indent >= row.indent) {
            superior.pop();
        }
        if row.seq == 1 && row.code.as_str().len() == 8 && !pointed.contains(&row.code) && heading::states_duty(row) {
            match heading::ended(row, &superior) {
                Some(Ended::Before) => read.left_out.push(heading::not_in_force(row)),
                end => heading::add(&mut all, Told::of(row, &superior, &known, end)),
            }
        }
        superior.push(row);
    }
    all.into_iter().try_for_each(|told| read.take(told))?;
    Ok(read)
}

/// Subchapters I and III; the others have lower duties, or are pointed to as a whole.
fn is_of_duties(code: LineCode) -> bool {
    code.as_str().starts_with("9901") || code.as_str().starts_with("9903")
}

/// The headings to which a footnote of goods leads.
fn pointed(rows: &[SourceRow]) -> BTreeSet<LineCode> {
    let goods = rows.iter().filter(|row| !row.code.as_str().starts_with("99"));
    let read = goods.filter(|row| !row.footnotes.is_empty());
    read.map(|row| footnotes(&row.footnotes))
        .flat_map(|read| read.headings.into_iter().chain(read.in_words))
        .collect()
}

impl Unpointed {
    /// The measures of a line that headings name.
    pub(super) fn of_line(&self, code: LineCode) -> &[Measure] {
        self.of_lines.get(&code).map_or(&[], Vec::as_slice)
    }

    /// The notes, and the lines of all goods: one for each group of headings, so that a change moves little.
    pub(super) fn rows(self) -> Result<Vec<(u64, Row)>, ImportError> {
        let mut rows = self.notes;
        for (seq, measures) in self.of_all {
            let mut line = TariffLine {
                measures,
                ..TariffLine::default()
            };
            line.arrange();
            let row = Row::new(RowKey::Line(LineCode::all_goods(), seq), Entry::Line(line));
            rows.push((
                0,
                row.map_err(|error| ImportError::refused(Place::Nowhere, "description", &error))?,
            ));
        }
        Ok(rows)
    }

    fn take(&mut self, mut told: Told) -> Result<(), ImportError> {
        if told.numbers.len() > 1 {
            told.text
                .insert_str(0, &format!("Headings {}.\n", told.numbers.join(", ")));
        }
        let refused = |message: String| ImportError::row(told.row, "description", message);
        let note = format!("us-{}", told.code).parse::<Token>();
        let note = note.map_err(|error| refused(error.to_string()))?;
        let duty = Expression::of(Term::Text(note)).map_err(|fault| refused(fault.to_string()))?;
        let measure = Measure {
            areas: told.areas,
            except: told.except,
            validity: told.validity,
            stack: Some(place(told.code)),
            ..Measure::of(MeasureKind::Additional, Some(duty))
        };
        let by_text = |line: LineCode| ByText {
            row: told.row,
            code: line.to_string(),
            column: "description",
            text: told.text.clone(),
            reason: REASON.to_owned(),
        };
        for line in &told.lines {
            self.by_text.push(by_text(*line));
            self.of_lines.entry(*line).or_default().push(measure.clone());
        }
        if told.lines.is_empty() {
            self.by_text.push(by_text(LineCode::all_goods()));
            self.of_all.entry(seq(told.code)).or_default().push(measure);
        }
        let row = Row::new(RowKey::Note(note), Entry::Note(told.text));
        let row = row.map_err(|error| ImportError::refused(Place::Row(told.row), "description", &error))?;
        self.notes.push((told.row, row));
        Ok(())
    }
}

/// Behind everything that a line or a footnote adds, and at no other's place: 30301 for 9903.03.01.
fn place(heading: LineCode) -> u16 {
    heading.as_str()[3..]
        .parse()
        .expect("five digits, the first of them 1 or 3")
}

/// Which of the lines of all goods has the measure of a heading: 3 for 9903.03.01.
fn seq(heading: LineCode) -> u32 {
    let group: u32 = heading.as_str()[4..6].parse().expect("two digits");
    group.max(1)
}

#[cfg(test)]
mod tests;
