//! The editions that a node knows: those of every log that were examined, and the newest of its own.

use super::trusted::Trusted;
use crate::problem::Problem;
use crate::schema::EditionSchema;
use crate::server::held;
use crate::tariff::{EditionView, ScheduleState, ScheduleView};
use crate::view::StandingView;
use ewtp_record::{Body, Date, Edition, HubCode, LogId, Position, Record, RecordId, RecordKind, Subject, UnixTime};
use ewtp_store::{Gathered, LIST_FINDINGS_MAX, Reader, Schedules};
use ewtp_tariff::chain::{Link, Links, Misplaced, Place};
use ewtp_tariff::publication::{self, Former};
use ewtp_tariff::quote::{Destination, Offer, Published, choose_publisher};
use ewtp_trust::Finding;
use std::collections::BTreeSet;

/// Records of our own log that are read at a time, where they are not examined yet.
const TAIL_RECORDS: u64 = 4_096;

/// An edition in a log.
#[derive(Debug, Clone)]
pub(in crate::server) struct PublishedEdition {
    pub(in crate::server) position: Position,
    pub(in crate::server) record: Record,
    pub(in crate::server) edition: Edition,
    standing: StandingView,
    place: Result<Place, Misplaced>,
}

impl PublishedEdition {
    /// Reads the edition of this record; without a finding it is undecided, and so is its place.
    pub(super) fn read(position: Position, record: Record, finding: Option<&Finding>) -> Result<Self, Problem> {
        let standing = finding.map_or(StandingView::Undecided, |finding| held::examined(finding).standing);
        match record.body() {
            Ok(Body::Edition(edition)) => Ok(Self {
                position,
                edition: *edition,
                record,
                standing,
                place: Ok(Place::Undecided),
            }),
            _ => {
                let message = format!("{} is a {} and no edition", record.id(), record.header().kind);
                Err(Problem::new("not-found", message).next("ewtp tariff history lists the editions"))
            }
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> Subject {
        self.record.header().subject
    }

    pub(super) fn published_at(&self) -> UnixTime {
        self.record.header().issued_at
    }

    /// Whether examination found nothing against it, and it stands in its chain. Of its own log this node examines the newest later.
    // spec: edition R4
    pub(super) fn is_sound(&self) -> bool {
        matches!(self.standing, StandingView::Sound | StandingView::Undecided) && self.place == Ok(Place::Linked)
    }

    /// Its standing as it is told.
    fn standing(&self) -> StandingView {
        match (self.standing, &self.place) {
            (StandingView::Sound, Ok(Place::Undecided)) => StandingView::Undecided,
            (StandingView::Sound, Err(_)) => StandingView::Faulty,
            (standing, _) => standing,
        }
    }

    /// As publishing sees it.
    pub(super) fn former(&self) -> Former<'_> {
        Former {
            id: self.record.id(),
            name: self.name(),
            edition: &self.edition,
            is_sound: self.is_sound(),
        }
    }

    /// As it stands among those of other hubs.
    fn offer(&self) -> Offer<'_> {
        Offer {
            hub: self.position.hub,
            territory: &self.edition.territory,
            members: &self.edition.members,
            published: Published {
                id: self.record.id(),
                at: self.published_at(),
                in_force: self.edition.in_force,
                number: self.edition.number,
                corrects: self.edition.corrects,
            },
        }
    }

    /// As it is told, among all that are known.
    pub(super) fn view(&self, all: &[Self], schedules: &Schedules) -> EditionView {
        let (id, trees) = (self.record.id(), &self.edition.trees);
        let corrects_this = |other: &&Self| other.edition.corrects == Some(id) && other.is_sound();
        let rows = [trees.rates, trees.texts, trees.notes].map(|tree| u64::from(tree.rows));
        EditionView {
            schema: EditionSchema,
            id,
            hub: self.position.hub,
            epoch: self.position.epoch,
            index: self.position.index,
            name: self.name(),
            territory: self.edition.territory.clone(),
            number: self.edition.number,
            in_force: self.edition.in_force,
            published_at: self.published_at(),
            previous: self.edition.previous,
            corrects: self.edition.corrects,
            corrected_by: all
                .iter()
                .filter(corrects_this)
                .map(|other| other.record.id())
                .collect(),
            test: self.edition.is_test,
            rows: rows.iter().sum(),
            rows_changed: self.edition.patch.map(|patch| patch.rows),
            standing: self.standing(),
            schedule: held_of(&self.edition, schedules),
            content: None,
        }
    }
}

fn held_of(edition: &Edition, schedules: &Schedules) -> ScheduleView {
    let trees = [&edition.trees.rates, &edition.trees.texts, &edition.trees.notes];
    let pages = trees.iter().map(|tree| u64::from(tree.pages)).sum();
    if schedules.holds(&edition.trees) {
        return ScheduleView {
            state: ScheduleState::Held,
            pages_here: pages,
            pages,
        };
    }
    let here = trees.iter().map(|tree| match schedules.gathered(tree) {
        Gathered::Whole => u64::from(tree.pages),
        Gathered::Part(ranges) => ranges.iter().map(|range| range.end - range.start).sum(),
    });
    let pages_here = here.sum();
    let state = if pages_here == 0 {
        ScheduleState::Missing
    } else {
        ScheduleState::Gathering
    };
    ScheduleView {
        state,
        pages_here,
        pages,
    }
}

