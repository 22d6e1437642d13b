//! `GET /v1/status`, the two health checks, and the order to stop.

use super::Api;
use crate::command::Command;
use crate::problem::Problem;
use crate::status::Status;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

pub(super) async fn status(State(api): State<Api>) -> impl IntoResponse {
    let mut status = Status::clone(&api.status.borrow());
    status.uptime_ms = u64::try_from(api.started.elapsed().as_millis()).unwrap_or(u64::MAX);
    ([(header::CACHE_CONTROL, "no-cache")], Json(status))
}

/// The process answers.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// The node runs and follows every log it carries to the end.
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    if api.status.borrow().is_ready() {
        return (StatusCode::OK, "ready\n").into_response();
    }
    Problem::new(
        "unavailable",
        "the node is not running yet, or is behind a log it carries",
    )
    .next("ewtp status")
    .into_response()
}

pub(super) async fn stop(State(api): State<Api>) -> Result<StatusCode, Problem> {
    let (answer, done) = oneshot::channel();
    api.commands
        .send(Command::Stop { answer })
        .await
        .map_err(|_| Problem::stopping())?;
    // A runtime that is gone already has stopped, which is what was asked.
    let _ = done.await;
    Ok(StatusCode::ACCEPTED)
}
