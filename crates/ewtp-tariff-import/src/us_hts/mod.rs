//! The Harmonized Tariff Schedule of the United States, as its publisher exports it to JSON.
//!
//! Each row becomes a line with its measures: the general rate for everyone but the countries of column 2; each special rate
//! for the groups of its programmes (`us-S`; of kind `gsp` for `us-A`, `us-A*` and `us-A+`); the other rate for the group
//! `us-column-2`; and for each footnote that points to a heading 9903 of which the schedule says for which countries and days
//! it holds, a reference to that heading's duty. A row without a code has the code of the row above and the next sequence
//! number. A heading 9901 or 9903 that states a duty and to which no footnote points is left to a person, at the lines that it
//! names or at that of all goods.
//!
//! What is law in words stays in words: `text(us-<code>-<column>)`, and a note with the words.

mod countries;
mod footnote;
mod history;
mod line;
mod programme;
mod provision;
mod rate;
mod source;
mod special;
mod unpointed;
mod words;

pub use history::{History, Revision};
pub use source::SourceRow;

/// What every edition of this schedule says beside its rows, as JSON; only its name and its first day are not in it.
///
/// 19 USC 1401a: values are without freight and insurance. Amounts are kept to the cent.
// spec: edition R16
pub const ABOUT: &str = include_str!("about.json");

use crate::source::unpacked;
use crate::{Import, ImportError, Place, Report};
use ewtp_tariff::row::{Entry, TariffLine};
use ewtp_tariff::schedule::{ScheduleError, Spot};
use ewtp_tariff::{LineCode, PageTrees, RowKey, schedule};
use std::collections::{BTreeMap, BTreeSet};

/// Reads the published export, packed (`.json.gz`) or not.
///
/// # Errors
/// More bytes than a schedule has, another form, or a row that says something impossible: with its number and the reason.
pub fn read(bytes: &[u8]) -> Result<Import, ImportError> {
    of_rows(&source_rows(bytes)?)
}

/// The rows of the published export, in canonical text.
///
/// # Errors
/// As [`read`].
pub fn source_rows(bytes: &[u8]) -> Result<Vec<SourceRow>, ImportError> {
    source::rows(&unpacked(bytes)?)
}

/// The schedule of these rows: every row with its texts canonical, in the order of the publisher.
///
/// # Errors
/// A row that says something impossible, or rows that do not fit each other.
pub fn of_rows(source: &[SourceRow]) -> Result<Import, ImportError> {
    let effects = provision::effects(source);
    let unpointed = unpointed::unpointed(source)?;
    let mut report = Report::of_rows(source.len() as u64);
    let mut rows = Vec::with_capacity(source.len() * 2);
    let mut origins: BTreeMap<RowKey, u64> = BTreeMap::new();
    for (index, row) in source.iter().enumerate() {
        let is_declarable = is_declarable(row, &source[index + 1..]);
        let named = if row.seq == 1 { unpointed.of_line(row.code) } else { &[] };
        let translated = line::translate(row, &effects, named, is_declarable)?;
        for made in &translated.rows {
            if let Some(first) = origins.insert(*made.key(), row.row) {
                let message = format!("{} was already said in row {first}", made.key());
                return Err(ImportError::row(row.row, "htsno", message));
            }
            if let Entry::Line(TariffLine { measures, .. }) = made.entry() {
                report.count(row.code, measures);
            }
        }
        report.by_text.extend(translated.by_text);
        report.left_out.extend(translated.left_out);
        rows.extend(translated.rows);
    }
    report.by_text.extend_from_slice(&unpointed.by_text);
    report.left_out.extend_from_slice(&unpointed.left_out);
    report.by_text.sort_by_key(|told| told.row);
    report.left_out.sort_by_key(|left| left.row);
    for (row, made) in unpointed.rows()? {
        if let Entry::Line(TariffLine { measures, .. }) = made.entry() {
            report.count(LineCode::all_goods(), measures);
        }
        origins.insert(*made.key(), row);
        rows.push(made);
    }
    rows.extend(line::group_rows(&rows)?);
    let trees = PageTrees::of(rows)?;
    schedule::check(&trees).map_err(|error| ImportError::Schedule {
        places: places(&origins, &trees, &error),
        error,
    })?;
    Ok(Import { trees, report })
}

/// Whether goods are declared under this row: a code of eight or more digits without longer ones below. Headings of
/// chapter 99 are declared beside that of the goods.
fn is_declarable(row: &SourceRow, below: &[SourceRow]) -> bool {
    let code = row.code.as_str();
    let next = below.iter().find(|next| next.code != row.code);
    let has_longer = next.is_some_and(|next| next.code.is_within(&row.code));
    row.seq == 1 && !has_longer && (code.len() == 10 || (code.len() == 8 && !code.starts_with("99")))
}

/// The rows of the publisher in which a fault lies, ascending; a group that this reader made has none.
fn places(origins: &BTreeMap<RowKey, u64>, trees: &PageTrees, error: &ScheduleError) -> Vec<Place> {
    let keys = schedule::spots(trees, error).into_iter().map(|spot| match spot {
        Spot::Row(key) | Spot::Measure(key, _) | Spot::Requirement(key, _) => key,
    });
    let rows: BTreeSet<_> = keys.filter_map(|key| origins.get(&key)).collect();
    rows.into_iter().map(|row| Place::Row(*row)).collect()
}
