//! Publishing: from a schedule and what an office says of it to the edition that comes next in its territory.
//!
//! [`Opening::find`] says behind which edition it comes; whoever holds the rows of that one hands them to [`Opening::plan`],
//! which answers with the edition that is to be signed, its patch, and what changes. Nothing is kept or signed here.
// spec: edition R4, R9, R12

mod error;
mod unusual;

pub use error::PublicationError;
pub use unusual::Unusual;

use crate::patch::RateChange;
use crate::{PageTrees, Patch, schedule};
use bytes::Bytes;
use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{About, PatchSummary};
use ewtp_record::{Edition, HubCode, RecordId, Subject};

/// An edition that the hub has published.
#[derive(Debug, Clone, Copy)]
pub struct Former<'a> {
    /// Its record.
    pub id: RecordId,
    /// Its name.
    pub name: Subject,
    /// What it says.
    pub edition: &'a Edition,
    /// Whether nothing is wrong with its record, and it stands in its chain ([`place`](crate::chain::place)).
    pub is_sound: bool,
}

/// The edition of a territory behind which the next is published: of the sound ones that with the highest number.
#[must_use]
pub fn newest<'f, 'a>(formers: &'f [Former<'a>], territory: &str) -> Option<&'f Former<'a>> {
    formers
        .iter()
        .filter(|former| former.is_sound && former.edition.territory == territory)
        .max_by_key(|former| former.edition.number)
}

/// What an office wants to publish.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// What it says beside the rows.
    pub about: &'a About,
    /// The rows.
    pub trees: &'a PageTrees,
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
}

/// Where an edition comes to stand.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    proposal: Proposal<'a>,
    /// The edition with its place, and without a patch.
    edition: Edition,
    before: Option<Former<'a>>,
    again: Option<Former<'a>>,
}

impl<'a> Opening<'a> {
    /// Behind which of the hub's editions this one comes. Under a name that is taken it keeps the place of that edition.
    ///
    /// # Errors
    /// Rows that do not fit each other, something corrected that is no edition of the territory, or no number left.
    pub fn find(proposal: Proposal<'a>, formers: &[Former<'a>]) -> Result<Self, PublicationError> {
        schedule::check(proposal.trees)?;
        let mut edition = proposal.about.edition(proposal.trees.summary());
        edition.corrects = proposal.corrects;
        let again = formers
            .iter()
            .find(|former| former.name == proposal.about.name)
            .copied();
        let before = match &again {
            Some(again) => before_again(again, formers)?,
            None => {
                check_corrects(&edition, formers)?;
                newest(formers, &edition.territory).copied()
            }
        };
        if let Some(before) = before {
            let next = before.edition.number.checked_add(1);
            edition.number = next.ok_or(PublicationError::LastNumber)?;
        }
        edition.previous = before.map(|before| before.id);
        Ok(Self {
            proposal,
            edition,
            before,
            again,
        })
    }

    /// The edition before, whose rows are needed to go on; none for the first of a territory.
    #[must_use]
    pub const fn before(&self) -> Option<&Former<'a>> {
        self.before.as_ref()
    }

    /// The edition that is to be signed, with what it changes in `rows_before`, the rows of the edition before.
    ///
    /// # Errors
    /// Other rows than those of the edition before, a field that breaks its rule, or a name that is taken by another edition.
    pub fn plan(self, rows_before: Option<&PageTrees>) -> Result<Plan, PublicationError> {
        let named = self.before.map(|before| before.edition.trees);
        if rows_before.map(PageTrees::summary) != named {
            return Err(PublicationError::OtherRows);
        }
        let mut edition = self.edition;
        let trees = self.proposal.trees;
        let change = rows_before.map(|old| Change::between(old, trees, &edition));
        edition.patch = change.as_ref().map(Change::summary);
        edition.inspect()?;
        if let Some(again) = self.again.filter(|again| *again.edition != edition) {
            return Err(PublicationError::Taken {
                name: again.name,
                existing: again.id,
            });
        }
        Ok(Plan {
            edition,
            change,
            is_again: self.again.is_some(),
        })
    }
}

/// The edition before one that is published again.
fn before_again<'a>(again: &Former<'a>, formers: &[Former<'a>]) -> Result<Option<Former<'a>>, PublicationError> {
    let Some(previous) = again.edition.previous else {
        return Ok(None);
    };
    let before = formers.iter().find(|former| former.id == previous);
    before.copied().map(Some).ok_or(PublicationError::Lacking(previous))
}

// spec: edition R12
fn check_corrects(edition: &Edition, formers: &[Former<'_>]) -> Result<(), PublicationError> {
    let Some(corrects) = edition.corrects else {
        return Ok(());
    };
    let is_meant =
        |former: &Former<'_>| former.id == corrects && former.is_sound && former.edition.territory == edition.territory;
    let is_there = formers.iter().any(is_meant);
    is_there.then_some(()).ok_or(PublicationError::Corrects(corrects))
}

/// An edition that may be signed, once its rows are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it says.
    pub edition: Edition,
    /// What it changes; none for the first of a territory.
    pub change: Option<Change>,
    is_again: bool,
}

impl Plan {
    /// What is so unusual, if `hub` publishes it, that a person says so by typing the hub's code. Nothing of what was published
    /// before: that is answered as it was.
    #[must_use]
    pub fn unusual(&self, hub: HubCode) -> Vec<Unusual> {
        match self.is_again {
            true => Vec::new(),
            false => Unusual::of(self, hub),
        }
    }

    /// Checks that the office of `hub` typed what it must.
    ///
    /// # Errors
    /// [`PublicationError::Unconfirmed`].
    pub fn check_confirmed(&self, hub: HubCode, typed: Option<HubCode>) -> Result<(), PublicationError> {
        let unusual = self.unusual(hub);
        if unusual.is_empty() || typed == Some(hub) {
            return Ok(());
        }
        Err(PublicationError::Unconfirmed { unusual, hub })
    }
}

/// What an edition changes in the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The patch, as its edition names it.
    pub patch: Bytes,
    /// How many rows the edition before has.
    pub rows_before: u64,
    /// Rows that are new.
    pub added: u64,
    /// Rows that are gone.
    pub removed: u64,
    /// Rows that are other than before.
    pub set: u64,
    /// The changes of rates, the largest first.
    pub rates: Vec<RateChange>,
}

impl Change {
    fn between(old: &PageTrees, new: &PageTrees, edition: &Edition) -> Self {
        let patch = Patch::between(old, new);
        let added = patch.set().iter().filter(|row| old.get(row.key()).is_none()).count() as u64;
        Self {
            rows_before: old.rows().count() as u64,
            added,
            removed: patch.removed().len() as u64,
            set: patch.set().len() as u64 - added,
            rates: patch.rate_changes(old, edition.currency),
            patch: patch.encode().into(),
        }
    }

    /// How many rows change.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.added + self.removed + self.set
    }

    /// More rows than a number holds are beyond what an edition may name, which is refused.
    fn summary(&self) -> PatchSummary {
        PatchSummary {
            id: Octets(leaf_hash(&self.patch).0),
            bytes: self.patch.len() as u64,
            rows: u32::try_from(self.rows()).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
