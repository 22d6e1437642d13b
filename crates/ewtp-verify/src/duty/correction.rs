//! Editions that correct the one of a receipt, among those shown beside it.
//!
//! A receipt goes on saying what it cites, so no correction changes its outcome; the officer is told of it, and what it means
//! for the day and the time of which the receipt speaks. That none is shown proves nothing: there may be one elsewhere.
// spec: duty-receipt R8, edition R4

use std::collections::BTreeSet;
use std::fmt;

use ewtp_record::{Body, Date, Edition, Record, RecordId, UnixTime};
use ewtp_tariff::Receipt as DutyReceipt;
use ewtp_tariff::chain::{Link, Links, Misplaced};
use serde::{Serialize, Serializer};

use crate::bundle::Bundle;
use crate::outcome::Outcome;

/// An edition that corrects the one of a receipt, or corrects a correction of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// Its record.
    pub edition: RecordId,
    /// Its name.
    pub name: String,
    /// Its number among the editions of the territory.
    pub number: u32,
    /// The record of the edition that it corrects.
    pub corrects: RecordId,
    /// When it was published.
    pub published_at: UnixTime,
    /// The first day on which it holds.
    pub in_force: Date,
    /// Whether it is the hub's: the verdict on its record, by the bundle that was shown. Invalid when the edition before it is
    /// shown, and is another than it must be.
    pub outcome: Outcome,
    /// What it means for the receipt.
    pub effect: Effect,
}

/// What a correction means for a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it is not shown to be the hub's.
    Unproven,
    /// Nothing: it does not count on the day of the receipt.
    AnotherDay,
    /// It was published after the time of which the receipt speaks, and counts on its day by what is known since.
    CountsSince,
    /// It was known at that time and counted on that day: the receipt is of an edition that did not count.
    CountedThen,
}

impl Effect {
    /// The stable text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::AnotherDay => "another-day",
            Self::CountsSince => "counts-since",
            Self::CountedThen => "counted-then",
        }
    }

    /// What it comes to, in words.
    fn meaning(self) -> &'static str {
        match self {
            Self::Unproven => "not shown to be the hub's, so it says nothing",
            Self::AnotherDay => "it does not count on the day of the receipt",
            Self::CountsSince => {
                "published later than the receipt speaks, which holds for what was known then; quote again by what is known now"
            }
            Self::CountedThen => {
                "known when the receipt speaks, and counted on its day: the receipt is of an edition that did not count"
            }
        }
    }
}

impl Serialize for Effect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let published = self.published_at.to_calendar();
        write!(
            f,
            "{}  {}, published {published}, in force from {}: {}",
            self.name,
            self.edition,
            self.in_force,
            self.effect.meaning()
        )
    }
}

/// An edition shown beside a receipt, not judged yet.
struct Shown<'a> {
    bundle: &'a Bundle,
    record: Record,
    edition: Edition,
}

/// The editions shown beside a receipt, in the order of their numbers.
pub(crate) struct ShownEditions<'a>(Vec<Shown<'a>>);

impl<'a> ShownEditions<'a> {
    /// Reads them; what is no edition is passed over.
    pub(crate) fn read(bundles: &'a [Bundle]) -> Self {
        let mut shown: Vec<_> = bundles.iter().filter_map(Shown::read).collect();
        shown.sort_by_key(|shown| shown.edition.number);
        Self(shown)
    }

    /// That the edition of a receipt does not stand behind the edition before it, when that one is shown.
    pub(crate) fn misplaced(&self, record: &Record, edition: &Edition) -> Option<Misplaced> {
        let links: Links<'_> = self.links().collect();
        links.place(&Link::of(record, edition)).err()
    }

    /// The corrections of the edition that a receipt cites, by number; each is judged by `judge`, as of its publication.
    pub(crate) fn corrections(
        &self,
        (receipt, cited): (&DutyReceipt, &Edition),
        mut judge: impl FnMut(&Bundle, UnixTime) -> Outcome,
    ) -> Vec<Correction> {
        let cited_link = Link::of(&receipt.record, cited);
        let links: Links<'_> = self.links().chain([cited_link]).collect();
        let told = related(receipt, cited, self).into_iter().map(|(shown, corrects)| {
            let outcome = match links.place(&shown.link()) {
                Ok(_) => judge(shown.bundle, shown.record.header().issued_at),
                Err(_) => Outcome::Invalid,
            };
            shown.told(corrects, outcome, effect(receipt, cited, shown, outcome))
        });
        let mut told: Vec<_> = told.collect();
        // One that is shown twice counts by its better proof.
        told.sort_by_key(|one| (one.number, *one.edition.as_bytes(), one.outcome != Outcome::Accepted));
        told.dedup_by_key(|one| one.edition);
        told
    }

    fn links(&self) -> impl Iterator<Item = Link<'_>> {
        self.0.iter().map(Shown::link)
    }
}

impl<'a> Shown<'a> {
    fn read(bundle: &'a Bundle) -> Option<Self> {
        let record = Record::decode(bundle.record.clone()).ok()?;
        let Ok(Body::Edition(edition)) = record.body() else {
            return None;
        };
        Some(Self {
            bundle,
            edition: *edition,
            record,
        })
    }

    fn link(&self) -> Link<'_> {
        Link::of(&self.record, &self.edition)
    }
}

/// Those of the same hub and territory that lead, one correcting the other, to the edition of the receipt, each with what
/// it corrects.
fn related<'s, 'a>(
    receipt: &DutyReceipt,
    cited: &Edition,
    shown: &'s ShownEditions<'a>,
) -> Vec<(&'s Shown<'a>, RecordId)> {
    let hub = receipt.record.header().issuer;
    let is_near = |shown: &&Shown<'_>| {
        shown.record.header().issuer == hub
            && shown.edition.territory == cited.territory
            && shown.edition.number > cited.number
    };
    let mut corrected = BTreeSet::from([receipt.record.id()]);
    let mut related = Vec::new();
    // What corrects comes after what it corrects, so one pass finds them all.
    for shown in shown.0.iter().filter(is_near) {
        if let Some(corrects) = shown.edition.corrects.filter(|corrects| corrected.contains(corrects)) {
            corrected.insert(shown.record.id());
            related.push((shown, corrects));
        }
    }
    related
}

// spec: edition R15
fn effect(receipt: &DutyReceipt, cited: &Edition, shown: &Shown<'_>, outcome: Outcome) -> Effect {
    let (request, edition) = (&receipt.request, &shown.edition);
    let goes_before = (edition.in_force, edition.number) > (cited.in_force, cited.number);
    if outcome != Outcome::Accepted {
        Effect::Unproven
    } else if edition.in_force > request.on || !goes_before {
        Effect::AnotherDay
    } else if shown.record.header().issued_at > request.known {
        Effect::CountsSince
    } else {
        Effect::CountedThen
    }
}

impl Shown<'_> {
    fn told(&self, corrects: RecordId, outcome: Outcome, effect: Effect) -> Correction {
        let header = self.record.header();
        Correction {
            edition: self.record.id(),
            name: header.subject.to_string(),
            number: self.edition.number,
            corrects,
            published_at: header.issued_at,
            in_force: self.edition.in_force,
            outcome,
            effect,
        }
    }
}
