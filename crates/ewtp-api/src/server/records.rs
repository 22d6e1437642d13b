//! `GET /v1/records…`: one record as JSON, as its exact bytes or as a bundle for an officer; and listings.

use super::bundle::{self, Wait};
use super::{Api, held};
use crate::problem::Problem;
use crate::schema::RecordsSchema;
use crate::view::RecordPage;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ewtp_record::{Document, HubCode, Position, RecordId, RecordKind, Subject};
use ewtp_store::Reader;
use serde::Deserialize;
use tracing::Instrument as _;

/// Records of a page unless the caller says otherwise.
const PAGE_RECORDS: u32 = 100;
/// Most records of a page: about 400 KB of JSON.
const PAGE_RECORDS_MAX: u32 = 1_000;
/// Revision numbers without a record after which no further one is looked for. They count amendments, so a careful issuer
/// skips none.
const REVISIONS_SKIPPED_MAX: u32 = 64;
/// A record never changes, and its id names its bytes.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    hub: Option<HubCode>,
    kind: Option<String>,
    subject: Option<Subject>,
    after: Option<Position>,
    limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BundleAsked {
    wait: Option<Wait>,
}

pub(super) async fn list(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<RecordPage>, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let limit = asked.limit.unwrap_or(PAGE_RECORDS);
    if !(1..=PAGE_RECORDS_MAX).contains(&limit) {
        let message = format!("limit is {limit}, and must be 1 to {PAGE_RECORDS_MAX}");
        return Err(Problem::new("bad-request", message).field("limit"));
    }
    let kind = asked.kind.as_deref().map(kind_named).transpose()?;
    let hub = asked
        .hub
        .or_else(|| asked.after.map(|after| after.hub))
        .unwrap_or_else(|| api.status.borrow().hub);
    api.log(hub)?;
    let limit = limit as usize;
    if let Some(subject) = asked.subject {
        return about(&api, hub, kind, subject, limit, asked.after).await;
    }
    let findings = api
        .read(move |reader| Ok(reader.list(Some(hub), kind, asked.after, limit)?))
        .await?;
    let next = findings
        .last()
        .filter(|_| findings.len() == limit)
        .map(|last| last.position);
    Ok(Json(RecordPage {
        schema: RecordsSchema,
        records: findings.iter().map(held::examined).collect(),
        next,
    }))
}

/// The revisions of one document, looked up one by one: no more is read, however long the log is.
async fn about(
    api: &Api,
    hub: HubCode,
    kind: Option<RecordKind>,
    subject: Subject,
    limit: usize,
    after: Option<Position>,
) -> Result<Json<RecordPage>, Problem> {
    let needs = |field, message: &str| Err(Problem::new("bad-request", message).field(field));
    let Some(kind) = kind else {
        return needs("kind", "subject needs kind: a number is unique within its kind only");
    };
    if after.is_some() {
        return needs(
            "after",
            "subject and after do not go together: all revisions are on one page",
        );
    }
    let revisions = move |reader: &Reader| {
        let mut summaries = Vec::new();
        let mut end = REVISIONS_SKIPPED_MAX;
        for revision in 0.. {
            if revision >= end || summaries.len() == limit {
                break;
            }
            let document = Document {
                hub,
                kind,
                subject,
                revision,
            };
            if let Some(position) = reader.by_document(&document)? {
                summaries.extend(reader.finding_at(&position)?.as_ref().map(held::examined));
                end = revision.saturating_add(REVISIONS_SKIPPED_MAX);
            }
        }
        Ok(summaries)
    };
    Ok(Json(RecordPage {
        schema: RecordsSchema,
        records: api.read(revisions).await?,
        next: None,
    }))
}

pub(super) async fn record(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let wanted = wanted(&headers)?;
    let span = tracing::debug_span!("record", %id);
    served(&api, id, wanted).instrument(span).await
}

async fn served(api: &Api, id: RecordId, wanted: Wanted) -> Result<Response, Problem> {
    let (position, record) = api.read(move |reader| held::record(reader, &id)).await?;
    tracing::debug!(%position, "record served");
    if wanted == Wanted::Bytes {
        let headers = [
            (header::CONTENT_TYPE, "application/cose".to_owned()),
            (header::CACHE_CONTROL, FOREVER.to_owned()),
            (header::ETAG, format!("\"{id}\"")),
        ];
        return Ok((headers, record.bytes().clone()).into_response());
    }
    let view = api.read(move |reader| held::view(reader, position, &record)).await?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(view)).into_response())
}

pub(super) async fn bundle_file(
    State(api): State<Api>,
    Path(id): Path<String>,
    asked: Result<Query<BundleAsked>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let awaited = bundle::awaited(&api, id, asked.wait.unwrap_or(Wait::NONE));
    let bundle = awaited.instrument(tracing::debug_span!("record", %id)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.ewtp.bundle+cbor".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.ewtp\""),
        ),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    Ok((headers, bundle.encode()).into_response())
}

/// The kind a caller names, or the refusal that lists the names.
pub(super) fn kind_named(name: &str) -> Result<RecordKind, Problem> {
    RecordKind::by_name(name).ok_or_else(|| {
        let names: Vec<_> = RecordKind::names().collect();
        let next = format!("kinds are {}", names.join(", "));
        Problem::new("bad-request", format!("there is no kind of record {name:?}"))
            .field("kind")
            .next(next)
    })
}

fn read_id(text: &str) -> Result<RecordId, Problem> {
    text.parse().map_err(|_| {
        let next = "an id is 64 lower-case hexadecimal digits; ewtp cert issue --json prints it";
        Problem::new("bad-request", format!("{text:?} is not a record id"))
            .field("id")
            .next(next)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    View,
    Bytes,
}

/// The first form of a record that `Accept` names; weights are not read, since two forms need none.
fn wanted(headers: &HeaderMap) -> Result<Wanted, Problem> {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()) else {
        return Ok(Wanted::View);
    };
    let names = accept
        .split(',')
        .map(|part| part.split(';').next().unwrap_or_default().trim());
    let form = |name: &str| match name {
        "application/cose" | "application/cbor" => Some(Wanted::Bytes),
        "application/json" | "application/*" | "*/*" | "" => Some(Wanted::View),
        _ => None,
    };
    names.into_iter().find_map(form).ok_or_else(|| {
        let next = "accept application/json for a view or application/cose for the signed bytes";
        Problem::new("not-acceptable", format!("a record has no form {accept:?}")).next(next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(accept: &'static str) -> Option<Wanted> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        wanted(&headers).ok()
    }

    #[test]
    fn the_form_is_the_first_that_accept_names() {
        assert_eq!(form("*/*"), Some(Wanted::View));
        assert_eq!(form("text/html, application/json"), Some(Wanted::View));
        assert_eq!(form("application/cose"), Some(Wanted::Bytes));
        assert_eq!(form("application/cose;q=1, application/json"), Some(Wanted::Bytes));
        assert_eq!(form("image/png"), None);
        assert_eq!(wanted(&HeaderMap::new()).unwrap(), Wanted::View);
    }
}
