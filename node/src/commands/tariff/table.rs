//! The table of an edition beside a certificate that is verified, with the record that shows whose rows they are.
//!
//! A folder that was saved from a node has that record. One that was only imported does not: the record of the edition that the
//! certificate names is then looked for among the evidence that was shown, and asked of the node of the folder if one runs. Whether the
//! rows are that edition's, the verdict says by their roots; neither folder nor node is believed.

use super::edition::{self, Schedule};
use super::folder::Stated;
use crate::commands::node;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::certificate::Document;
use ewtp_record::{Body, Edition, Record};
use ewtp_tariff::PageTrees;
use ewtp_verify::{Bundle, ShownTable};
use std::path::Path;

/// An edition with its rows.
pub(crate) struct Table {
    name: String,
    record: Option<Record>,
    edition: Edition,
    trees: PageTrees,
}

impl Table {
    /// The table of a folder, or of an edition of the running node by any of its names; `certificate` is a bundle, `evidence` those of
    /// editions.
    ///
    /// # Errors
    /// There is neither such a folder nor such an edition, or nothing says whose schedule it is.
    pub(crate) fn read(folder: &Folder, named: &Path, certificate: &[u8], evidence: &[Bundle]) -> anyhow::Result<Self> {
        let Schedule { trees, stated, .. } = edition::read(folder, named)?;
        if let Some(Stated::Published(published)) = stated {
            return Ok(Self::of_record(published.record, published.edition, trees));
        }
        let found = named_edition(certificate).and_then(|document| {
            let shown = evidence.iter().find_map(|bundle| edition_of(bundle, document));
            shown.or_else(|| of_node(folder, document))
        });
        match (found, stated) {
            (Some((record, edition)), _) => Ok(Self::of_record(record, edition, trees)),
            (None, Some(stated)) => Ok(Self {
                name: stated.about().name.to_string(),
                record: None,
                edition: stated.edition(trees.summary()),
                trees,
            }),
            (None, None) => Err(nameless(named).into()),
        }
    }

    fn of_record(record: Record, edition: Edition, trees: PageTrees) -> Self {
        Self {
            name: record.header().subject.to_string(),
            record: Some(record),
            edition,
            trees,
        }
    }

    /// As a verdict takes it.
    pub(crate) fn shown(&self) -> ShownTable<'_> {
        ShownTable {
            name: &self.name,
            record: self.record.as_ref(),
            edition: &self.edition,
            trees: &self.trees,
        }
    }
}

/// The edition that the certificate of a bundle names.
pub(crate) fn named_edition(bundle: &[u8]) -> Option<Document> {
    let record = Record::decode(Bundle::decode(bundle).ok()?.record).ok()?;
    match record.body() {
        Ok(Body::Certificate(certificate)) => Some(certificate.assessment.as_ref()?.edition),
        _ => None,
    }
}

/// The edition of a bundle, if it is this one.
fn edition_of(bundle: &Bundle, document: Document) -> Option<(Record, Edition)> {
    let record = Record::decode(bundle.record.clone()).ok()?;
    match record.body() {
        Ok(Body::Edition(edition)) if record.id() == document.id => Some((record, *edition)),
        _ => None,
    }
}

/// The same from the node here; nothing when none runs or it does not know the edition, for an officer needs none.
fn of_node(folder: &Folder, document: Document) -> Option<(Record, Edition)> {
    node::ask(folder, async |client| edition::record(&client, &document.id).await).ok()
}

fn nameless(named: &Path) -> Failure {
    let message = format!("{} does not say whose schedule it is", named.display());
    let next = "import it with --about FILE (ewtp tariff template --about prints one)";
    Failure::new("not-stated", message).next(next)
}
