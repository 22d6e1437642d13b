//! Editions of the running node: found by what was typed, and taken from it with their schedules.

use super::folder::{Published, Stated};
use crate::commands::node;
use bytes::Bytes;
use ewtp_api::Client;
use ewtp_api::tariff::{EditionListing, EditionView};
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{Body, Date, Edition, HubCode, Record, RecordId, UnixTime};
use ewtp_tariff::PageTrees;
use std::path::Path;

/// A schedule, and what is said of it.
pub(super) struct Schedule {
    /// The format that was imported, or `edition`.
    pub(super) from: String,
    pub(super) trees: PageTrees,
    pub(super) stated: Option<Stated>,
}

/// Reads a folder, or an edition of the running node by its id.
pub(super) fn read(folder: &Folder, named: &Path) -> anyhow::Result<Schedule> {
    let id = named.to_str().and_then(|text| text.parse::<RecordId>().ok());
    if let Some(id) = id.filter(|_| !named.exists()) {
        return node::ask(folder, async |client| of_node(&client, &id).await);
    }
    let (manifest, trees) = super::folder::read(named)?;
    let stated = super::folder::find_stated(named, &trees)?;
    let from = manifest.from;
    Ok(Schedule { from, trees, stated })
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

/// Which edition is meant.
pub(super) struct Reference<'a> {
    /// An id, a name, or a territory.
    pub(super) text: &'a str,
    pub(super) hub: Option<HubCode>,
    /// The day whose law counts, for a territory.
    pub(super) on: Option<Date>,
    pub(super) known: Option<UnixTime>,
}

/// Finds an edition: by id; by name among those of one hub; or the one that counts in a territory.
pub(super) async fn find(client: &Client, reference: &Reference<'_>) -> anyhow::Result<EditionView> {
    if let Ok(id) = reference.text.parse() {
        return Ok(client.edition(&id).await.map_err(node::told)?);
    }
    let listing = EditionListing {
        hub: reference.hub,
        known: reference.known,
        ..EditionListing::default()
    };
    let known = client.editions(&listing).await.map_err(node::told)?.editions;
    let mut named = known.iter().filter(|edition| edition.name.as_str() == reference.text);
    if let Some(found) = named.next() {
        if let Some(other) = named.next() {
            let message = format!(
                "hubs {} and {} both have an edition {}",
                found.hub, other.hub, reference.text
            );
            return Err(Failure::new("ambiguous", message)
                .next(format!("say whose: --hub {} or --hub {}", found.hub, other.hub))
                .into());
        }
        return Ok(client.edition(&found.id).await.map_err(node::told)?);
    }
    if !known.iter().any(|edition| edition.territory == reference.text) {
        let message = format!("this node knows no edition and no territory `{}`", reference.text);
        return Err(Failure::new("not-found", message)
            .next("ewtp tariff history lists the editions")
            .into());
    }
    let on = reference.on.map_or_else(today, Ok)?;
    let listing = EditionListing {
        territory: Some(reference.text.to_owned()),
        on: Some(on),
        ..listing
    };
    let counting = client.editions(&listing).await.map_err(node::told)?.editions;
    let id = counting.first().map(|edition| edition.id);
    let id = id.ok_or_else(|| {
        Failure::new(
            "not-found",
            format!("no edition of {} is in force on {on}", reference.text),
        )
    })?;
    Ok(client.edition(&id).await.map_err(node::told)?)
}

fn today() -> anyhow::Result<Date> {
    Ok(clock::date(clock::now()).parse()?)
}
