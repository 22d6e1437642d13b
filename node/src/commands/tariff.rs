//! `ewtp tariff`: schedules as folders, made from the files of customs offices, and what differs between two of them.

mod folder;

use super::input;
use crate::cli::{TariffCommand, TariffDiffArgs, TariffFormat, TariffImportArgs, TariffTreeArgs};
use crate::output::{FAINT, Output, TITLE, WARN};
use ewtp_node::failure::Failure;
use ewtp_tariff::Patch;
use ewtp_tariff_import::{Import, ImportError, Report, Share, plain, us_hts};
use folder::{Manifest, Trees};
use serde_json::json;
use std::process::ExitCode;

/// How many bytes of a file are read; the import has its own bound below it.
const INPUT_BYTES_MAX: usize = 160 * 1024 * 1024;

/// How many rows or reasons a person is shown; the rest is counted.
const SHOWN_MAX: usize = 10;

/// Answers one of the subcommands.
pub(crate) fn answer(command: &TariffCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        TariffCommand::Import(arguments) => import(arguments, output),
        TariffCommand::Template => output.raw(plain::TEMPLATE.as_bytes()),
        TariffCommand::Diff(arguments) => diff(arguments, output),
        TariffCommand::Tree(arguments) => tree(arguments, output),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn import(arguments: &TariffImportArgs, output: &Output) -> anyhow::Result<()> {
    let bytes = input::read(&arguments.file, INPUT_BYTES_MAX)?;
    let read = match arguments.from {
        TariffFormat::UsHts => us_hts::read(&bytes),
        TariffFormat::Csv => plain::read(&bytes),
    };
    let import: Import = read.map_err(|error| refused(&error, arguments))?;
    let manifest = folder::write(&arguments.out, arguments.from.name(), &import)?;
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.tariff-import/1", "from": manifest.from, "dir": arguments.out.display().to_string(),
            "trees": manifest.trees, "report": import.report,
        }));
    }
    tell_trees(&manifest.trees, output)?;
    tell_report(&import.report, output)?;
    output.line(format!(
        "in {}, with report.json for each row that needs a person",
        arguments.out.display()
    ))
}

/// Nothing was written: the line at fault, and what to type when it is mended.
fn refused(error: &ImportError, arguments: &TariffImportArgs) -> Failure {
    let message = format!("{}: {error}; nothing was imported", arguments.file.display());
    let (from, out) = (arguments.from.name(), arguments.out.display());
    let again = format!(
        "mend it, then ewtp tariff import --from {from} {} --out {out}",
        arguments.file.display()
    );
    let failure = Failure::new(error.code(), message).next(again);
    let failure = error
        .line()
        .map_or_else(|| failure.clone(), |line| failure.clone().line(line));
    match error {
        ImportError::Row { column, .. } => failure.field(column.clone()),
        _ => failure,
    }
}

fn tell_trees(trees: &Trees, output: &Output) -> anyhow::Result<()> {
    for (name, tree) in trees.named() {
        let root = output.paint(FAINT, &tree.root);
        output.line(format!(
            "{name}  {:>6} rows  {:>5} pages  {:>8} bytes  {root}",
            tree.rows, tree.pages, tree.bytes
        ))?;
    }
    Ok(())
}

fn tell_report(report: &Report, output: &Output) -> anyhow::Result<()> {
    output.line(output.paint(TITLE, format!("{} rows read", report.rows)))?;
    output.line(format!("  general duties, chapters 1 to 97: {}", share(report.general)))?;
    output.line(format!(
        "  lines without any word for a person: {}",
        share(report.whole)
    ))?;
    for told in report.by_text.iter().take(SHOWN_MAX) {
        let place = format!("row {}, {}, {}", told.row, told.code, told.column);
        output.line(format!(
            "  {} {place}: {} ({})",
            output.paint(WARN, "in words"),
            told.text,
            told.reason
        ))?;
    }
    tell_rest(report.by_text.len(), "duties in words", output)
}

/// `11357 of 11414 computed, 99.50 %`
fn share(share: Share) -> String {
    let points = share.basis_points();
    format!(
        "{} of {} computed, {}.{:02} %",
        share.computed,
        share.of,
        points / 100,
        points % 100
    )
}

fn tell_rest(count: usize, what: &str, output: &Output) -> anyhow::Result<()> {
    match count.checked_sub(SHOWN_MAX) {
        Some(rest @ 1..) => output.line(output.paint(FAINT, format!("  and {rest} more {what}"))),
        _ => Ok(()),
    }
}

fn diff(arguments: &TariffDiffArgs, output: &Output) -> anyhow::Result<()> {
    let (_, old) = folder::read(&arguments.old)?;
    let (_, new) = folder::read(&arguments.new)?;
    let patch = Patch::between(&old, &new);
    let added = patch.set().iter().filter(|row| old.get(row.key()).is_none()).count();
    let removed = patch.removed().len();
    let set = patch.set().len() - added;
    let bytes_moved = patch.encode().len();
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.tariff-diff/1", "rows_changed": patch.rows(), "added": added, "removed": removed, "set": set,
            "bytes_moved": bytes_moved,
        }));
    }
    let rows = patch.rows();
    output.line(format!(
        "{rows} rows changed: {added} added, {removed} removed, {set} set; {bytes_moved} bytes move"
    ))?;
    let gone = patch.removed().iter().map(|key| format!("- {key}"));
    let come = patch.set().iter().map(|row| {
        let sign = if old.get(row.key()).is_none() { '+' } else { '~' };
        format!("{sign} {}", row.key())
    });
    for line in gone.chain(come).take(SHOWN_MAX) {
        output.line(format!("  {line}"))?;
    }
    tell_rest(rows, "rows", output)
}

fn tree(arguments: &TariffTreeArgs, output: &Output) -> anyhow::Result<()> {
    let (Manifest { from, trees, .. }, _) = folder::read(&arguments.dir)?;
    if output.is_json() {
        return output.object(&json!({ "schema": "ewtp.tariff-tree/1", "from": from, "trees": trees }));
    }
    tell_trees(&trees, output)?;
    output.line("every page leads to its root")
}
