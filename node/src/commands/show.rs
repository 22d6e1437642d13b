//! Showing one record: by its id, or by the number it carries.

use super::node;
use crate::cli::ShowArgs;
use crate::output::{Output, TITLE, rows};
use ewtp_api::{Client, Listing, RecordView};
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::{RecordId, RecordKind};
use std::process::ExitCode;

/// Revisions of one document that are looked at.
const REVISIONS_MAX: u32 = 1000;

/// Shows the record of `kind` that the caller refers to.
pub(crate) fn answer(
    folder: &Folder,
    kind: RecordKind,
    arguments: &ShowArgs,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let hub = arguments.hub.as_deref().map(node::hub).transpose()?;
    let view = node::ask(folder, async |client| {
        let id = match arguments.reference.parse() {
            Ok(id) => id,
            Err(_) => {
                find(
                    &client,
                    Listing {
                        hub,
                        kind: Some(kind.name().to_owned()),
                        ..Listing::default()
                    },
                    &arguments.reference,
                )
                .await?
            }
        };
        Ok(client.record(&id).await.map_err(node::told)?)
    })?;
    if view.summary.kind != kind.name() {
        let message = format!("{} is a {}, not a {kind}", view.summary.id, view.summary.kind);
        return Err(Failure::new("wrong-kind", message)
            .next("ewtp merchant show, ewtp cert show or ewtp log get")
            .into());
    }
    if output.is_json() {
        output.object(&view)?;
    } else {
        tell(&view, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest revision of the document with this number.
async fn find(client: &Client, mut listing: Listing, number: &str) -> anyhow::Result<RecordId> {
    let missing = || {
        Failure::new("not-found", format!("no examined record carries the number {number}"))
            .next("--hub HUB names another hub; a record id is 64 hex digits")
    };
    listing.subject = Some(number.parse().map_err(|_| missing())?);
    listing.limit = Some(REVISIONS_MAX);
    let page = client.records(&listing).await.map_err(node::told)?;
    let newest = page.records.iter().max_by_key(|summary| summary.revision);
    Ok(newest.ok_or_else(missing)?.id)
}

fn tell(view: &RecordView, output: &Output) -> anyhow::Result<()> {
    let summary = &view.summary;
    output.line(format!("{}  {}", output.paint(TITLE, &summary.kind), summary.subject))?;
    let standing = serde_json::to_value(summary.standing).expect("a standing is a word");
    let fault = summary
        .fault
        .as_ref()
        .map_or_else(String::new, |fault| format!(" ({fault})"));
    output.line(format!("  standing  {}{fault}", standing.as_str().unwrap_or_default()))?;
    output.line(format!("  logged    {}", summary.position()))?;
    output.line(format!("  id        {}", summary.id))?;
    output.line(format!(
        "  issued    {}   ends {}",
        summary.issued_at.to_calendar(),
        summary.expires_at.to_calendar()
    ))?;
    if let Some(content) = &view.content {
        for row in rows(content) {
            output.line(format!("  {row}"))?;
        }
    }
    Ok(())
}
