//! Editions and the one before: in the chain, undecided, or out of it.

use super::schedule::{self, line, measure};
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{MeasureKind, PatchSummary, Valuation};
use ewtp_record::{Edition, Record, RecordId};
use ewtp_vectors::Case;

const OBJECT: &str = "edition-chain";

/// An edition of one line.
fn edition(territory: &str, number: u32, previous: Option<RecordId>) -> Edition {
    let rows = vec![line("61091000", &[], vec![measure(MeasureKind::Mfn, "5%")])];
    let patch = PatchSummary {
        id: Octets([7; 32]),
        bytes: 40,
        rows: 1,
    };
    Edition {
        number,
        previous,
        patch: previous.map(|_| patch),
        ..schedule::schedule(territory, Valuation::Fob, "USD", rows).edition
    }
}

/// The edition of the United States with this number, which names the other as the one before.
fn behind(before: &Record, number: u32) -> Record {
    schedule::record(&edition("US", number, Some(before.id())))
}

fn case(name: &'static str, note: &'static str, record: &Record, before: Option<&Record>) -> Case {
    let before = before.map_or_else(|| "-".to_owned(), |before| hex::encode(before.bytes()));
    Case::good(OBJECT, name, "edition R4", note)
        .with("before", before)
        .body(record.bytes().to_vec())
}

/// Every place in a chain.
pub(crate) fn all() -> Vec<Case> {
    let first = schedule::record(&edition("US", 1, None));
    let second = behind(&first, 2);
    let elsewhere = schedule::record(&edition("EU", 1, None));
    let canadas = schedule::record_of("CA", &edition("US", 1, None));
    let placed = |name, note, record, before, place| case(name, note, record, before).with("place", place);
    let misplaced = |name, note, before: &Record, number| {
        case(name, note, &behind(before, number), Some(before)).refused("previous")
    };
    vec![
        placed("first", "", &first, None, "linked"),
        placed("second", "", &second, Some(&first), "linked"),
        placed("edition-before-lacking", "", &second, None, "undecided"),
        misplaced("number-left-out", "the third behind the first", &first, 3),
        misplaced("number-twice", "the second behind a second", &second, 2),
        misplaced("behind-another-territory", "", &elsewhere, 2),
        misplaced("behind-another-hub", "", &canadas, 2),
    ]
}
