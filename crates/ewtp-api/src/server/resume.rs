//! `/v1/log/resume`: an operator's word that the hub's own log goes on although something holds it.

use super::Api;
use crate::command::{Command, Resume};
use crate::problem::Problem;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use bytes::Bytes;

pub(super) async fn resume(State(api): State<Api>, body: Result<Bytes, BytesRejection>) -> Result<StatusCode, Problem> {
    let body = body.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let Resume { past } = serde_json::from_slice(&body).map_err(|fault| {
        Problem::new("bad-json", fault.to_string())
            .line(fault.line() as u64)
            .next(r#"send {"past":57} with the size that the alarm names"#)
    })?;
    api.order(|answer| Command::ResumeLog { past, answer }).await
}
