//! The columns of a basket, and the rows of one consignment after the other.

use super::lines::Kept;
use super::{Consignment, Row};
use crate::commands::input;
use ewtp_api::quote::QuoteInput;
use ewtp_node::failure::Failure;
use ewtp_tariff::quote::Request;
use ewtp_tariff_import::lines::COMMENT;
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How many bytes of a basket are read: some millions of rows.
const BASKET_BYTES_MAX: u64 = 1 << 30;

/// What a small basket looks like.
pub(super) const EXAMPLE: &str = "printf 'hs,from,value\\n6109.10.00,CN,1000USD\\n' > basket.csv";

/// The column that parts the rows into consignments.
const CONSIGNMENT: &str = "consignment";

/// Puts a cell where it belongs.
type Put = fn(&mut QuoteInput, &str);

/// Every column but `consignment`, by the name of its option. Lists are parted by `;`.
const COLUMNS: [(&str, Put); 20] = [
    ("to", |input, cell| one(&mut input.to, cell)),
    ("from", |input, cell| one(&mut input.from, cell)),
    ("hs", |input, cell| one(&mut input.hs, cell)),
    ("value", |input, cell| many(&mut input.value, cell)),
    ("freight", |input, cell| one(&mut input.freight, cell)),
    ("insurance", |input, cell| one(&mut input.insurance, cell)),
    ("qty", |input, cell| many(&mut input.qty, cell)),
    ("net", |input, cell| one(&mut input.net, cell)),
    ("component", |input, cell| many(&mut input.component, cell)),
    ("on", |input, cell| one(&mut input.on, cell)),
    ("known", |input, cell| one(&mut input.known, cell)),
    ("regime", |input, cell| one(&mut input.regime, cell)),
    ("agreement", |input, cell| many(&mut input.agreement, cell)),
    ("document", |input, cell| many(&mut input.document, cell)),
    ("additional-code", |input, cell| one(&mut input.additional_code, cell)),
    ("quota", |input, cell| one(&mut input.quota, cell)),
    ("mode", |input, cell| one(&mut input.mode, cell)),
    ("attribute", |input, cell| many(&mut input.attribute, cell)),
    ("people", |input, cell| one(&mut input.people, cell)),
    ("received", |input, cell| one(&mut input.received, cell)),
];

fn one(field: &mut Option<String>, cell: &str) {
    *field = Some(cell.to_owned());
}

fn many(field: &mut Vec<String>, cell: &str) {
    *field = cell.split(';').map(|text| text.trim().to_owned()).collect();
}

/// What a column is for.
#[derive(Clone, Copy)]
enum Column {
    Consignment,
    Of(Put),
}

/// The rows of a basket, read as they are asked for.
pub(super) struct Rows {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    /// What was read, to count its lines.
    kept: Kept,
    columns: Vec<Column>,
    /// What the command line says of all rows.
    defaults: QuoteInput,
    /// The first row of the next consignment.
    ahead: Option<(String, Row)>,
    ended: HashSet<String>,
}

impl Rows {
    pub(super) fn open(path: &Path, defaults: &QuoteInput) -> anyhow::Result<Self> {
        let kept = Kept::default();
        let bytes = kept.reading(input::open(path)?.take(BASKET_BYTES_MAX));
        let mut builder = csv::ReaderBuilder::new();
        let builder = builder.trim(csv::Trim::All).comment(Some(COMMENT));
        let mut reader = builder.from_reader(bytes);
        let heads = reader
            .headers()
            .map_err(|error| unreadable(path, &kept, &error))?
            .clone();
        let columns = heads.iter().map(|name| column(path, name)).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            reader,
            kept,
            columns,
            defaults: defaults.clone(),
            ahead: None,
            ended: HashSet::new(),
        })
    }

    /// The rows up to where another consignment begins; none at the end.
    pub(super) fn next_consignment(&mut self) -> anyhow::Result<Option<Consignment>> {
        let first = match self.ahead.take() {
            Some(first) => Some(first),
            None => self.next_row()?,
        };
        let Some((name, row)) = first else { return Ok(None) };
        if !self.ended.insert(name.clone()) {
            let message = format!("the consignment {name} has ended above: put its rows together");
            return Err(self.at(row.line, &message).field(CONSIGNMENT).into());
        }
        let mut rows = vec![row];
        while let Some((of, row)) = self.next_row()? {
            if of != name {
                self.ahead = Some((of, row));
                break;
            }
            if rows.len() > Request::LINES_MAX {
                let message = format!("a consignment has at most {} rows", Request::LINES_MAX + 1);
                let next = "part the rows by a column named consignment";
                return Err(self.at(row.line, &message).next(next).into());
            }
            rows.push(row);
        }
        Ok(Some(Consignment { name, rows }))
    }

    fn next_row(&mut self) -> anyhow::Result<Option<(String, Row)>> {
        let mut record = csv::StringRecord::new();
        let read = self.reader.read_record(&mut record);
        if !read.map_err(|error| unreadable(&self.path, &self.kept, &error))? {
            return Ok(None);
        }
        let line = record.position().map_or(0, |place| self.kept.line(place));
        let (mut input, mut name) = (self.defaults.clone(), String::new());
        for (column, cell) in self.columns.iter().zip(&record) {
            match column {
                _ if cell.is_empty() => {}
                Column::Consignment => cell.clone_into(&mut name),
                Column::Of(put) => put(&mut input, cell),
            }
        }
        Ok(Some((name, Row { line, input })))
    }

    fn at(&self, line: u64, message: &str) -> Failure {
        let message = format!("{}: line {line}: {message}", self.path.display());
        Failure::new("basket", message).line(line)
    }
}

fn column(path: &Path, name: &str) -> anyhow::Result<Column> {
    let small = name.to_ascii_lowercase().replace('_', "-");
    if small == CONSIGNMENT {
        return Ok(Column::Consignment);
    }
    if let Some((_, put)) = COLUMNS.iter().find(|(known, _)| *known == small) {
        return Ok(Column::Of(*put));
    }
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let message = format!("{}: there is no column {name:?}", path.display());
    let next = format!("name the columns {CONSIGNMENT}, {}", names.join(", "));
    Err(Failure::new("basket", message).line(1).field(name).next(next).into())
}

fn unreadable(path: &Path, kept: &Kept, error: &csv::Error) -> Failure {
    let line = error.position().map(|place| kept.line(place));
    let (why, next) = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("has {len} cells, and the first line names {expected_len} columns"),
            "give every row as many cells as the first line has columns; put a cell with a comma in quotes",
        ),
        csv::ErrorKind::Utf8 { .. } => ("is not UTF-8".to_owned(), "save the file as CSV in UTF-8"),
        _ => (format!("cannot be read: {error}"), "ewtp tariff quote --basket FILE"),
    };
    let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let failure = Failure::new("basket", format!("{}: {at}{why}", path.display())).next(next);
    match line {
        Some(line) => failure.line(line),
        None => failure,
    }
}
