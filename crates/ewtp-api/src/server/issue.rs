//! `POST /v1/certificates` and `POST /v1/merchants`: any number of records in, one answer for each, in order.
//!
//! The request streams in and the answers stream out at the same time. Between them run three stages, each bounded and
//! each keeping the order: batches are parsed on worker threads, handed to the runtime, and awaited, several at once.
//! When the caller stops reading its answers, all three come to rest and the request is read no further.

use super::Api;
use super::drafts::{self, Parse};
use super::values::{Declared, Value, Values};
use crate::command::Command;
use crate::issue::{IssueAnswer, IssueInput};
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ewtp_record::HubCode;
use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use std::convert::Infallible;
use tokio::sync::{mpsc, oneshot};

/// Batches parsed ahead of the runtime: one for each core of a small machine.
const PARSED_AHEAD: usize = 2;
/// Batches the runtime works on at once: it fills one group commit while the one before is synced and signed.
const IN_FLIGHT: usize = 8;
/// Answered batches waiting for a caller that reads slowly: at most 16,000 answers, about 4 MB.
const ANSWERS_WAITING: usize = 16;

pub(super) async fn certificates(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    issue(api, request, drafts::certificate).await
}

pub(super) async fn merchants(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    issue(api, request, drafts::merchant).await
}

async fn issue(api: Api, request: Request, parse: Parse) -> Result<Response, Problem> {
    let declared = declared(request.headers())?;
    let body = request
        .into_body()
        .into_data_stream()
        .map_err(|cause| cause.to_string());
    let mut values = Values::new(declared, body.boxed());
    // The first batch is read before the answer begins, so that a caller who waits for "100 Continue" gets it.
    let Some(first) = values.batch().await else {
        return Err(Problem::new("bad-json", "the request holds no record"));
    };
    let maybe_single = declared == Declared::Json && !values.was_array() && first.len() == 1;
    let second = if maybe_single { values.batch().await } else { None };
    if maybe_single && second.is_none() {
        return single(&api, first, parse).await;
    }
    let rest = stream::unfold(values, |mut values| async {
        values.batch().await.map(|batch| (batch, values))
    });
    let batches = stream::iter([Some(first), second].into_iter().flatten()).chain(rest);
    Ok(streamed(answers(&api, batches.boxed(), parse)))
}

/// What the caller says it sends. // A page of another site cannot set these without asking first, and is never allowed.
fn declared(headers: &HeaderMap) -> Result<Declared, Problem> {
    let declared = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "application/json" => Ok(Declared::Json),
        "application/x-ndjson" | "application/jsonl" | "application/json-lines" => Ok(Declared::Lines),
        other => {
            let next = "send application/json, or application/x-ndjson for one object a line";
            Err(Problem::new(
                "unsupported-media-type",
                format!("cannot issue from content type {other:?}"),
            )
            .next(next))
        }
    }
}

/// One object alone gets one object back, and its refusal as the status of the answer.
async fn single(api: &Api, batch: Vec<Value>, parse: Parse) -> Result<Response, Problem> {
    let parsed = parse_batch(batch, parse, api.status.borrow().hub);
    let answers = submit(api.commands.clone(), parsed).await.finish().await;
    let answer = answers.into_iter().next().expect("one value gives one answer");
    Ok(axum::Json(answer?).into_response())
}

/// The answers to all batches, in order, each batch as lines of JSON.
fn answers(
    api: &Api,
    batches: BoxStream<'static, Vec<Value>>,
    parse: Parse,
) -> impl Stream<Item = Bytes> + Send + use<> {
    let (commands, issuer) = (api.commands.clone(), api.status.borrow().hub);
    batches
        .map(move |batch| tokio::task::spawn_blocking(move || parse_batch(batch, parse, issuer)))
        .buffered(PARSED_AHEAD)
        .map(|parsed| parsed.expect("parsing returns every fault as a value"))
        .then(move |parsed| submit(commands.clone(), parsed))
        .map(InFlight::finish)
        .buffered(IN_FLIGHT)
        .map(|answers| encode(&answers))
}

