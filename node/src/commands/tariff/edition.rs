//! Editions of the running node: found by what was typed, and taken from it with their schedules.

mod reference;

pub(super) use reference::{Reference, find};

use super::folder::{Published, Stated};
use crate::commands::node;
use bytes::Bytes;
use ewtp_api::Client;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{Body, Edition, Record, RecordId};
use ewtp_tariff::PageTrees;
use std::path::Path;

/// A schedule, and what is said of it.
pub(super) struct Schedule {
    /// The format that was imported, or `edition`.
    pub(super) from: String,
    pub(super) trees: PageTrees,
    pub(super) stated: Option<Stated>,
}

/// Reads a folder, or an edition of the running node by any of its names.
pub(super) fn read(folder: &Folder, named: &Path) -> anyhow::Result<Schedule> {
    if !named.exists() {
        let asked = of_running_node(folder, &named.to_string_lossy());
        return asked.map_err(|error| match node::is_not_running(&error) {
            true => neither(named, &error).into(),
            false => error,
        });
    }
    let (manifest, trees) = super::folder::read(named)?;
    let stated = super::folder::find_stated(named, &trees)?;
    let from = manifest.from;
    Ok(Schedule { from, trees, stated })
}

fn of_running_node(folder: &Folder, text: &str) -> anyhow::Result<Schedule> {
    let reference = Reference {
        text,
        ..Reference::default()
    };
    node::ask(folder, async |client| {
        let found = find(&client, &reference).await?;
        of_node(&client, &found.id).await
    })
}

/// What was typed may be meant either way, and neither is there.
fn neither(named: &Path, why: &anyhow::Error) -> Failure {
    let message = format!(
        "there is no folder {}, and no node to ask for such an edition: {why:#}",
        named.display()
    );
    Failure::new("tariff-folder", message).next("ewtp tariff import --from csv FILE --out DIR, or ewtp run")
}

/// An edition with its schedule and the bundle that proves its signature.
pub(super) async fn of_node(client: &Client, id: &RecordId) -> anyhow::Result<Schedule> {
    let (record, edition) = record(client, id).await?;
    let trees = client.schedule(id).await.map_err(node::told)?.trees;
    if trees.summary() != edition.trees {
        let message = format!("the node's schedule of {id} is not the one that the edition names");
        return Err(Failure::new("internal", message).next("ewtp doctor").into());
    }
    // A record that is not covered yet has no bundle; the folder is complete without one.
    let evidence: Option<Bytes> = client.bundle(id).await.ok();
    let stated = Stated::Published(Box::new(Published {
        record,
        edition,
        evidence,
    }));
    Ok(Schedule {
        from: "edition".to_owned(),
        trees,
        stated: Some(stated),
    })
}

/// The record of an edition.
pub(super) async fn record(client: &Client, id: &RecordId) -> anyhow::Result<(Record, Edition)> {
    let record = Record::decode(client.record_bytes(id).await.map_err(node::told)?)?;
    match record.body()? {
        Body::Edition(edition) => Ok((record, *edition)),
        _ => {
            let message = format!("{id} is a {} and no edition", record.header().kind);
            Err(Failure::new("not-found", message).next("ewtp tariff history").into())
        }
    }
}
