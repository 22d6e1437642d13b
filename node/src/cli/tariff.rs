//! Which tariff commands there are, and what those take that import, compare and print schedules.

use super::{
    TariffCorrectArgs, TariffExportArgs, TariffHistoryArgs, TariffPublishArgs, TariffQuoteArgs, TariffShowArgs,
};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum TariffCommand {
    /// Read the file of a customs office into a folder
    ///
    /// The folder holds schedule.json with the roots, the pages behind them, and report.json: what was understood, and row and
    /// reason of each duty that is law in words. A bad row stops the import, and then no folder is written.
    Import(TariffImportArgs),
    /// Write a schedule as the plain CSV file that `import --from csv` reads to the same roots
    ///
    /// The folder holds schedule.csv with every row, and about.json with what the edition says beside them, if that is known. What
    /// cannot be said in CSV is refused with its row, and then no folder is written.
    Export(TariffExportArgs),
    /// Print a small schedule in the plain CSV format, to begin with
    Template(TariffTemplateArgs),
    /// Tell what differs between two schedules, folders or editions, and how many bytes of it a peer moves
    Diff(TariffDiffArgs),
    /// Quote what is due on goods: each measure, why, what would be cheaper, and the papers that are needed
    ///
    /// ewtp tariff quote --edition us --to US --from CN --hs 6109.10.00.12 --value 1000USD --qty 200:H87
    ///
    /// What is not said is not known: a quantity that a duty needs is asked for by its unit, and what only a person can decide
    /// (law in words, an unnamed group, a quota without balance) gives no total. `--basket FILE` quotes each row of a CSV file
    /// whose columns are named like the options (to, from, hs, value, qty, net, ...), lists parted by `;`; rows with the same text
    /// in the column `consignment` stand together and are one consignment. With --json each row is one line.
    Quote(Box<TariffQuoteArgs>),
    /// Check every page of a schedule against its roots, and print them
    Tree(TariffTreeArgs),
    /// Publish a schedule as the next signed edition of its territory
    ///
    /// Tonight's surcharge, from the office's file: ewtp tariff publish schedule.csv --name 2026-2 --in-force 2026-12-01 --dry-run,
    /// and the same without --dry-run. What an edition says beside its rows is taken from the folder, else from the edition before.
    /// Shows the rows that change and the ten largest changes of rates; the hub's code is asked for when more than one row in a
    /// hundred changes, for the first edition of a territory, and for a territory that is not the hub's own country. Sending the same
    /// again gives the first answer again.
    Publish(TariffPublishArgs),
    /// Publish an edition that corrects another, whose duty receipts are then to be looked at again
    ///
    /// Takes all but the name from the edition that it corrects, unless the folder or an option says otherwise.
    Correct(TariffCorrectArgs),
    /// List the editions that the node knows, of every hub; with --json one `ewtp.tariff-edition/1` a line
    History(TariffHistoryArgs),
    /// Show an edition by id or name, or the one that counts in a territory; save it with its schedule
    Show(TariffShowArgs),
}

/// A file, and where its schedule goes.
#[derive(Debug, Args)]
pub(crate) struct TariffImportArgs {
    /// The format of the file.
    #[arg(long, value_enum)]
    pub(crate) from: TariffFormat,
    /// The file, packed with gzip or not; - for stdin.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) about: AboutArgs,
}

/// What an edition says beside its rows.
#[derive(Debug, Args)]
pub(crate) struct AboutArgs {
    /// What the edition says beside its rows: territory, currency, rounding and the like, as JSON
    ///
    /// `ewtp tariff template --about` prints one. Without it a folder can be compared, but not quoted from or published. Of
    /// the published US schedule all but --name and --in-force is known.
    #[arg(long, value_name = "FILE")]
    pub(crate) about: Option<PathBuf>,
    /// The name of the edition, such as 2026-rev-5.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The first day on which it holds, such as 2026-04-01.
    #[arg(long, value_name = "DATE")]
    pub(crate) in_force: Option<String>,
}

/// What to print.
#[derive(Debug, Args)]
pub(crate) struct TariffTemplateArgs {
    /// Print instead what an edition says beside its rows, as JSON: territory, currency, rounding and the like.
    #[arg(long)]
    pub(crate) about: bool,
}

/// A format of schedules.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TariffFormat {
    /// The JSON export of the Harmonized Tariff Schedule of the United States, as it is published.
    UsHts,
    /// The plain format of a customs office; see `ewtp tariff template`.
    Csv,
}

impl TariffFormat {
    /// As it is typed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UsHts => "us-hts",
            Self::Csv => "csv",
        }
    }
}

/// Two schedules.
#[derive(Debug, Args)]
pub(crate) struct TariffDiffArgs {
    /// The older schedule: a folder, or an edition that the running node holds: its id, 2026-2, MY/2026-2, MY/MY/2 (hub,
    /// territory, number), or MY for the one that counts there today.
    #[arg(value_name = "A")]
    pub(crate) old: PathBuf,
    /// The newer schedule.
    #[arg(value_name = "B")]
    pub(crate) new: PathBuf,
}

/// One schedule.
#[derive(Debug, Args)]
pub(crate) struct TariffTreeArgs {
    /// A folder, or an edition that the running node holds: its id, 2026-2, MY/2026-2, MY/MY/2 (hub, territory, number), or MY
    /// for the one that counts there today.
    #[arg(value_name = "EDITION|FOLDER")]
    pub(crate) schedule: PathBuf,
}
