//! Processes killed at any moment, and disks that are full: what was acknowledged is there afterwards.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use ewtp_federation::{Guard, Restored};

use crate::fixture::{commit, engines, entries, findings, guard, judged, log, open, options, records, root};
use crate::{Engine, Store, StoreError, StoreOptions};

const FOLDER: &str = "EWTP_STORE_TEST_FOLDER";
const ENGINE: &str = "EWTP_STORE_TEST_ENGINE";
const ROUNDS: u64 = 24;

/// This test binary again, running one of the ignored tests below in that folder.
fn again(test: &str, folder: &Path, engine: Engine) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    child_of(&mut command, test, folder, engine);
    command
}

fn child_of(command: &mut Command, test: &str, folder: &Path, engine: Engine) {
    command.args([&format!("tests::crash::{test}"), "--exact", "--ignored", "--nocapture"]);
    command.env(FOLDER, folder).env(ENGINE, engine.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
}

fn told() -> (std::path::PathBuf, Engine) {
    (
        std::env::var(FOLDER).unwrap().into(),
        std::env::var(ENGINE).unwrap().parse().unwrap(),
    )
}

/// Opens the folder once nobody else holds it. The test that started us has closed it; but a process that a sibling test
/// is just starting holds a copy of every open file, its locks too, until it becomes the program it is to be.
fn open_when_free(folder: &Path, engine: Engine) -> (Store, Restored) {
    const TRIES: u32 = 1_000; // of 5 ms each, where a start takes one or two
    for _ in 0..TRIES {
        if let Ok(opened) = Store::open(folder, &options(engine)) {
            return opened;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    open(folder, engine)
}

#[test]
#[ignore = "run by the test that kills it"]
fn child_that_commits_until_it_is_killed() {
    let (folder, engine) = told();
    let (my, rw) = (log("MY"), log("RW"));
    let (
        Store {
            mut ledger,
            mut index,
            reader,
        },
        _,
    ) = open_when_free(&folder, engine);
    let follower = reader.clone();
    std::thread::spawn(move || {
        loop {
            index.follow().unwrap();
            let (from, size) = (follower.examined_to(my), follower.size(my));
            if from == size {
                continue; // the first commit is not there yet, or everything is judged
            }
            index
                .apply_findings(&judged(my, from, &findings(my, from, size.min(from + 64))))
                .unwrap();
        }
    });
    let mut size = reader.size(my);
    for step in (1..40).cycle() {
        let to = size + step;
        let ours = commit(vec![entries(my, size, to), guard(my, to)]);
        let theirs = commit(vec![entries(rw, reader.size(rw), reader.size(rw) + 1)]);
        ledger.commit(&[ours, theirs]).unwrap();
        // The acknowledgement: from here on these records must never be missed.
        println!("acknowledged {to}");
        size = to;
    }
}

/// Kills the child that many milliseconds after its first acknowledgement; answers the last one it gave.
fn kill_after(mut child: Child, wait: Duration) -> u64 {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (first, seen) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let numbers = lines
            .map_while(Result::ok)
            .filter_map(|line| Some(line.split_once("acknowledged ")?.1.to_owned()));
        numbers
            .inspect(|_| first.send(()).unwrap_or_default())
            .filter_map(|number| number.parse().ok())
            .last()
    });
    seen.recv().unwrap();
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap().unwrap()
}

#[test]
fn every_acknowledged_commit_survives_a_kill_at_any_moment() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let my = log("MY");
        for round in 0..ROUNDS {
            let child = again("child_that_commits_until_it_is_killed", folder.path(), engine)
                .stderr(Stdio::inherit()) // a child that dies by itself says why
                .spawn()
                .unwrap();
            let acknowledged = kill_after(child, Duration::from_millis(round * round * 7 % 61));
            if round % 6 == 5 {
                std::fs::remove_dir_all(folder.path().join("index")).unwrap();
            }
            let (store, restored) = open(folder.path(), engine);
            let size = store.reader.size(my);
            assert!(size >= acknowledged, "round {round}: {size} of {acknowledged} are left");
            assert_eq!(
                store.reader.range(my, 0, size).unwrap(),
                records(my, 0, size),
                "round {round}"
            );
            check_restored(&restored, size);
        }
    }
}

fn check_restored(restored: &Restored, size: u64) {
    let my = restored.logs.iter().find(|held| held.log == log("MY")).unwrap();
    assert_eq!((my.tree.size(), my.tree.root()), (size, root(my.log, size)));
    // Entries and guard share a commit, so they are there together.
    let root = root(my.log, size);
    assert_eq!(my.facts.guard, Some(Guard { size, root }));
    assert!(my.examined_to <= size);
}

