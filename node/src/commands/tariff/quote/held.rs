//! A schedule at hand: read from a folder, or fetched from the node for a whole basket.

use crate::cli::TariffQuoteArgs;
use crate::commands::node;
use crate::commands::tariff::edition;
use crate::commands::tariff::folder::{self, Stated};
use bytes::Bytes;
use ewtp_api::quote::Schedule;
use ewtp_api::tariff::EditionListing;
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::Edition;
use ewtp_tariff::PageTrees;
use std::path::Path;

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

    /// The schedule of the edition that counts where the basket goes, from the node.
    pub(super) fn ask(folder: &Folder, arguments: &TariffQuoteArgs) -> anyhow::Result<Self> {
        let input = arguments.input();
        let (territory, on, known) = input.request_edition(clock::now()).map_err(super::told)?;
        let listing = EditionListing {
            hub: arguments.hub()?,
            territory: Some(territory),
            on: Some(on),
            known: Some(known),
            ..EditionListing::default()
        };
        node::ask(folder, async |client| {
            let editions = client.editions(&listing).await.map_err(node::told)?.editions;
            let missing =
                || Failure::new("not-found", "no edition counts where the basket goes").next("ewtp tariff history");
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
