//! `ewtp tariff quote`: what is due on goods, why, and what would make it less.

mod basket;
mod table;

use super::folder::{self, Stated};
use crate::cli::TariffQuoteArgs;
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_api::quote::{QuoteFault, Schedule};
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_record::Edition;
use ewtp_tariff::PageTrees;
use std::path::Path;
use std::process::ExitCode;

/// A schedule that was read from a folder.
struct Held {
    trees: PageTrees,
    stated: Stated,
    edition: Edition,
    name: String,
}

impl Held {
    fn read(dir: &Path) -> anyhow::Result<Self> {
        let (_, trees) = folder::read(dir)?;
        let stated = folder::stated(dir, &trees)?;
        Ok(Self {
            edition: stated.edition(trees.summary()),
            name: stated.about().name.to_string(),
            trees,
            stated,
        })
    }

    fn schedule(&self) -> Schedule<'_> {
        Schedule {
            edition: &self.edition,
            name: &self.name,
            record: self.stated.record(),
            trees: &self.trees,
        }
    }
}

pub(super) fn answer(arguments: &TariffQuoteArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let held = Held::read(&arguments.edition)?;
    match &arguments.basket {
        Some(file) => basket::answer(&held.schedule(), &arguments.input(), file, output),
        None => one(&held, arguments, output).map(|()| ExitCode::SUCCESS),
    }
}

fn one(held: &Held, arguments: &TariffQuoteArgs, output: &Output) -> anyhow::Result<()> {
    let schedule = held.schedule();
    let request = schedule.request(&arguments.input(), clock::now()).map_err(told)?;
    let answer = match &arguments.receipt {
        None => schedule.answer(&request).map_err(told)?.1,
        Some(file) => {
            let (answer, mut receipt) = schedule.receipt(&request).map_err(told)?;
            receipt.evidence = held.stated.evidence().cloned();
            std::fs::write(file, receipt.encode()).with_context(|| format!("cannot write {}", file.display()))?;
            answer
        }
    };
    if output.is_json() {
        output.object(&answer)?;
    } else {
        table::tell(&answer, output)?;
    }
    if let Some(file) = &arguments.receipt {
        let file = file.display();
        note(
            output,
            format!("receipt in {file}; anyone computes it again: ewtp verify {file}"),
        );
    }
    Ok(())
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
    let is_missing = fault.code == "missing" || fault.code.starts_with("no-");
    let add = if is_missing { "add " } else { "" };
    let next = fault.example.map(|example| format!("{add}{option} {example}"));
    Failure {
        next,
        ..failure.field(option)
    }
}
