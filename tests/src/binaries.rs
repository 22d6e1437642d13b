//! The workspace's binaries, built in the profile of the running test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in a folder of the workspace")
}

/// The path of a binary of the workspace: `ewtp`, `ewtp-testnet` or `ewtp-simulator`.
///
/// # Panics
/// When it cannot be built.
pub fn path(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build).join(name)
}

/// A command that runs a binary of the workspace.
///
/// # Panics
/// When it cannot be built.
pub fn command(name: &str) -> Command {
    Command::new(path(name))
}

/// What a program wrote to standard output.
///
/// # Panics
/// When it did not succeed; the message has what it wrote to standard error.
pub fn stdout(output: &Output) -> String {
    let (out, told) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{}\nstdout: {out}\nstderr: {told}",
        output.status
    );
    out.into_owned()
}

/// Builds the binaries and answers where they lie. After `cargo test --workspace` everything is built already and this
/// only looks; it asks for the same targets, so that nothing is built twice with other features.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("a test lies in target/PROFILE/deps")
        .to_path_buf();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace())
        .args(["build", "--workspace", "--bins", "--tests", "--quiet"]);
    cargo
        .arg("--target-dir")
        .arg(folder.parent().expect("a profile's folder lies in the target folder"));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    stdout(&cargo.output().expect("cargo runs: it runs this test"));
    folder
}
