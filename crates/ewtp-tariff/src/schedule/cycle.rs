//! References between lines must come to an end.

use super::{ScheduleError, ScheduleFault};
use crate::page::PageTrees;
use crate::row::Entry;
use crate::{LineCode, Reference, RowKey};
use ewtp_record::edition::MeasureKind;
use std::collections::{BTreeMap, BTreeSet};

/// A duty that others may refer to: a line and a kind of measure.
type Duty = (LineCode, MeasureKind);

/// Refuses references in a circle. A duty is judged by line and kind, whatever its origins and days.
pub(super) fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    let mut open = references(trees);
    // What refers only to duties that end, ends; what is left when nothing more can be taken off goes in a circle.
    loop {
        let known: BTreeSet<Duty> = open.keys().copied().collect();
        let before = open.len();
        open.retain(|_, (_, to)| to.iter().any(|duty| known.contains(duty)));
        if open.len() == before {
            break;
        }
    }
    match open.into_values().next() {
        Some((row, _)) => Err(ScheduleError {
            row,
            fault: ScheduleFault::Cycle,
        }),
        None => Ok(()),
    }
}

fn references(trees: &PageTrees) -> BTreeMap<Duty, (RowKey, BTreeSet<Duty>)> {
    let mut found = BTreeMap::new();
    for row in trees.rates.rows() {
        let (RowKey::Line(code, _), Entry::Line(line)) = (row.key(), row.entry()) else {
            continue;
        };
        for measure in &line.measures {
            let referred = measure.expressions().flat_map(crate::Expression::references);
            let referred: BTreeSet<Duty> = referred.map(|reference| duty(*code, reference)).collect();
            if !referred.is_empty() {
                let entry = found
                    .entry((*code, measure.kind))
                    .or_insert_with(|| (*row.key(), BTreeSet::new()));
                entry.1.extend(referred);
            }
        }
    }
    found
}

const fn duty(own: LineCode, reference: Reference) -> Duty {
    match reference {
        Reference::OwnLine => (own, MeasureKind::Mfn),
        Reference::Line { code, kind } => (code, kind),
    }
}
