//! `POST /v1/tariffs`: from a schedule to a signed edition. Pages and patch are durable before the record is signed.
//!
//! One at a time ([`Desk`](super::desk)): an edition cites the one before it, and a schedule takes memory while it is compared.

use super::editions::{self, PublishedEdition};
use crate::command::Command;
use crate::issue::{IssueInput, Issued};
use crate::problem::Problem;
use crate::schema::PublicationSchema;
use crate::server::Api;
use crate::tariff::{Publication, RateChangeView, SCHEDULE_TYPE, ScheduleForm, ScheduleFormError};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header;
use bytes::Bytes;
use ewtp_federation::tariff::PackedPatch;
use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::PatchSummary;
use ewtp_record::{Edition, HubCode, RecordId, RecordKind};
use ewtp_store::{Reader, Schedules};
use ewtp_tariff::patch::RateChange;
use ewtp_tariff::{PageTrees, Patch, schedule};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::oneshot;

/// How many changes of rates are told.
const LARGEST: usize = 10;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct Asked {
    corrects: Option<RecordId>,
    confirm: Option<HubCode>,
    #[serde(default)]
    dry_run: bool,
}

pub(in crate::server) async fn publish(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Json<Publication>, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let declared = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if declared != Some(SCHEDULE_TYPE) {
        let message = format!(
            "a schedule is published as {SCHEDULE_TYPE}, not as {:?}",
            declared.unwrap_or_default()
        );
        return Err(Problem::new("unsupported-media-type", message).next("ewtp tariff publish DIR"));
    }
    let received = api.desk.receive(request).await?;
    let _turn = api.desk.turn().await;
    let (own, schedules) = (api.status.borrow().hub, api.schedules.clone());
    let (input, mut told) = api
        .read(move |reader| {
            Office {
                reader,
                schedules: &schedules,
                own,
                asked,
            }
            .prepare(received.bytes)
        })
        .await?;
    if !asked.dry_run {
        told.issued = Some(issue(&api, input).await?);
    }
    Ok(Json(told))
}

/// Hands the edition to the runtime, which answers when a durable signed checkpoint covers it.
async fn issue(api: &Api, input: IssueInput) -> Result<Issued, Problem> {
    let (answer, issued) = oneshot::channel();
    let drafts = vec![input];
    let sent = api.commands.send(Command::Issue { drafts, answer }).await;
    sent.map_err(|_| Problem::stopping())?;
    let answers = issued.await.map_err(|_| Problem::stopping())?;
    let answer = answers.into_iter().next().ok_or_else(Problem::stopping)?;
    answer.map_err(Problem::from)
}

/// What publishing needs of the node.
struct Office<'a> {
    reader: &'a Reader,
    schedules: &'a Schedules,
    own: HubCode,
    asked: Asked,
}

/// The edition before, with its schedule.
struct Before<'a> {
    published: &'a PublishedEdition,
    trees: Arc<PageTrees>,
}