/// All that this node knows, by hub, territory and number. Its own are here as soon as they are durable.
pub(in crate::server) fn all(reader: &Reader, own: HubCode) -> Result<Vec<PublishedEdition>, Problem> {
    let mut editions = examined(reader, None)?;
    editions.extend(unexamined(reader, own)?);
    editions.sort_by(|left, right| left.order().cmp(&right.order()));
    find_places(&mut editions);
    Ok(editions)
}

/// Those of one hub's own log, whose node this is.
pub(super) fn own(reader: &Reader, own: HubCode) -> Result<Vec<PublishedEdition>, Problem> {
    let mut editions = examined(reader, Some(own))?;
    editions.extend(unexamined(reader, own)?);
    find_places(&mut editions);
    Ok(editions)
}

/// Sees where each stands, among all of them.
fn find_places(editions: &mut [PublishedEdition]) {
    let links: Links<'_> = editions.iter().map(PublishedEdition::link).collect();
    let places: Vec<_> = editions.iter().map(|edition| links.place(&edition.link())).collect();
    for (edition, place) in editions.iter_mut().zip(places) {
        edition.place = place;
    }
}

/// The edition of this record.
pub(in crate::server) fn find<'a>(all: &'a [PublishedEdition], id: &RecordId) -> Result<&'a PublishedEdition, Problem> {
    all.iter().find(|edition| edition.record.id() == *id).ok_or_else(|| {
        let message = format!("this node knows no edition {id}");
        Problem::not_found(message).next("ewtp tariff history lists the editions")
    })
}

/// Of each hub and territory the edition behind which the next is published, of editions that lie by hub and territory.
pub(super) fn newest_of_each(all: &[PublishedEdition]) -> Vec<&PublishedEdition> {
    let chains = all.chunk_by(|one, other| one.chain() == other.chain());
    chains.filter_map(newest_of).collect()
}

fn newest_of(chain: &[PublishedEdition]) -> Option<&PublishedEdition> {
    let formers: Vec<_> = chain.iter().map(PublishedEdition::former).collect();
    let newest = publication::newest(&formers, &chain.first()?.edition.territory)?.id;
    chain.iter().find(|edition| edition.record.id() == newest)
}

/// The edition that counts where goods go, on a day, as known at a time: of the hub that is named, else of a hub that the
/// node's policy pins.
// spec: admin R39
pub(in crate::server) fn counting<'a>(
    all: &'a [PublishedEdition],
    (to, hub): (&str, Option<HubCode>),
    (on, known): (Date, UnixTime),
    trusted: &Trusted,
) -> Result<&'a PublishedEdition, Problem> {
    let publishers = match hub {
        Some(hub) => BTreeSet::from([hub]),
        None => trusted.hubs()?,
    };
    let sound: Vec<_> = all.iter().filter(|edition| edition.is_sound()).collect();
    let offers: Vec<_> = sound.iter().map(|edition| edition.offer()).collect();
    let destination = Destination {
        to,
        publishers: &publishers,
        on,
        known,
    };
    let chosen = choose_publisher(&offers, &destination).map_err(|none| trusted.refused(&none))?;
    let is_chosen = |edition: &&PublishedEdition| edition.record.id() == chosen.published.id;
    let edition = sound.into_iter().find(is_chosen);
    edition.ok_or_else(|| Problem::internal(&"an edition was chosen that was not offered"))
}

impl PublishedEdition {
    /// Whose editions it is one of.
    fn chain(&self) -> (HubCode, &str) {
        (self.position.hub, &self.edition.territory)
    }

    /// As the edition before it is found.
    fn link(&self) -> Link<'_> {
        Link::of(&self.record, &self.edition)
    }

    fn order(&self) -> ((HubCode, &str), u32, u64) {
        (self.chain(), self.edition.number, self.position.index)
    }
}

fn examined(reader: &Reader, hub: Option<HubCode>) -> Result<Vec<PublishedEdition>, Problem> {
    let (mut editions, mut after) = (Vec::new(), None);
    loop {
        let page = reader.list(hub, Some(RecordKind::TARIFF_EDITION), after, LIST_FINDINGS_MAX)?;
        for finding in &page {
            editions.extend(examined_one(reader, finding)?);
        }
        after = page.last().map(|finding| finding.position);
        if page.len() < LIST_FINDINGS_MAX {
            return Ok(editions);
        }
    }
}

fn examined_one(reader: &Reader, finding: &Finding) -> Result<Option<PublishedEdition>, Problem> {
    let Some(bytes) = reader.record(&finding.position)? else {
        return Ok(None);
    };
    let record = Record::decode(bytes).map_err(|error| Problem::internal(&error))?;
    // One of a later version is of no use here; the log shows it.
    Ok(PublishedEdition::read(finding.position, record, Some(finding)).ok())
}

fn unexamined(reader: &Reader, hub: HubCode) -> Result<Vec<PublishedEdition>, Problem> {
    let Some(log) = reader.logs().into_iter().rfind(|log| log.hub == hub) else {
        return Ok(Vec::new());
    };
    let mut editions = Vec::new();
    let (mut from, size) = (reader.examined_to(log), reader.size(log));
    while from < size {
        let to = size.min(from + TAIL_RECORDS);
        for (index, bytes) in (from..).zip(reader.range(log, from, to)?) {
            editions.extend(edition_of(log, index, bytes));
        }
        from = to;
    }
    Ok(editions)
}

fn edition_of(log: LogId, index: u64, bytes: bytes::Bytes) -> Option<PublishedEdition> {
    let record = Record::decode(bytes).ok()?;
    let is_edition = record.header().kind == RecordKind::TARIFF_EDITION;
    is_edition.then(|| PublishedEdition::read(log.at(index), record, None).ok())?
}
