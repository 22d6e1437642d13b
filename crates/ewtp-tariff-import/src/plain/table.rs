//! The file as records: each cell taken once, by its column, and told with line and column when it is wrong.

use crate::{ImportError, Place, lines};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Every column that the format has, in the order of the template.
pub(super) const COLUMNS: &[&str] = &[
    "record",
    "code",
    "seq",
    "id",
    "indent",
    "units",
    "declarable",
    "text",
    "language",
    "kind",
    "areas",
    "except",
    "duty",
    "from",
    "to",
    "agreement",
    "documents",
    "conditions",
    "regimes",
    "additional_code",
    "quota",
    "stack",
    "note",
    "taxes",
    "limit",
    "basis",
    "per",
    "modes",
    "goods_except",
    "method",
    "critical",
    "balance",
    "rate",
    "edition",
    "old",
    "members",
    "verbatim",
];

/// One record: its kind, and the cells that are not blank.
#[derive(Debug)]
pub(super) struct Record {
    /// The line of the file on which it begins, from 1.
    pub(super) line: u64,
    /// What the first column says.
    pub(super) kind: String,
    cells: BTreeMap<&'static str, String>,
}

/// The records of a file. Lines that begin with `#` are for people.
pub(super) fn records(bytes: &[u8]) -> Result<Vec<Record>, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes); // spreadsheets begin a file with a byte order mark
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.comment(Some(lines::COMMENT)).from_reader(bytes);
    let header = header(&mut reader, bytes)?;
    let mut records = Vec::new();
    let mut row = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(records),
            Err(error) => return Err(form(&error, bytes)),
        }
        let line = row.position().map_or(0, |place| lines::of(bytes, place));
        let cells = header.iter().zip(&row).filter(|(_, cell)| !cell.trim().is_empty());
        let mut cells: BTreeMap<_, _> = cells.map(|(column, cell)| (*column, cell.trim().to_owned())).collect();
        // A line of commas is what a spreadsheet makes of an empty one.
        if let Some(kind) = cells.remove("record") {
            records.push(Record { line, kind, cells });
        } else if !cells.is_empty() {
            return Err(ImportError::at(
                Place::Line(line),
                "record",
                "must say what the line is",
            ));
        }
    }
}

/// The columns of this file: some of [`COLUMNS`], in any order, each once.
fn header(reader: &mut csv::Reader<&[u8]>, bytes: &[u8]) -> Result<Vec<&'static str>, ImportError> {
    let header = reader.headers().map_err(|error| form(&error, bytes))?;
    let line = header.position().map_or(1, |place| lines::of(bytes, place));
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let known = COLUMNS.iter().find(|column| **column == name.trim());
        let Some(column) = known else {
            let message = format!(
                "is no column of this format; columns are parted by commas: {}",
                COLUMNS.join(", ")
            );
            return Err(ImportError::at(Place::Line(line), name.trim(), message));
        };
        if columns.contains(column) {
            return Err(ImportError::at(Place::Line(line), *column, "is there twice"));
        }
        columns.push(*column);
    }
    if columns.contains(&"record") {
        Ok(columns)
    } else {
        Err(ImportError::at(
            Place::Line(line),
            "record",
            "is missing: the first line names the columns",
        ))
    }
}

fn form(error: &csv::Error, bytes: &[u8]) -> ImportError {
    let line = error.position().map_or(1, |place| lines::of(bytes, place));
    let message = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells, and the first line has {expected_len}")
        }
        _ => error.to_string(),
    };
    ImportError::Form {
        line,
        column: 1,
        message,
    }
}

impl Record {
    /// The cell of a column as it is written.
    pub(super) fn text(&mut self, column: &'static str) -> Option<String> {
        self.cells.remove(column)
    }

    /// The fault in a column of this record.
    pub(super) fn fault(&self, column: &str, message: impl Display) -> ImportError {
        ImportError::at(Place::Line(self.line), column, message.to_string())
    }

    /// The value in a column, if there is one.
    pub(super) fn some<T: FromStr>(&mut self, column: &'static str) -> Result<Option<T>, ImportError>
    where
        T::Err: Display,
    {
        let cell = self.text(column);
        cell.map(|cell| self.parsed(column, &cell)).transpose()
    }

    /// The value that a column must have.
    pub(super) fn value<T: FromStr>(&mut self, column: &'static str) -> Result<T, ImportError>
    where
        T::Err: Display,
    {
        self.some(column)?.ok_or_else(|| self.missing(column))
    }

    /// The values in a column, parted by spaces.
    pub(super) fn list<T: FromStr + Ord>(&mut self, column: &'static str) -> Result<Vec<T>, ImportError>
    where
        T::Err: Display,
    {
        let cell = self.text(column).unwrap_or_default();
        let values = cell.split_whitespace().map(|word| self.parsed(column, word));
        let mut values = values.collect::<Result<Vec<_>, _>>()?;
        values.sort();
        values.dedup();
        Ok(values)
    }

    /// `yes`, or `no` or blank.
    pub(super) fn flag(&mut self, column: &'static str) -> Result<bool, ImportError> {
        match self.text(column).as_deref() {
            Some("yes") => Ok(true),
            None | Some("no") => Ok(false),
            Some(other) => Err(self.fault(column, format!("{other:?} is neither yes nor no"))),
        }
    }

    /// A cell of two parts: a value, a space, and the rest.
    pub(super) fn pair<T: FromStr, U: FromStr>(&mut self, column: &'static str) -> Result<Option<(T, U)>, ImportError>
    where
        T::Err: Display,
        U::Err: Display,
    {
        let Some(cell) = self.text(column) else {
            return Ok(None);
        };
        let Some((first, second)) = cell.split_once(' ') else {
            return Err(self.fault(column, format!("{cell:?} must be two values with a space between")));
        };
        Ok(Some((self.parsed(column, first)?, self.parsed(column, second.trim())?)))
    }

    pub(super) fn missing(&self, column: &str) -> ImportError {
        self.fault(column, format!("must be there for a {}", self.kind))
    }

    pub(super) fn parsed<T: FromStr>(&self, column: &str, text: &str) -> Result<T, ImportError>
    where
        T::Err: Display,
    {
        text.parse().map_err(|error| self.fault(column, error))
    }

    /// Refuses cells that a record of this kind does not have.
    pub(super) fn finish(self) -> Result<(), ImportError> {
        match self.cells.first_key_value() {
            Some((column, _)) => Err(self.fault(column, format!("must be blank: a {} has none", self.kind))),
            None => Ok(()),
        }
    }
}
