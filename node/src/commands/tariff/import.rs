//! `ewtp tariff import`: the file of a customs office, read into a folder.

use super::folder::{self, Contents, Stated};
use super::{SHOWN_MAX, tell_rest, tell_trees};
use crate::cli::{TariffFormat, TariffImportArgs};
use crate::commands::input;
use crate::output::{Output, TITLE, WARN, note};
use ewtp_node::failure::Failure;
use ewtp_node::shell;
use ewtp_record::edition::About;
use ewtp_tariff::PageTrees;
use ewtp_tariff_import::{Import, ImportError, Report, Share, currencies, plain, us_hts};
use serde_json::json;
use std::path::Path;

/// How many bytes of a file are read; the import has its own bound below it.
const INPUT_BYTES_MAX: usize = 160 * 1024 * 1024;

pub(super) fn answer(arguments: &TariffImportArgs, output: &Output) -> anyhow::Result<()> {
    let about = about(arguments)?;
    let (from, file) = (arguments.from, &arguments.file);
    let again = format!(
        "ewtp tariff import --from {} {} --out {}",
        from.name(),
        shell::path(file),
        shell::path(&arguments.out)
    );
    let import = read(from, file, &again)?;
    if let Some(about) = &about {
        warn_of_currencies(&import.trees, about, output);
    }
    let stated = about.map(|about| Stated::About(Box::new(about)));
    let contents = Contents {
        from: arguments.from.name(),
        trees: &import.trees,
        report: Some(&import.report),
        stated: stated.as_ref(),
    };
    let manifest = folder::write(&arguments.out, &contents)?;
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.tariff-import/1", "from": manifest.from, "dir": arguments.out.display().to_string(),
            "trees": manifest.trees, "report": import.report,
        }));
    }
    tell_trees(&manifest.trees, output)?;
    tell_report(&import.report, output)?;
    let out = arguments.out.display();
    output.line(format!("in {out}, with report.json for each row that needs a person"))?;
    if stated.is_none() {
        note(output, no_about(arguments));
    }
    Ok(())
}

/// Amounts that nobody can compute until the schedule has their rate.
pub(super) fn warn_of_currencies(trees: &PageTrees, about: &About, output: &Output) {
    let own = about.edition(trees.summary()).currency;
    for (currency, row) in currencies::without_rate(trees, own) {
        let what = format!("{row} states an amount in {currency}, for which the schedule has no exchange rate");
        let next = format!("until it has a row exchange with the id {currency}, there is no total where that counts");
        note(output, format!("{what}: {next}"));
    }
}

/// Reads the file of an office; `again` is what to type when a row of it was mended.
pub(super) fn read(from: TariffFormat, file: &Path, again: &str) -> anyhow::Result<Import> {
    let bytes = input::read(file, INPUT_BYTES_MAX)?;
    let read = match from {
        TariffFormat::UsHts => us_hts::read(&bytes),
        TariffFormat::Csv => plain::read(&bytes),
    };
    Ok(read.map_err(|error| refused(&error, file, again))?)
}

/// What the edition says beside its rows, if that is given. Of a published schedule all is known but its name and first day.
fn about(arguments: &TariffImportArgs) -> anyhow::Result<Option<About>> {
    let is_begun = arguments.about.name.is_some() || arguments.about.in_force.is_some();
    let known = match arguments.from {
        TariffFormat::UsHts if is_begun => Some(serde_json::from_str(us_hts::ABOUT)?),
        TariffFormat::UsHts | TariffFormat::Csv => None,
    };
    folder::about(&arguments.about, known)
}

/// What a folder cannot be used for that does not say whose schedule it is.
fn no_about(arguments: &TariffImportArgs) -> String {
    let how = match arguments.from {
        TariffFormat::UsHts => "--name 2026-rev-5 --in-force 2026-04-01",
        TariffFormat::Csv => "--about FILE (ewtp tariff template --about prints one)",
    };
    format!("to quote from it or to publish it, import it with {how}")
}

/// Nothing was written: the line at fault, and what to type when it is mended.
fn refused(error: &ImportError, file: &Path, again: &str) -> Failure {
    let message = format!("{}: {error}; nothing was imported", file.display());
    let failure = Failure::new(error.code(), message).next(format!("mend it, then {again}"));
    let failure = error
        .line()
        .map_or_else(|| failure.clone(), |line| failure.clone().line(line));
    match error {
        ImportError::Row { column, .. } => failure.field(column.clone()),
        _ => failure,
    }
}

fn tell_report(report: &Report, output: &Output) -> anyhow::Result<()> {
    output.line(output.paint(TITLE, format!("{} rows read", report.rows)))?;
    output.line(format!("  general duties, chapters 1 to 97: {}", share(report.general)))?;
    output.line(format!(
        "  lines without any word for a person: {}",
        share(report.whole)
    ))?;
    if report.of_all_goods.of > 0 {
        output.line(format!(
            "  measures on all goods, by origin alone: {}",
            share(report.of_all_goods)
        ))?;
        if report.of_all_goods.computed < report.of_all_goods.of {
            output.line("    while one of them needs a person, so does every quote for its origins")?;
        }
    }
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
