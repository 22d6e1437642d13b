//! Schedules at hand: one read from a folder, or those fetched from the node for a whole basket.

use crate::cli::TariffQuoteArgs;
use crate::commands::node;
use crate::commands::tariff::edition;
use crate::commands::tariff::folder::{self, Stated};
use bytes::Bytes;
use ewtp_api::quote::{QuoteFault, QuoteInput, Schedule};
use ewtp_api::tariff::EditionListing;
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{Date, Edition, HubCode, UnixTime};
use ewtp_tariff::PageTrees;
use std::collections::BTreeMap;
use std::path::Path;

/// Where the rows of a basket find their schedules.
pub(super) enum Schedules {
    /// One for all.
    Folder(Box<Held>),
    /// By where the goods go, the day and the time known; each is fetched once.
    Node {
        folder: Folder,
        hub: Option<HubCode>,
        now: UnixTime,
        held: BTreeMap<(String, Date, UnixTime), Held>,
    },
}

/// How many schedules of a basket are held at once; one takes up to some hundred megabytes.
const HELD_MAX: usize = 8;

impl Schedules {
    pub(super) fn of_folder(dir: &Path) -> anyhow::Result<Self> {
        Ok(Self::Folder(Box::new(Held::read(dir)?)))
    }

    pub(super) fn of_node(folder: &Folder, arguments: &TariffQuoteArgs) -> anyhow::Result<Self> {
        Ok(Self::Node {
            folder: folder.clone(),
            hub: arguments.hub()?,
            now: clock::now(),
            held: BTreeMap::new(),
        })
    }

    /// The schedule for goods of which this is said, or what is missing or wrong in it.
    ///
    /// # Errors
    /// When the node cannot be asked, or has none.
    pub(super) fn of(&mut self, input: &QuoteInput) -> anyhow::Result<Result<&Held, QuoteFault>> {
        let (folder, hub, now, held) = match self {
            Self::Folder(held) => return Ok(Ok(held)),
            Self::Node { folder, hub, now, held } => (folder, hub, now, held),
        };
        let key = match input.request_edition(*now) {
            Ok(key) => key,
            Err(fault) => return Ok(Err(fault)),
        };
        if !held.contains_key(&key) {
            if held.len() >= HELD_MAX {
                held.clear();
            }
            let (territory, on, known) = key.clone();
            let listing = EditionListing {
                hub: *hub,
                territory: Some(territory),
                on: Some(on),
                known: Some(known),
                ..EditionListing::default()
            };
            held.insert(key.clone(), Held::ask(folder, &listing)?);
        }
        Ok(Ok(&held[&key]))
    }
}

/// The rows of an edition, and who says so.
pub(super) struct Held {
    trees: PageTrees,
    stated: Stated,
    edition: Edition,
    name: String,
}

impl Held {
    /// The schedule of a folder.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Self> {
        let (_, trees) = folder::read(dir)?;
        let stated = folder::stated(dir, &trees)?;
        Ok(Self::of(trees, stated))
    }

    /// The schedule of the edition that counts there, from the node.
    fn ask(folder: &Folder, listing: &EditionListing) -> anyhow::Result<Self> {
        let territory = listing.territory.clone().unwrap_or_default();
        node::ask(folder, async |client| {
            let editions = client.editions(listing).await.map_err(node::told)?.editions;
            let missing = || {
                let message = format!("no edition counts for goods that go to {territory}");
                Failure::new("not-found", message).next("ewtp tariff history")
            };
            let chosen = editions.first().ok_or_else(missing)?;
            let edition::Schedule { trees, stated, .. } = edition::of_node(&client, &chosen.id).await?;
            let stated = stated.ok_or_else(missing)?;
            Ok(Self::of(trees, stated))
        })
    }

    fn of(trees: PageTrees, stated: Stated) -> Self {
        Self {
            edition: stated.edition(trees.summary()),
            name: stated.about().name.to_string(),
            trees,
            stated,
        }
    }

    pub(super) fn schedule(&self) -> Schedule<'_> {
        Schedule {
            edition: &self.edition,
            name: &self.name,
            record: self.stated.record(),
            trees: &self.trees,
        }
    }

    /// The bundle that proves the signature of the edition, if there is one.
    pub(super) fn evidence(&self) -> Option<Bytes> {
        self.stated.evidence().cloned()
    }
}
