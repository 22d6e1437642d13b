//! Asking the running node: one connection to its admin socket, one small runtime for the length of the command.

use anyhow::Context;
use ewtp_api::{Client, ClientError, Problem, Target};
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_node::shell;
use ewtp_record::{HubCode, RecordId};

/// Runs a conversation with the node of `folder`.
///
/// # Errors
/// What the conversation says; a node that does not run is told with the command that starts it.
pub(crate) fn ask<T>(
    folder: &Folder,
    conversation: impl AsyncFnOnce(Client) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let socket = folder
        .socket_of_running_node()
        .context("cannot tell where the admin socket is")?;
    ewtp_api::socket::check_socket_folder(folder.root(), &socket).map_err(|error| not_running(folder, error))?;
    if !socket.exists() {
        return Err(not_running(folder, "there is no admin socket").into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start a runtime for the question")?;
    runtime.block_on(conversation(Client::new(Target::Socket(socket))))
}

fn not_running(folder: &Folder, why: impl std::fmt::Display) -> Failure {
    let next = match folder.config().exists() {
        true => format!("ewtp run --dir {}", shell::path(folder.root())),
        false => format!("ewtp init --dir {}", shell::path(folder.root())),
    };
    Failure::new(
        "unavailable",
        format!("no node runs in {}: {why}", folder.root().display()),
    )
    .next(next)
}

/// Whether an error says that no node answers.
pub(crate) fn is_not_running(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failure>()
        .is_some_and(|failure| failure.code == "unavailable")
}

/// What the node or the way to it said, as the command line tells it.
pub(crate) fn told(fault: ClientError) -> Failure {
    of_problem(Problem::from(fault))
}

/// A refusal of the node, as the command line tells it.
pub(crate) fn of_problem(problem: Problem) -> Failure {
    let failure = Failure::new(&problem.code, problem.message);
    Failure {
        field: problem.field,
        line: problem.line,
        next: problem.next,
        ..failure
    }
}

/// The hub a caller named, or the one this folder belongs to.
pub(crate) fn hub_or_own(folder: &Folder, named: Option<&str>) -> anyhow::Result<HubCode> {
    match named {
        Some(text) => hub(text),
        None => Ok(ewtp_node::config::Config::load(folder)?.hub),
    }
}

/// A hub code as typed.
pub(crate) fn hub(text: &str) -> anyhow::Result<HubCode> {
    text.parse().map_err(|error| {
        Failure::new(USAGE, format!("`{text}` is not a hub code: {error}"))
            .next("write MY or CN-HGH")
            .into()
    })
}

/// A record id as typed.
pub(crate) fn record_id(text: &str) -> anyhow::Result<RecordId> {
    text.parse().map_err(|_| {
        let message = format!("`{text}` is not a record id: 64 hex digits");
        Failure::new(USAGE, message)
            .next("`ewtp cert show NUMBER` prints the id")
            .into()
    })
}
