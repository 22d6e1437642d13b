//! `ewtp inspect`: says what some bytes are and what they say. It checks the form and nothing else: whatever it prints
//! may be a lie.

mod encoding;
mod look;

use super::{input, tariff};
use crate::cli::InspectArgs;
use crate::output::{Output, TITLE, WARN, rows};
use ewtp_node::failure::Failure;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// The largest object known is a charter chain; twice that for hex.
const INPUT_BYTES_MAX: usize = 17 * 1024 * 1024;

/// What the bytes are, and what they say, by name.
struct Seen {
    /// `record`, `bundle`, `checkpoint` …
    what: &'static str,
    /// Everything it says.
    says: Value,
}

/// How some bytes are written and what they are, if they are anything known here: `("hex", "bundle")`.
pub(super) fn named(given: &[u8]) -> Option<(&'static str, &'static str)> {
    let readings = encoding::readings(given).into_iter();
    readings
        .filter_map(|(form, bytes)| Some((form, look::at(&bytes).ok()?.what)))
        .next()
}

/// Prints what the input is.
pub(crate) fn answer(arguments: &InspectArgs, output: &Output) -> anyhow::Result<ExitCode> {
    if arguments.file.is_dir() {
        let (bytes, seen) = folder(&arguments.file)?;
        return tell("folder", bytes, &seen, output).map(|()| ExitCode::SUCCESS);
    }
    let given = input::read(&arguments.file, INPUT_BYTES_MAX)?;
    let mut faults = Vec::new();
    for (form, bytes) in encoding::readings(&given) {
        match look::at(&bytes) {
            Ok(seen) => {
                tell(form, bytes.len(), &seen, output)?;
                return Ok(ExitCode::SUCCESS);
            }
            Err(fault) => faults.push(format!("as {form}: {fault}")),
        }
    }
    let next = "a record, bundle, duty receipt, checkpoint note, tlog-proof, charter chain, introduction, announcement, sync \
                message or policy, or the folder of a schedule";
    Err(
        Failure::new("unknown-object", format!("nothing known: {}", faults.join("; ")))
            .next(next)
            .into(),
    )
}

/// A folder that `ewtp tariff import` wrote, or that was saved from an edition.
fn folder(path: &Path) -> anyhow::Result<(usize, Seen)> {
    let says = tariff::described(path)?;
    let trees = ["rates", "texts", "notes"].map(|tree| says["trees"][tree]["bytes"].as_u64().unwrap_or(0));
    let bytes = usize::try_from(trees.iter().sum::<u64>())?;
    let what = "schedule";
    Ok((bytes, Seen { what, says }))
}

fn tell(form: &str, bytes: usize, seen: &Seen, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.inspect/1", "what": seen.what, "form": form, "bytes": bytes, "verified": false,
            "says": seen.says,
        }));
    }
    output.line(format!("{}  ({bytes} bytes, {form})", output.paint(TITLE, seen.what)))?;
    for row in rows(&seen.says) {
        output.line(format!("  {row}"))?;
    }
    output.line(output.paint(WARN, "Nothing was verified: no signature, no authority, no time."))
}
