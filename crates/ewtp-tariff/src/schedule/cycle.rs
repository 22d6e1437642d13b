//! References between duties must come to an end.

use super::{ScheduleError, ScheduleFault, lines};
use crate::page::PageTrees;
use crate::{LineCode, Reference, RowKey};
use ewtp_record::edition::MeasureKind;
use std::collections::{BTreeMap, BTreeSet};

/// A duty that others may refer to: a line and a kind of measure, whatever its origins and days.
pub(super) type Duty = (LineCode, MeasureKind);

/// A duty that refers to others.
struct Open {
    row: RowKey,
    /// Those that it refers to and that refer on.
    to: BTreeSet<Duty>,
    /// Whether it says `duty()`, or leads to one that does.
    to_own_line: bool,
}

/// Refuses references in a circle, also by way of the line of whatever goods are computed.
// spec: tariff-row R18
pub(super) fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    let endless = endless(trees)?;
    let circle = round(&endless).into_iter();
    match circle.map(|duty| endless[&duty].row).min() {
        Some(row) => Err(ScheduleFault::Cycle.of(row)),
        None => Ok(()),
    }
}

/// The duties of the circle that a schedule is refused for at `row`.
pub(super) fn circle(trees: &PageTrees, row: RowKey) -> BTreeSet<Duty> {
    match (endless(trees), row) {
        (Ok(endless), _) => round(&endless),
        (Err(_), RowKey::Line(code, _)) => BTreeSet::from([(code, MeasureKind::Mfn)]),
        (Err(_), _) => BTreeSet::new(),
    }
}

/// One circle among duties that all refer on to each other; none among none.
fn round(endless: &BTreeMap<Duty, Open>) -> BTreeSet<Duty> {
    let next = |duty: &Duty| endless.get(duty).and_then(|open| open.to.first()).copied();
    let mut walked = BTreeSet::new();
    let mut at = endless.keys().next().copied();
    while let Some(duty) = at.filter(|duty| walked.insert(*duty)) {
        at = next(&duty);
    }
    // The walk came back to where the circle begins, perhaps by a way that leads into it.
    let begin = at;
    let mut circle = BTreeSet::new();
    while let Some(duty) = at.filter(|duty| circle.is_empty() || Some(*duty) != begin) {
        circle.insert(duty);
        at = next(&duty);
    }
    circle
}

/// The duties whose references never end: those on a circle, and those that lead into one.
fn endless(trees: &PageTrees) -> Result<BTreeMap<Duty, Open>, ScheduleError> {
    let mut open = references(trees);
    let mut from: BTreeMap<Duty, Vec<Duty>> = BTreeMap::new();
    for (duty, Open { to, .. }) in &open {
        to.iter()
            .for_each(|target| from.entry(*target).or_default().push(*duty));
    }
    // What refers only to duties that end, ends: each is taken off once, after those it refers to.
    let mut ended: Vec<Duty> = open
        .iter()
        .filter(|(_, open)| open.to.is_empty())
        .map(|(duty, _)| *duty)
        .collect();
    while let Some(duty) = ended.pop() {
        let Some(Open { row, to_own_line, .. }) = open.remove(&duty) else {
            continue;
        };
        // `duty()` is the mfn duty of the goods' line: an mfn duty that leads there comes back to itself.
        if to_own_line && duty.1 == MeasureKind::Mfn {
            return Err(ScheduleFault::Cycle.of(row));
        }
        for referring in from.remove(&duty).unwrap_or_default() {
            let Some(other) = open.get_mut(&referring) else {
                continue;
            };
            other.to.remove(&duty);
            other.to_own_line |= to_own_line;
            if other.to.is_empty() {
                ended.push(referring);
            }
        }
    }
    Ok(open)
}

/// The duties that refer to others, each with those among the others that refer on.
fn references(trees: &PageTrees) -> BTreeMap<Duty, Open> {
    let mut all: BTreeMap<Duty, (RowKey, BTreeSet<Reference>)> = BTreeMap::new();
    for (key, code, line) in lines(trees) {
        for measure in &line.measures {
            let duty = all
                .entry((code, measure.kind))
                .or_insert_with(|| (*key, BTreeSet::new()));
            duty.1
                .extend(measure.expressions().flat_map(crate::Expression::references));
        }
    }
    let refers = |duty: &Duty| all.get(duty).is_some_and(|(_, references)| !references.is_empty());
    let open = all
        .iter()
        .filter(|(duty, _)| refers(duty))
        .map(|(duty, (row, references))| {
            let to = references.iter().filter_map(|reference| match *reference {
                Reference::Line { code, kind } => nearest(&all, code, kind).filter(refers),
                Reference::OwnLine => None,
            });
            let open = Open {
                row: *row,
                to: to.collect(),
                to_own_line: references.contains(&Reference::OwnLine),
            };
            (*duty, open)
        });
    open.collect()
}

/// The duty of this kind on the line, or on the nearest line above that has one.
fn nearest<T>(all: &BTreeMap<Duty, T>, code: LineCode, kind: MeasureKind) -> Option<Duty> {
    let mut lines = std::iter::successors(Some(code), LineCode::above).map(|line| (line, kind));
    lines.find(|duty| all.contains_key(duty))
}
