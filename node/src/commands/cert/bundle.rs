//! `ewtp cert bundle`: the file an officer verifies. A record that was issued a moment ago is not witnessed yet, so this
//! waits a little for its hub's panel, and says who is missing when the wait was not enough.

use crate::cli::BundleArgs;
use crate::commands::{node, verify, witnesses};
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_api::Witnesses;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_record::RecordId;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Writes the bundle.
pub(crate) fn answer(folder: &Folder, arguments: &BundleArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let id = node::record_id(&arguments.id)?;
    let net = Config::load(folder)?.net;
    let bytes = node::ask(folder, async |client| {
        let bundle = match arguments.no_wait {
            true => client.bundle(&id).await,
            false => witnesses::awaited(output, client.witnessed_bundle(&id)).await,
        };
        Ok(bundle.map_err(node::told)?)
    })?;
    let witnesses = witnesses::of_bundle(&bytes, &net)?;
    if arguments.out == Path::new("-") {
        output.raw(&bytes)?;
    } else {
        std::fs::write(&arguments.out, &bytes).with_context(|| format!("cannot write {}", arguments.out.display()))?;
        tell(arguments, &id, bytes.len(), &witnesses, output)?;
    }
    if witnesses::advise(&witnesses, output) && arguments.out != Path::new("-") {
        let line = verify::as_typed(folder, &arguments.out);
        note(
            output,
            format!("An officer checks it without a node, by a policy that pins its hub: {line}"),
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(
    arguments: &BundleArgs,
    id: &RecordId,
    bytes: usize,
    witnesses: &Witnesses,
    output: &Output,
) -> anyhow::Result<()> {
    let file = arguments.out.display();
    let Witnesses { have, need, missing } = witnesses;
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.bundle-file/1", "id": id.to_string(), "file": file.to_string(), "bytes": bytes,
            "quorum": { "have": have.len(), "need": need, "witnesses": have, "missing": missing },
        }));
    }
    let (signed, panel) = (have.len(), have.len() + missing.len());
    output.line(format!(
        "{file} ({bytes} bytes), witnessed by {signed} of its panel of {panel}; {need} are its quorum"
    ))
}
