//! The vectors of `protocol-spec/vectors`, read and written for tests: never a dependency of what ships.
//!
//! The form is that of `protocol-spec/README.md`: header lines `name: value`, an empty line, hex. A room's generator
//! (`cargo run -p ROOM --example vectors`) makes [`Case`]s and gives them to [`write`](fn@write); its test reads them
//! back with [`read`] and compares both with [`assert_committed`]. Everything here panics with the file's name when a
//! file is not of the form, because a broken vector must fail the test that meets it.
//!
//! ```
//! for vector in ewtp_vectors::read(&["pulse"]) {
//!     assert!(!vector.bytes.is_empty(), "{vector} has bytes");
//!     let _expected: Result<(), &str> = vector.verdict(); // `Err` names the reason
//! }
//! ```

mod case;
mod vector;

pub use case::{Case, assert_committed, write};
pub use vector::Vector;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of all vectors, one folder an object in it.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec/vectors")
}

/// Every object that has vectors, sorted.
///
/// # Panics
/// When the folder cannot be read.
pub fn objects() -> Vec<String> {
    names(&folder())
}

/// The vectors of these objects, by object as named here, then by name.
///
/// # Panics
/// When a file cannot be read or is not of the form.
pub fn read<Object: AsRef<str>>(objects: &[Object]) -> Vec<Vector> {
    let files = objects.iter().flat_map(|object| {
        let names = names(&folder().join(object.as_ref())).into_iter();
        names.map(|file| format!("{}/{file}", object.as_ref()))
    });
    files
        .map(|path| Vector::parse(&path, &text(&folder(), &path)))
        .collect()
}

/// The text of the file at `path` below `folder`.
fn text(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<_> = listed
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
