//! `ewtp log`: the head, one record, its proof, all of a log as static files, or the word that ours goes on.

mod export;
mod resume;

use super::node;
use crate::cli::{HubArgs, LogCommand, LogIndexArgs};
use crate::output::{Output, TITLE, rows};
use anyhow::Context;
use ewtp_api::Client;
use ewtp_log::{BUNDLE, Checkpoint, InclusionProof, Note, TileKind, TilePath, TlogProof};
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{HubCode, Record};
use serde_json::json;
use std::process::ExitCode;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &LogCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        LogCommand::Head(arguments) => head(folder, arguments, output),
        LogCommand::Get(arguments) => get(folder, arguments, output),
        LogCommand::Prove(arguments) => prove(folder, arguments, output),
        LogCommand::Export(arguments) => export::answer(folder, arguments, output),
        LogCommand::Resume(arguments) => resume::answer(folder, arguments, output),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn head(folder: &Folder, arguments: &HubArgs, output: &Output) -> anyhow::Result<()> {
    let hub = node::hub_or_own(folder, arguments.hub.as_deref())?;
    let text = node::ask(folder, async |client| {
        Ok(client.checkpoint(hub).await.map_err(node::told)?)
    })?;
    let (checkpoint, note) = read_note(&text)?;
    let witnesses: Vec<_> = note.signatures().iter().skip(1).map(|line| line.name.clone()).collect();
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.log-head/1", "hub": hub.as_str(), "origin": checkpoint.origin.to_string(),
            "size": checkpoint.size, "root": checkpoint.root.to_string(), "witnesses": witnesses, "note": text,
        }));
    }
    // The note itself: what other tools read.
    output.raw(text.as_bytes())
}

/// The note of a checkpoint and what it states.
fn read_note(text: &str) -> anyhow::Result<(Checkpoint, Note)> {
    let note = Note::parse(text.as_bytes()).context("the node answered with something that is no note")?;
    let checkpoint = Checkpoint::parse(note.text()).context("the node answered with a note that is no checkpoint")?;
    Ok((checkpoint, note))
}

fn get(folder: &Folder, arguments: &LogIndexArgs, output: &Output) -> anyhow::Result<()> {
    let hub = node::hub_or_own(folder, arguments.hub.as_deref())?;
    let record = node::ask(folder, async |client| entry(&client, hub, arguments.index).await)?;
    let view = record.to_json();
    if output.is_json() {
        return output.object(&view);
    }
    output.line(output.paint(
        TITLE,
        format!("{} at {hub} index {}", record.header().kind, arguments.index),
    ))?;
    rows(&view)
        .into_iter()
        .try_for_each(|row| output.line(format!("  {row}")))
}

/// One record, out of the entry bundle it lies in.
async fn entry(client: &Client, hub: HubCode, index: u64) -> anyhow::Result<Record> {
    let (checkpoint, _) = read_note(&client.checkpoint(hub).await.map_err(node::told)?)?;
    if index >= checkpoint.size {
        let message = format!(
            "the log of {hub} has {} records, the last at index {}",
            checkpoint.size,
            checkpoint.size - 1
        );
        return Err(Failure::new("not-found", message)
            .next(format!("ewtp log head {hub}"))
            .into());
    }
    let start = index - index % BUNDLE;
    let width = u16::try_from((checkpoint.size - start).min(BUNDLE)).expect("a bundle has at most 256 records");
    let bundle = fetch(
        client,
        hub,
        &TilePath {
            kind: TileKind::Entries,
            index: start / BUNDLE,
            width,
        },
    )
    .await?;
    let entries = ewtp_log::bundle_entries(&bundle).context("the node answered with a broken bundle")?;
    let place = usize::try_from(index - start).expect("below 256");
    let bytes = entries
        .get(place)
        .context("the node answered with a bundle that is too short")?;
    Record::decode(bytes.to_vec().into()).context("the log holds something that is no record")
}

/// One file of the static tree.
async fn fetch(client: &Client, hub: HubCode, path: &TilePath) -> anyhow::Result<bytes::Bytes> {
    let path = path.to_string();
    let below = path.strip_prefix("tile/").expect("every tile path begins so");
    Ok(client.tile(hub, below).await.map_err(node::told)?)
}

fn prove(folder: &Folder, arguments: &LogIndexArgs, output: &Output) -> anyhow::Result<()> {
    let hub = node::hub_or_own(folder, arguments.hub.as_deref())?;
    let proof = node::ask(folder, async |client| {
        Ok(client.proof(hub, arguments.index).await.map_err(node::told)?)
    })?;
    if output.is_json() {
        return output.object(&proof);
    }
    let missing = "the node holds no signed checkpoint of that size; ask again";
    let (_, note) = read_note(proof.checkpoint.as_deref().context(missing)?)?;
    let text = TlogProof {
        extra: Vec::new(),
        index: proof.index,
        proof: InclusionProof { path: proof.path },
        note,
    };
    output.raw(text.to_string().as_bytes())
}
