//! How an edition is named on the command line: by its id, by `NAME` or `HUB/NAME`, as `HUB/TERRITORY/NUMBER`, or as the one that
//! counts in `TERRITORY` or `HUB/TERRITORY`.

use crate::commands::node;
use ewtp_api::Client;
use ewtp_api::tariff::{EditionListing, EditionView};
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_record::{Date, HubCode, UnixTime};

/// How many editions a refusal names.
const NEAREST_MAX: usize = 3;

/// Which edition is meant.
#[derive(Default)]
pub(in super::super) struct Reference<'a> {
    /// As it was typed.
    pub(in super::super) text: &'a str,
    /// Of this hub only.
    pub(in super::super) hub: Option<HubCode>,
    /// The day whose law counts, for a territory.
    pub(in super::super) on: Option<Date>,
    /// The time whose knowledge counts.
    pub(in super::super) known: Option<UnixTime>,
}

/// Finds an edition among those that the node knows.
pub(in super::super) async fn find(client: &Client, reference: &Reference<'_>) -> anyhow::Result<EditionView> {
    if let Ok(id) = reference.text.parse() {
        return Ok(client.edition(&id).await.map_err(node::told)?);
    }
    let listing = EditionListing {
        hub: reference.hub,
        known: reference.known,
        ..EditionListing::default()
    };
    let known = client.editions(&listing).await.map_err(node::told)?.editions;
    let is_meant = |edition: &&EditionView| names(edition).iter().any(|name| name == reference.text);
    let named: Vec<_> = known.iter().filter(is_meant).collect();
    match named.as_slice() {
        [found] => Ok(client.edition(&found.id).await.map_err(node::told)?),
        [] => counting(client, reference, listing, &known).await,
        several => Err(ambiguous(reference.text, several).into()),
    }
}

/// What an edition is called here, the shortest first.
fn names(edition: &EditionView) -> [String; 3] {
    let EditionView { name, hub, .. } = edition;
    [name.to_string(), format!("{hub}/{name}"), place(edition)]
}

/// `MY/MY/2`: one hub has one edition of this number for a territory.
fn place(edition: &EditionView) -> String {
    format!("{}/{}/{}", edition.hub, edition.territory, edition.number)
}

/// The edition that counts in a territory on the day.
async fn counting(
    client: &Client,
    reference: &Reference<'_>,
    listing: EditionListing,
    known: &[EditionView],
) -> anyhow::Result<EditionView> {
    let text = reference.text;
    let of_territory = known
        .iter()
        .find(|edition| edition.territory == text || format!("{}/{}", edition.hub, edition.territory) == text);
    let Some(edition) = of_territory else {
        return Err(unknown(text, known).into());
    };
    let on = reference.on.map_or_else(today, Ok)?;
    let listing = EditionListing {
        hub: listing
            .hub
            .or_else(|| (edition.territory != text).then_some(edition.hub)),
        territory: Some(edition.territory.clone()),
        on: Some(on),
        ..listing
    };
    let counting = client.editions(&listing).await.map_err(node::told)?.editions;
    let id = counting.first().map(|edition| edition.id);
    let id = id.ok_or_else(|| Failure::new("not-found", format!("no edition of {text} is in force on {on}")))?;
    Ok(client.edition(&id).await.map_err(node::told)?)
}

fn ambiguous(text: &str, several: &[&EditionView]) -> Failure {
    let places: Vec<_> = several.iter().map(|edition| place(edition)).collect();
    let message = format!("{} editions are called {text}: {}", several.len(), places.join(", "));
    Failure::new("ambiguous", message).next(format!("write {}", places.join(" or ")))
}

fn unknown(text: &str, known: &[EditionView]) -> Failure {
    let message = format!("this node knows no edition and no territory `{text}`");
    let nearest = nearest(text, known);
    let message = match nearest.is_empty() {
        true => message,
        false => format!("{message}; nearest are {}", nearest.join(", ")),
    };
    Failure::new("not-found", message).next("ewtp tariff history lists the editions")
}

/// The editions whose names are most like this text: `MY/MY/2 (2026-2)`.
fn nearest(text: &str, known: &[EditionView]) -> Vec<String> {
    let likeness = |edition: &EditionView| {
        let names = names(edition);
        let scores = names.iter().map(|name| strsim::damerau_levenshtein(text, name));
        scores.min().unwrap_or(usize::MAX)
    };
    let mut scored: Vec<_> = known.iter().map(|edition| (likeness(edition), edition)).collect();
    scored.sort_by_key(|(score, _)| *score);
    let nearest = scored.iter().take(NEAREST_MAX);
    nearest
        .map(|(_, edition)| format!("{} ({})", place(edition), edition.name))
        .collect()
}

fn today() -> anyhow::Result<Date> {
    Ok(clock::date(clock::now()).parse()?)
}
