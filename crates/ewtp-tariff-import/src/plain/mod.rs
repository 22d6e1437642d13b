//! The plain format of a customs office: one CSV file in which every row of a schedule can be written.
//!
//! To take such a file, call [`read`]; to begin one, take [`TEMPLATE`], which is a small schedule with every kind of record; to
//! give a schedule back as such a file, call [`write()`].
//! The format is described in `protocol-spec/tariff-csv.md`.
//!
//! ```
//! use ewtp_tariff_import::plain;
//!
//! let import = plain::read(b"record,code,units,declarable,kind,duty\n\
//!     line,6109.10,H87 KGM,yes,,\n\
//!     measure,6109.10,,,mfn,16.50 %\n")?;
//! assert_eq!(import.report.general.computed, 1);
//!
//! let refused = plain::read(b"record,code,kind,duty\nline,6109.10,,\nmeasure,6109.10,mfn,16.5 USD/XYZ\n").unwrap_err();
//! assert_eq!(refused.line(), Some(3));
//! # Ok::<(), ewtp_tariff_import::ImportError>(())
//! ```
// spec: tariff-csv

mod entries;
mod places;
mod table;
mod write;

pub use write::{WriteError, write};

use crate::source::unpacked;
use crate::{ByText, Import, ImportError, Place, Report};
use ewtp_tariff::row::{Entry, Group, GroupId, Member, TariffLine};
use ewtp_tariff::{LineCode, PageTrees, Row, RowKey, schedule};
use std::collections::BTreeMap;
use table::Record;

/// A file to begin with: a small schedule that holds every kind of record, with comments.
pub const TEMPLATE: &str = include_str!("template.csv");

/// What the edition of such a schedule says beside its rows, as JSON to begin with: that of [`TEMPLATE`].
// spec: edition R16
pub const ABOUT: &str = include_str!("about.json");

/// What the records of a file say, each with the line of the file on which it was said first.
#[derive(Default)]
struct Reading {
    lines: BTreeMap<(LineCode, u32), (u64, TariffLine)>,
    groups: BTreeMap<GroupId, (u64, Group)>,
    others: BTreeMap<RowKey, (u64, Entry)>,
    /// Records that belong to a line or a group, which may come later in the file.
    parts: Vec<Record>,
    by_text: Vec<ByText>,
}

/// Reads a file in the plain format, packed (`.csv.gz`) or not.
///
/// # Errors
/// More bytes than a schedule has, another form, a cell that is wrong, or records that do not fit each other: with line, column
/// and reason.
pub fn read(bytes: &[u8]) -> Result<Import, ImportError> {
    let file = unpacked(bytes)?;
    let records = table::records(&file)?;
    let mut report = Report::of_rows(records.len() as u64);
    let mut reading = Reading::default();
    records.into_iter().try_for_each(|record| reading.take(record))?;
    for part in std::mem::take(&mut reading.parts) {
        reading.take_part(part)?;
    }
    let trees = PageTrees::of(reading.rows(&mut report)?)?;
    schedule::check(&trees).map_err(|error| ImportError::Schedule {
        places: places::of_fault(&file, &trees, &error),
        error,
    })?;
    Ok(Import { trees, report })
}

impl Reading {
    /// Takes what stands alone, and keeps the rest for later.
    fn take(&mut self, mut record: Record) -> Result<(), ImportError> {
        match record.kind.as_str() {
            "line" => {
                let (code, seq) = entries::line_key(&mut record)?;
                let (line, described) = entries::line(&mut record)?;
                if let Some((language, text)) = described {
                    self.put(
                        &record,
                        RowKey::Description(code, seq, language),
                        Entry::Description(text),
                    )?;
                }
                let first = self
                    .lines
                    .insert((code, seq), (record.line, line))
                    .map(|(line, _)| line);
                refuse_second(&record, first)?;
            }
            "group" => {
                let id: GroupId = record.value("id")?;
                let group = entries::group(&mut record)?;
                let first = self.groups.insert(id, (record.line, group)).map(|(line, _)| line);
                refuse_second(&record, first)?;
            }
            "measure" | "requirement" | "member" => {
                self.parts.push(record);
                return Ok(());
            }
            _ => match entries::alone(&mut record)? {
                Some((key, entry)) => self.put(&record, key, entry)?,
                None => return Err(record.fault("record", unknown_kind(&record.kind))),
            },
        }
        record.finish()
    }

