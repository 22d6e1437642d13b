//! A duty receipt from a folder: quoted by the real binary, computed again by it, and refused when an amount was changed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_record::{Edition, Record, SecretKey, Terms, UnixTime, parse_json};
use ewtp_tariff::Receipt;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const SCHEDULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/quote.in/schedule.csv");
const ABOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/quote.in/about.json");
const SHIRTS: &str = "--to SG --from CN --hs 6109100012 --value cif=1100SGD --on 2026-07-01 --known 2026-07-01";

fn ewtp(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ewtp"));
    command.current_dir(folder).args(arguments.split(' ')).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// A folder `sg` whose edition is signed, as one that was saved from a node.
fn signed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let import = format!("tariff import --from csv {SCHEDULE} --about {ABOUT} --out sg");
    let made = ewtp(folder.path(), &import);
    assert!(made.status.success(), "{}", text(&made));
    let tree = ewtp(folder.path(), "tariff tree sg --json");
    let tree: Value = serde_json::from_slice(&tree.stdout).unwrap();
    let mut edition = parse_json(&std::fs::read_to_string(ABOUT).unwrap()).unwrap();
    edition["trees"] = tree["trees"].clone();
    edition["number"] = 1.into();
    let terms = Terms {
        issuer: "SG".parse().unwrap(),
        now: UnixTime(1_767_225_600),
        life_seconds: 365 * 86_400,
    };
    let draft = Edition::from_json(&edition, &terms).unwrap().draft;
    let record: Record = draft.sign(&SecretKey::from_seed(&[7; 32])).unwrap();
    std::fs::write(folder.path().join("sg/edition.record"), record.bytes()).unwrap();
    std::fs::remove_file(folder.path().join("sg/about.json")).unwrap();
    let policy = format!(
        r#"{{"net":"test:lab","own":"SG","pins":{{"SG":"{}"}}}}"#,
        "11".repeat(32)
    );
    std::fs::write(folder.path().join("policy.json"), policy).unwrap();
    folder
}

#[test]
fn a_receipt_from_a_folder_is_computed_again_to_the_cent() {
    let folder = signed();
    let quoted = ewtp(
        folder.path(),
        &format!("tariff quote --edition sg {SHIRTS} --receipt r --json"),
    );
    let answer: Value = serde_json::from_slice(&quoted.stdout).unwrap();
    assert_eq!(answer["total"], "386.76", "{}", text(&quoted));
    assert_eq!(answer["edition"]["record"].as_str().unwrap().len(), 64);
    let receipt = Receipt::decode(&std::fs::read(folder.path().join("r")).unwrap()).unwrap();
    assert_eq!(receipt.replay().unwrap().total().unwrap().to_string(), "386.76 SGD");
    // Nobody vouches for the key that signed, so whose schedule it is stays open.
    let verdict = ewtp(folder.path(), "verify r --policy policy.json");
    assert_eq!(verdict.status.code(), Some(14), "{}", text(&verdict));
    assert!(text(&verdict).contains("386.76"), "{}", text(&verdict));
}

#[test]
fn a_receipt_with_another_amount_is_refused() {
    let folder = signed();
    let quoted = ewtp(
        folder.path(),
        &format!("tariff quote --edition sg {SHIRTS} --receipt r"),
    );
    assert!(quoted.status.success(), "{}", text(&quoted));
    let path = folder.path().join("r");
    let mut receipt = Receipt::decode(&std::fs::read(&path).unwrap()).unwrap();
    receipt.answer.lines[0].amount -= 1;
    std::fs::write(&path, receipt.encode()).unwrap();
    let verdict = ewtp(folder.path(), "verify r --policy policy.json");
    assert_eq!(verdict.status.code(), Some(10), "{}", text(&verdict));
}

#[test]
fn a_record_of_other_rows_is_refused() {
    let folder = signed();
    let import = format!(
        "tariff import --from csv {} --about {ABOUT} --out other",
        SCHEDULE.replace("quote.in/schedule", "tariff.in/old")
    );
    assert!(ewtp(folder.path(), &import).status.success());
    std::fs::copy(
        folder.path().join("sg/edition.record"),
        folder.path().join("other/edition.record"),
    )
    .unwrap();
    let quoted = ewtp(folder.path(), &format!("tariff quote --edition other {SHIRTS}"));
    assert!(
        text(&quoted).contains("other roots than edition.record names"),
        "{}",
        text(&quoted)
    );
}
