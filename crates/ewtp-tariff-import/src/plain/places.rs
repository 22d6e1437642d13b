//! Which lines of a file say what a schedule is refused for.
//!
//! They are looked for in the file once more, and only then: a file that is taken needs no index of its measures.

use super::entries;
use super::table::{self, Record};
use crate::Place;
use ewtp_tariff::row::{Entry, TariffLine};
use ewtp_tariff::schedule::{ScheduleError, Spot, spots};
use ewtp_tariff::{PageTrees, RowKey};

/// The lines of the records in which the fault lies, ascending.
pub(super) fn of_fault(file: &[u8], trees: &PageTrees, error: &ScheduleError) -> Vec<Place> {
    let spots = spots(trees, error);
    let records = table::records(file).unwrap_or_default(); // it was read before, so it is there
    let said = records.into_iter().filter_map(|record| {
        let line = record.line;
        is_said(record, trees, &spots).then_some(Place::Line(line))
    });
    said.collect()
}

/// Whether a record says one of these.
fn is_said(mut record: Record, trees: &PageTrees, spots: &[Spot]) -> bool {
    match record.kind.as_str() {
        "measure" | "requirement" => is_part_said(&mut record, trees, spots),
        _ => keys(&mut record).iter().any(|key| is_among(spots, &Spot::Row(*key))),
    }
}

/// Whether a part is one of these, which are ascending: a circle may have as many as the file has records.
fn is_among(spots: &[Spot], spot: &Spot) -> bool {
    spots.binary_search(spot).is_ok()
}

/// The rows that a record makes; of a member, that of its group.
fn keys(record: &mut Record) -> Vec<RowKey> {
    match record.kind.as_str() {
        "line" => {
            let Ok((code, seq)) = entries::line_key(record) else {
                return Vec::new();
            };
            let described = entries::line(record).ok().and_then(|(_, described)| described);
            let described = described.map(|(language, _)| RowKey::Description(code, seq, language));
            [RowKey::Line(code, seq)].into_iter().chain(described).collect()
        }
        "group" | "member" => record.value("id").map(RowKey::Group).into_iter().collect(),
        _ => {
            let alone = entries::alone(record).ok().flatten();
            alone.map(|(key, _)| key).into_iter().collect()
        }
    }
}

fn is_part_said(record: &mut Record, trees: &PageTrees, spots: &[Spot]) -> bool {
    let Ok((code, seq)) = entries::line_key(record) else {
        return false;
    };
    let key = RowKey::Line(code, seq);
    let Some(Entry::Line(line)) = trees.get(&key).map(|row| row.entry()) else {
        return false;
    };
    let TariffLine {
        measures, requirements, ..
    } = line;
    let spot = if record.kind == "measure" {
        let measure = entries::measure(record).ok();
        let index = measures.iter().position(|said| Some(said) == measure.as_ref());
        index.map(|index| Spot::Measure(key, index))
    } else {
        let requirement = entries::requirement(record).ok();
        let index = requirements.iter().position(|said| Some(said) == requirement.as_ref());
        index.map(|index| Spot::Requirement(key, index))
    };
    spot.is_some_and(|spot| is_among(spots, &spot))
}