/// Drives the answers in a task of their own, so that batches move on while the connection writes.
fn streamed(answers: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let (sender, receiver) = mpsc::channel(ANSWERS_WAITING);
    tokio::spawn(async move {
        let mut answers = std::pin::pin!(answers);
        while let Some(lines) = answers.next().await {
            if sender.send(lines).await.is_err() {
                return; // The caller went away; what was handed to the runtime is issued, and a resend finds it.
            }
        }
    });
    let body = stream::unfold(receiver, |mut receiver| async {
        receiver
            .recv()
            .await
            .map(|lines| (Ok::<_, Infallible>(lines), receiver))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::OK, headers, Body::from_stream(body)).into_response()
}

/// A batch after parsing: what can be issued, and what is known already of each value of the batch.
struct Parsed {
    drafts: Vec<IssueInput>,
    outcomes: Vec<Outcome>,
}

/// What is known of one value before the runtime answers.
struct Outcome {
    line: u64,
    /// The names of the times that the input gave: those at fault when the record lies outside the key's authority.
    times_given: Option<&'static str>,
    /// Why it never went to the runtime.
    fault: Option<Problem>,
}

impl Outcome {
    /// A refusal of the runtime as the caller can use it: with its line, and with the field to change.
    fn told(&self, problem: Problem) -> Problem {
        let problem = problem.line(self.line);
        match self.times_given.filter(|_| problem.code == "outside-authority") {
            Some(names) => problem
                .field(names)
                .next(format!("leave out {names}, and the hub sets what its key allows")),
            None => problem,
        }
    }
}

fn times_given(draft: &IssueInput) -> Option<&'static str> {
    match (draft.issued_at, draft.expires_at) {
        (Some(_), Some(_)) => Some("issued_at, expires_at"),
        (Some(_), None) => Some("issued_at"),
        (None, Some(_)) => Some("expires_at"),
        (None, None) => None,
    }
}

fn parse_batch(batch: Vec<Value>, parse: Parse, issuer: HubCode) -> Parsed {
    let mut parsed = Parsed {
        drafts: Vec::with_capacity(batch.len()),
        outcomes: Vec::with_capacity(batch.len()),
    };
    for Value { line, text } in batch {
        match text.and_then(|text| parse(&text, issuer).map_err(|problem| at_line(problem, line))) {
            Ok(draft) => {
                let times_given = times_given(&draft);
                parsed.drafts.push(draft);
                parsed.outcomes.push(Outcome {
                    line,
                    times_given,
                    fault: None,
                });
            }
            Err(problem) => parsed.outcomes.push(Outcome {
                line,
                times_given: None,
                fault: Some(problem),
            }),
        }
    }
    parsed
}

/// A fault found inside a value counts lines from the value's first; the caller counts from the request's.
fn at_line(problem: Problem, first_line: u64) -> Problem {
    let inside = problem.line.unwrap_or(1).max(1) - 1;
    problem.line(first_line + inside)
}

/// A batch the runtime works on.
struct InFlight {
    outcomes: Vec<Outcome>,
    answer: oneshot::Receiver<Vec<IssueAnswer>>,
}

/// Hands the drafts to the runtime, waiting while it is busy. A dropped answer is read as "stopping" later.
async fn submit(commands: mpsc::Sender<Command>, parsed: Parsed) -> InFlight {
    let (sender, answer) = oneshot::channel();
    let Parsed { drafts, outcomes } = parsed;
    if drafts.is_empty() {
        let _ = sender.send(Vec::new());
    } else {
        let _ = commands.send(Command::Issue { drafts, answer: sender }).await;
    }
    InFlight { outcomes, answer }
}

impl InFlight {
    async fn finish(self) -> Vec<Result<crate::Issued, Problem>> {
        let mut answers = self.answer.await.unwrap_or_default().into_iter();
        let told = |mut outcome: Outcome| match outcome.fault.take() {
            Some(problem) => Err(problem),
            None => answers
                .next()
                .map_or_else(|| Err(Problem::stopping()), |answer| answer.map_err(Problem::from))
                .map_err(|problem| outcome.told(problem)),
        };
        self.outcomes.into_iter().map(told).collect()
    }
}

fn encode(answers: &[Result<crate::Issued, Problem>]) -> Bytes {
    let mut lines = Vec::with_capacity(answers.len() * 192);
    for answer in answers {
        let written = match answer {
            Ok(issued) => serde_json::to_writer(&mut lines, issued),
            Err(problem) => serde_json::to_writer(&mut lines, problem),
        };
        written.expect("an answer has only text keys and a vector takes every byte");
        lines.push(b'\n');
    }
    lines.into()
}
