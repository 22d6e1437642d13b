//! How an answer reaches the caller: stdout holds the answer and nothing else, one JSON object a line with `--json`;
//! colours only on a terminal.

use anstyle::{AnsiColor, Style};
use anyhow::Context;
use ewtp_node::shell;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// For a heading.
pub(crate) const TITLE: Style = Style::new().bold();
/// For what is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For what needs an eye.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// For what is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The context of a failed write to stdout.
pub(crate) const CANNOT_WRITE: &str = "cannot write the answer";

/// Which form the answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Lines for a person.
    Human,
    /// JSON for a program.
    Json,
}

/// Where answers go.
pub(crate) struct Output {
    /// The form asked for.
    pub(crate) form: Form,
    colours: bool,
    /// The folder the caller typed, as a shell reads it: commands that a failure proposes must name it too.
    typed_folder: Option<String>,
}

/// Commands that work in a hub's folder. The rest of a sentence that names the program stays as it is.
const FOLDER_COMMANDS: [&str; 11] = [
    "cert", "doctor", "init", "log", "merchant", "peer", "reindex", "run", "status", "tariff", "verify",
];

impl Output {
    /// Output to stdout; colours when that is a terminal and `NO_COLOR` is not set.
    pub(crate) fn new(form: Form) -> Self {
        let colours = form == Form::Human && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            form,
            colours,
            typed_folder: None,
        }
    }

    /// The same, for a caller who typed the folder.
    pub(crate) fn in_folder(self, folder: Option<&Path>) -> Self {
        let typed_folder = folder.map(shell::path);
        Self { typed_folder, ..self }
    }

    /// What to type next, with the folder that the caller typed: `ewtp status` alone would ask about another one.
    pub(crate) fn remedy(&self, text: &str) -> String {
        let Some(folder) = self.typed_folder.as_ref().filter(|_| !text.contains("--dir")) else {
            return text.to_owned();
        };
        FOLDER_COMMANDS.iter().fold(text.to_owned(), |text, command| {
            text.replace(&format!("ewtp {command}"), &format!("ewtp --dir {folder} {command}"))
        })
    }

    /// Whether a program reads.
    pub(crate) fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// Whether a person watches.
    pub(crate) fn is_terminal(&self) -> bool {
        self.form == Form::Human && io::stdout().is_terminal()
    }

    /// Text in a style, or plain where no terminal shows it.
    pub(crate) fn paint(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.colours {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    /// One line for a person.
    pub(crate) fn line(&self, text: impl std::fmt::Display) -> anyhow::Result<()> {
        write_stdout(format!("{text}\n").as_bytes())
    }

    /// One JSON object on one line. The caller's type opens with its `schema`.
    pub(crate) fn object(&self, object: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(object).context("an answer could not be written as JSON")?;
        text.push(b'\n');
        write_stdout(&text)
    }

    /// Bytes as they are, for files sent to a pipe.
    pub(crate) fn raw(&self, bytes: &[u8]) -> anyhow::Result<()> {
        write_stdout(bytes)
    }
}

/// Progress and warnings for a person; a program gets none.
pub(crate) fn note(output: &Output, text: impl std::fmt::Display) {
    if !output.is_json() {
        // A closed stderr is no reason to stop.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

fn write_stdout(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .context(CANNOT_WRITE)
}

/// A ruled list of everything a JSON value says: one line a value, named by its path.
pub(crate) fn rows(value: &Value) -> Vec<String> {
    let mut rows = Vec::new();
    flatten("", value, &mut rows);
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.into_iter()
        .map(|(name, value)| format!("{name:<width$} │ {value}"))
        .collect()
}

fn flatten(path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => fields.iter().for_each(|(name, value)| {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            flatten(&path, value, rows);
        }),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| flatten(&format!("{path}[{index}]"), item, rows));
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            rows.push((path.to_owned(), items.join(", ")));
        }
        scalar => rows.push((path.to_owned(), plain(scalar))),
    }
}

fn plain(value: &Value) -> String {
    shown(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// A foreign text as it is shown: what a terminal would obey in it, and what turns the direction of a line, is replaced.
pub(crate) fn shown(text: &str) -> String {
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|letter: char| letter.is_control() || turns(letter), "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_to_type_next_names_the_folder_that_was_typed() {
        let output = Output::new(Form::Json).in_folder(Some(Path::new("A")));
        assert_eq!(output.remedy("start it: ewtp run"), "start it: ewtp --dir A run");
        assert_eq!(output.remedy("ewtp run --dir B"), "ewtp run --dir B");
        assert_eq!(output.remedy("ewtp inspect FILE"), "ewtp inspect FILE");
        let spaced = Output::new(Form::Json).in_folder(Some(Path::new("my hub")));
        assert_eq!(spaced.remedy("ewtp run"), "ewtp --dir 'my hub' run");
        let implied = Output::new(Form::Json).in_folder(None);
        assert_eq!(implied.remedy("ewtp status"), "ewtp status");
    }

    #[test]
    fn a_list_names_each_value_by_its_path() {
        let value = json!({ "hub": "MY", "lines": [{ "n": 1 }, { "n": 2 }], "roots": ["a", "b"] });
        assert_eq!(
            rows(&value),
            [
                "hub        │ MY",
                "lines[0].n │ 1",
                "lines[1].n │ 2",
                "roots      │ a, b"
            ]
        );
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(rows(&json!({ "name": "\u{1b}[2Jgone" })), ["name │ \u{fffd}[2Jgone"]);
    }
}
