//! A hub with a running node, and what its operator asks it.

use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

/// Looks at a status, a tenth of a second apart, before a test gives up.
const LOOKS_MAX: usize = 900;

/// The net of all hubs here.
pub(crate) const NET: &str = "test:operators";

/// Where a node's events go, beside its folder.
const EVENTS: &str = "events.jsonl";

/// Stopped when the test ends.
pub(crate) struct Hub {
    folder: tempfile::TempDir,
    node: Child,
}

impl Hub {
    /// Makes a hub and waits until its node issues and listens.
    pub(crate) fn of(code: &str, panel: &[&str]) -> Self {
        let folder = made(code, panel);
        let node = run(folder.path());
        let hub = Self { folder, node };
        hub.comes_to_run();
        hub
    }

    /// Kills the node as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.node.kill().unwrap();
        self.node.wait().unwrap();
    }

    /// Starts a node that was killed; it listens at another port.
    pub(crate) fn starts(&mut self) {
        self.node = run(self.folder.path());
        self.comes_to_run();
    }

    fn comes_to_run(&self) {
        self.comes_to("run", |status| {
            status["state"] == "running" && status["addresses"][0].is_string()
        });
    }

    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        ewtp(self.folder.path()).args(arguments).output().unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let told = self.ask(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&told.stdout)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&told.stderr)))
    }

    /// Asks for the status until it is so.
    pub(crate) fn comes_to(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        for _ in 0..LOOKS_MAX {
            status = serde_json::from_slice(&self.ask(&["status", "--json"]).stdout).unwrap_or_default();
            if is_so(&status) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{what} did not come: {status}");
    }

    /// Writes a record's bundle to `file` once a quorum of its panel witnessed it: one call waits as long as an operator
    /// does, and a witness that was not asked cosigns a little later than that.
    pub(crate) fn comes_to_bundle(&self, id: &str, file: &Path) -> Value {
        let arguments = ["cert", "bundle", id, "--out", file.to_str().unwrap()];
        for _ in 0..12 {
            let told = self.json(&arguments);
            if told["quorum"]["have"] == told["quorum"]["need"] {
                return told;
            }
            std::fs::remove_file(file).unwrap();
        }
        panic!("no witness for {id}");
    }

    /// A file of the test beside the hub's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The events with this message that its node wrote since its first start, as a program reads them.
    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        let events = std::fs::read_to_string(self.path(EVENTS)).unwrap();
        // A line that is being written is not whole yet.
        let events = events
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.filter(|event| event["fields"]["message"] == message).collect()
    }

    /// Waits for one more such event than there were.
    pub(crate) fn comes_to_tell(&self, message: &str, before: usize) -> Value {
        for _ in 0..LOOKS_MAX {
            if let Some(event) = self.events(message).get(before) {
                return event.clone();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{message}: not told");
    }

    /// Resident memory of its node, in units of 1,024 bytes.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.node.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What others type to add it.
    pub(crate) fn as_typed(&self) -> String {
        let policy = std::fs::read(self.path("hub").join("policy.json")).unwrap();
        let policy: Value = serde_json::from_slice(&policy).unwrap();
        let hub = policy["own"].as_str().unwrap();
        let status = self.json(&["status"]);
        format!(
            "{hub}={}@{}",
            policy["pins"][hub].as_str().unwrap(),
            status["addresses"][0].as_str().unwrap()
        )
    }

    /// Types a line that a node proposed.
    pub(crate) fn types(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let told = self.ask(&words);
        assert!(
            told.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

/// A folder with a hub in it, of which no node runs.
pub(crate) fn made(code: &str, panel: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = ewtp(folder.path())
        .args(["init", "--hub", code, "--net", NET, "--no-encryption"])
        .args(["--listen", "/ip4/127.0.0.1/tcp/0"])
        .args(panel)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn run(folder: &Path) -> Child {
    let events = File::options().create(true).append(true).open(folder.join(EVENTS));
    ewtp(folder).arg("run").stderr(events.unwrap()).spawn().unwrap()
}

/// `ewtp` in a folder of its own, whatever the caller's environment says.
fn ewtp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ewtp"));
    command.env_remove("EWTP_DIR").arg("--dir").arg(folder.join("hub"));
    command
}
