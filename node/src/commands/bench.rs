//! `ewtp bench`: how fast this machine does what a node does, each beside the limit that the machine itself sets.
//!
//! A number alone says nothing on another machine, so every limit is measured in the same run, in turns with what it
//! limits: a machine that slows down slows both. `verify_raw` is dalek's strict verification on all cores, `sign_raw`
//! its signing on all cores, `append_raw` a plain append and fdatasync of the same bytes in the same groups, `json_raw` the
//! parsing of the same file without a look at it. Quotes stand beside the time that one may take, since a checkout waits for it.
//!
//! # What bounds each figure
//!
//! On 2 cores, for certificates with five lines of goods; shares are of processor time, by
//! `perf record --call-graph dwarf ewtp bench NAME` and `perf report --children --no-inline`.
//!
//! * `examine`: the signature, 34.3 µs. Beside it a record costs 0.9 µs to open (0.4 µs of that for the strict scan of its
//!   payload) and 1.1 µs to read; bare verification is 92.7 % of all three together. `cargo bench -p ewtp-record --bench
//!   decode` shows the parts.
//! * `issue`: the processor. Of a certificate's 45 µs on one core, signing and opening what was signed take 36 %, looking
//!   its number up among all that were issued 20 %, reading the input's fields 15 % and its JSON 9 %; of the one thread
//!   behind these, the ledger's group commit takes 4 %, the index 4 % and the engine 3 %.
//! * `bulk_sync`: the processor again, since both nodes run on the cores that `append_raw` has for itself: 3 µs a record
//!   for both ends together. Network and engine take 60 % (reading and proving bundles 19 %, of which hashing leaves 11 %
//!   and reading frames 6 %; encryption and decryption 13 %; the rest is TCP, multiplexing and copies), writing and
//!   syncing the ledger 28 %, the index 11 %.

mod announce;
mod bulk_sync;
mod examine;
mod issue;
mod limits;
mod measure;
mod office;
mod page_sync;
mod pair;
mod sample;
mod tariff;

use crate::cli::{BenchArgs, BenchName};
use crate::output::{FAINT, Output, TITLE, WARN, note};
use anyhow::bail;
use measure::{Deadline, Measured};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// What the measurements share: less than the 45 s that the manual promises, by what stopping and one last turn may take.
const TIME: Duration = Duration::from_secs(38);
/// A measurement is not begun with less.
const TIME_MIN: Duration = Duration::from_secs(2);

/// The answer as a program reads it (`ewtp.bench/1`).
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    cores: usize,
    results: Vec<BenchResult>,
    /// What there was no time for on this machine, or what failed; each with the reason.
    unmeasured: Vec<Unmeasured>,
}

/// A measurement that came to nothing.
#[derive(Serialize)]
struct Unmeasured {
    name: &'static str,
    reason: String,
}

/// One measurement beside its limit.
#[derive(Serialize)]
struct BenchResult {
    name: &'static str,
    unit: &'static str,
    value: f64,
    limit: f64,
    ratio: f64,
    limit_name: &'static str,
}

/// Measures what was asked for, or everything.
pub(crate) fn answer(arguments: &BenchArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let deadline = Deadline::within(TIME);
    let wanted = |name: &BenchName| arguments.only.is_empty() || arguments.only.contains(name);
    let names: Vec<BenchName> = BenchName::ALL.into_iter().filter(wanted).collect();
    let mut report = Report {
        schema: "ewtp.bench/1",
        cores: measure::cores(),
        results: Vec::new(),
        unmeasured: Vec::new(),
    };
    for (done, name) in names.iter().enumerate() {
        note(output, format!("measuring {} …", title(*name)));
        match measure(*name, deadline.part_of(names.len() - done)) {
            Ok(measured) => report.results.push(result(*name, &measured)),
            // What was measured so far is told all the same.
            Err(error) => report.unmeasured.push(Unmeasured {
                name: title(*name),
                reason: format!("{error:#}"),
            }),
        }
    }
    if output.is_json() {
        output.object(&report)?;
    } else {
        tell(&report, output)?;
    }
    Ok(match report.unmeasured.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn measure(name: BenchName, deadline: Deadline) -> anyhow::Result<Measured> {
    if deadline.left() < TIME_MIN {
        bail!("no time was left; measure it alone: ewtp bench {}", title(name));
    }
    match name {
        BenchName::Examine => examine::measure(deadline),
        BenchName::Issue => issue::measure(deadline),
        BenchName::BulkSync => bulk_sync::measure(deadline),
        BenchName::AnnounceVerify => announce::measure(deadline),
        BenchName::PageSync => page_sync::measure(deadline),
        BenchName::Quote => tariff::quotes(deadline),
        BenchName::QuoteReceipt => tariff::receipts(deadline),
        BenchName::TariffImport => tariff::import(deadline),
    }
}

fn title(name: BenchName) -> &'static str {
    match name {
        BenchName::Examine => "examine",
        BenchName::Issue => "issue",
        BenchName::BulkSync => "bulk_sync",
        BenchName::AnnounceVerify => "announce_verify",
        BenchName::PageSync => "page_sync",
        BenchName::Quote => "quote",
        BenchName::QuoteReceipt => "quote_receipt",
        BenchName::TariffImport => "tariff_import",
    }
}

/// What is counted, a second.
const fn unit(name: BenchName) -> &'static str {
    match name {
        BenchName::Examine | BenchName::Issue | BenchName::BulkSync | BenchName::AnnounceVerify => "records/s",
        BenchName::PageSync => "pages/s",
        BenchName::Quote => "quotes/s",
        BenchName::QuoteReceipt => "receipts/s",
        BenchName::TariffImport => "lines/s",
    }
}

fn result(name: BenchName, measured: &Measured) -> BenchResult {
    let rounded = |rate: f64| rate.round();
    BenchResult {
        name: title(name),
        unit: unit(name),
        value: rounded(measured.value),
        limit: rounded(measured.limit),
        ratio: (measured.value / measured.limit * 1000.0).round() / 1000.0,
        limit_name: measured.limit_name,
    }
}

fn tell(report: &Report, output: &Output) -> anyhow::Result<()> {
    output.line(output.paint(
        FAINT,
        format!(
            "{:<16} {:>12} {:>12}   ratio  on {} cores",
            "", "a second", "limit", report.cores
        ),
    ))?;
    for result in &report.results {
        let name = output.paint(TITLE, format!("{:<16}", result.name));
        let (value, limit, ratio) = (result.value, result.limit, result.ratio);
        output.line(format!(
            "{name} {value:>12} {limit:>12}   {ratio:<5}  of {}, {}",
            result.limit_name, result.unit
        ))?;
    }
    for Unmeasured { name, reason } in &report.unmeasured {
        output.line(format!(
            "{} not measured: {reason}",
            output.paint(WARN, format!("{name:<16}"))
        ))?;
    }
    Ok(())
}
