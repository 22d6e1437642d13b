//! Lines near a code that a schedule does not have, or under which nothing is declared: those that took its place in a later
//! edition of the Harmonized System, or else those beside it; and what a line is called.

use super::{QuoteFault, Schedule};
use ewtp_record::{Date, HsEdition, UnitCode};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{LineCode, PageTrees, RowKey};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How many lines are proposed; of more, the codes above them, which are at most a hundred.
const NEAR_MAX: usize = 12;

/// Digits from which a code names goods, and not a family of them.
const GOODS_DIGITS: usize = 6;

/// How many digits a code has.
const CODE_DIGITS_MAX: usize = 12;

/// Letters of the name of a line that is proposed.
const NAME_MAX: usize = 90;

/// How many lines below a code are looked at; the largest heading has some hundreds.
const BELOW_MAX: usize = 4096;

/// How many correlations are looked through: the World Customs Organization publishes some hundreds between two editions,
/// countries with more digits some thousands.
const CORRELATIONS_MAX: usize = 65_536;

/// The same fault with the lines under which such goods are declared, each with its name and, if it can be told, its total; or,
/// of many, with the codes above them, each of which lists its own.
pub(super) fn fault(schedule: &Schedule<'_>, request: &Request, code: LineCode, fault: QuoteFault) -> QuoteFault {
    let renamed = renamed(schedule.trees, code);
    if let Some((edition, first)) = renamed.first().copied() {
        return correlated(schedule, request, (edition, first, &renamed), fault);
    }
    let Some((above, lines)) = declarable_near(schedule.trees, code, request.on) else {
        return nowhere(code, fault);
    };
    let mut message = format!("{fault}; below {above}, goods are declared under");
    let groups = groups(above, &lines);
    if groups.len() == lines.len() {
        lines
            .iter()
            .for_each(|line| line_of(schedule, request, (above, *line), &mut message));
    } else {
        groups
            .iter()
            .for_each(|group| group_of(schedule, request, above, group, &mut message));
        message.push_str("\nquote one of these codes to see the lines below it");
    }
    let first = groups.first().map(|(code, _)| code.to_string()).unwrap_or_default();
    QuoteFault { message, ..fault }.at("hs", first)
}

/// The fault with the codes that took the place of the one that is asked for.
fn correlated(
    schedule: &Schedule<'_>,
    request: &Request,
    (edition, first, renamed): (HsEdition, LineCode, &[(HsEdition, LineCode)]),
    fault: QuoteFault,
) -> QuoteFault {
    let mut message = format!(
        "{fault}; it is a code of HS {}, and such goods are now under",
        edition.year()
    );
    for (_, code) in renamed.iter().take(NEAR_MAX) {
        let chapter = code.as_str()[..2].parse().unwrap_or(*code);
        line_of(schedule, request, (chapter, *code), &mut message);
    }
    if let Some(more) = renamed.len().checked_sub(NEAR_MAX).filter(|more| *more > 0) {
        // Writing to a text cannot fail.
        let _ = write!(message, "\n  and {more} more");
    }
    QuoteFault { message, ..fault }.at("hs", first.to_string())
}

/// The codes that took the place of this one, each with the edition of the Harmonized System that had the old one; ascending.
/// None for a code that the schedule has. A shorter or longer code than a correlation names means the same goods, or some of them.
// spec: tariff-row R13
fn renamed(trees: &PageTrees, code: LineCode) -> Vec<(HsEdition, LineCode)> {
    if trees.get(&RowKey::Line(code, 1)).is_some() {
        return Vec::new();
    }
    let from = RowKey::Correlation(HsEdition::Hs2017, LineCode::all_goods(), LineCode::all_goods());
    let rows = trees.rates.rows_from(&from).take(CORRELATIONS_MAX);
    let all = rows.map_while(|row| match row.key() {
        RowKey::Correlation(edition, old, new) => Some((*edition, *old, *new)),
        _ => None,
    });
    let of_goods = all.filter(|(_, old, _)| old.is_within(&code) || code.is_within(old));
    let renamed: BTreeSet<_> = of_goods.map(|(edition, _, new)| (edition, new)).collect();
    renamed.into_iter().collect()
}

