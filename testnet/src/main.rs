//! The `ewtp-testnet` binary: reads the command line, does it, and says once what went wrong.

use clap::Parser;
use ewtp_testnet::cli::Cli;
use ewtp_testnet::commands;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error, json);
            ExitCode::FAILURE
        }
    }
}

fn tell(error: &anyhow::Error, json: bool) {
    let text = if json {
        let told = serde_json::json!({"schema": "ewtp.error/1", "code": "failed", "message": format!("{error:#}"), "field": null, "line": null, "next": null});
        told.to_string()
    } else {
        format!("ewtp-testnet: {error:#}")
    };
    // Nobody reads: nothing more can be said.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
