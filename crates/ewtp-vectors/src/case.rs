//! One vector as a generator writes it, and what is committed held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// A vector to be written: bytes, and what a reader must say of them.
#[derive(Clone, Debug)]
pub struct Case {
    object: &'static str,
    name: &'static str,
    expect: &'static str,
    rule: &'static str,
    reason: &'static str,
    note: &'static str,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Case {
    /// A case that must be accepted. The note is for people and may be empty.
    pub fn good(object: &'static str, name: &'static str, rule: &'static str, note: &'static str) -> Self {
        Self {
            object,
            name,
            expect: "ok",
            rule,
            reason: "-",
            note,
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same case, to be refused for this reason.
    #[must_use]
    pub fn refused(self, reason: &'static str) -> Self {
        Self {
            expect: "refused",
            reason,
            ..self
        }
    }

    /// The same case, which a reader of this version cannot judge for this reason.
    #[must_use]
    pub fn unsupported(self, reason: &'static str) -> Self {
        Self {
            expect: "unsupported",
            reason,
            ..self
        }
    }

    /// Adds a header line with what the check needs beside the bytes.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers, hashes and texts alike, written without borrowing"
    )]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }

    /// Sets the bytes under test.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// `object/name.txt` below the vectors' folder.
    pub fn path(&self) -> String {
        format!("{}/{}.txt", self.object, self.name)
    }

    /// The whole file.
    pub fn text(&self) -> String {
        let known = [
            ("expect", self.expect),
            ("rule", self.rule),
            ("reason", self.reason),
            ("note", self.note),
        ];
        let known = known.into_iter().filter(|(_, value)| !value.is_empty());
        let fields = self.fields.iter().map(|(name, value)| (*name, value.as_str()));
        let mut text = String::new();
        for (name, value) in known.chain(fields) {
            text.push_str(format!("{name}: {value}").trim_end());
            text.push('\n');
        }
        text.push('\n');
        for line in self.body.chunks(32) {
            writeln!(text, "{}", hex::encode(line)).expect("a string takes every text");
        }
        text
    }
}

/// Writes these cases in place, and removes whatever else lies in the folders of their objects.
///
/// # Errors
/// A folder or a file cannot be written.
///
/// # Panics
/// When two cases have one path.
pub fn write(cases: &[Case]) -> io::Result<()> {
    write_below(&crate::folder(), cases)
}

fn write_below(folder: &Path, cases: &[Case]) -> io::Result<()> {
    for object in objects(cases) {
        fs::create_dir_all(folder.join(object))?;
    }
    let written = texts(cases);
    for path in found(folder, cases) {
        if !written.contains_key(&path) {
            fs::remove_file(folder.join(path))?;
        }
    }
    for (path, text) in written {
        fs::write(folder.join(path), text)?;
    }
    Ok(())
}

/// Fails the test when the folders of these cases hold anything else than these cases.
///
/// # Panics
/// When a committed file differs, is missing or is one too many; with the command that writes them.
pub fn assert_committed(room: &str, cases: &[Case]) {
    let (folder, written) = (crate::folder(), texts(cases));
    let paths = found(&folder, cases);
    assert!(
        paths.iter().eq(written.keys()),
        "other files than the generator writes: run `cargo run -p {room} --example vectors`"
    );
    for (path, text) in written {
        assert_eq!(
            text,
            crate::text(&folder, &path),
            "{path}: run `cargo run -p {room} --example vectors`"
        );
    }
}

fn objects(cases: &[Case]) -> BTreeSet<&'static str> {
    cases.iter().map(|case| case.object).collect()
}

fn texts(cases: &[Case]) -> BTreeMap<String, String> {
    let texts: BTreeMap<_, _> = cases.iter().map(|case| (case.path(), case.text())).collect();
    assert_eq!(texts.len(), cases.len(), "two cases have one path");
    texts
}

/// What lies in the folders of these cases, sorted.
fn found(folder: &Path, cases: &[Case]) -> BTreeSet<String> {
    let objects = objects(cases).into_iter();
    objects
        .flat_map(|object| {
            let names = crate::names(&folder.join(object)).into_iter();
            names.map(move |name| format!("{object}/{name}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Case, write_below};
    use crate::Vector;

    fn case() -> Case {
        Case::good("log", "long", "log R6", "more than a line of bytes")
    }

    #[test]
    fn a_case_reads_back_as_it_was_written() {
        let case = case()
            .refused("too-long")
            .with("left", "")
            .with("size", 300)
            .body([7; 33]);
        let vector = Vector::parse(&case.path(), &case.text());
        assert_eq!((vector.rule(), vector.verdict()), (("log", "R6"), Err("too-long")));
        assert_eq!((vector.get("left"), vector.value::<u64>("size")), ("", 300));
        assert_eq!(vector.bytes, [7; 33]);
        assert!(!case.text().contains(" \n"), "no line ends with a space");
    }

    #[test]
    fn a_file_that_is_no_case_any_more_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name| folder.path().join("log").join(name);
        write_below(folder.path(), &[case()]).expect("written");
        std::fs::rename(path("long.txt"), path("old.txt")).expect("renamed");
        write_below(folder.path(), &[case()]).expect("written again");
        assert_eq!(crate::names(&folder.path().join("log")), ["long.txt"]);
    }
}