/// Commits until the disk refuses; then everything acknowledged can still be read, and nothing more is accepted.
fn fill(folder: &Path, engine: Engine) -> u64 {
    let my = log("MY");
    let options = StoreOptions {
        segment_bytes: 1 << 30,
        ..options(engine)
    };
    let (Store { mut ledger, reader, .. }, _) = Store::open(folder, &options).unwrap();
    let mut size = reader.size(my);
    let refused = loop {
        match ledger.commit(&[commit(vec![entries(my, size, size + 200)])]) {
            Ok(()) => size += 200,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Io { .. }), "{refused}");
    let again = ledger.commit(&[commit(vec![entries(my, size, size + 1)])]).unwrap_err();
    assert!(matches!(again, StoreError::Poisoned { .. }), "{again}");
    assert_eq!(reader.size(my), size);
    assert_eq!(reader.range(my, 0, size).unwrap(), records(my, 0, size));
    size
}

#[test]
#[ignore = "run by the test that limits its files"]
fn child_that_fills_its_disk() {
    let (folder, engine) = told();
    println!("acknowledged {}", fill(&folder, engine));
}

#[test]
fn after_a_refused_write_reads_go_on_and_a_restart_has_every_acknowledged_record() {
    let my = log("MY");
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let mut limited = Command::new("sh");
        // A file may grow to some MiB (the unit differs between shells), then the kernel refuses: a quota for everyone.
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f 6000; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap());
        child_of(&mut limited, "child_that_fills_its_disk", folder.path(), engine);
        let output = limited.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let answer = String::from_utf8(output.stdout).unwrap();
        let acknowledged: u64 = answer
            .lines()
            .find_map(|line| line.split_once("acknowledged ")?.1.parse().ok())
            .unwrap();
        let (Store { mut ledger, reader, .. }, _) = open(folder.path(), engine);
        let size = reader.size(my);
        assert!(acknowledged > 1_000 && size >= acknowledged);
        ledger.commit(&[commit(vec![entries(my, size, size + 5)])]).unwrap();
        assert_eq!(reader.range(my, 0, size + 5).unwrap(), records(my, 0, size + 5));
    }
}

#[test]
#[ignore = "run by the test that mounts a small disk"]
fn child_that_fills_a_small_disk_and_opens_it_while_it_is_full() {
    let (folder, engine) = told();
    let acknowledged = fill(&folder, engine);
    let (store, _) = open(&folder, engine);
    assert!(store.reader.size(log("MY")) >= acknowledged);
    println!("acknowledged {acknowledged}");
}

#[test]
#[ignore = "run by the test that mounts a small disk"]
fn child_that_goes_on_when_there_is_room() {
    let (folder, engine) = told();
    let my = log("MY");
    let (Store { mut ledger, reader, .. }, _) = open(&folder, engine);
    let size = reader.size(my);
    ledger.commit(&[commit(vec![entries(my, size, size + 500)])]).unwrap();
    assert_eq!(reader.range(my, 0, size + 500).unwrap(), records(my, 0, size + 500));
    println!("acknowledged {size}");
}

#[test]
fn a_full_disk_refuses_opens_whole_and_goes_on_when_there_is_room() {
    let script = "mount -t tmpfs -o size=6m tmpfs \"$EWTP_STORE_TEST_FOLDER\" || exit 77
        run() { \"$0\" \"tests::crash::$1\" --exact --ignored --nocapture || exit 1; }
        run child_that_fills_a_small_disk_and_opens_it_while_it_is_full
        mount -o remount,size=24m \"$EWTP_STORE_TEST_FOLDER\"
        run child_that_goes_on_when_there_is_room";
    // sled does not open on a full disk (measured, see the README), so this is redb's promise.
    let folder = tempfile::tempdir().unwrap();
    let mut namespace = Command::new("unshare");
    namespace
        .args(["-Urm", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap());
    namespace
        .env(FOLDER, folder.path())
        .env(ENGINE, Engine::Redb.to_string());
    let output = namespace.output();
    let permitted = output
        .as_ref()
        .is_ok_and(|output| output.status.code() != Some(77) && !output.stdout.is_empty());
    if !permitted {
        println!("this machine lets no one mount a small disk: the refused write above stands for it");
        return;
    }
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
