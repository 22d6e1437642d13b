//! A tariff office that publishes a surcharge tonight, makes a mistake and corrects it: the real binary, one node.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A hub with a running node, stopped when the test ends.
struct Office {
    folder: tempfile::TempDir,
    node: Child,
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = ewtp(folder.path())
            .args(["init", "--hub", "MY", "--net", "test:office", "--no-encryption"])
            .args(["--listen", "/ip4/127.0.0.1/tcp/0"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let node = run(folder.path());
        let office = Self { folder, node };
        office.comes_to_run();
        let template = office.ask(&["tariff", "template", "--about"]).stdout;
        std::fs::write(office.path("about.json"), template).unwrap();
        office
    }

    /// Stops the node as an operator does, and starts it again.
    fn restart(&mut self) {
        let killed = nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(self.node.id().try_into().unwrap()),
            nix::sys::signal::Signal::SIGTERM,
        );
        killed.unwrap();
        self.node.wait().unwrap();
        self.node = run(self.folder.path());
        self.comes_to_run();
    }

    fn comes_to_run(&self) {
        for _ in 0..600 {
            let told = self.ask(&["status", "--json"]);
            let status: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
            if status["state"] == "running" {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the node did not run within 60 s");
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        let mut command = ewtp(self.folder.path());
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null());
        command.output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let told = self.ask(&[arguments, &["--json"]].concat());
        let text = if told.status.success() {
            &told.stdout
        } else {
            &told.stderr
        };
        serde_json::from_slice(text)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&told.stderr)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// These words as the node tells them to be typed.
    fn line(&self, words: &[&str]) -> String {
        format!("ewtp --dir {} {}", self.path("hub").display(), words.join(" "))
    }

    /// Writes the office's file: 300 lines, of which the first `raised` have another duty.
    fn csv(&self, name: &str, raised: u32, duty: &str) {
        let mut text = "record,code,units,declarable,text,kind,areas,duty\n".to_owned();
        for line in 0..300 {
            let code = 10_000_000 + line * 10;
            let duty = if line < raised { duty } else { "10 %" };
            writeln!(
                text,
                "line,{code},KGM,yes,Goods of kind {line},,,\nmeasure,{code},,,,mfn,,{duty}"
            )
            .unwrap();
        }
        std::fs::write(self.path(name), text).unwrap();
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn run(folder: &Path) -> Child {
    ewtp(folder).arg("run").stderr(Stdio::null()).spawn().unwrap()
}

/// `ewtp` in a folder of its own, whatever the caller's environment says.
impl Office {
    /// Publishes the first edition of Malaysia, which is confirmed.
    fn publish_first(&self) -> Value {
        let words = ["schedule.csv", "--about", "about.json", "--confirm", "MY"];
        self.json(&[&["tariff", "publish"], &words[..]].concat())
    }
}

fn ewtp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ewtp"));
    command.env_remove("EWTP_DIR").arg("--dir").arg(folder.join("hub"));
    command
}

#[test]
fn a_surcharge_is_published_tonight_and_its_mistake_corrected() {
    let mut office = Office::open();
    office.csv("schedule.csv", 0, "");
    let first = office.publish_first();
    assert_eq!((&first["number"], &first["rows"]), (&1.into(), &600.into()), "{first}");

    // What is not said is taken from the edition before, but for the name and the first day.
    office.csv("tonight.csv", 2, "250 %");
    let next = |office: &Office, words: &[&str]| office.json(&[&["tariff", "publish", "tonight.csv"], words].concat());
    assert_eq!(next(&office, &[])["next"], "add --name 2026-2");
    let surcharge = ["--name", "2026-2", "--in-force", "2026-11-23"];
    let seen = next(&office, &[&surcharge[..], &["--dry-run"]].concat());
    assert_eq!(
        (&seen["rows_changed"], &seen["issued"]),
        (&2.into(), &Value::Null),
        "{seen}"
    );
    assert_eq!(
        (&seen["largest"][0]["old"], &seen["largest"][0]["new"]),
        (&"10%".into(), &"250%".into())
    );
    let wrong = next(&office, &surcharge);
    assert_eq!(
        (&wrong["number"], &wrong["previous"]),
        (&2.into(), &first["issued"]["id"])
    );

    // It was to be 25 %.
    office.csv("tonight.csv", 2, "25 %");
    let refused = next(&office, &surcharge);
    assert_eq!(refused["code"], "already-issued-differently", "{refused}");
    std::fs::write(office.path("bad.csv"), "record,code\nlines,6109\n").unwrap();
    let bad = office.json(&["tariff", "correct", "2026-2", "bad.csv", "--name", "2026-2a"]);
    let hub = office.path("hub");
    let line = format!(
        "mend it, then ewtp --dir {} tariff correct 2026-2 bad.csv --name 2026-2a",
        hub.display()
    );
    assert_eq!(bad["next"], line.as_str(), "{bad}");
    // A correction without a name is answered with the whole line, which works as it stands.
    let nameless = office.json(&["tariff", "correct", "MY/MY/2", "tonight.csv"]);
    let line = format!(
        "ewtp --dir {} tariff correct MY/MY/2 tonight.csv --name 2026-2a",
        hub.display()
    );
    assert_eq!(nameless["next"], line.as_str(), "{nameless}");
    let words: Vec<_> = line.split(' ').skip(3).collect();
    let right = office.json(&words);
    assert_eq!(
        (&right["number"], &right["corrects"]),
        (&3.into(), &wrong["issued"]["id"]),
        "{right}"
    );
    assert_eq!(right["in_force"], "2026-11-23");

    office.restart();
    let told = String::from_utf8(office.ask(&["tariff", "history"]).stdout).unwrap();
    assert!(
        told.contains("corrects 2026-2") && told.contains("corrected by 2026-2a"),
        "{told}"
    );
    assert_eq!(told.matches("held").count(), 3, "{told}");
    let listed = String::from_utf8(office.ask(&["tariff", "history", "--json"]).stdout).unwrap();
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = listed.iter().map(|edition| edition["number"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    assert_eq!(listed[0]["schema"], "ewtp.tariff-edition/1");
    let shown = office.json(&["tariff", "show", "MY", "--on", "2026-11-24"]);
    assert_eq!(
        (&shown["name"], &shown["schedule"]["state"]),
        (&"2026-2a".into(), &"held".into()),
        "{shown}"
    );
    assert_eq!(
        office.json(&["tariff", "show", "MY", "--on", "2026-11-22"])["name"],
        "2026-1"
    );
    let again = office.json(&["tariff", "correct", "2026-2", "tonight.csv", "--name", "2026-2a"]);
    assert_eq!(again["issued"], right["issued"]);
}

#[test]
fn a_saved_edition_is_a_folder_that_is_compared_without_a_node() {
    let office = Office::open();
    office.csv("schedule.csv", 0, "");
    let first = office.publish_first();
    let id = first["issued"]["id"].as_str().unwrap();
    assert!(
        office
            .ask(&["tariff", "show", "2026-1", "--out", "saved"])
            .status
            .success()
    );
    let tree = office.json(&["tariff", "tree", "saved"]);
    assert_eq!(
        (&tree["record"], &tree["edition"]["name"]),
        (&id.into(), &"2026-1".into()),
        "{tree}"
    );
    assert_eq!(office.json(&["tariff", "tree", id])["trees"], tree["trees"]);
    assert!(office.path("saved/edition.record").exists() && office.path("saved/edition.bundle").exists());
    let exported = office.json(&["tariff", "export", id, "--out", "csv"]);
    assert_eq!(
        (&exported["record"], &exported["trees"]),
        (&id.into(), &tree["trees"]),
        "{exported}"
    );
    let again = ["--about", "csv/about.json", "--out", "again"];
    let again = office.json(&[&["tariff", "import", "--from", "csv", "csv/schedule.csv"], &again[..]].concat());
    assert_eq!(again["trees"], tree["trees"]);
    assert_eq!(office.json(&["tariff", "tree", "again"])["edition"], tree["edition"]);
    office.csv("tonight.csv", 3, "11 %");
    office.json(&["tariff", "import", "--from", "csv", "tonight.csv", "--out", "tonight"]);
    for old in ["saved", id, "2026-1", "MY/2026-1", "MY/MY/1", "MY", "MY/MY"] {
        assert_eq!(
            office.json(&["tariff", "diff", old, "tonight"])["rows_changed"],
            3,
            "{old}"
        );
    }
    let unknown = office.json(&["tariff", "tree", "2026-11"]);
    let message = "this node knows no edition and no territory `2026-11`; nearest are MY/MY/1 (2026-1)";
    assert_eq!(
        (&unknown["code"], &unknown["message"]),
        (&"not-found".into(), &message.into())
    );
}

#[test]
fn the_first_edition_of_a_territory_is_refused_with_what_to_type() {
    let office = Office::open();
    office.csv("schedule.csv", 0, "");
    let words = ["tariff", "publish", "schedule.csv", "--about", "about.json"];
    let told = office.ask(&words);
    let text = String::from_utf8(told.stderr).unwrap();
    let line = office.line(&words);
    let next = format!("to look at it: {line} --dry-run; if it is meant: {line} --confirm MY");
    assert!(
        text.contains("it is the first edition of MY by this hub") && text.contains(&next),
        "{text}"
    );
    let seen = office.ask(&[&words[..], &["--dry-run"]].concat());
    let text = String::from_utf8(seen.stdout).unwrap();
    let next = format!(
        "nothing was published; it is the first edition of MY by this hub, so if it is meant: {line} --confirm MY"
    );
    assert!(text.contains(&next), "{text}");
    assert_eq!(office.publish_first()["unusual"][0]["code"], "first-edition");
}

#[test]
fn a_change_of_two_rows_in_a_hundred_is_refused_with_what_to_type() {
    let office = Office::open();
    office.csv("schedule.csv", 0, "");
    office.publish_first();
    office.csv("tonight.csv", 12, "20 %");
    let words = [
        "tariff",
        "publish",
        "tonight.csv",
        "--name",
        "2026-2",
        "--in-force",
        "2026-11-23",
    ];
    let told = office.ask(&words);
    let text = String::from_utf8(told.stderr).unwrap();
    let line = office.line(&words);
    assert!(
        text.contains("12 of 600 rows change, more than one in a hundred; nothing was published")
            && text.contains(&format!(
                "to look at it: {line} --dry-run; if it is meant: {line} --confirm MY"
            )),
        "{text}"
    );
    let confirmed = office.json(&[&words[..], &["--confirm", "MY"]].concat());
    assert_eq!(confirmed["issued"]["schema"], "ewtp.issued/1", "{confirmed}");
}

#[test]
fn a_currency_without_a_rate_is_told_before_the_file_is_published() {
    let office = Office::open();
    office.csv("schedule.csv", 0, "2 USD per KGM");
    let warned = |told: Output| {
        String::from_utf8(told.stderr)
            .unwrap()
            .matches("states an amount in USD")
            .count()
    };
    let words = [
        "tariff",
        "publish",
        "schedule.csv",
        "--about",
        "about.json",
        "--dry-run",
    ];
    assert_eq!(warned(office.ask(&words)), 0, "every duty is a percentage");
    office.csv("schedule.csv", 2, "2 USD per KGM");
    assert_eq!(warned(office.ask(&words)), 1);
    let imported = ["schedule.csv", "--about", "about.json", "--out", "folder"];
    assert_eq!(
        warned(office.ask(&[&["tariff", "import", "--from", "csv"], &imported[..]].concat())),
        1
    );
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_line_and_nothing_is_published() {
    let office = Office::open();
    std::fs::write(
        office.path("bad.csv"),
        "record,code,units,declarable,text,kind,areas,duty\nline,610910,H87,yes,Shirts,,,\nmeasure,610910,,,,mfn,,2 USD per LTR\n",
    )
    .unwrap();
    let refused = office.json(&["tariff", "publish", "bad.csv", "--about", "about.json"]);
    assert_eq!(
        (&refused["code"], &refused["line"]),
        (&"unknown-unit".into(), &3.into()),
        "{refused}"
    );
    let told = office.ask(&["tariff", "history"]).stdout;
    assert_eq!(String::from_utf8(told).unwrap(), "no edition is known here\n");
}
