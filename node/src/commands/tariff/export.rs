//! `ewtp tariff export`: a schedule given back as the file that a customs office writes, with all that leads to its roots.

use super::edition::{self, Schedule};
use super::folder::{self, Stated, Trees};
use super::tell_trees;
use crate::cli::TariffExportArgs;
use crate::output::{Output, note};
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_node::shell;
use ewtp_record::Record;
use ewtp_record::edition::About;
use ewtp_tariff_import::plain::{self, WriteError};
use serde_json::json;
use std::path::Path;

/// The file with the rows.
const SCHEDULE: &str = "schedule.csv";

pub(super) fn answer(folder: &Folder, arguments: &TariffExportArgs, output: &Output) -> anyhow::Result<()> {
    let Schedule { trees, stated, .. } = edition::read(folder, &arguments.schedule)?;
    let csv = plain::write(&trees).map_err(|error| refused(&error, &arguments.schedule))?;
    let about = stated.as_ref().map(Stated::about);
    write(&arguments.out, &csv, about.as_ref())?;
    let out = arguments.out.display();
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.tariff-export/1", "dir": out.to_string(), "csv": SCHEDULE, "bytes": csv.len(),
            "edition": about.as_ref().map(About::to_json), "record": stated.as_ref().and_then(Stated::record).map(Record::id),
            "trees": Trees::of(&trees),
        }));
    }
    if let Some(stated) = stated {
        output.line(stated)?;
    }
    tell_trees(&Trees::of(&trees), output)?;
    let files = match about {
        Some(_) => format!("{SCHEDULE} and {}", folder::ABOUT),
        None => SCHEDULE.to_owned(),
    };
    output.line(format!("in {out}: {files}"))?;
    note(
        output,
        format!("the same roots again: {}", again(&arguments.out, about.is_some())),
    );
    Ok(())
}

fn write(out: &Path, csv: &[u8], about: Option<&About>) -> anyhow::Result<()> {
    folder::write_whole(out, |part| {
        std::fs::write(part.join(SCHEDULE), csv)?;
        match about {
            Some(about) => folder::write_json(&part.join(folder::ABOUT), &about.to_json()),
            None => Ok(()),
        }
    })
}

/// What leads back to the roots.
fn again(out: &Path, has_about: bool) -> String {
    let file = out.join(SCHEDULE);
    let about = out.join(folder::ABOUT);
    let about = if has_about {
        format!(" --about {}", shell::path(&about))
    } else {
        String::new()
    };
    format!("ewtp tariff import --from csv {}{about} --out DIR", shell::path(&file))
}

fn refused(error: &WriteError, schedule: &Path) -> Failure {
    let message = format!("{}: {error}; nothing was written", schedule.display());
    Failure::new(error.code(), message).next("mend that row in the file that the schedule was imported from")
}
