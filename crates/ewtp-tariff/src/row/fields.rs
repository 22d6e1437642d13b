//! Steps between what the wire holds and what rows hold beside those of all objects ([`ewtp_record::fields`]).

use ewtp_record::fields::{ascending, count, demand, parse, parse_all};
use ewtp_record::{Date, FieldError, ValueError};
use std::fmt::Display;
use std::str::FromStr;

use crate::Expression;

/// From when to when something holds, both days included; `None` is without end on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Validity {
    /// The first day.
    pub from: Option<Date>,
    /// The last day, not before the first.
    pub to: Option<Date>,
}

impl Validity {
    /// Always.
    pub const ALWAYS: Self = Self { from: None, to: None };

    /// Whether it holds on this day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Whether there is a day on which both hold.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_in_time = |left: &Self, right: &Self| match (left.from, right.to) {
            (Some(from), Some(to)) => from <= to,
            _ => true,
        };
        begins_in_time(self, other) && begins_in_time(other, self)
    }

    pub(super) fn read(from: Option<u64>, to: Option<u64>) -> Result<Self, FieldError> {
        let day = |days: Option<u64>, field: &str| {
            let date = days.map(Date::from_days).transpose();
            date.map_err(|error| FieldError::at(field, error))
        };
        Ok(Self {
            from: day(from, "from")?,
            to: day(to, "to")?,
        })
    }

    // spec: tariff-row R4
    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        let is_sound = self.from.zip(self.to).is_none_or(|(from, to)| from <= to);
        demand(
            is_sound,
            "to",
            "tariff-row R4",
            "validity",
            "must not be before the first day",
        )
    }
}

pub(super) fn days(date: Option<Date>) -> Option<u64> {
    date.map(|date| date.days().into())
}

pub(super) fn parse_some<T: FromStr<Err = ValueError>>(
    text: Option<&String>,
    field: &str,
) -> Result<Option<T>, FieldError> {
    text.map(|text| parse(text, field)).transpose()
}

pub(super) fn expression(text: &str, field: &str) -> Result<Expression, FieldError> {
    let expression = text.parse::<Expression>();
    expression.map_err(|error| FieldError::new(field, error.rule(), error.code(), error.to_string()))
}

/// The entries of a list; absent is empty, and empty is not written.
// spec: tariff-row R4
pub(super) fn entries<T>(list: Option<Vec<T>>, field: &str) -> Result<Vec<T>, FieldError> {
    let is_sound = list.as_ref().is_none_or(|entries| !entries.is_empty());
    demand(
        is_sound,
        field,
        "tariff-row R4",
        "empty",
        "must be absent when it has no entries",
    )?;
    Ok(list.unwrap_or_default())
}

/// All of them, without room for more: rows stay in memory as they were read.
pub(super) fn fitted<T, E>(entries: impl Iterator<Item = Result<T, E>>) -> Result<Vec<T>, E> {
    let mut all = entries.collect::<Result<Vec<_>, _>>()?;
    all.shrink_to_fit();
    Ok(all)
}

/// The entries of a list of texts.
pub(super) fn texts<T: FromStr<Err = ValueError>>(
    list: Option<Vec<String>>,
    field: &str,
) -> Result<Vec<T>, FieldError> {
    parse_all(&entries(list, field)?, field)
}

/// A list as texts; an empty one is absent.
pub(super) fn written<T: Display>(list: &[T]) -> Option<Vec<String>> {
    some(list.iter().map(ToString::to_string).collect())
}

/// A list that is absent when it is empty.
pub(super) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// A flag is true or absent.
pub(super) fn flag(value: Option<bool>, field: &str) -> Result<bool, FieldError> {
    demand(
        value != Some(false),
        field,
        "tariff-row R4",
        "empty",
        "must be absent when it is false",
    )?;
    Ok(value.is_some())
}

/// A list without an order of its own: bounded, ascending, none twice.
// spec: tariff-row R4
pub(super) fn set<T: Ord>(list: &[T], max: usize, field: &str) -> Result<(), FieldError> {
    count(list.len(), 0..=max, field, "tariff-row R4")?;
    ascending(list, field, "tariff-row R4")
}

/// A text for people: of so many bytes, without spaces at its ends, without control characters but the line ends allowed.
// spec: tariff-row R4
pub(super) fn prose(text: &str, bytes_max: usize, lines: Lines, field: &str) -> Result<(), FieldError> {
    let is_kept = |character: char| !character.is_control() || (character == '\n' && lines == Lines::Many);
    let is_sound = (1..=bytes_max).contains(&text.len()) && text.trim() == text && text.chars().all(is_kept);
    let message = format!("must be 1 to {bytes_max} bytes without spaces at its ends and without control characters");
    demand(is_sound, field, "tariff-row R4", "text", &message)
}

/// Whether a text may have line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Many,
}
