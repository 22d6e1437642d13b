//! `ewtp cert assess`: what a certificate says of its duty, written from the duty receipts of its lines. Needs no node.

use crate::cli::AssessArgs;
use crate::commands::verify;
use crate::output::Output;
use ewtp_node::failure::Failure;
use serde_json::json;
use std::process::ExitCode;

/// Computes every receipt again and prints the part of the certificate that names them.
pub(super) fn answer(arguments: &AssessArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let (names, files): (Vec<_>, Vec<_>) = verify::receipts(&arguments.receipts)?.into_iter().unzip();
    let assessment = ewtp_tariff::assess(&files).map_err(|error| {
        let guilty = error.line().and_then(|line| names.get(usize::from(line) - 1));
        let message = match guilty {
            Some(name) => format!("{name}: {error}"),
            None => error.to_string(),
        };
        Failure::new("assess", message).next("ewtp verify RECEIPT, which tells more of each")
    })?;
    let part = json!({"assessment": assessment.to_json()});
    if output.is_json() {
        output.object(&part)?;
    } else {
        output.line(serde_json::to_string_pretty(&part)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
