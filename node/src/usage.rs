//! What was typed and cannot be understood, as `ewtp.error/1` for a program. A person gets clap's own text.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use ewtp_node::failure::{Failure, USAGE};

/// The failure that says what clap found: the argument at fault is its field, the correct form what to type next.
pub(crate) fn failure(error: &clap::Error) -> Failure {
    let failure = Failure::new(USAGE, message(error)).next(next(error));
    match arguments(error) {
        Some(field) => failure.field(field),
        None => failure,
    }
}

/// The first paragraph on one line: clap puts the names of missing arguments on lines of their own.
fn message(error: &clap::Error) -> String {
    // A command without its command: what clap prints then is the whole help.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("a command is missing: {}", in_one_line(&usage_line(error)));
    }
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = paragraph.lines().map(str::trim).collect();
    // "… were not provided:" is followed by a list, everything else by more of the sentence.
    let separator = if words.first().is_some_and(|line| line.ends_with(':')) {
        ", "
    } else {
        " "
    };
    let (first, rest) = words
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let first = first.trim_start_matches("error: ");
    if rest.is_empty() {
        return first.to_owned();
    }
    format!("{first} {}", rest.join(separator))
}

/// How the command is typed, from the help that clap prints.
fn usage_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    usage.unwrap_or("ewtp <COMMAND>").to_owned()
}

/// The arguments at fault as they are typed: `--out <FILE>, <ID>`.
fn arguments(error: &clap::Error) -> Option<String> {
    let kinds = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand];
    let found = kinds.into_iter().find_map(|kind| error.get(kind))?;
    match found {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(several) => Some(several.join(", ")),
        _ => None,
    }
}

/// What is probably meant, else how the command is typed.
fn next(error: &clap::Error) -> String {
    let suggestions = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    let suggested = suggestions.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(several) => several.first().cloned(),
        _ => None,
    });
    if let Some(suggested) = suggested {
        return format!("did you mean {suggested}?");
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let usage = usage_line(error);
        let command = usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-']));
        return format!("{} --help", command.collect::<Vec<_>>().join(" "));
    }
    if matches!(
        error.kind(),
        ErrorKind::MissingSubcommand | ErrorKind::InvalidSubcommand
    ) {
        return "ewtp --help".to_owned();
    }
    match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => in_one_line(&usage.to_string()),
        _ => "ewtp --help".to_owned(),
    }
}

/// clap repeats what every command takes when it was typed; the caller knows that part.
fn in_one_line(usage: &str) -> String {
    let words: Vec<&str> = usage.split_whitespace().collect();
    let usage = words.join(" ").replace(" --json", "").replace(" --dir <DIR>", "");
    usage.trim_start_matches("Usage: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    fn of(typed: &[&str]) -> Failure {
        failure(&Cli::try_parse_from(typed).unwrap_err())
    }

    #[test]
    fn missing_arguments_are_all_named() {
        let told = of(&["ewtp", "cert", "bundle"]);
        assert_eq!(told.field.as_deref(), Some("--out <FILE>, <ID>"));
        assert_eq!(
            told.message,
            "the following required arguments were not provided: --out <FILE>, <ID>"
        );
        assert_eq!(told.next.as_deref(), Some("ewtp cert bundle --out <FILE> <ID>"));
    }

    #[test]
    fn an_unknown_argument_is_named_with_the_nearest() {
        let told = of(&["ewtp", "status", "--wach"]);
        assert_eq!(told.field.as_deref(), Some("--wach"));
        assert_eq!(told.next.as_deref(), Some("did you mean --watch?"));
    }

    #[test]
    fn a_bad_value_is_told_with_its_argument() {
        let told = of(&["ewtp", "init", "--days", "500"]);
        assert_eq!(told.field.as_deref(), Some("--days <DAYS>"));
        assert!(told.message.contains("500"), "{}", told.message);
    }

    #[test]
    fn a_command_without_its_command_is_told_in_one_line() {
        let told = of(&["ewtp", "--json", "tariff"]);
        assert_eq!(told.message.lines().count(), 1, "{}", told.message);
        assert!(told.message.starts_with("a command is missing"), "{}", told.message);
        assert_eq!(told.next.as_deref(), Some("ewtp tariff --help"));
    }

    #[test]
    fn an_unknown_command_is_named() {
        let told = of(&["ewtp", "bogus"]);
        assert_eq!(
            (told.field.as_deref(), told.next.as_deref()),
            (Some("bogus"), Some("ewtp --help"))
        );
    }
}
