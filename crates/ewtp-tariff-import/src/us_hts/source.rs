//! The rows of the published export, as JSON has them, in canonical text.

use crate::{ImportError, canonical};
use ewtp_tariff::LineCode;
use serde_json::{Map, Value};

/// One row of the schedule as the publisher printed it, every text canonical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Which of the file's rows, from 1.
    pub row: u64,
    /// The code; a row without one has that of the row above.
    pub code: LineCode,
    /// Which of the rows with this code, from 1.
    pub seq: u32,
    /// How far it is indented.
    pub indent: u8,
    /// The description.
    pub description: String,
    /// Names of units.
    pub units: Vec<String>,
    /// The general rate of column 1.
    pub general: String,
    /// The special rates of column 1, by programme.
    pub special: String,
    /// The rate of column 2.
    pub other: String,
    /// The quota quantity.
    pub quota: String,
    /// The additional duties.
    pub additional: String,
    /// The footnotes.
    pub footnotes: Vec<String>,
}

/// What a row says beside its code, by the names of the export. The export misspells a second column of additional duties.
const COLUMNS: &[&str] = &[
    "htsno",
    "indent",
    "description",
    "superior",
    "units",
    "general",
    "special",
    "other",
    "footnotes",
    "quotaQuantity",
    "additionalDuties",
    "addiitionalDuties",
];

/// The rows of the export.
///
/// # Errors
/// Not a JSON array of objects; a code or an indent that is none, a code twice, a column that is not known.
pub(super) fn rows(json: &[u8]) -> Result<Vec<SourceRow>, ImportError> {
    let form = |error: serde_json::Error| ImportError::Form {
        line: error.line() as u64,
        column: error.column() as u64,
        message: error.to_string(),
    };
    let objects: Vec<Map<String, Value>> = serde_json::from_slice(json).map_err(form)?;
    let mut rows: Vec<SourceRow> = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        let row = source_row(index as u64 + 1, object, rows.last())?;
        rows.push(row);
    }
    Ok(rows)
}

fn source_row(row: u64, object: &Map<String, Value>, above: Option<&SourceRow>) -> Result<SourceRow, ImportError> {
    // A column that nobody here has read may hold law.
    let unknown = object
        .iter()
        .find(|(name, value)| !COLUMNS.contains(&name.as_str()) && !is_blank(value));
    if let Some((name, _)) = unknown {
        return Err(ImportError::row(
            row,
            name,
            "is a column that this software does not know",
        ));
    }
    let text = |name: &str| text(row, object, name);
    let number = text("htsno")?;
    let (code, seq) = match above {
        _ if !number.is_empty() => (line_code(row, &number)?, 1),
        Some(above) => (above.code, above.seq + 1),
        None => return Err(ImportError::row(row, "htsno", "the first row must have a code")),
    };
    let indent = text("indent")?;
    let indent = indent
        .parse()
        .map_err(|_| ImportError::row(row, "indent", format!("{indent:?} is no number")))?;
    let second = text("addiitionalDuties")?;
    Ok(SourceRow {
        row,
        code,
        seq,
        indent,
        description: text("description")?,
        units: list(row, object, "units", |unit| unit.as_str().map(canonical))?,
        general: text("general")?,
        special: text("special")?,
        other: text("other")?,
        quota: text("quotaQuantity")?,
        additional: [text("additionalDuties")?, second].join(" ").trim().to_owned(),
        footnotes: list(row, object, "footnotes", |note| {
            note.get("value").and_then(Value::as_str).map(canonical)
        })?,
    })
}

/// `6109.10.00.12` without the dots; only digits and dots are a code.
fn line_code(row: u64, number: &str) -> Result<LineCode, ImportError> {
    let digits = number.replace('.', "");
    let is_paired = [4, 6, 8, 10].contains(&digits.len());
    let code = digits.parse().ok().filter(|_| is_paired);
    code.ok_or_else(|| ImportError::row(row, "htsno", format!("{number:?} is not the code of a line")))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A column of text; null and absent are empty.
fn text(row: u64, object: &Map<String, Value>, name: &str) -> Result<String, ImportError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(canonical(text)),
        Some(_) => Err(ImportError::row(row, name, "is not a text")),
    }
}

/// A column of several texts; blank ones are dropped.
fn list(
    row: u64,
    object: &Map<String, Value>,
    name: &str,
    entry: impl Fn(&Value) -> Option<String>,
) -> Result<Vec<String>, ImportError> {
    let entries = match object.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(ImportError::row(row, name, "is not a list")),
    };
    let texts: Option<Vec<_>> = entries.iter().map(entry).collect();
    let texts = texts.ok_or_else(|| ImportError::row(row, name, "has an entry that is not a text"))?;
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
}
