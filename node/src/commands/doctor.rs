//! `ewtp doctor`: ordered checks of one hub's folder, machine and node, each with its remedy.
//!
//! The order is that of dependence: a later check needs what an earlier one found. A check that cannot be made says so
//! and counts as neither. Each fact stands on one line, once.

mod folder_checks;
mod machine_checks;
mod node_checks;
mod policy_checks;

use crate::cli::DoctorArgs;
use crate::output::{BAD, FAINT, GOOD, Output, WARN};
use ewtp_node::folder::Folder;
use node_checks::Asked;
use serde::Serialize;
use std::process::ExitCode;

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Finding {
    /// All is well.
    Pass,
    /// Well today; look at it soon.
    Warn,
    /// Needs an operator now.
    Fail,
    /// Not looked at, and the detail says why.
    Skip,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
struct Check {
    code: &'static str,
    result: Finding,
    detail: String,
    next: Option<String>,
}

impl Check {
    fn pass(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            result: Finding::Pass,
            detail: detail.into(),
            next: None,
        }
    }

    fn warn(code: &'static str, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            result: Finding::Warn,
            detail: detail.into(),
            next: Some(next.into()),
        }
    }

    fn fail(code: &'static str, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            result: Finding::Fail,
            detail: detail.into(),
            next: Some(next.into()),
        }
    }

    fn skip(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            result: Finding::Skip,
            detail: detail.into(),
            next: None,
        }
    }

    /// A failed check from an error, with the error's own remedy if it has one.
    fn of_error(code: &'static str, error: &anyhow::Error) -> Self {
        let failure = ewtp_node::failure::of(error).swap_remove(0);
        Self {
            code,
            result: Finding::Fail,
            detail: failure.message,
            next: failure.next,
        }
    }
}

/// The answer as a program reads it (`ewtp.doctor/1`).
#[derive(Serialize)]
struct Report<'c> {
    schema: &'static str,
    well: bool,
    checks: &'c [Check],
}

/// Makes all checks; exit status 1 when any of them failed.
pub(crate) fn answer(folder: &Folder, arguments: &DoctorArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let mut checks = checks(folder, arguments);
    for next in checks.iter_mut().filter_map(|check| check.next.as_mut()) {
        *next = output.remedy(next);
    }
    let well = checks.iter().all(|check| check.result != Finding::Fail);
    if output.is_json() {
        output.object(&Report {
            schema: "ewtp.doctor/1",
            well,
            checks: &checks,
        })?;
    } else {
        checks.iter().try_for_each(|check| tell(check, output))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn checks(folder: &Folder, arguments: &DoctorArgs) -> Vec<Check> {
    let mut checks = Vec::new();
    let Some(config) = folder_checks::folder_and_config(folder, &mut checks) else {
        return checks;
    };
    folder_checks::keys_and_papers(&config, arguments.passphrase.source(), &mut checks);
    machine_checks::clock_and_disk(&config, &mut checks);
    match node_checks::ask(folder) {
        Asked::Answered(status) => node_checks::running(&config, &status, &mut checks),
        Asked::Silent(why) => node_checks::silent(why, &mut checks),
        Asked::Stopped => machine_checks::stopped(&config, &mut checks),
    }
    checks
}

fn tell(check: &Check, output: &Output) -> anyhow::Result<()> {
    let mark = match check.result {
        Finding::Pass => output.paint(GOOD, "✓"),
        Finding::Warn => output.paint(WARN, "!"),
        Finding::Fail => output.paint(BAD, "✗"),
        Finding::Skip => output.paint(FAINT, "-"),
    };
    output.line(format!("  {mark} {:<9} {}", check.code, check.detail))?;
    match &check.next {
        Some(next) => output.line(format!("              next: {next}")),
        None => Ok(()),
    }
}
