//! Editions that follow each other: one as a table, and the rows that changed from each to the next.
//!
//! Both tables are CSV with a column for each thing that a row says; in a cell, units are parted by `;` and footnotes by ` | `.
//! A change has before them the name of its revision, the day from which that holds, and `add`, `set` or `del`.

use super::{SourceRow, of_rows};
use crate::source::unpacked;
use crate::{Import, ImportError, Place, canonical, lines};
use ewtp_record::Date;
use ewtp_tariff::LineCode;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Display;
use std::str::FromStr;

/// The editions behind a first one, in their order.
///
/// [`History::edition`] is the schedule as it stands and [`History::rows`] what it was published as; [`History::advance`] goes on to
/// the next.
#[derive(Debug, Clone)]
pub struct History {
    rows: BTreeMap<(LineCode, u32), SourceRow>,
    ahead: VecDeque<Change>,
}

/// Which edition is next, and from when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its name, `2025_rev_1`.
    pub name: String,
    /// The first day on which it holds.
    pub in_force: Date,
}

#[derive(Debug, Clone)]
struct Change {
    revision: Revision,
    row: SourceRow,
    is_removed: bool,
}

impl History {
    /// Reads the first edition and what changed since, packed or not.
    ///
    /// These tables leave the spaces out of the special rates: where `published` has the same rate with spaces, it is spelt as
    /// there, so that what a rate says in words stays equal from edition to edition.
    ///
    /// # Errors
    /// Too many bytes, a table of another form, or a cell that cannot be read: with its line and column.
    pub fn read(first: &[u8], changes: &[u8], published: &[SourceRow]) -> Result<Self, ImportError> {
        let spaced: BTreeMap<String, &str> = published
            .iter()
            .map(|row| (row.special.replace(' ', ""), row.special.as_str()))
            .collect();
        let rows = Record::all(first)?.into_iter().map(|record| {
            let row = record.row(&spaced)?;
            Ok::<_, ImportError>(((row.code, row.seq), row))
        });
        let ahead = Record::all(changes)?.into_iter().map(|record| record.change(&spaced));
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
            ahead: ahead.collect::<Result<_, _>>()?,
        })
    }

    /// The rows as they stand, by code, counted as the publisher's file would have them.
    #[must_use]
    pub fn rows(&self) -> Vec<SourceRow> {
        let rows = (1..).zip(self.rows.values());
        rows.map(|(row, source)| SourceRow { row, ..source.clone() }).collect()
    }

    /// The schedule as it stands.
    ///
    /// # Errors
    /// Rows that make no schedule.
    pub fn edition(&self) -> Result<Import, ImportError> {
        of_rows(&self.rows())
    }

    /// Goes on to the next edition, if there is one.
    ///
    /// # Errors
    /// A row that is taken away and was not there.
    pub fn advance(&mut self) -> Result<Option<Revision>, ImportError> {
        let Some(revision) = self.ahead.front().map(|change| change.revision.clone()) else {
            return Ok(None);
        };
        while let Some(Change { row, is_removed, .. }) = self.ahead.pop_front_if(|next| next.revision == revision) {
            let key = (row.code, row.seq);
            if !is_removed {
                self.rows.insert(key, row);
            } else if self.rows.remove(&key).is_none() {
                let message = format!("{}, row {} of that code, was not there to be taken away", key.0, key.1);
                return Err(ImportError::at(Place::Line(row.row), "op", message));
            }
        }
        Ok(Some(revision))
    }
}

/// One row of a table, by the names of its columns.
struct Record {
    line: u64,
    cells: BTreeMap<String, String>,
}

impl Record {
    fn all(bytes: &[u8]) -> Result<Vec<Self>, ImportError> {
        let bytes = unpacked(bytes)?;
        let mut reader = csv::Reader::from_reader(&*bytes);
        let at_fault = |error: csv::Error| ImportError::Form {
            line: error.position().map_or(1, |place| lines::of(&bytes, place)),
            column: 1,
            message: error.to_string(),
        };
        let columns = reader.headers().map_err(at_fault)?.clone();
        let records = reader.records().map(|record| {
            let record = record.map_err(at_fault)?;
            let cells = columns.iter().zip(&record);
            Ok(Self {
                line: record.position().map_or(0, |place| lines::of(&bytes, place)),
                cells: cells
                    .map(|(column, cell)| (column.to_owned(), cell.to_owned()))
                    .collect(),
            })
        });
        records.collect()
    }

    fn change(&self, spaced: &BTreeMap<String, &str>) -> Result<Change, ImportError> {
        let is_removed = match self.cell("op")? {
            "add" | "set" => false,
            "del" => true,
            other => return Err(self.refused("op", format!("{other} is none of add, set and del"))),
        };
        let revision = Revision {
            name: self.cell("revision")?.to_owned(),
            in_force: self.parse("effective_date")?,
        };
        // Of a row that is taken away the table has only the key.
        let row = if is_removed { self.key()? } else { self.row(spaced)? };
        Ok(Change {
            revision,
            row,
            is_removed,
        })
    }

