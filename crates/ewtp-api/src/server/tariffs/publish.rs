//! `POST /v1/tariffs`: from a schedule to a signed edition. Pages and patch are durable before the record is signed.
//!
//! What comes behind which edition, and what may be published, is decided by [`ewtp_tariff::publication`]; here it is read, asked,
//! kept and answered. One at a time ([`Desk`](super::desk)): an edition cites the one before it, and a schedule takes memory
//! while it is compared.

use super::editions::{self, PublishedEdition};
use crate::command::Command;
use crate::issue::{IssueInput, Issued};
use crate::problem::Problem;
use crate::schema::PublicationSchema;
use crate::server::Api;
use crate::tariff::{Publication, RateChangeView, SCHEDULE_TYPE, ScheduleForm, ScheduleFormError, UnusualView};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header;
use bytes::Bytes;
use ewtp_federation::tariff::PackedPatch;
use ewtp_record::edition::Trees;
use ewtp_record::{HubCode, RecordId, RecordKind, Subject};
use ewtp_store::{Reader, Schedules};
use ewtp_tariff::PageTrees;
use ewtp_tariff::patch::RateChange;
use ewtp_tariff::publication::{Change, Former, Opening, Plan, Proposal, PublicationError, Unusual};
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

impl Office<'_> {
    /// Plans the edition behind those before, and keeps its schedule; a dry run keeps nothing.
    fn prepare(&self, body: Bytes) -> Result<(IssueInput, Publication), Problem> {
        let form = ScheduleForm::decode(body)?;
        form.check_size()?;
        let ScheduleForm { about, trees } = form;
        let published = editions::own(self.reader, self.own)?;
        let formers: Vec<_> = published.iter().map(PublishedEdition::former).collect();
        let proposal = Proposal {
            about: &about,
            trees: &trees,
            corrects: self.asked.corrects,
        };
        let opening = Opening::find(proposal, &formers)?;
        let before = opening.before().copied();
        let plan = opening.plan(before.map(|before| self.rows(&before)).transpose()?.as_deref())?;
        if !self.asked.dry_run {
            plan.check_confirmed(self.own, self.asked.confirm)?;
            self.keep(&plan, before.map(|before| before.edition.trees), &trees)?;
        }
        let input = IssueInput {
            kind: RecordKind::TARIFF_EDITION,
            subject: about.name,
            revision: 0,
            payload: plan.edition.encode(),
            issued_at: None,
            expires_at: None,
            not_before: None,
        };
        Ok((input, told(about.name, &plan, self.own)))
    }

    fn rows(&self, before: &Former<'_>) -> Result<Arc<PageTrees>, Problem> {
        self.schedules.trees(&before.edition.trees)?.ok_or_else(|| {
            let message = format!(
                "the schedule of edition {}, which comes before, is not held here",
                before.name
            );
            unavailable(message)
        })
    }

    /// Makes pages and patch durable: nothing is signed that this node cannot hand out. They are packed here, once for
    /// everybody; the first edition of a large territory takes seconds.
    fn keep(&self, plan: &Plan, before: Option<Trees>, trees: &PageTrees) -> Result<(), Problem> {
        match (before, &plan.change) {
            (Some(before), Some(change)) => {
                let patch = PackedPatch::of(change.patch.clone());
                self.schedules.keep_patch(&before, trees, &patch)?;
            }
            _ => self.schedules.keep(trees)?,
        }
        Ok(())
    }
}

fn unavailable(message: String) -> Problem {
    Problem::new("unavailable", message)
        .next("it is gathered from other hubs; ewtp tariff history tells when it is here")
}

fn told(name: Subject, plan: &Plan, own: HubCode) -> Publication {
    let unusual = plan.unusual(own);
    let (edition, change) = (&plan.edition, plan.change.as_ref());
    let trees = [edition.trees.rates, edition.trees.texts, edition.trees.notes];
    let rates = change.map_or(&[][..], |change| &change.rates);
    Publication {
        schema: PublicationSchema,
        name,
        territory: edition.territory.clone(),
        number: edition.number,
        previous: edition.previous,
        corrects: edition.corrects,
        in_force: edition.in_force,
        rows: trees.iter().map(|tree| u64::from(tree.rows)).sum(),
        rows_before: change.map_or(0, |change| change.rows_before),
        rows_changed: change.map_or(0, Change::rows),
        added: change.map_or(0, |change| change.added),
        removed: change.map_or(0, |change| change.removed),
        set: change.map_or(0, |change| change.set),
        bytes_moved: change.map_or_else(|| edition.trees.bytes(), |change| change.patch.len() as u64),
        rates_changed: rates.len() as u64,
        largest: rates.iter().take(LARGEST).map(RateChangeView::from).collect(),
        needs_confirmation: !unusual.is_empty(),
        unusual: unusual.iter().map(UnusualView::from).collect(),
        issued: None,
    }
}

impl From<PublicationError> for Problem {
    fn from(error: PublicationError) -> Self {
        let message = error.to_string();
        match error {
            PublicationError::Schedule { error } => Self::new("schedule-refused", message)
                .field(error.row.to_string())
                .next("mend that row, import again and publish then"),
            PublicationError::Corrects(_) => Self::new("invalid-field", message)
                .field("corrects")
                .next("ewtp tariff history lists the editions"),
            PublicationError::LastNumber => Self::new("invalid-field", message).field("number"),
            PublicationError::Lacking(_) => unavailable(message),
            // Kept under the roots that the edition names, so the disk gave back something else.
            PublicationError::OtherRows => Self::internal(&message),
            PublicationError::Field(fault) => fault.into(),
            PublicationError::Taken { existing, .. } => {
                let next = format!(
                    "give it another name (--name); what is wrong there is corrected: ewtp tariff correct {existing} DIR --name NAME"
                );
                Self {
                    existing: Some(Box::new(existing)),
                    ..Self::new("already-issued-differently", message)
                        .field("name")
                        .next(next)
                }
            }
            PublicationError::Unconfirmed { hub, .. } => {
                let next = format!("look at it with --dry-run; if it is meant, add --confirm {hub}");
                Self::new("not-confirmed", message).field("confirm").next(next)
            }
        }
    }
}

impl From<&Unusual> for UnusualView {
    fn from(unusual: &Unusual) -> Self {
        Self {
            code: unusual.code().to_owned(),
            detail: unusual.to_string(),
        }
    }
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
