//! `ewtp log resume`: the operator's word that this hub's log goes on although something holds it.

use crate::cli::ResumeArgs;
use crate::commands::node;
use crate::output::Output;
use ewtp_node::folder::Folder;
use serde_json::json;

/// Tells the running node, and says what that means.
pub(crate) fn answer(folder: &Folder, arguments: &ResumeArgs, output: &Output) -> anyhow::Result<()> {
    let past = arguments.past;
    node::ask(folder, async |client| {
        client.resume_log(past).await.map_err(node::told)?;
        Ok(())
    })?;
    if output.is_json() {
        return output.object(&json!({ "schema": "ewtp.log-resumed/1", "past": past }));
    }
    output.line("this hub's log goes on: what was issued is signed again, and what callers send again is issued")
}
