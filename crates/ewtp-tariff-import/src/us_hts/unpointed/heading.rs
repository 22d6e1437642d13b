//! One heading: whether it states a duty and holds still, for which origins and days, and which others are told with it.

use super::super::countries::origins;
use super::super::programme::COLUMN_2;
use super::super::provision::{day, strip};
use super::super::rate::{Rate, rate};
use super::super::source::SourceRow;
use super::{lines, words};
use crate::LeftOut;
use ewtp_record::Date;
use ewtp_tariff::row::{Area, Validity};
use ewtp_tariff::{LineCode, Term};
use std::collections::BTreeSet;

/// Headings that are told together: a person reads one note.
pub(super) struct Told {
    /// The first of them, and its row.
    pub(super) code: LineCode,
    pub(super) row: u64,
    /// The numbers of all, as a person writes them.
    pub(super) numbers: Vec<String>,
    pub(super) text: String,
    pub(super) areas: Vec<Area>,
    pub(super) except: Vec<Area>,
    pub(super) validity: Validity,
    /// The lines that they name; none means all goods.
    pub(super) lines: BTreeSet<LineCode>,
    is_under_another: bool,
}

/// How long the note of several headings gets; the words of one are shorter than the rest of what a note may have.
const NOTE_BYTES: usize = 20_000;

impl Told {
    /// What a heading says below the rows above it; `known` are the codes of the schedule.
    pub(super) fn of(row: &SourceRow, superior: &[&SourceRow], known: &BTreeSet<LineCode>, end: Option<Ended>) -> Self {
        let from_above = || superior.iter().rev().find_map(|above| areas(&above.description));
        let mut validity = days(&row.description);
        if let Some(Ended::On(day)) = end {
            validity.to = Some(validity.to.map_or(day, |to| to.min(day)));
        }
        Self {
            code: row.code,
            row: row.row,
            numbers: vec![words::number(row.code)],
            text: words::said(row, superior),
            areas: areas(&row.description).or_else(from_above).unwrap_or_default(),
            except: except(row),
            validity,
            lines: lines::named(&row.description, known),
            is_under_another: !superior.is_empty(),
        }
    }
}

/// Whether a column says any duty beside that of the goods' own line.
pub(super) fn states_duty(row: &SourceRow) -> bool {
    let is_stated = |rate: &Rate| match rate {
        Rate::Duty(duty) => !matches!(duty.terms(), [(_, Term::Free)]),
        Rate::Added(Some(_)) | Rate::Words(_) => true,
        Rate::Blank | Rate::NoChange | Rate::Added(None) => false,
    };
    is_stated(&rate(&row.general)) || is_stated(&rate(&row.other)) || matches!(rate(&row.special), Rate::Added(Some(_)))
}

/// When a heading came to its end.
#[derive(Clone, Copy)]
pub(super) enum Ended {
    /// Before this edition.
    Before,
    /// On this day.
    On(Date),
}

/// What the publisher notes in brackets, or in a footnote: "provision terminated as of February 7, 2026". What goes on for
/// some goods goes on.
pub(super) fn ended(row: &SourceRow, superior: &[&SourceRow]) -> Option<Ended> {
    let texts = superior.iter().copied().chain([row]);
    let bracketed = texts
        .clone()
        .filter_map(|row| row.description.split_once("[Compiler").map(|(_, note)| note));
    let noted = texts
        .flat_map(|row| &row.footnotes)
        .map(String::as_str)
        .filter(|note| !note.starts_with("See"));
    for note in bracketed.chain(noted) {
        let Some(word) = ["terminated", "suspended", "expired"]
            .iter()
            .find(|word| note.contains(*word))
        else {
            continue;
        };
        let after = note.split_once(word).map_or("", |(_, after)| after);
        if after.starts_with(" except") {
            continue;
        }
        let from = strip(after, " as of ").or_else(|| strip(after, " on "));
        return Some(match from.and_then(day) {
            Some((day, _)) => Ended::On(day),
            None => Ended::Before,
        });
    }
    None
}

pub(super) fn not_in_force(row: &SourceRow) -> LeftOut {
    LeftOut {
        row: row.row,
        code: row.code.to_string(),
        column: "description",
        text: row.description.clone(),
        reason: "the publisher notes that the heading has ended or is suspended".to_owned(),
    }
}

/// The origins of "articles the product of ...".
fn areas(description: &str) -> Option<Vec<Area>> {
    let starts = ["product of ", "products of "];
    let named = starts.iter().find_map(|start| Some(description.split_once(start)?.1));
    origins(named?)
}

/// Goods for which column 2 counts have nothing added where that column adds nothing.
fn except(row: &SourceRow) -> Vec<Area> {
    let adds_nothing = matches!(rate(&row.other), Rate::Blank | Rate::NoChange | Rate::Added(None));
    let column_2 = COLUMN_2.parse().ok();
    column_2.into_iter().filter(|_| adds_nothing).collect()
}

/// The days of "effective with respect to entries, on or after June 15, 2024", and of "on or after May 10, 2019, and before
/// June 15, 2019".
fn days(description: &str) -> Validity {
    let mut validity = Validity::ALWAYS;
    let Some((before, after)) = description.split_once("on or after ") else {
        return validity;
    };
    let Some((from, after)) = day(after) else {
        return validity;
    };
    if strip(before, "effective with respect to entries").is_some_and(|rest| rest.len() <= ", ".len()) {
        validity.from = Some(from);
    }
    let end = after.trim_start_matches(',').trim_start();
    if let Some((end, _)) = strip(end, "and before ").and_then(day)
        && end > from
    {
        validity.to = Date::from_days(u64::from(end.days()) - 1).ok();
    }
    validity
}

/// Adds a heading to one that is for the same goods, or for itself.
pub(super) fn add(all: &mut Vec<Told>, told: Told) {
    let is_same = |other: &&mut Told| {
        other.code.as_str()[..6] == told.code.as_str()[..6]
            && other.lines.is_empty()
            && told.lines.is_empty()
            && (&other.except, other.validity) == (&told.except, told.validity)
            && other.text.len() + told.text.len() < NOTE_BYTES
            && other.is_under_another == told.is_under_another
            // Those below another row are parts of one law, each for some of its countries.
            && (other.areas == told.areas || (told.is_under_another && !other.areas.is_empty() && !told.areas.is_empty()))
    };
    match all.iter_mut().find(is_same) {
        Some(other) => {
            other.text.push('\n');
            other.text.push_str(&told.text);
            other.numbers.extend(told.numbers);
            other.areas.extend(told.areas);
            other.areas.sort();
            other.areas.dedup();
        }
        None => all.push(told),
    }
}
