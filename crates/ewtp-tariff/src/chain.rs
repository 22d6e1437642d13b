//! The chain of a territory's editions: whether one stands behind the edition that it names as the one before.
//!
//! Whoever publishes, gathers, quotes by or verifies an edition asks the same question, [`place`].
// spec: edition R4

use ewtp_record::{Edition, HubCode, Record, RecordId};
use std::collections::BTreeMap;
use thiserror::Error;

/// An edition as its record links it to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its record.
    pub id: RecordId,
    /// Who published it.
    pub hub: HubCode,
    /// Whose schedule it is.
    pub territory: &'a str,
    /// Its number, from 1.
    pub number: u32,
    /// The record of the edition before; none for number 1.
    pub previous: Option<RecordId>,
}

impl<'a> Link<'a> {
    /// That of the edition in this record.
    #[must_use]
    pub fn of(record: &Record, edition: &'a Edition) -> Self {
        Self {
            id: record.id(),
            hub: record.header().issuer,
            territory: &edition.territory,
            number: edition.number,
            previous: edition.previous,
        }
    }

    fn follows(&self, before: &Self) -> bool {
        let is_of_chain = (before.hub, before.territory) == (self.hub, self.territory);
        is_of_chain && before.number.checked_add(1) == Some(self.number)
    }
}

/// What a reader knows of an edition's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the first of its territory, or stands behind the edition before.
    Linked,
    /// The reader has no edition of the record that it names.
    Undecided,
}

/// An edition that stands behind another than the edition before: of another hub or territory, or with another number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "it is edition {number} of {territory} by {hub}, and names as the one before it edition {before_number} of \
     {before_territory} by {before_hub}"
)]
pub struct Misplaced {
    /// Who published it.
    pub hub: HubCode,
    /// Whose schedule it is.
    pub territory: String,
    /// Its number.
    pub number: u32,
    /// Who published the edition that it names.
    pub before_hub: HubCode,
    /// Whose schedule that is.
    pub before_territory: String,
    /// The number of that.
    pub before_number: u32,
}

impl Misplaced {
    fn between(edition: &Link<'_>, before: &Link<'_>) -> Self {
        Self {
            hub: edition.hub,
            territory: edition.territory.to_owned(),
            number: edition.number,
            before_hub: before.hub,
            before_territory: before.territory.to_owned(),
            before_number: before.number,
        }
    }

    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "previous"
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        "edition R4"
    }
}

/// Where an edition stands. `before` is the edition of the record that it names, if the reader has one; another decides
/// nothing.
///
/// # Errors
/// The edition that it names is of another hub or territory, or its number is not one less.
pub fn place(edition: &Link<'_>, before: Option<&Link<'_>>) -> Result<Place, Misplaced> {
    // That number 1 alone names none is the shape of the record.
    let Some(previous) = edition.previous else {
        return Ok(Place::Linked);
    };
    match before.filter(|before| before.id == previous) {
        None => Ok(Place::Undecided),
        Some(before) if edition.follows(before) => Ok(Place::Linked),
        Some(before) => Err(Misplaced::between(edition, before)),
    }
}

/// Editions by their records, for who has many of them.
#[derive(Debug, Clone, Default)]
pub struct Links<'a>(BTreeMap<RecordId, Link<'a>>);

impl<'a> FromIterator<Link<'a>> for Links<'a> {
    fn from_iter<I: IntoIterator<Item = Link<'a>>>(links: I) -> Self {
        Self(links.into_iter().map(|link| (link.id, link)).collect())
    }
}

impl Links<'_> {
    /// Where an edition stands, among these.
    ///
    /// # Errors
    /// As [`place`].
    pub fn place(&self, edition: &Link<'_>) -> Result<Place, Misplaced> {
        let before = edition.previous.and_then(|previous| self.0.get(&previous));
        place(edition, before)
    }
}

#[cfg(test)]
mod tests;
