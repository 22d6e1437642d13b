//! What is asked and told of tariff editions: the schedule on its way, the publication, and views of what is published.

mod form;

pub(crate) use form::too_large;
pub use form::{SCHEDULE_FORM_BYTES_MAX, SCHEDULE_TYPE, ScheduleForm, ScheduleFormError};

use crate::issue::Issued;
use crate::schema::{EditionSchema, EditionsSchema, PublicationSchema};
use crate::view::StandingView;
use ewtp_record::{Date, HubCode, Position, RecordId, Subject, UnixTime};
use serde::{Deserialize, Serialize};

/// How an edition is to be published, beside what it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publishing {
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
    /// The hub's code, typed by whoever saw what is unusual: that it is the first, of another country, or changes many rows.
    pub confirm: Option<HubCode>,
    /// Compute and tell everything, keep and sign nothing.
    pub dry_run: bool,
}

/// An edition that was published, or would be (`ewtp.tariff-publication/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// `ewtp.tariff-publication/1`.
    pub schema: PublicationSchema,
    /// The name of the edition.
    pub name: Subject,
    /// Whose schedule it is.
    pub territory: String,
    /// Its number.
    pub number: u32,
    /// The edition before.
    pub previous: Option<RecordId>,
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
    /// The first day on which it holds.
    pub in_force: Date,
    /// Rows of the schedule.
    pub rows: u64,
    /// Rows that the edition before had; 0 for the first.
    pub rows_before: u64,
    /// Rows that are new, gone or other than before.
    pub rows_changed: u64,
    /// Of these, new.
    pub added: u64,
    /// Of these, gone.
    pub removed: u64,
    /// Of these, other than before.
    pub set: u64,
    /// What a hub that holds the edition before gets for it, in bytes; for the first, all pages.
    pub bytes_moved: u64,
    /// Measures that are new, gone, or have another rate.
    pub rates_changed: u64,
    /// The largest of them, at most ten; none for the first.
    pub largest: Vec<RateChangeView>,
    /// Whether something is so unusual that the hub's code is asked for.
    pub needs_confirmation: bool,
    /// What; nothing of an edition that was published before. A node that does not say it yet says nothing.
    #[serde(default)]
    pub unusual: Vec<UnusualView>,
    /// The record; null after a dry run.
    pub issued: Option<Issued>,
}

/// Something that is unusual about a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusualView {
    /// A stable name for programs: `first-edition`, `foreign-territory`, `many-rows`.
    pub code: String,
    /// What it is, for people.
    pub detail: String,
}

/// A measure with another rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateChangeView {
    /// The line.
    pub hs: String,
    /// What the measure is.
    pub measure: String,
    /// The origins it is for; empty means all.
    pub areas: Vec<String>,
    /// What was due; null when there was no such measure.
    pub old: Option<String>,
    /// What is due; null when there is no such measure any more.
    pub new: Option<String>,
}

/// A published edition as a node knows it (`ewtp.tariff-edition/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditionView {
    /// `ewtp.tariff-edition/1`.
    pub schema: EditionSchema,
    /// Its record.
    pub id: RecordId,
    /// Who published it.
    pub hub: HubCode,
    /// Generation of the log that holds it.
    pub epoch: u32,
    /// Place in that log.
    pub index: u64,
    /// Its name.
    pub name: Subject,
    /// Whose schedule it is.
    pub territory: String,
    /// Its number among those of the territory.
    pub number: u32,
    /// The first day on which it holds.
    pub in_force: Date,
    /// When it was published.
    pub published_at: UnixTime,
    /// The edition before.
    pub previous: Option<RecordId>,
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
    /// The editions that correct it: duty receipts made under it are to be looked at again.
    pub corrected_by: Vec<RecordId>,
    /// True for a schedule that is no law.
    pub test: bool,
    /// Rows of its three trees.
    pub rows: u64,
    /// Rows that are other than in the edition before; null for the first.
    pub rows_changed: Option<u32>,
    /// What examination found of its record.
    pub standing: StandingView,
    /// How much of its schedule is here.
    pub schedule: ScheduleView,
    /// All that it says, in the names of `about.json` and more; only when one edition is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<serde_json::Map<String, serde_json::Value>>,
}

impl EditionView {
    /// Where its record stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position {
            hub: self.hub,
            epoch: self.epoch,
            index: self.index,
        }
    }
}

/// How much of a schedule a node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// In one word.
    pub state: ScheduleState,
    /// Pages of its trees that are here one by one.
    pub pages_here: u64,
    /// Pages that its trees have.
    pub pages: u64,
}

/// Whether a schedule can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleState {
    /// It is here, checked, and can be quoted from.
    Held,
    /// Some of its pages are here.
    Gathering,
    /// Nothing of it is here.
    Missing,
}

/// Published editions (`ewtp.tariff-editions/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditionList {
    /// `ewtp.tariff-editions/1`.
    pub schema: EditionsSchema,
    /// By hub, territory and number.
    pub editions: Vec<EditionView>,
}

/// Which editions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditionListing {
    /// Of this hub only.
    pub hub: Option<HubCode>,
    /// Of this territory only.
    pub territory: Option<String>,
    /// Only the one that counts on this day.
    pub on: Option<Date>,
    /// Leave out those published after this time.
    pub known: Option<UnixTime>,
    /// Of each hub and territory only the one behind which the next is published.
    pub newest: bool,
}
