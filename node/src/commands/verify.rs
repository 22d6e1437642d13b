//! `ewtp verify`: an officer's answer about one bundle or one duty receipt, without node, network or configuration.
//!
//! No runtime, no threads, no folder beyond the policy: from start to exit it takes a few milliseconds.

mod likeness;

use super::input;
use crate::cli::VerifyArgs;
use crate::output::{BAD, GOOD, Output, WARN};
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_verify::{BUNDLE_BYTES_MAX, DutyReceipt, Outcome, POLICY_BYTES_MAX, Policy};
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// Reads bundle and policy, prints the verdict; the exit status is the outcome's.
pub(crate) fn answer(folder: &Folder, arguments: &VerifyArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let at = match &arguments.at {
        Some(text) => clock::parse(text)?,
        None => clock::now(),
    };
    let policy = policy(&arguments.policy.clone().unwrap_or_else(|| folder.policy()))?;
    // One byte more than a file may have: what is too large is for the verdict to say.
    let bytes = input::read_up_to(&arguments.file, BUNDLE_BYTES_MAX.max(DutyReceipt::BYTES_MAX) + 1)?;
    if likeness::is_meant_as_receipt(&bytes) {
        let verdict = ewtp_verify::verify_duty(&bytes, &policy, at);
        return told(&verdict, verdict.outcome, output);
    }
    if !likeness::is_meant_as_bundle(&bytes) {
        return Err(likeness::failure(&arguments.file, &bytes).into());
    }
    let verdict = ewtp_verify::verify(&bytes, &policy, at);
    told(&verdict, verdict.outcome, output)
}

/// Prints a verdict; the exit status is the outcome's.
fn told(verdict: &(impl Serialize + Display), outcome: Outcome, output: &Output) -> anyhow::Result<ExitCode> {
    if output.is_json() {
        output.object(verdict)?;
    } else {
        tell(&verdict.to_string(), outcome, output)?;
    }
    Ok(ExitCode::from(outcome.exit_code()))
}

fn policy(path: &Path) -> anyhow::Result<Policy> {
    if !path.exists() {
        let message = format!("there is no policy at {}", path.display());
        return Err(Failure::new("no-policy", message)
            .next("ewtp verify FILE --policy FILE")
            .into());
    }
    let bytes = input::read(path, POLICY_BYTES_MAX)?;
    Policy::from_json(&bytes).map_err(|error| {
        let failure = Failure::new("policy", format!("{}: {error}", path.display()));
        let failure = Failure {
            line: error.line().map(|line| line as u64),
            ..failure
        };
        failure
            .next("{\"net\":\"ewtp\",\"own\":\"MY\",\"pins\":{\"MY\":\"<64 hex digits>\"}}")
            .into()
    })
}

fn tell(text: &str, outcome: Outcome, output: &Output) -> anyhow::Result<()> {
    let style = match outcome {
        Outcome::Accepted => GOOD,
        Outcome::Undecided | Outcome::Unrecognised | Outcome::Unsupported => WARN,
        Outcome::Invalid | Outcome::Expired | Outcome::NotYetValid => BAD,
    };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    output.line(output.paint(style, first))?;
    output.raw(rest.as_bytes())
}
