//! `ewtp inspect`: says what some bytes are and what they say. It checks the form and nothing else: whatever it prints
//! may be a lie.

mod encoding;
mod look;

use super::input;
use crate::cli::InspectArgs;
use crate::output::{Output, TITLE, WARN, rows};
use ewtp_node::failure::Failure;
use serde_json::{Value, json};
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
    let next = "a record, bundle, checkpoint note, tlog-proof, charter chain, introduction, announcement, sync message or policy";
    Err(
        Failure::new("unknown-object", format!("nothing known: {}", faults.join("; ")))
            .next(next)
            .into(),
    )
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
