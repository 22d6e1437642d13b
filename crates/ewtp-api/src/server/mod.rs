//! The server: routes over what the node holds, each handler one call long.
//!
//! Reading goes to the store's [`Reader`], to the newest [`Status`] and to the [`Directory`]; changing anything goes to
//! the runtime as a [`Command`]. Handlers hold no state of their own.

mod bundle;
mod drafts;
mod events;
mod foreign;
mod held;
mod issue;
mod listen;
mod logs;
mod peers;
mod quotes;
mod receipt;
mod records;
mod resume;
mod status;
mod tariffs;
mod values;

pub use listen::{ListenError, Server};
pub use tariffs::Desk;

use crate::command::Command;
use crate::problem::Problem;
use crate::status::Status;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ewtp_store::{Reader, Schedules};
use ewtp_trust::Directory;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// Longest body of a request that is not a stream of records.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Everything the admin interface needs of a running node.
#[derive(Clone)]
pub struct Api {
    /// What the node holds on disk.
    pub reader: Reader,
    /// When the node started. A quiet node's status is old, and its uptime must not be.
    pub started: Instant,
    /// The charters the node knows, as of its last change.
    pub directory: watch::Receiver<Arc<Directory>>,
    /// What the node says about itself, refreshed by the runtime (about every 100 ms while anything changes).
    pub status: watch::Receiver<Arc<Status>>,
    /// Bumped by the runtime after findings were applied; followers of events then read on.
    pub grown: watch::Receiver<()>,
    /// The runtime.
    pub commands: mpsc::Sender<Command>,
    /// The schedules of editions.
    pub schedules: Schedules,
    /// The node's `policy.json`: whose editions count when a question names no hub.
    pub policy: PathBuf,
    /// Where schedules are handed in to be published.
    pub desk: Arc<Desk>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = HeaderValue::from_static("application/problem+json");
        (
            status,
            [(header::CONTENT_TYPE, kind)],
            axum::Json(self).into_response().into_body(),
        )
            .into_response()
    }
}

impl Api {
    /// Reads from the store on a thread that may wait for the disk.
    async fn read<T, F>(&self, read: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    {
        let reader = self.reader.clone();
        let read = tokio::task::spawn_blocking(move || read(&reader)).await;
        read.map_err(|cause| Problem::internal(&cause))?
    }

    /// Gives the runtime an order that it answers with nothing but done.
    async fn order(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<(), Problem>>) -> Command,
    ) -> Result<StatusCode, Problem> {
        let (answer, done) = oneshot::channel();
        let sent = self.commands.send(command(answer)).await;
        sent.map_err(|_| Problem::stopping())?;
        done.await.map_err(|_| Problem::stopping())??;
        Ok(StatusCode::NO_CONTENT)
    }
}

/// All routes. `stopped` ends the answers that would otherwise never end.
fn router(api: Api, stopped: watch::Receiver<bool>) -> Router {
    let events = Router::new()
        .route("/v1/events", get(events::events))
        .with_state((api.clone(), stopped));
    Router::new()
        .route("/livez", get(status::livez))
        .route("/readyz", get(status::readyz))
        .route("/v1/status", get(status::status))
        .route("/v1/records", get(records::list))
        .route("/v1/records/{id}", get(records::record))
        .route("/v1/records/{id}/bundle", get(records::bundle_file))
        .route("/v1/certificates", post(issue::certificates))
        .route("/v1/merchants", post(issue::merchants))
        .route("/v1/tariffs", get(tariffs::list).post(tariffs::publish))
        .route("/v1/tariffs/{id}", get(tariffs::show))
        .route("/v1/tariffs/{id}/schedule", get(tariffs::schedule))
        .route("/v1/quotes", post(quotes::quote))
        .route("/v1/quotes/receipt", post(quotes::receipt))
        .route("/v1/logs/{hub}/checkpoint", get(logs::checkpoint))
        .route("/v1/logs/{hub}/proof", get(logs::proof))
        .route("/v1/logs/{hub}/tile/{*path}", get(logs::tile))
        .route("/v1/peers", get(peers::list).post(peers::add).delete(peers::remove))
        .route("/v1/log/resume", post(resume::resume))
        .route("/v1/stop", post(status::stop))
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(api)
        .merge(events)
}

async fn unknown_route() -> Problem {
    Problem::new("unknown-route", "there is nothing at this path").next("see protocol-spec/admin.md for the routes")
}

async fn method_not_allowed() -> Problem {
    Problem::new("method-not-allowed", "this path does not take this method")
}
