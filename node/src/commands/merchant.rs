//! `ewtp merchant`: merchant credentials.

use super::{issue, show};
use crate::cli::MerchantCommand;
use crate::output::Output;
use ewtp_node::folder::Folder;
use ewtp_record::RecordKind;
use std::process::ExitCode;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &MerchantCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        MerchantCommand::Enrol(arguments) => issue::answer(folder, issue::What::Merchants, arguments, output),
        MerchantCommand::Show(arguments) => show::answer(folder, RecordKind::CREDENTIAL, arguments, output),
    }
}
