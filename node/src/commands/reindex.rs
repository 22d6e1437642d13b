//! `ewtp reindex`: the index is derived, so it can be thrown away and built again.

use crate::output::{Output, note};
use anyhow::Context;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use serde_json::json;
use std::process::ExitCode;

/// Deletes the index and builds it from the ledger.
pub(crate) fn answer(folder: &Folder, output: &Output) -> anyhow::Result<ExitCode> {
    let config = Config::load(folder)?;
    let (_store, restored) =
        ewtp_store::reindex(folder.root(), &config.store_options()).context("cannot build the index again")?;
    let records: u64 = restored.logs.iter().map(|log| log.tree.size()).sum();
    if output.is_json() {
        output.object(&json!({ "schema": "ewtp.reindex/1", "logs": restored.logs.len(), "records": records }))?;
    } else {
        output.line(format!(
            "{records} records of {} logs are indexed again",
            restored.logs.len()
        ))?;
        note(output, "The next `ewtp run` examines them again.");
    }
    Ok(ExitCode::SUCCESS)
}
