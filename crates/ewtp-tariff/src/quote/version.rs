//! Which edition counts on a day, as known at a time.

use ewtp_record::{Date, RecordId, UnixTime};

/// An edition of a territory as its record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Its record.
    pub id: RecordId,
    /// When it was published: the time at which its record was issued.
    pub at: UnixTime,
    /// From when it holds.
    pub in_force: Date,
    /// Its number.
    pub number: u32,
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
}

/// The edition that counts on the day `on`, as known at `known`.
///
/// Of those that were published by then and are in force, the one with the latest first day, then the highest number.
// spec: edition R15
#[must_use]
pub fn choose_edition(editions: &[Published], on: Date, known: UnixTime) -> Option<&Published> {
    let known = editions
        .iter()
        .filter(|edition| edition.at <= known && edition.in_force <= on);
    known.max_by_key(|edition| (edition.in_force, edition.number))
}

/// The latest edition that corrects this one, as known at `known`: a receipt of this one is to be looked at again.
// spec: edition R12
#[must_use]
pub fn correction(editions: &[Published], id: RecordId, known: UnixTime) -> Option<&Published> {
    let correcting = editions
        .iter()
        .filter(|edition| edition.at <= known && edition.corrects == Some(id));
    correcting.max_by_key(|edition| edition.number)
}
