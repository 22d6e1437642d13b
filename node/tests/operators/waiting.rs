//! Two operators who add each other one after the other: each reads what the other must type. The real binary.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

struct Hub {
    folder: tempfile::TempDir,
    node: Child,
}

impl Hub {
    fn of(code: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = ewtp(folder.path())
            .args(["init", "--hub", code, "--net", "test:waiting", "--no-encryption"])
            .args(["--listen", "/ip4/127.0.0.1/tcp/0"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let node = ewtp(folder.path()).arg("run").stderr(Stdio::null()).spawn().unwrap();
        let hub = Self { folder, node };
        hub.comes_to("run", |status| {
            status["state"] == "running" && status["addresses"][0].is_string()
        });
        hub
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        ewtp(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Asks for the status until it is so.
    fn comes_to(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        for _ in 0..900 {
            status = serde_json::from_slice(&self.ask(&["status", "--json"]).stdout).unwrap_or_default();
            if is_so(&status) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{what} did not come: {status}");
    }

    /// What others type to add it.
    fn as_typed(&self) -> String {
        let folder = self.folder.path().join("hub");
        let policy: Value = serde_json::from_slice(&std::fs::read(folder.join("policy.json")).unwrap()).unwrap();
        let hub = policy["own"].as_str().unwrap();
        let status = self.comes_to("an address", |status| status["addresses"][0].is_string());
        format!(
            "{hub}={}@{}",
            policy["pins"][hub].as_str().unwrap(),
            status["addresses"][0].as_str().unwrap()
        )
    }

    /// Types a line that a node proposed.
    fn types(&self, line: &str) {
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

fn ewtp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ewtp"));
    command.env_remove("EWTP_DIR").arg("--dir").arg(folder.join("hub"));
    command
}

fn not_carried(status: &Value) -> Option<&Value> {
    status["alarms"]
        .as_array()?
        .iter()
        .find(|alarm| alarm["code"] == "not-carried")
}

#[test]
fn each_operator_reads_what_to_type_and_typing_it_connects_them() {
    let (my, rw) = (Hub::of("MY"), Hub::of("RW"));
    rw.types(&format!("ewtp peer add {}", my.as_typed()));

    let waits = my.comes_to("a hub that waits", |status| status["waiting"][0].is_object());
    let waiting = &waits["waiting"][0];
    let line = waiting["next"].as_str().unwrap().to_owned();
    assert_eq!(waiting["hub"], "RW");
    let (hub, genesis) = (rw.as_typed(), waiting["genesis"].as_str().unwrap());
    assert!(hub.starts_with(&format!("RW={genesis}@")), "{hub}: {waits}");
    assert!(waiting["peer_id"].as_str().unwrap().starts_with("12D3Koo"));

    let told = rw.comes_to("the alarm", |status| not_carried(status).is_some());
    let alarm = not_carried(&told).unwrap();
    assert_eq!(alarm["hub"], "MY");
    assert!(
        alarm["happened"]
            .as_str()
            .unwrap()
            .starts_with("MY does not carry RW yet"),
        "{alarm}"
    );
    assert!(
        alarm["next"]
            .as_str()
            .unwrap()
            .contains(&format!("ewtp peer add {hub}")),
        "{alarm}"
    );
    assert!(not_carried(&waits).is_none(), "MY has nothing to wait for");

    // People read the same.
    let screen = String::from_utf8(my.ask(&["status"]).stdout).unwrap();
    assert!(
        screen.contains("WAITS  RW (") && screen.contains("peer add RW="),
        "{screen}"
    );
    let listed = String::from_utf8(my.ask(&["peer", "ls"]).stdout).unwrap();
    assert!(
        listed.contains("WAITS  RW (") && listed.contains("peer add RW="),
        "{listed}"
    );

    my.types(&line);
    let joined = my.comes_to("the peer", |status| status["peers"][0]["hub"] == "RW");
    assert!(joined["waiting"].as_array().unwrap().is_empty(), "{joined}");
    rw.comes_to("the end of the alarm", |status| {
        status["peers"][0]["hub"] == "MY" && not_carried(status).is_none()
    });
}
