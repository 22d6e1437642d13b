//! `ewtp tariff`: schedules as folders, made from the files of customs offices, what differs between two of them, and the signed
//! editions that a node publishes and knows.

mod edition;
mod export;
mod folder;
mod history;
mod import;
mod publish;
mod quote;
pub(crate) mod table;

use crate::cli::{TariffCommand, TariffDiffArgs, TariffTemplateArgs, TariffTreeArgs};
use crate::output::{FAINT, Output};
use edition::Schedule;
use ewtp_node::folder::Folder;
use ewtp_record::Record;
use ewtp_tariff::Patch;
use ewtp_tariff_import::plain;
use folder::{Stated, Trees};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// How many rows or reasons a person is shown; the rest is counted.
const SHOWN_MAX: usize = 10;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &TariffCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        TariffCommand::Quote(arguments) => return quote::answer(folder, arguments, output),
        TariffCommand::Import(arguments) => import::answer(arguments, output),
        TariffCommand::Export(arguments) => export::answer(folder, arguments, output),
        TariffCommand::Template(arguments) => template(arguments, output),
        TariffCommand::Diff(arguments) => diff(folder, arguments, output),
        TariffCommand::Tree(arguments) => tree(folder, arguments, output),
        TariffCommand::Publish(arguments) => publish::publish(folder, arguments, output),
        TariffCommand::Correct(arguments) => publish::correct(folder, arguments, output),
        TariffCommand::History(arguments) => history::history(folder, arguments, output),
        TariffCommand::Show(arguments) => history::show(folder, arguments, output),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// What the folder of a schedule says of itself; its pages lead to the roots that it names.
///
/// # Errors
/// When it is no such folder.
pub(super) fn described(path: &Path) -> anyhow::Result<Value> {
    let (manifest, trees) = folder::read(path)?;
    let stated = folder::find_stated(path, &trees)?;
    Ok(json!({
        "from": manifest.from, "trees": manifest.trees,
        "edition": stated.as_ref().map(|stated| stated.about().to_json()),
        "record": stated.as_ref().and_then(Stated::record).map(Record::to_json),
    }))
}

fn template(arguments: &TariffTemplateArgs, output: &Output) -> anyhow::Result<()> {
    let text = if arguments.about { plain::ABOUT } else { plain::TEMPLATE };
    output.raw(text.as_bytes())
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

fn tell_rest(count: usize, what: &str, output: &Output) -> anyhow::Result<()> {
    match count.checked_sub(SHOWN_MAX) {
        Some(rest @ 1..) => output.line(output.paint(FAINT, format!("  and {rest} more {what}"))),
        _ => Ok(()),
    }
}

fn diff(folder: &Folder, arguments: &TariffDiffArgs, output: &Output) -> anyhow::Result<()> {
    let old = edition::read(folder, &arguments.old)?.trees;
    let new = edition::read(folder, &arguments.new)?.trees;
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

fn tree(folder: &Folder, arguments: &TariffTreeArgs, output: &Output) -> anyhow::Result<()> {
    let Schedule { from, trees, stated } = edition::read(folder, &arguments.schedule)?;
    let trees = Trees::of(&trees);
    if output.is_json() {
        let edition = stated.as_ref().map(|stated| stated.about().to_json());
        return output.object(&json!({
            "schema": "ewtp.tariff-tree/1", "from": from, "edition": edition,
            "record": stated.as_ref().and_then(Stated::record).map(Record::id), "trees": trees,
        }));
    }
    if let Some(stated) = stated {
        output.line(stated)?;
    }
    tell_trees(&trees, output)?;
    output.line("every page leads to its root")
}
