//! Lines near a code that a schedule does not have, or under which nothing is declared; and what a line is called.

use super::{QuoteFault, Schedule};
use ewtp_record::Date;
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{LineCode, PageTrees, RowKey};
use std::fmt::Write as _;

/// How many lines are proposed.
const NEAR_MAX: usize = 12;

/// Letters of the name of a line that is proposed.
const NAME_MAX: usize = 90;

/// How many lines below a code are looked at; the largest heading has some hundreds.
const BELOW_MAX: usize = 4096;

/// The same fault with the lines under which such goods are declared, each with its name and, if it can be told, its total.
pub(super) fn fault(schedule: &Schedule<'_>, request: &Request, code: LineCode, fault: QuoteFault) -> QuoteFault {
    let Some((above, lines)) = declarable_near(schedule.trees, code, request.on) else {
        return QuoteFault {
            message: format!("{fault}, nor a line above it"),
            field: Some("hs".to_owned()),
            ..fault
        };
    };
    let mut message = format!("{fault}; below {above}, goods are declared under");
    let known = described(schedule.trees, above, request.on).len();
    for line in lines.iter().take(NEAR_MAX) {
        let path = described(schedule.trees, *line, request.on);
        let name = short(&path[known.min(path.len().saturating_sub(1))..].join(" > "));
        let asked = Request {
            code: *line,
            ..request.clone()
        };
        let total = schedule.quote_of(&asked).and_then(|quote| quote.total());
        let total = total.map(|total| format!(": {total}")).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = write!(message, "\n  {line}  {name}{total}");
    }
    if lines.len() > NEAR_MAX {
        let _ = write!(message, "\n  and {} more", lines.len() - NEAR_MAX);
    }
    let first = lines.first().map(ToString::to_string).unwrap_or_default();
    QuoteFault { message, ..fault }.at("hs", first)
}

/// A name in so many letters that a list of them is read.
fn short(name: &str) -> String {
    match name.char_indices().nth(NAME_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The nearest line at or above this code that has declarable lines at or below it on the day, and those.
fn declarable_near(trees: &PageTrees, code: LineCode, on: Date) -> Option<(LineCode, Vec<LineCode>)> {
    let above = std::iter::successors(Some(code), LineCode::above);
    let lines = above.filter(|above| trees.get(&RowKey::Line(*above, 1)).is_some());
    let mut near = lines.map(|above| (above, declarable_below(trees, above, on)));
    near.find(|(_, below)| !below.is_empty())
}

fn declarable_below(trees: &PageTrees, above: LineCode, on: Date) -> Vec<LineCode> {
    let from = RowKey::Line(above, 1);
    let rows = trees.rates.rows_from(&from).take(BELOW_MAX);
    let below = rows.map_while(|row| match (row.key(), row.entry()) {
        (RowKey::Line(code, _), Entry::Line(line)) if code.is_within(&above) => Some((*code, line)),
        _ => None,
    });
    let declarable = below.filter(|(_, line)| line.is_declarable && line.validity.holds_on(on));
    declarable.map(|(code, _)| code).collect()
}

/// The units in which goods of this code are declared.
pub(super) fn units(trees: &PageTrees, code: LineCode) -> Vec<String> {
    match trees.get(&RowKey::Line(code, 1)).map(|row| row.entry()) {
        Some(Entry::Line(line)) => line.units.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// What goods of this code are called, from the heading down: a line stands below the nearest one that is indented less.
pub(super) fn described(trees: &PageTrees, code: LineCode, on: Date) -> Vec<String> {
    let heading = std::iter::successors(Some(code), LineCode::above).find(|above| above.as_str().len() <= 4);
    let from = RowKey::Line(heading.unwrap_or(code), 1);
    let mut path: Vec<(u8, String)> = Vec::new();
    for row in trees.rates.rows_from(&from).take(BELOW_MAX) {
        let (RowKey::Line(at, seq), Entry::Line(line)) = (row.key(), row.entry()) else {
            break;
        };
        if *at > code {
            break;
        }
        if line.validity.holds_on(on) {
            path.retain(|(indent, _)| *indent < line.indent);
            path.push((line.indent, description(trees, *at, *seq)));
        }
        if *at == code {
            break;
        }
    }
    path.into_iter()
        .map(|(_, text)| text)
        .filter(|text| !text.is_empty())
        .collect()
}

/// The description of a line in the first of its languages, or nothing.
fn description(trees: &PageTrees, code: LineCode, seq: u32) -> String {
    let first = "aa".parse().expect("aa is spelt like a language");
    let from = RowKey::Description(code, seq, first);
    let mut rows = trees.texts.rows_from(&from);
    let text = rows.next().and_then(|row| match (row.key(), row.entry()) {
        (RowKey::Description(of, at, _), Entry::Description(text)) if *of == code && *at == seq => Some(text),
        _ => None,
    });
    text.map(|text| text.trim_end_matches(':').to_owned())
        .unwrap_or_default()
}
