//! A testnet in a temporary folder, run by the real binaries and stopped when the test ends, however it ends.

use crate::binaries::{command, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// Eight hubs take two cores for themselves: one testnet at a time keeps the waits short and the times meaningful.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running testnet.
pub struct Testnet {
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// A folder for `ewtp-testnet`, alone on this machine while it lives.
pub struct Ground {
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Ground {
    /// Waits for its turn.
    ///
    /// # Panics
    /// When there is no temporary folder.
    pub fn take() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            _turn: turn,
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `ewtp-testnet` to its end and answers what it wrote.
    ///
    /// # Panics
    /// When it does not succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        stdout(&run(self.path(), arguments))
    }
}

impl Testnet {
    /// Starts `hubs` hubs in the background; `up` gets the further arguments. All agree when this returns.
    ///
    /// # Panics
    /// When they do not.
    pub fn up(hubs: usize, arguments: &[&str]) -> Self {
        let Ground { folder, _turn } = Ground::take();
        let testnet = Self { folder, _turn };
        let hubs = hubs.to_string();
        testnet.run(&[&["up", "--detach", "--hubs", &hubs][..], arguments].concat());
        testnet
    }

    /// The folder of the testnet.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of one hub.
    pub fn hub(&self, hub: &str) -> PathBuf {
        self.path().join(hub)
    }

    /// Runs a command of `ewtp-testnet` and answers what it wrote.
    ///
    /// # Panics
    /// When it does not succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        stdout(&self.try_run(arguments))
    }

    /// As [`Testnet::run`], with `--json`, for one object.
    ///
    /// # Panics
    /// When it does not succeed or does not answer with JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).expect("one JSON object")
    }

    /// Runs a command of `ewtp-testnet`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn try_run(&self, arguments: &[&str]) -> Output {
        run(self.path(), arguments)
    }

    /// What `GET path` of a hub's admin interface answers as JSON.
    ///
    /// # Panics
    /// When it does not.
    pub fn ask(&self, hub: &str, arguments: &[&str]) -> String {
        stdout(
            &command("ewtp")
                .arg("--dir")
                .arg(self.hub(hub))
                .args(arguments)
                .output()
                .expect("ewtp runs"),
        )
    }
}

impl Drop for Testnet {
    fn drop(&mut self) {
        let ended = run(self.path(), &["down"]);
        if !ended.status.success() && !std::thread::panicking() {
            panic!("down: {}", String::from_utf8_lossy(&ended.stderr));
        }
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command("ewtp-testnet")
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .output()
        .expect("ewtp-testnet runs")
}
