//! `/v1/quotes`: what is due on goods by the edition that counts, and the receipt of it.

use super::bundle::{self, Wait};
use super::tariffs::editions::{self, PublishedEdition};
use super::tariffs::trusted::Trusted;
use super::{Api, drafts};
use crate::problem::Problem;
use crate::quote::{QuoteAnswer, QuoteInput, RECEIPT_TYPE, Schedule};
use axum::Json;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ewtp_record::HubCode;
use ewtp_store::Schedules;
use ewtp_tariff::quote::Request;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    hub: Option<HubCode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptAsked {
    hub: Option<HubCode>,
    wait: Option<Wait>,
}

pub(super) async fn quote(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<QuoteAnswer>, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let answer = answered(&api, asked.hub, body, |schedule, request| {
        Ok(schedule.answer(request)?.1)
    });
    Ok(Json(answer.await?))
}

pub(super) async fn receipt(
    State(api): State<Api>,
    asked: Result<Query<ReceiptAsked>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let receipt = answered(&api, asked.hub, body, |schedule, request| {
        Ok(schedule.receipt(request)?.1)
    });
    let mut receipt = receipt.await?;
    // Whoever asks for a receipt keeps it, so the witnesses are waited for unless the caller says otherwise. An edition that
    // no checkpoint covers yet has no evidence; the receipt proves the duty all the same.
    let evidence = bundle::awaited(&api, receipt.record.id(), asked.wait.unwrap_or(Wait::LONGEST));
    receipt.evidence = evidence.await.ok().map(|bundle| bundle.encode().into());
    Ok(([(header::CONTENT_TYPE, RECEIPT_TYPE)], receipt.encode()).into_response())
}

/// What `tell` says of the request in `body`, by the edition that counts for it.
async fn answered<T: Send + 'static>(
    api: &Api,
    hub: Option<HubCode>,
    body: Result<Bytes, BytesRejection>,
    tell: impl FnOnce(&Schedule<'_>, &Request) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let input = read_input(body)?;
    let (own, schedules, trusted) = (api.status.borrow().hub, api.schedules.clone(), Trusted::of(api));
    api.read(move |reader| {
        let all = editions::all(reader, own)?;
        let request = input.request(drafts::now())?;
        let (whose, when) = ((request.to.as_str(), hub), (request.on, request.known));
        let counting = editions::counting(&all, whose, when, &trusted)?;
        let trees = held(counting, &schedules)?;
        let name = counting.record.header().subject;
        let schedule = Schedule {
            edition: &counting.edition,
            name: name.as_str(),
            record: Some(&counting.record),
            trees: &trees,
        };
        tell(&schedule, &request)
    })
    .await
}

fn held(
    published: &PublishedEdition,
    schedules: &Schedules,
) -> Result<std::sync::Arc<ewtp_tariff::PageTrees>, Problem> {
    schedules.trees(&published.edition.trees)?.ok_or_else(|| {
        let header = published.record.header();
        let message = format!("the schedule of edition {} is not held whole yet", header.subject);
        let next = format!(
            "ewtp tariff show {} tells how much of it is here",
            published.record.id()
        );
        Problem::new("not-yet-covered", message).next(next)
    })
}

fn read_input(body: Result<Bytes, BytesRejection>) -> Result<QuoteInput, Problem> {
    let body = body.map_err(|fault| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new("too-large", fault.body_text()),
        _ => Problem::new("bad-request", fault.body_text()),
    })?;
    serde_json::from_slice(&body).map_err(|fault| {
        let next = r#"send {"to":"US","from":"CN","hs":"6109.10.00.12","value":"1000USD"}"#;
        Problem::new("bad-json", fault.to_string())
            .line(fault.line() as u64)
            .next(next)
    })
}
