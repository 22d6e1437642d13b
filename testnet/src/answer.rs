//! Standard output: the answer and nothing else.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{self, Write};

/// One JSON object on one line; its `schema` comes first because the type says so.
pub(crate) fn object(answer: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string(answer).context("the answer as JSON")?;
    text.push('\n');
    put(&text)
}

/// One line for a person.
pub(crate) fn line(text: &str) -> Result<()> {
    put(&format!("{text}\n"))
}

/// Text that ends its own lines.
pub(crate) fn put(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("writing the answer")
}

/// A word on the way, for a person who waits.
pub(crate) fn note(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
