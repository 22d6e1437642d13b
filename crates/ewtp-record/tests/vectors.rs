//! Every vector of the specification gets the verdict and the reason that it names.

use ewtp_record::{KeyBytes, Record};
use std::path::{Path, PathBuf};

/// What a vector file says: header lines `name: value`, an empty line, hex.
struct Vector {
    path: PathBuf,
    expect: String,
    rule: String,
    reason: String,
    key: Option<KeyBytes>,
    bytes: Vec<u8>,
}

/// Reads one vector file.
fn read(path: &Path) -> Vector {
    let text = std::fs::read_to_string(path).expect("a vector is a text file");
    let (header, hex) = text.split_once("\n\n").expect("an empty line ends the header");
    let field = |name: &str| {
        let line = header
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::to_owned)
    };
    Vector {
        path: path.to_owned(),
        expect: field("expect").expect("a vector has a verdict"),
        rule: field("rule").expect("a vector has a rule"),
        reason: field("reason").expect("a vector has a reason"),
        key: field("key").map(|key| key.parse().expect("a key is 32 bytes in hex")),
        bytes: hex::decode(hex.split_whitespace().collect::<String>()).expect("the rest is hex"),
    }
}

/// All vectors in the folders this crate owns.
fn vectors() -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec/vectors");
    let objects = ["record", "charter", "manifest", "certificate", "credential", "pulse"];
    let mut paths: Vec<PathBuf> = objects
        .iter()
        .flat_map(|object| std::fs::read_dir(root.join(object)).expect("each object has a folder"))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Verdict, rule and reason of this implementation. A signature is checked where the vector names a key.
fn judge(vector: &Vector) -> (&'static str, &'static str, &'static str) {
    let record = match Record::decode(vector.bytes.clone().into()) {
        Ok(record) => record,
        Err(error) => return ("refused", error.rule(), error.code()),
    };
    if let Some(key) = vector.key {
        match key.admit().map(|key| record.verify(&key)) {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return ("refused", "record R14", "signature"),
            Err(error) => return ("refused", "record R15", error.code()),
        }
    }
    match record.body() {
        Ok(_) => ("ok", "-", "-"),
        Err(error) if error.is_unsupported() => ("unsupported", error.rule(), error.code()),
        Err(error) => ("refused", error.rule(), error.code()),
    }
}

#[test]
fn every_vector_gets_its_verdict_and_reason() {
    let mut differences = Vec::new();
    for vector in vectors() {
        let (expect, rule, reason) = judge(&vector);
        let rule_fits = expect == "ok" || vector.rule == rule;
        if (vector.expect.as_str(), vector.reason.as_str()) != (expect, reason) || !rule_fits {
            differences.push(format!(
                "{}: says {} {} {}, is {expect} {rule} {reason}",
                vector.path.display(),
                vector.expect,
                vector.rule,
                vector.reason
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn more_than_half_of_the_vectors_are_bad() {
    let vectors = vectors();
    let bad = vectors.iter().filter(|vector| vector.expect == "refused").count();
    assert!(
        vectors.len() >= 80 && bad * 2 > vectors.len(),
        "{bad} of {}",
        vectors.len()
    );
}

#[test]
fn every_rule_of_a_vector_is_on_its_page() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec");
    for vector in vectors() {
        let (page, rule) = vector.rule.split_once(' ').expect("a page and a rule");
        let text = std::fs::read_to_string(pages.join(format!("{page}.md"))).expect("the page exists");
        assert!(
            text.contains(&format!("**{rule}.")),
            "{}: {} is not there",
            vector.path.display(),
            vector.rule
        );
    }
}
