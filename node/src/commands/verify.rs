//! `ewtp verify`: an officer's answer about one bundle, with the receipts of its duty and the papers of its goods, or about one
//! duty receipt; without node, network or configuration.
//!
//! No runtime, no threads, no folder beyond the policy: from start to exit it takes a few milliseconds. Only for a duty receipt
//! the node of the folder is asked, if one runs, which editions correct that of the receipt, and for a table, of what edition it is.

mod corrections;
mod likeness;
mod next;
mod policy;

use super::input;
use super::tariff::table::Table;
use crate::cli::VerifyArgs;
use crate::output::{BAD, GOOD, Output, WARN, shown};
use ewtp_node::clock;
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_node::shell;
use ewtp_verify::{BUNDLE_BYTES_MAX, Beside, DutyReceipt, Outcome, ShownFile};
use next::Place;
use policy::Judge;
use serde::Serialize;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// All receipts of one certificate: it names some hundred, of mostly less than 100 KiB each.
const RECEIPTS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most papers that are shown beside one certificate: it rests on at most 16.
const PAPERS_MAX: usize = 16;

/// Reads bundle and policy, prints the verdict; the exit status is the outcome's.
pub(crate) fn answer(folder: &Folder, arguments: &VerifyArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let at = match &arguments.at {
        Some(text) => clock::parse(text)?,
        None => clock::now(),
    };
    // One byte more than a file may have: what is too large is for the verdict to say.
    let bytes = input::read_up_to(&arguments.file, BUNDLE_BYTES_MAX.max(DutyReceipt::BYTES_MAX) + 1)?;
    let judge = Judge::of(folder, arguments, &bytes)?;
    let receipts = receipts(&arguments.receipts)?;
    let papers = papers(&arguments.papers)?;
    if likeness::is_meant_as_receipt(&bytes) {
        if !receipts.is_empty() || !papers.is_empty() || arguments.edition.is_some() {
            return Err(lone_receipt(&arguments.file).into());
        }
        let editions = corrections::gather(folder, arguments, &bytes, output)?;
        let verdict = ewtp_verify::verify_duty_with_editions(&bytes, &editions, &judge.policy, at);
        let exit = told(&verdict, verdict.outcome, output)?;
        tell_next(judge.next(verdict.outcome, &bytes, &arguments.file), output)?;
        return Ok(exit);
    }
    if !arguments.evidence.is_empty() && arguments.edition.is_none() {
        return Err(no_receipt(&arguments.file).into());
    }
    if !likeness::is_meant_as_bundle(&bytes) {
        return Err(likeness::failure(&arguments.file, &bytes).into());
    }
    let table = table(folder, arguments, &bytes)?;
    let beside = Beside {
        receipts: &shown_files(&receipts),
        papers: &shown_files(&papers),
        table: table.as_ref().map(Table::shown),
    };
    let verdict = ewtp_verify::verify_beside(&bytes, &beside, &judge.policy, at);
    let exit = told(&verdict, verdict.outcome, output)?;
    let place = Place {
        file: &arguments.file,
        policy_file: arguments.policy.as_deref(),
        is_tabled: arguments.edition.is_some(),
        folder,
    };
    let next = match judge.is_missing {
        true => judge.next(verdict.outcome, &bytes, &arguments.file),
        false => next::of(&verdict, &bytes, &judge.policy, &place),
    };
    tell_next(next, output)?;
    Ok(exit)
}

/// What to do about an answer that is open, for a person.
fn tell_next(next: Option<String>, output: &Output) -> anyhow::Result<()> {
    match next.filter(|_| !output.is_json()) {
        Some(next) => output.line(format!("  next     {}", output.remedy(&next))),
        None => Ok(()),
    }
}

/// The table that is held against the certificate, if one is named.
fn table(folder: &Folder, arguments: &VerifyArgs, certificate: &[u8]) -> anyhow::Result<Option<Table>> {
    let Some(named) = &arguments.edition else {
        return Ok(None);
    };
    let evidence = corrections::shown(&arguments.evidence)?;
    Table::read(folder, named, certificate, &evidence).map(Some)
}

fn shown_files(files: &[(String, Vec<u8>)]) -> Vec<ShownFile<'_>> {
    files.iter().map(|(name, file)| ShownFile { name, file }).collect()
}

/// What to type to verify `file` by the policy of this folder's hub, if there is one.
pub(super) fn as_typed(folder: &Folder, file: &Path) -> String {
    let policy = folder.policy();
    let policy = if policy.exists() { policy } else { "POLICY.json".into() };
    format!("ewtp verify {} --policy {}", shell::path(file), shell::path(&policy))
}

/// The duty receipts with the names of their files.
pub(super) fn receipts(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut left = RECEIPTS_BYTES_MAX;
    let mut receipts = Vec::new();
    for path in paths {
        let file = input::read(path, DutyReceipt::BYTES_MAX)?;
        if !likeness::is_meant_as_receipt(&file) {
            let message = format!("{} is no duty receipt", path.display());
            let next = "give what ewtp tariff quote --receipt FILE wrote";
            return Err(Failure::new("not-a-receipt", message).next(next).into());
        }
        left = left.checked_sub(file.len()).ok_or_else(|| {
            let message = format!("the receipts have more than {RECEIPTS_BYTES_MAX} bytes together");
            Failure::new("too-large", message).next("verify the certificate with the receipts of fewer lines at a time")
        })?;
        receipts.push((path.display().to_string(), file));
    }
    Ok(receipts)
}

/// The bundles of the papers with the names of their files.
fn papers(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    if paths.len() > PAPERS_MAX {
        let message = format!("--paper is given more than {PAPERS_MAX} times");
        let next = "give the papers that the certificate rests on, once each";
        return Err(Failure::new(USAGE, message).next(next).into());
    }
    let paper = |path: &PathBuf| {
        let file = input::read(path, BUNDLE_BYTES_MAX)?;
        match likeness::is_meant_as_bundle(&file) {
            true => Ok((path.display().to_string(), file)),
            false => Err(likeness::failure(path, &file).into()),
        }
    };
    paths.iter().map(paper).collect()
}

/// A receipt that is checked by itself has no receipts and papers of its own.
fn lone_receipt(path: &Path) -> Failure {
    let message = format!(
        "{} is a duty receipt itself: --receipt, --paper and --edition go with a certificate",
        path.display()
    );
    Failure::new("usage", message).next("ewtp verify CERTIFICATE.ewtp --receipt RECEIPT")
}

/// Evidence of editions is for a receipt or a table.
fn no_receipt(path: &Path) -> Failure {
    let message = format!(
        "{} is no duty receipt: --evidence goes with one, or with --edition",
        path.display()
    );
    Failure::new("usage", message).next("ewtp verify RECEIPT --evidence EDITION.ewtp")
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

fn tell(text: &str, outcome: Outcome, output: &Output) -> anyhow::Result<()> {
    let style = match outcome {
        Outcome::Accepted => GOOD,
        Outcome::Undecided | Outcome::Unrecognised | Outcome::Unsupported => WARN,
        Outcome::Invalid | Outcome::Expired | Outcome::NotYetValid => BAD,
    };
    // What the file says of itself stands in these lines too.
    let mut lines = text.lines().map(shown);
    output.line(output.paint(style, lines.next().unwrap_or_default()))?;
    lines.try_for_each(|line| output.line(line))
}
