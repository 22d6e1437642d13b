//! Reading what the caller names: a file, or `-` for stdin, never more than a bound.

use ewtp_node::failure::Failure;
use ewtp_node::shell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The whole input.
///
/// # Errors
/// When it cannot be read or is longer than `bytes_max`.
pub(crate) fn read(path: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let bytes = read_up_to(path, bytes_max + 1)?;
    if bytes.len() > bytes_max {
        let message = format!("{} is longer than {bytes_max} bytes", path.display());
        return Err(Failure::new("too-large", message)
            .next("give the object itself, not an archive of it")
            .into());
    }
    Ok(bytes)
}

/// The first `bytes_max` bytes of the input.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_up_to(path: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(bytes_max as u64).read_to_end(&mut bytes);
    // A folder opens, and cannot be read.
    read.map_err(|error| unread(path, "read", &error))?;
    Ok(bytes)
}

/// The input as a stream.
///
/// # Errors
/// When the file cannot be opened.
pub(crate) fn open(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(unread(path, "open", &error).into()),
    }
}

fn unread(path: &Path, verb: &str, error: &io::Error) -> Failure {
    let message = format!("cannot {verb} {}: {error}", path.display());
    Failure::new("no-input", message).next(format!("ls -l {}", shell::path(path)))
}
