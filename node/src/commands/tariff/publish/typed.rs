//! The line that was typed, so that a failure can say the next one whole.

use crate::cli::{TariffFormat, TariffPublishArgs};
use ewtp_node::shell;
use ewtp_record::HubCode;

/// What `publish` or `correct` was given.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a> {
    pub(super) arguments: &'a TariffPublishArgs,
    /// The edition that is corrected.
    pub(super) corrects: Option<&'a str>,
}

impl Typed<'_> {
    /// The command with all that was typed behind it.
    pub(super) fn line(&self) -> String {
        self.line_with(self.arguments.confirm.clone(), self.arguments.dry_run)
    }

    /// The same, to look at what would be published.
    pub(super) fn dry_run(&self) -> String {
        self.line_with(None, true)
    }

    /// The same, to publish what is unusual.
    pub(super) fn confirmed(&self, own: HubCode) -> String {
        self.line_with(Some(own.to_string()), false)
    }

    fn line_with(&self, confirm: Option<String>, is_dry_run: bool) -> String {
        let TariffPublishArgs {
            source,
            from,
            about,
            territory,
            dry_run: _,
            confirm: _,
        } = self.arguments;
        let source = shell::path(source);
        let mut line = match self.corrects {
            Some(edition) => format!("ewtp tariff correct {} {source}", shell::word(edition)),
            None => format!("ewtp tariff publish {source}"),
        };
        let path = about.about.as_ref().map(|path| path.display().to_string());
        let from = Some(*from).filter(|from| !matches!(from, TariffFormat::Csv));
        let options = [
            ("--from", from.map(|from| from.name().to_owned())),
            ("--about", path),
            ("--name", about.name.clone()),
            ("--in-force", about.in_force.clone()),
            ("--territory", territory.clone()),
            ("--confirm", confirm),
        ];
        for (option, value) in options {
            line.extend(value.map(|value| format!(" {option} {}", shell::word(&value))));
        }
        line + if is_dry_run { " --dry-run" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command, TariffCommand};
    use clap::Parser;

    #[test]
    fn what_was_typed_is_told_again_word_by_word() {
        for line in [
            "ewtp tariff publish schedule.csv",
            "ewtp tariff publish 'law of 2026/schedule.csv' --about 'what we say.json'",
            "ewtp tariff publish us.json --from us-hts --name rev-5 --in-force 2026-04-01 --dry-run",
            "ewtp tariff correct 2026-2 tonight.csv --about about.json --name 2026-2a --territory MY --confirm MY",
        ] {
            let told = match Cli::parse_from(shlex::split(line).unwrap()).command {
                Command::Tariff(TariffCommand::Publish(arguments)) => Typed {
                    arguments: &arguments,
                    corrects: None,
                }
                .line(),
                Command::Tariff(TariffCommand::Correct(correct)) => {
                    let (arguments, corrects) = (&correct.publish, Some(correct.edition.as_str()));
                    Typed { arguments, corrects }.line()
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(told, line);
        }
    }
}
