//! `ewtp cert`: clearance certificates.

mod assess;
mod bundle;

use super::{issue, show};
use crate::cli::CertCommand;
use crate::output::Output;
use ewtp_node::folder::Folder;
use ewtp_record::RecordKind;
use std::process::ExitCode;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &CertCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        CertCommand::Issue(arguments) => issue::answer(folder, issue::What::Certificates, arguments, output),
        CertCommand::Assess(arguments) => assess::answer(arguments, output),
        CertCommand::Show(arguments) => show::answer(folder, RecordKind::CERTIFICATE, arguments, output),
        CertCommand::Bundle(arguments) => bundle::answer(folder, arguments, output),
    }
}
