//! `ewtp cert`: clearance certificates.

use super::{issue, node, show};
use crate::cli::{BundleArgs, CertCommand};
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_node::folder::Folder;
use ewtp_record::RecordKind;
use std::path::Path;
use std::process::ExitCode;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &CertCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        CertCommand::Issue(arguments) => issue::answer(folder, issue::What::Certificates, arguments, output),
        CertCommand::Show(arguments) => show::answer(folder, RecordKind::CERTIFICATE, arguments, output),
        CertCommand::Bundle(arguments) => bundle(folder, arguments, output),
    }
}

fn bundle(folder: &Folder, arguments: &BundleArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let id = node::record_id(&arguments.id)?;
    let bytes = node::ask(folder, async |client| {
        Ok(client.bundle(&id).await.map_err(node::told)?)
    })?;
    if arguments.out == Path::new("-") {
        output.raw(&bytes)?;
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::write(&arguments.out, &bytes).with_context(|| format!("cannot write {}", arguments.out.display()))?;
    if output.is_json() {
        let file = arguments.out.display().to_string();
        output.object(&serde_json::json!({
            "schema": "ewtp.bundle-file/1", "id": id.to_string(), "file": file, "bytes": bytes.len(),
        }))?;
    } else {
        output.line(format!("{} ({} bytes)", arguments.out.display(), bytes.len()))?;
        note(
            output,
            format!(
                "An officer checks it without a node: ewtp verify {}",
                arguments.out.display()
            ),
        );
    }
    Ok(ExitCode::SUCCESS)
}
