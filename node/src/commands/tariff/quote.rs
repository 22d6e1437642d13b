//! `ewtp tariff quote`: what is due on goods, why, and what would make it less.

mod basket;
mod held;
mod table;

use crate::cli::TariffQuoteArgs;
use crate::commands::{node, verify, witnesses};
use crate::output::{Output, WARN, note};
use anyhow::Context;
use ewtp_api::ClientError;
use ewtp_api::quote::{QuoteAnswer, QuoteFault};
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_tariff::Receipt;
use held::{Held, Schedules};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn answer(folder: &Folder, arguments: &TariffQuoteArgs, output: &Output) -> anyhow::Result<ExitCode> {
    if let Some(file) = &arguments.basket {
        let mut schedules = match &arguments.edition {
            Some(dir) => Schedules::of_folder(dir)?,
            None => Schedules::of_node(folder, arguments)?,
        };
        return basket::answer(&mut schedules, &arguments.input(), file, output);
    }
    let (answer, receipt) = match &arguments.edition {
        Some(dir) => by_folder(dir, arguments)?,
        None => by_node(folder, arguments, output)?,
    };
    if let (Some(file), Some(receipt)) = (&arguments.receipt, &receipt) {
        std::fs::write(file, receipt).map_err(|error| unwritten(file, &error))?;
    }
    if output.is_json() {
        output.object(&answer)?;
    } else {
        table::tell(&answer, output)?;
    }
    if let Some(file) = &arguments.receipt {
        let line = verify::as_typed(folder, file);
        let file = file.display();
        note(output, format!("receipt in {file}; anyone computes it again: {line}"));
    }
    if let (None, Some(receipt)) = (&arguments.edition, &receipt) {
        advise(folder, receipt, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says who has not witnessed the edition yet.
fn advise(folder: &Folder, receipt: &[u8], output: &Output) -> anyhow::Result<()> {
    let receipt = Receipt::decode(receipt).context("the node answered with something that is no receipt")?;
    let Some(evidence) = receipt.evidence else {
        let text = "No signed checkpoint covers the edition yet: officers will see `undecided`. Write the receipt again in a while.";
        note(output, output.paint(WARN, text));
        return Ok(());
    };
    let net = Config::load(folder)?.net;
    witnesses::advise(&witnesses::of_bundle(&evidence, &net)?, output);
    Ok(())
}

/// A quote, and its receipt if one is wanted.
type Quoted = (QuoteAnswer, Option<Vec<u8>>);

fn by_folder(dir: &Path, arguments: &TariffQuoteArgs) -> anyhow::Result<Quoted> {
    let held = Held::read(dir)?;
    let schedule = held.schedule();
    let request = schedule.request(&arguments.input(), clock::now()).map_err(told)?;
    if arguments.receipt.is_none() {
        return Ok((schedule.answer(&request).map_err(told)?.1, None));
    }
    let (answer, mut receipt) = schedule.receipt(&request).map_err(told)?;
    receipt.evidence = held.evidence();
    Ok((answer, Some(receipt.encode())))
}

fn by_node(folder: &Folder, arguments: &TariffQuoteArgs, output: &Output) -> anyhow::Result<Quoted> {
    let mut input = arguments.input();
    // Said once: the receipt must answer the same question as the quote.
    input.known.get_or_insert_with(|| clock::now().0.to_string());
    let hub = arguments.hub()?;
    node::ask(folder, async |client| {
        let answer = client.quote(&input, hub).await.map_err(told_by_node)?;
        if arguments.receipt.is_none() {
            return Ok((answer, None));
        }
        let receipt = witnesses::awaited(output, client.duty_receipt(&input, hub)).await;
        Ok((answer, Some(receipt.map_err(told_by_node)?.to_vec())))
    })
}

fn told_by_node(error: ClientError) -> Failure {
    match &error {
        ClientError::Refused(problem) => match QuoteFault::of_problem(problem) {
            Some(fault) => told(fault),
            None => node::told(error),
        },
        _ => node::told(error),
    }
}

fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", file.display());
    Failure::new("no-output", message).next("give --receipt a FILE in a folder that is there")
}

/// What is missing or wrong, by the option that says it.
fn told(fault: QuoteFault) -> Failure {
    let failure = Failure::new(&fault.code, fault.message);
    let Some(field) = fault.field else {
        return match fault.code.as_str() {
            "not-signed" => failure.next("ewtp tariff publish DIR, or quote without --receipt"),
            _ => failure,
        };
    };
    let option = format!("--{}", field.replace('_', "-"));
    // What is missing is added, what is wrong is replaced.
    let is_wrong = fault.code == "no-exchange-rate" || fault.code == "no-import";
    let is_missing = fault.code == "missing" || (fault.code.starts_with("no-") && !is_wrong);
    let add = if is_missing { "add " } else { "" };
    let also = fault
        .also
        .iter()
        .map(|(field, example)| format!(" --{} {example}", field.replace('_', "-")));
    let also: String = also.collect();
    let next = fault.example.map(|example| format!("{add}{option} {example}{also}"));
    Failure {
        next,
        ..failure.field(option)
    }
}