    fn put(&mut self, record: &Record, key: RowKey, entry: Entry) -> Result<(), ImportError> {
        let first = self.others.insert(key, (record.line, entry)).map(|(line, _)| line);
        refuse_second(record, first)
    }

    /// Takes a measure, a requirement or a member, when all lines and groups are known.
    fn take_part(&mut self, mut record: Record) -> Result<(), ImportError> {
        if record.kind == "member" {
            let id: GroupId = record.value("id")?;
            let members = entries::members(&mut record)?;
            let Some((_, group)) = self.groups.get_mut(&id) else {
                return Err(record.fault("id", format!("no group {id} is in the file")));
            };
            let known: &mut Vec<Member> = group.members.get_or_insert_default();
            known.extend(members);
            known.sort();
            return record.finish();
        }
        let (code, seq) = entries::line_key(&mut record)?;
        let Some((_, line)) = self.lines.get_mut(&(code, seq)) else {
            return Err(record.fault("code", format!("no line {code} with seq {seq} is in the file")));
        };
        if record.kind == "requirement" {
            line.requirements.push(entries::requirement(&mut record)?);
            return record.finish();
        }
        let measure = entries::measure(&mut record)?;
        if line.measures.contains(&measure) {
            return Err(record.fault("record", "this measure is there twice"));
        }
        // A bound or a rule of the measure itself is told with its own line, not with that of the line it belongs to.
        let mut alone = TariffLine {
            measures: vec![measure.clone()],
            ..TariffLine::default()
        };
        alone.arrange();
        let inspected = Row::new(RowKey::Line(code, seq), Entry::Line(alone));
        inspected.map_err(|error| ImportError::refused(Place::Line(record.line), "measure", &error))?;
        let words = measure.expressions().filter(|duty| !duty.is_computable());
        self.by_text.extend(words.map(|duty| ByText {
            row: record.line,
            code: code.to_string(),
            column: "duty",
            text: duty.to_string(),
            reason: "the duty is stated in words".to_owned(),
        }));
        line.measures.push(measure);
        record.finish()
    }

    /// All rows.
    fn rows(self, report: &mut Report) -> Result<Vec<Row>, ImportError> {
        report.by_text = self.by_text;
        let lines = self.lines.into_iter().map(|((code, seq), (at, mut line))| {
            line.arrange();
            (RowKey::Line(code, seq), at, Entry::Line(line))
        });
        let groups = self
            .groups
            .into_iter()
            .map(|(id, (at, group))| (RowKey::Group(id), at, Entry::Group(group)));
        let others = self.others.into_iter().map(|(key, (at, entry))| (key, at, entry));
        let mut rows = Vec::new();
        for (key, at, entry) in lines.chain(groups).chain(others) {
            if let (RowKey::Line(code, _), Entry::Line(line)) = (&key, &entry) {
                report.count(*code, &line.measures);
            }
            let row = Row::new(key, entry);
            rows.push(row.map_err(|error| ImportError::refused(Place::Line(at), "record", &error))?);
        }
        Ok(rows)
    }
}

fn refuse_second(record: &Record, first: Option<u64>) -> Result<(), ImportError> {
    match first {
        Some(first) => Err(record.fault("record", format!("was already said on line {first}"))),
        None => Ok(()),
    }
}

fn unknown_kind(kind: &str) -> String {
    let kinds = "line, measure, requirement, description, group, member, relief, quota, exchange, correlation, note";
    format!("{kind:?} is no kind of record; those are {kinds}")
}

#[cfg(test)]
mod tests;
