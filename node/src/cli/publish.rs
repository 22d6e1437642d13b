//! What the commands take that publish editions and read what is published.

use super::{AboutArgs, TariffFormat};
use clap::Args;
use std::path::PathBuf;

/// A schedule, and how it is published.
#[derive(Debug, Args)]
pub(crate) struct TariffPublishArgs {
    /// A folder from `ewtp tariff import`, or the file of a customs office as it is.
    #[arg(value_name = "FOLDER|FILE")]
    pub(crate) source: PathBuf,
    /// The format of a file.
    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) from: TariffFormat,
    #[command(flatten)]
    pub(crate) about: AboutArgs,
    /// Whose schedule it is, when this hub publishes for several territories and nothing else says so.
    #[arg(long, value_name = "TERRITORY")]
    pub(crate) territory: Option<String>,
    /// Show what would be published, and publish nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The hub's code, when something is unusual and you looked at it: the first edition of a territory, one of another country,
    /// or changes in more than one row in a hundred.
    #[arg(long, value_name = "HUB")]
    pub(crate) confirm: Option<String>,
}

/// What is wrong, and the schedule that is right.
#[derive(Debug, Args)]
pub(crate) struct TariffCorrectArgs {
    /// The edition that is corrected: its id, its name, or hub, territory and number as in MY/MY/2.
    #[arg(value_name = "EDITION")]
    pub(crate) edition: String,
    #[command(flatten)]
    pub(crate) publish: TariffPublishArgs,
}

/// Which editions to list.
#[derive(Debug, Args)]
pub(crate) struct TariffHistoryArgs {
    /// Of this territory only.
    #[arg(long, value_name = "TERRITORY")]
    pub(crate) territory: Option<String>,
    /// Of this hub only.
    #[arg(long, value_name = "HUB")]
    pub(crate) hub: Option<String>,
}

/// Which edition to show.
#[derive(Debug, Args)]
pub(crate) struct TariffShowArgs {
    /// The edition's id, 2026-2, MY/2026-2, MY/MY/2 (hub, territory, number), or a territory: then the edition that counts there.
    #[arg(value_name = "EDITION|TERRITORY")]
    pub(crate) edition: String,
    /// The day whose law counts [default: today].
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
    /// The time whose knowledge counts; a date is its first second [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) known: Option<String>,
    /// Whose edition, when several hubs have one.
    #[arg(long, value_name = "HUB")]
    pub(crate) hub: Option<String>,
    /// Save the schedule with its signed record as a folder that must not exist.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Which schedule to write, and where.
#[derive(Debug, Args)]
pub(crate) struct TariffExportArgs {
    /// A folder, or an edition that the running node holds, as for `ewtp tariff show`.
    #[arg(value_name = "EDITION|FOLDER")]
    pub(crate) schedule: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}
