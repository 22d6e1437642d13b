//! The editions that a node knows: those of every log that were examined, and the newest of its own.

use crate::problem::Problem;
use crate::schema::EditionSchema;
use crate::server::held;
use crate::tariff::{EditionView, ScheduleState, ScheduleView};
use crate::view::StandingView;
use ewtp_record::{Body, Date, Edition, HubCode, LogId, Position, Record, RecordId, RecordKind, Subject, UnixTime};
use ewtp_store::{Gathered, Reader, Schedules};
use ewtp_tariff::quote::{Published, choose_edition};
use ewtp_trust::Finding;
use std::collections::BTreeSet;

/// Editions that are looked at; a hub with one a week for a century has half as many.
const EDITIONS_MAX: usize = 10_000;
/// Records of our own log that are read at a time, where they are not examined yet.
const TAIL_RECORDS: u64 = 4_096;

/// An edition in a log.
#[derive(Debug, Clone)]
pub(in crate::server) struct PublishedEdition {
    pub(in crate::server) position: Position,
    pub(in crate::server) record: Record,
    pub(in crate::server) edition: Edition,
    standing: StandingView,
}

impl PublishedEdition {
    /// Reads the edition of this record; without a finding it is undecided.
    pub(super) fn read(position: Position, record: Record, finding: Option<&Finding>) -> Result<Self, Problem> {
        let standing = finding.map_or(StandingView::Undecided, |finding| held::examined(finding).standing);
        match record.body() {
            Ok(Body::Edition(edition)) => Ok(Self {
                position,
                edition: *edition,
                record,
                standing,
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

    /// Whether examination found nothing against it.
    pub(super) fn is_sound(&self) -> bool {
        matches!(self.standing, StandingView::Sound | StandingView::Undecided)
    }

    fn published(&self) -> Published {
        Published {
            id: self.record.id(),
            at: self.published_at(),
            in_force: self.edition.in_force,
            number: self.edition.number,
            corrects: self.edition.corrects,
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
            standing: self.standing,
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
    editions.sort_by(|left, right| left.place().cmp(&right.place()));
    Ok(editions)
}

/// Those of one hub's own log, whose node this is.
pub(super) fn own(reader: &Reader, own: HubCode) -> Result<Vec<PublishedEdition>, Problem> {
    let mut editions = examined(reader, Some(own))?;
    editions.extend(unexamined(reader, own)?);
    Ok(editions)
}

/// The edition of this record.
pub(in crate::server) fn find<'a>(all: &'a [PublishedEdition], id: &RecordId) -> Result<&'a PublishedEdition, Problem> {
    all.iter().find(|edition| edition.record.id() == *id).ok_or_else(|| {
        let message = format!("this node knows no edition {id}");
        Problem::not_found(message).next("ewtp tariff history lists the editions")
    })
}

/// The edition of a territory that counts on a day, as known at a time.
// spec: edition R15
pub(in crate::server) fn counting<'a>(
    all: &'a [PublishedEdition],
    territory: &str,
    hub: Option<HubCode>,
    on: Date,
    known: Option<UnixTime>,
) -> Result<&'a PublishedEdition, Problem> {
    let is_asked = |edition: &&PublishedEdition| {
        edition.is_sound()
            && edition.edition.territory == territory
            && hub.is_none_or(|hub| edition.position.hub == hub)
    };
    let asked: Vec<_> = all.iter().filter(is_asked).collect();
    let hubs: BTreeSet<_> = asked.iter().map(|edition| edition.position.hub).collect();
    if hubs.len() > 1 {
        let hubs: Vec<_> = hubs.iter().map(ToString::to_string).collect();
        let message = format!("several hubs publish editions of {territory}: {}", hubs.join(", "));
        let choices: Vec<_> = hubs.iter().map(|hub| format!("--hub {hub}")).collect();
        return Err(Problem::new("bad-request", message)
            .field("hub")
            .next(format!("say which hub's is meant: {}", choices.join(" or "))));
    }
    let published: Vec<_> = asked.iter().map(|edition| edition.published()).collect();
    let chosen = choose_edition(&published, on, known.unwrap_or(UnixTime(u64::MAX)));
    let found = chosen.and_then(|chosen| asked.into_iter().find(|edition| edition.record.id() == chosen.id));
    found.ok_or_else(|| {
        let message = match known {
            Some(known) => format!(
                "no edition of {territory} that was published by {} is in force on {on}",
                known.to_calendar()
            ),
            None => format!("no edition of {territory} is in force on {on}"),
        };
        Problem::not_found(message).next("ewtp tariff history lists the editions and their first days")
    })
}

impl PublishedEdition {
    fn place(&self) -> (HubCode, &str, u32, u64) {
        (
            self.position.hub,
            &self.edition.territory,
            self.edition.number,
            self.position.index,
        )
    }
}

fn examined(reader: &Reader, hub: Option<HubCode>) -> Result<Vec<PublishedEdition>, Problem> {
    let findings = reader.list(hub, Some(RecordKind::TARIFF_EDITION), None, EDITIONS_MAX)?;
    let mut editions = Vec::with_capacity(findings.len());
    for finding in &findings {
        let Some(bytes) = reader.record(&finding.position)? else {
            continue;
        };
        let record = Record::decode(bytes).map_err(|error| Problem::internal(&error))?;
        // One of a later version is of no use here; the log shows it.
        editions.extend(PublishedEdition::read(finding.position, record, Some(finding)).ok());
    }
    Ok(editions)
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
