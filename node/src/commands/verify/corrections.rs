//! The editions that may correct the one of a duty receipt: as files, and from the node of the folder if one runs. Either way
//! they are bundles, which the verdict judges; no answer of a node is believed.

use super::likeness;
use crate::cli::VerifyArgs;
use crate::commands::{input, node};
use crate::output::{Output, note};
use ewtp_api::{Client, ClientError};
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_record::RecordId;
use ewtp_verify::{BUNDLE_BYTES_MAX, Bundle, DutyReceipt};
use std::path::{Path, PathBuf};

/// Most editions that are shown beside one receipt: nobody corrects one edition as often.
const EDITIONS_MAX: usize = 64;

/// What was shown and what the node of the folder has.
pub(super) fn gather(
    folder: &Folder,
    arguments: &VerifyArgs,
    receipt: &[u8],
    output: &Output,
) -> anyhow::Result<Vec<Bundle>> {
    let mut editions = shown(&arguments.evidence)?;
    if let Ok(receipt) = DutyReceipt::decode(receipt) {
        editions.extend(of_node(folder, receipt.record.id(), output));
    }
    Ok(editions)
}

/// The bundles of editions that were shown.
pub(super) fn shown(paths: &[PathBuf]) -> anyhow::Result<Vec<Bundle>> {
    if paths.len() > EDITIONS_MAX {
        let message = format!("--evidence is given more than {EDITIONS_MAX} times");
        let next = "give the editions that correct that of the receipt";
        return Err(Failure::new(USAGE, message).next(next).into());
    }
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> anyhow::Result<Bundle> {
    let file = input::read(path, BUNDLE_BYTES_MAX)?;
    if !likeness::is_meant_as_bundle(&file) {
        return Err(likeness::failure(path, &file).into());
    }
    Bundle::decode(&file).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        let next = "ask for it again: ewtp cert bundle EDITION --out FILE, at a hub that has it";
        Failure::new("not-a-bundle", message).next(next).into()
    })
}

/// What the node here knows; nothing when none runs, for an officer needs none.
fn of_node(folder: &Folder, edition: RecordId, output: &Output) -> Vec<Bundle> {
    let asked = node::ask(folder, async |client| {
        Ok(corrections(&client, edition).await.map_err(node::told)?)
    });
    match asked {
        Ok(found) => {
            if found.is_empty() {
                note(output, "the node here knows no correction of the edition");
            }
            found
        }
        Err(error) if node::is_not_running(&error) => Vec::new(),
        Err(error) => {
            note(
                output,
                format!("whether the edition was corrected, the node here cannot say: {error}"),
            );
            Vec::new()
        }
    }
}

/// The bundles of the editions that correct this one, and of those that correct them.
async fn corrections(client: &Client, edition: RecordId) -> Result<Vec<Bundle>, ClientError> {
    let mut bundles = Vec::new();
    let mut asked = vec![edition];
    let mut next = 0;
    while next < asked.len() && asked.len() <= EDITIONS_MAX {
        for correction in client.edition(&asked[next]).await?.corrected_by {
            if !asked.contains(&correction) {
                bundles.extend(Bundle::decode(&client.witnessed_bundle(&correction).await?).ok());
                asked.push(correction);
            }
        }
        next += 1;
    }
    Ok(bundles)
}
