//! The `ewtp` binary: reads what was typed, calls one command, prints a failure once.

mod cli;
mod commands;
mod output;
mod usage;

use clap::Parser;
use cli::{Cli, Command};
use ewtp_node::failure::{self, Failure};
use output::{Form, Output};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return tell_usage(&error),
    };
    let output = Output::new(if cli.common.json { Form::Json } else { Form::Human }).in_folder(cli.typed_folder());
    match answer(&cli, &output) {
        Ok(code) => code,
        Err(error) => fail(&error, &output),
    }
}

fn answer(cli: &Cli, output: &Output) -> anyhow::Result<ExitCode> {
    let folder = ewtp_node::folder::Folder::new(&cli.common.dir);
    match &cli.command {
        Command::Init(arguments) => commands::init::answer(&folder, arguments, output),
        Command::Run(arguments) => commands::run::answer(&folder, arguments, output),
        Command::Status(arguments) => commands::status::answer(&folder, arguments, output),
        Command::Verify(arguments) => commands::verify::answer(&folder, arguments, output),
        Command::Doctor(arguments) => commands::doctor::answer(&folder, arguments, output),
        Command::Cert(command) => commands::cert::answer(&folder, command, output),
        Command::Merchant(command) => commands::merchant::answer(&folder, command, output),
        Command::Log(command) => commands::log::answer(&folder, command, output),
        Command::Peer(command) => commands::peer::answer(&folder, command, output),
        Command::Inspect(arguments) => commands::inspect::answer(arguments, output),
        Command::Tariff(command) => commands::tariff::answer(&folder, command, output),
        Command::Bench(arguments) => commands::bench::answer(arguments, output),
        Command::Reindex => commands::reindex::answer(&folder, output),
    }
}

/// Usage: clap's own text, or `ewtp.error/1` when the caller is a program.
fn tell_usage(error: &clap::Error) -> ExitCode {
    let asked_for_help = !error.use_stderr();
    if asked_for_help || !std::env::args().any(|argument| argument == "--json") {
        // A closed terminal is no reason for another exit status.
        let _ = error.print();
    } else {
        print_json(&usage::failure(error));
    }
    ExitCode::from(if asked_for_help { 0 } else { 2 })
}

fn fail(error: &anyhow::Error, output: &Output) -> ExitCode {
    // `ewtp … | head` closes our stdout: that is the reader's decision and no failure of ours.
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) && error.to_string() == output::CANNOT_WRITE {
        return ExitCode::FAILURE;
    }
    let failures = failure::of(error);
    for failure in &failures {
        let next = failure.next.as_deref().map(|next| output.remedy(next));
        let failure = &Failure {
            next,
            ..failure.clone()
        };
        if output.is_json() {
            print_json(failure);
        } else {
            print_human(failure);
        }
    }
    let is_usage = failures.iter().any(|failure| failure.code == failure::USAGE);
    ExitCode::from(if is_usage { 2 } else { 1 })
}

fn print_json(failure: &Failure) {
    let text = serde_json::to_string(failure).expect("a failure is strings and numbers");
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn print_human(failure: &Failure) {
    let mut text = format!("ewtp: {}", failure.message);
    if let Some(field) = failure.field.as_deref().filter(|field| !field.is_empty()) {
        text.push_str(&format!("\n  field: {field}"));
    }
    if let Some(line) = failure.line {
        text.push_str(&format!("\n  line:  {line}"));
    }
    if let Some(next) = &failure.next {
        text.push_str(&format!("\n  next:  {next}"));
    }
    let _ = writeln!(std::io::stderr(), "{text}");
}
