//! `/v1/tariffs`: publish an edition, list and show what is published, hand out its schedule.

mod desk;
pub(super) mod editions;
mod publish;
pub(super) mod trusted;

pub use desk::Desk;
pub(super) use publish::publish;

use super::{Api, held};
use crate::problem::Problem;
use crate::schema::EditionsSchema;
use crate::tariff::{EditionList, EditionView, SCHEDULE_TYPE, ScheduleForm};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use editions::PublishedEdition;
use ewtp_record::edition::About;
use ewtp_record::{Date, HubCode, RecordId, UnixTime};
use serde::Deserialize;
use trusted::Trusted;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    hub: Option<HubCode>,
    territory: Option<String>,
    on: Option<Date>,
    known: Option<UnixTime>,
    #[serde(default)]
    newest: bool,
}

pub(super) async fn list(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<EditionList>, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let (own, schedules) = (api.status.borrow().hub, api.schedules.clone());
    let trusted = Trusted::of(&api);
    let editions = api.read(move |reader| {
        let all = editions::all(reader, own)?;
        let chosen: Vec<_> = match asked.on {
            Some(on) => {
                let Some(territory) = asked.territory.as_deref() else {
                    let message = "on needs territory: an edition counts among those of its territory";
                    return Err(Problem::new("bad-request", message).field("territory"));
                };
                let known = asked.known.unwrap_or(UnixTime(u64::MAX));
                vec![editions::counting(&all, (territory, asked.hub), (on, known), &trusted)?]
            }
            None if asked.newest => editions::newest_of_each(&all)
                .into_iter()
                .filter(|edition| asked.takes(edition))
                .collect(),
            None => all.iter().filter(|edition| asked.takes(edition)).collect(),
        };
        Ok(chosen
            .into_iter()
            .map(|edition| edition.view(&all, &schedules))
            .collect())
    });
    Ok(Json(EditionList {
        schema: EditionsSchema,
        editions: editions.await?,
    }))
}

impl Asked {
    fn takes(&self, edition: &PublishedEdition) -> bool {
        self.hub.is_none_or(|hub| edition.position.hub == hub)
            && self
                .territory
                .as_ref()
                .is_none_or(|territory| edition.edition.territory == *territory)
            && self.known.is_none_or(|known| edition.published_at() <= known)
    }
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<EditionView>, Problem> {
    let id = read_id(&id)?;
    let (own, schedules) = (api.status.borrow().hub, api.schedules.clone());
    let view = api.read(move |reader| {
        let all = editions::all(reader, own)?;
        let edition = editions::find(&all, &id)?;
        Ok(EditionView {
            content: Some(edition.edition.to_json()),
            ..edition.view(&all, &schedules)
        })
    });
    Ok(Json(view.await?))
}

pub(super) async fn schedule(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let schedules = api.schedules.clone();
    let form = api.read(move |reader| {
        let (position, record) = held::record(reader, &id)?;
        let edition = PublishedEdition::read(position, record, None)?;
        let trees = schedules.trees(&edition.edition.trees)?.ok_or_else(|| {
            let message = format!("the schedule of edition {} is not held whole yet", edition.name());
            Problem::new("not-yet-covered", message).next(format!("ewtp tariff show {id} tells how much of it is here"))
        })?;
        let about = About::of(edition.name(), &edition.edition);
        let trees = ewtp_tariff::PageTrees::clone(&trees);
        Ok(ScheduleForm { about, trees }.encode())
    });
    Ok(([(header::CONTENT_TYPE, SCHEDULE_TYPE)], form.await?).into_response())
}

fn read_id(text: &str) -> Result<RecordId, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            "bad-request",
            format!("{text:?} is no record id: 64 hexadecimal digits"),
        )
        .field("id")
    })
}
