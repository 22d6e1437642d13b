//! Small steps that every kind takes from the wire to its values, each naming the field when it fails.
//!
//! For the crates that define objects of their own beside the records: each step answers with a [`FieldError`] that
//! names field, rule and code, so that all objects refuse in one voice.

use crate::{DecodeError, FieldError, UnixTime, Unsupported, ValueError};
use std::str::FromStr;

/// The schema version that this software writes and understands, of every kind.
pub(crate) const VERSION: u64 = 1;

/// What every payload begins with was read by the envelope; here it is only compared.
// spec: record R18, R19
pub(crate) fn understood(version: Option<u64>, unsupported: Option<u64>) -> Result<(), DecodeError> {
    match (version, unsupported) {
        (Some(VERSION), None) => Ok(()),
        (Some(VERSION), Some(key)) => Err(Unsupported::Key(key).into()),
        (version, _) => Err(Unsupported::SchemaVersion(version.unwrap_or(0)).into()),
    }
}

/// A value that must be there.
///
/// # Errors
/// Code `missing`.
pub fn required<T>(value: Option<T>, field: &str, rule: &'static str) -> Result<T, FieldError> {
    value.ok_or_else(|| FieldError::missing(field, rule))
}

/// A value type from its text.
///
/// # Errors
/// What the type says of the text.
pub fn parse<T: FromStr<Err = ValueError>>(text: &str, field: &str) -> Result<T, FieldError> {
    text.parse().map_err(|error| FieldError::at(field, error))
}

/// A list of value types from their texts.
///
/// # Errors
/// What the type says of the first bad text, at `field[index]`.
pub fn parse_all<T: FromStr<Err = ValueError>>(texts: &[impl AsRef<str>], field: &str) -> Result<Vec<T>, FieldError> {
    let entry = |(index, text): (usize, &_)| {
        let text: &str = AsRef::as_ref(text);
        text.parse()
            .map_err(|error| FieldError::at(format!("{field}[{index}]"), error))
    };
    texts.iter().enumerate().map(entry).collect()
}

/// A time before the year 10000.
pub(crate) fn time(seconds: u64, field: &str) -> Result<UnixTime, FieldError> {
    let time = UnixTime(seconds);
    if time <= UnixTime::MAX {
        return Ok(time);
    }
    Err(FieldError::new(
        field,
        "values R4",
        "time",
        format!("{seconds} lies beyond the year 9999"),
    ))
}

/// A number within bounds, both included.
///
/// # Errors
/// Code `bounds`.
pub fn within<T>(
    value: u64,
    bounds: std::ops::RangeInclusive<u64>,
    field: &str,
    rule: &'static str,
) -> Result<T, FieldError>
where
    T: TryFrom<u64>,
{
    let bounded = Some(value)
        .filter(|value| bounds.contains(value))
        .and_then(|value| T::try_from(value).ok());
    bounded.ok_or_else(|| {
        let message = format!("{value} is not from {} to {}", bounds.start(), bounds.end());
        FieldError::new(field, rule, "bounds", message)
    })
}

/// How many entries a list may have, both bounds included.
///
/// # Errors
/// Code `count`.
pub fn count(
    length: usize,
    bounds: std::ops::RangeInclusive<usize>,
    field: &str,
    rule: &'static str,
) -> Result<(), FieldError> {
    if bounds.contains(&length) {
        return Ok(());
    }
    let message = format!("has {length} entries, not {} to {}", bounds.start(), bounds.end());
    Err(FieldError::new(field, rule, "count", message))
}

/// Each entry is greater than the one before: one order, and none twice.
///
/// # Errors
/// Code `order`.
pub fn ascending<T: Ord>(
    entries: impl IntoIterator<Item = T>,
    field: &str,
    rule: &'static str,
) -> Result<(), FieldError> {
    if entries.into_iter().is_sorted_by(|left, right| left < right) {
        return Ok(());
    }
    Err(FieldError::new(
        field,
        rule,
        "order",
        "entries must be in ascending order and distinct",
    ))
}

/// Demands a rule that no step above tells.
///
/// # Errors
/// With the code and the message given.
pub fn demand(
    holds: bool,
    field: &str,
    rule: &'static str,
    code: &'static str,
    message: &str,
) -> Result<(), FieldError> {
    if holds {
        Ok(())
    } else {
        Err(FieldError::new(field, rule, code, message))
    }
}