    fn row(&self, spaced: &BTreeMap<String, &str>) -> Result<SourceRow, ImportError> {
        let text = |column| self.cell(column).map(canonical);
        let list = |column, between: &str| -> Result<Vec<String>, ImportError> {
            let texts = self.cell(column)?.split(between).map(canonical);
            Ok(texts.filter(|text| !text.is_empty()).collect())
        };
        let special = text("special")?;
        Ok(SourceRow {
            indent: self.parse("indent")?,
            description: text("description")?,
            units: list("units", ";")?,
            general: text("general")?,
            special: spaced.get(&special).map_or(special, |spaced| (*spaced).to_owned()),
            other: text("other")?,
            quota: text("quota")?,
            additional: text("additional_duties")?,
            footnotes: list("footnotes", " | ")?,
            ..self.key()?
        })
    }

    /// A row that says nothing yet.
    fn key(&self) -> Result<SourceRow, ImportError> {
        Ok(SourceRow {
            row: self.line,
            code: self.parse("code")?,
            seq: self.parse("seq")?,
            indent: 0,
            description: String::new(),
            units: Vec::new(),
            general: String::new(),
            special: String::new(),
            other: String::new(),
            quota: String::new(),
            additional: String::new(),
            footnotes: Vec::new(),
        })
    }

    fn cell(&self, column: &str) -> Result<&str, ImportError> {
        let cell = self.cells.get(column).map(String::as_str);
        cell.ok_or_else(|| self.refused(column, "the table has no such column".to_owned()))
    }

    fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, ImportError> {
        let cell = self.cell(column)?;
        cell.parse()
            .map_err(|error: T::Err| self.refused(column, format!("{cell}: {error}")))
    }

    fn refused(&self, column: &str, message: String) -> ImportError {
        ImportError::at(Place::Line(self.line), column, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "code,seq,indent,description,units,general,special,other,quota,additional_duties,footnotes";
    const SHIRTS: &str = "61091000,1,1,Of cotton,doz.;kg,16.5%,\"Free(AU,SG)\",90%,,,";

    fn history(changes: &[&str]) -> Result<History, ImportError> {
        let first = format!("{COLUMNS}\n{SHIRTS}\n");
        let changes = format!("revision,effective_date,op,{COLUMNS}\n{}\n", changes.join("\n"));
        History::read(first.as_bytes(), changes.as_bytes(), &[])
    }

    #[test]
    fn each_revision_leads_from_one_edition_to_the_next() {
        let set = "rev_1,2025-01-27,set,61091000,1,1,Of cotton,doz.;kg,15%,\"Free(AU,SG)\",90%,,,";
        let add = "rev_1,2025-01-27,add,61099000,1,1,Of other,doz.;kg,32%,,90%,,,";
        let del = "rev_2,2025-02-01,del,61091000,1,,,,,,,,,";
        let mut history = history(&[set, add, del]).unwrap();
        let lines = |history: &History| history.edition().unwrap().report.general.of;
        assert_eq!(lines(&history), 1);
        let first = history.advance().unwrap().unwrap();
        assert_eq!((first.name.as_str(), lines(&history)), ("rev_1", 2));
        assert_eq!(first.in_force.to_string(), "2025-01-27");
        let rows: Vec<_> = history.rows().into_iter().map(|row| (row.row, row.general)).collect();
        assert_eq!(rows, [(1, "15%".to_owned()), (2, "32%".to_owned())]);
        assert_eq!(history.advance().unwrap().unwrap().name, "rev_2");
        assert_eq!((lines(&history), history.advance().unwrap()), (1, None));
    }

    #[test]
    fn a_row_that_was_not_there_cannot_be_taken_away() {
        let mut history = history(&["rev_1,2025-01-27,del,61099000,1,,,,,,,,,"]).unwrap();
        let error = history.advance().unwrap_err();
        assert_eq!((error.code(), error.line()), ("row", Some(2)));
    }

    #[test]
    fn a_cell_that_cannot_be_read_is_told_with_its_line() {
        for (change, column) in [
            ("rev_1,2025-01-27,put,61099000,1,1,,,,,,,,", "op"),
            ("rev_1,yesterday,add,61099000,1,1,,,,,,,,", "effective_date"),
            ("rev_1,2025-01-27,add,shirts,1,1,,,,,,,,", "code"),
            ("rev_1,2025-01-27,add,61099000,one,1,,,,,,,,", "seq"),
        ] {
            let error = history(&[change]).unwrap_err();
            assert_eq!(error.line(), Some(2), "{error}");
            assert!(error.to_string().contains(column), "{error}");
        }
    }
}