impl Office<'_> {
    /// Checks the schedule, finds its place behind the editions before, and keeps it; a dry run keeps nothing.
    fn prepare(&self, body: Bytes) -> Result<(IssueInput, Publication), Problem> {
        let form = ScheduleForm::decode(body)?;
        form.check_size()?;
        let ScheduleForm { about, trees } = form;
        schedule::check(&trees).map_err(|error| {
            let message = format!("{error} ({})", error.rule());
            Problem::new("schedule-refused", message)
                .field(error.row.to_string())
                .next("mend that row, import again and publish then")
        })?;
        let mut edition = about.edition(trees.summary());
        edition.corrects = self.asked.corrects;
        let mut own = editions::own(self.reader, self.own)?;
        let again = own.iter().find(|other| other.name() == about.name).cloned();
        own.retain(|other| other.is_sound() && other.edition.territory == edition.territory);
        // Sent again, it keeps the place that it has.
        let again = again.as_ref();
        let previous = match again {
            Some(again) => own
                .iter()
                .find(|other| Some(other.record.id()) == again.edition.previous),
            None => editions::newest(&own),
        };
        self.check_corrects(&own)?;
        let before = previous.map(|published| self.before(published)).transpose()?;
        let patch = before.as_ref().map(|before| Patch::between(&before.trees, &trees));
        let bytes = patch.as_ref().map(|patch| Bytes::from(patch.encode()));
        if let (Some(before), Some(patch), Some(bytes)) = (&before, &patch, &bytes) {
            edition.number = before.published.edition.number.saturating_add(1);
            edition.previous = Some(before.published.record.id());
            edition.patch = Some(summary(patch, bytes));
        }
        edition.inspect()?;
        if let Some(again) = again {
            refuse_other(again, &edition)?;
        }
        let mut told = self.told(&about.name, &edition, before.as_ref(), patch.as_ref(), bytes.as_deref());
        told.needs_confirmation &= again.is_none();
        if !self.asked.dry_run {
            if told.needs_confirmation && self.asked.confirm != Some(self.own) {
                return Err(self.unconfirmed(&told));
            }
            self.keep(&trees, before.as_ref(), bytes)?;
        }
        let input = IssueInput {
            kind: RecordKind::TARIFF_EDITION,
            subject: about.name,
            revision: 0,
            payload: edition.encode(),
            issued_at: None,
            expires_at: None,
            not_before: None,
        };
        Ok((input, told))
    }

    fn check_corrects(&self, own: &[PublishedEdition]) -> Result<(), Problem> {
        let Some(corrects) = self.asked.corrects else {
            return Ok(());
        };
        if own.iter().any(|other| other.record.id() == corrects) {
            return Ok(());
        }
        let message = format!("{corrects} is no edition of this hub and territory (edition R12)");
        Err(Problem::new("invalid-field", message)
            .field("corrects")
            .next("ewtp tariff history lists the editions"))
    }

    fn before<'a>(&self, published: &'a PublishedEdition) -> Result<Before<'a>, Problem> {
        let trees = self.schedules.trees(&published.edition.trees)?.ok_or_else(|| {
            let message = format!(
                "the schedule of edition {}, which comes before, is not held here",
                published.name()
            );
            Problem::new("unavailable", message)
                .next("it is gathered from other hubs; ewtp tariff history tells when it is here")
        })?;
        Ok(Before { published, trees })
    }

    /// Makes pages and patch durable: nothing is signed that this node cannot hand out. They are packed here, once for
    /// everybody; the first edition of a large territory takes seconds.
    fn keep(&self, trees: &PageTrees, before: Option<&Before<'_>>, patch: Option<Bytes>) -> Result<(), Problem> {
        match (before, patch) {
            (Some(before), Some(patch)) => {
                let from = before.published.edition.trees;
                self.schedules.keep_patch(&from, trees, &PackedPatch::of(patch))?;
            }
            _ => self.schedules.keep(trees)?,
        }
        Ok(())
    }

    fn told(
        &self,
        name: &ewtp_record::Subject,
        edition: &Edition,
        before: Option<&Before<'_>>,
        patch: Option<&Patch>,
        bytes: Option<&[u8]>,
    ) -> Publication {
        let trees = [edition.trees.rates, edition.trees.texts, edition.trees.notes];
        let rows_before = before.map_or(0, |before| before.trees.rows().count() as u64);
        let (added, removed, set) = before
            .zip(patch)
            .map_or((0, 0, 0), |(before, patch)| counts(&before.trees, patch));
        let rates = before.zip(patch).map_or_else(Vec::new, |(before, patch)| {
            patch.rate_changes(&before.trees, edition.currency)
        });
        let rows_changed = added + removed + set;
        Publication {
            schema: PublicationSchema,
            name: *name,
            territory: edition.territory.clone(),
            number: edition.number,
            previous: edition.previous,
            corrects: edition.corrects,
            in_force: edition.in_force,
            rows: trees.iter().map(|tree| u64::from(tree.rows)).sum(),
            rows_before,
            rows_changed,
            added,
            removed,
            set,
            bytes_moved: bytes.map_or_else(|| trees.iter().map(|tree| tree.bytes).sum(), |bytes| bytes.len() as u64),
            rates_changed: rates.len() as u64,
            largest: rates.iter().take(LARGEST).map(RateChangeView::from).collect(),
            // More than one row in a hundred.
            needs_confirmation: before.is_some() && rows_changed * 100 > rows_before,
            issued: None,
        }
    }

    fn unconfirmed(&self, told: &Publication) -> Problem {
        let message = format!(
            "{} of {} rows change, more than one in a hundred; nothing was published",
            told.rows_changed, told.rows_before
        );
        let next = format!(
            "look at them with --dry-run; if they are meant, add --confirm {}",
            self.own
        );
        Problem::new("not-confirmed", message).field("confirm").next(next)
    }
}

/// A name is taken once; what stands under it is never changed. // spec: edition R1
fn refuse_other(again: &PublishedEdition, edition: &Edition) -> Result<(), Problem> {
    if again.edition == *edition {
        return Ok(());
    }
    let existing = again.record.id();
    let message = format!(
        "edition {} was published with other content, as {existing}",
        again.name()
    );
    let next = format!(
        "give it another name (--name); what is wrong there is corrected: ewtp tariff correct {existing} DIR --name NAME"
    );
    Err(Problem {
        existing: Some(Box::new(existing)),
        ..Problem::new("already-issued-differently", message)
            .field("name")
            .next(next)
    })
}

fn summary(patch: &Patch, bytes: &[u8]) -> PatchSummary {
    PatchSummary {
        id: Octets(leaf_hash(bytes).0),
        bytes: bytes.len() as u64,
        rows: u32::try_from(patch.rows()).unwrap_or(u32::MAX),
    }
}

/// Rows that are new, gone and other.
fn counts(old: &PageTrees, patch: &Patch) -> (u64, u64, u64) {
    let added = patch.set().iter().filter(|row| old.get(row.key()).is_none()).count() as u64;
    (added, patch.removed().len() as u64, patch.set().len() as u64 - added)
}

impl From<&RateChange> for RateChangeView {
    fn from(change: &RateChange) -> Self {
        Self {
            hs: change.line.to_string(),
            measure: change.kind.name().to_owned(),
            areas: change.areas.iter().map(ToString::to_string).collect(),
            old: change.old.clone(),
            new: change.new.clone(),
        }
    }
}

impl From<ScheduleFormError> for Problem {
    fn from(error: ScheduleFormError) -> Self {
        match error {
            ScheduleFormError::Form => Self::new("bad-request", error.to_string()),
            ScheduleFormError::Json(_) => Self::new("bad-json", error.to_string()),
            ScheduleFormError::About(fault) => fault.into(),
            ScheduleFormError::Page { tree, error } => {
                Self::new("schedule-refused", format!("{tree}: {error} ({})", error.rule()))
                    .next("import the schedule again")
            }
        }
    }
}