fn nowhere(code: LineCode, fault: QuoteFault) -> QuoteFault {
    let message = match code.as_str().starts_with("99") {
        true => format!("{fault}: what chapter 99 adds is told with the code of the goods, which is the one to quote"),
        false => format!("{fault}, and has none below {}", &code.as_str()[..2]),
    };
    QuoteFault {
        message,
        field: Some("hs".to_owned()),
        ..fault
    }
}

fn line_of(schedule: &Schedule<'_>, request: &Request, (above, line): (LineCode, LineCode), message: &mut String) {
    let asked = Request {
        code: line,
        ..request.clone()
    };
    let total = schedule.quote_of(&asked).and_then(|quote| quote.total());
    let total = total.map(|total| format!(": {total}")).unwrap_or_default();
    let name = name_below(schedule.trees, above, line, request);
    // Writing to a text cannot fail.
    let _ = write!(message, "\n  {line}  {name}{total}");
}

fn group_of(
    schedule: &Schedule<'_>,
    request: &Request,
    above: LineCode,
    (code, lines): &(LineCode, Vec<LineCode>),
    message: &mut String,
) {
    let (count, first) = (lines.len(), lines.first().copied().unwrap_or(*code));
    let has_line = schedule.trees.get(&RowKey::Line(*code, 1)).is_some();
    let named = if has_line { *code } else { first };
    let name = name_below(schedule.trees, above, named, request);
    let count = if count == 1 {
        String::new()
    } else {
        format!(" ({count} lines)")
    };
    let _ = write!(message, "\n  {code}  {name}{count}");
}

/// What a line is called, without what the line above is called.
fn name_below(trees: &PageTrees, above: LineCode, line: LineCode, request: &Request) -> String {
    let known = described(trees, above, request.on).len();
    let path = described(trees, line, request.on);
    short(&path[known.min(path.len().saturating_sub(1))..].join(" > "))
}

/// These lines by the codes of the next level at which they part, so many that a list of them is read; each by itself if all of
/// them are.
fn groups(above: LineCode, lines: &[LineCode]) -> Vec<(LineCode, Vec<LineCode>)> {
    let own = || lines.iter().map(|line| (*line, vec![*line])).collect();
    if lines.len() <= NEAR_MAX {
        return own();
    }
    let level = above.as_str().len() + 2 - above.as_str().len() % 2;
    for digits in (level..CODE_DIGITS_MAX).step_by(2) {
        let mut groups: Vec<(LineCode, Vec<LineCode>)> = Vec::new();
        for line in lines {
            let text = line.as_str();
            let Ok(code) = text[..text.len().min(digits)].parse() else {
                continue;
            };
            match groups.last_mut().filter(|(last, _)| *last == code) {
                Some((_, below)) => below.push(*line),
                None => groups.push((code, vec![*line])),
            }
        }
        if groups.len() > 1 {
            return groups;
        }
    }
    own()
}

/// The one line under which goods are declared, below a code of six digits or more under which they are not.
pub(super) fn only_line(trees: &PageTrees, code: LineCode, on: Date) -> Option<LineCode> {
    let below = match code.as_str().len() {
        GOODS_DIGITS.. => declarable_below(trees, code, on),
        _ => Vec::new(),
    };
    match below[..] {
        [line] => Some(line),
        _ => None,
    }
}

/// A name in so many letters that a list of them is read.
fn short(name: &str) -> String {
    match name.char_indices().nth(NAME_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The nearest code at or above this one that has declarable lines at or below it on the day, and those.
fn declarable_near(trees: &PageTrees, code: LineCode, on: Date) -> Option<(LineCode, Vec<LineCode>)> {
    let above = std::iter::successors(Some(code), LineCode::above);
    let levels = above.filter(|above| *above == code || above.as_str().len().is_multiple_of(2));
    let mut near = levels.map(|above| (above, declarable_below(trees, above, on)));
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
pub(super) fn units(trees: &PageTrees, code: LineCode) -> Vec<UnitCode> {
    match trees.get(&RowKey::Line(code, 1)).map(|row| row.entry()) {
        Some(Entry::Line(line)) => line.units.clone(),
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
