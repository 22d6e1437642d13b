//! A schedule as a file in the plain format: from rows back to records.

mod cells;

use super::table::COLUMNS;
use crate::ImportError;
use cells::{Cells, texts};
use ewtp_tariff::{PageTrees, Patch, RowKey, ScheduleError};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a schedule is not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Rows that do not fit each other are no schedule, and no reader would take the file.
    #[error(transparent)]
    Schedule(ScheduleError),
    /// A row that would come back as another one, or not at all.
    #[error("{0}: this row cannot be said in the plain format")]
    Row(RowKey),
    /// A file that no reader takes: too long, for one.
    #[error("the file would not be read again: {0}")]
    Refused(ImportError),
}

impl WriteError {
    /// The stable code, as programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schedule(error) => error.code(),
            Self::Row(_) => "not-expressible",
            Self::Refused(error) => error.code(),
        }
    }
}

/// Writes a schedule in the plain format, with the columns that it needs: [`read`](super::read) makes the same rows of it, and
/// so the same roots. That is tried before the file is given, so that nothing is ever lost unsaid.
///
/// # Errors
/// When that does not succeed, with the row.
// spec: tariff-csv R8
pub fn write(trees: &PageTrees) -> Result<Vec<u8>, WriteError> {
    let file = written(trees);
    let read = super::read(&file).map_err(|error| match error {
        ImportError::Schedule { error, .. } => WriteError::Schedule(error),
        error => WriteError::Refused(error),
    })?;
    let lost = Patch::between(trees, &read.trees);
    let row = lost.set().first().map(|row| *row.key());
    match row.or_else(|| lost.removed().first().copied()) {
        Some(row) => Err(WriteError::Row(row)),
        None => Ok(file),
    }
}

fn written(trees: &PageTrees) -> Vec<u8> {
    let columns = columns(trees);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = writer.write_record(&columns);
    header.expect("memory takes every byte");
    each(trees, |record| {
        let row = columns.iter().map(|column| record.cell(column));
        let written = writer.write_record(row);
        written.expect("memory takes every byte, and each record has a cell for each column");
    });
    writer.into_inner().expect("memory takes every byte")
}

/// The columns in which some record has a cell, in the order of the template.
fn columns(trees: &PageTrees) -> Vec<&'static str> {
    let mut used = BTreeSet::from(["record"]);
    each(trees, |record| used.extend(record.columns()));
    COLUMNS.iter().copied().filter(|column| used.contains(column)).collect()
}

/// Every record of a schedule: a line with its descriptions, measures and papers, then the next; then what stands alone. They
/// are made twice and never kept, for a schedule has a hundred thousand.
fn each(trees: &PageTrees, mut take: impl FnMut(Cells)) {
    let texts = texts(trees);
    for row in trees.rows() {
        cells::of_row(row, &texts).into_iter().for_each(&mut take);
    }
}

#[cfg(test)]
mod tests;
