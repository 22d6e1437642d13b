//! The committed vectors of announcements and sync: each is accepted or refused as its header says, for the reason it
//! names.

#[path = "../examples/vectors/announcements.rs"]
mod announcements;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/log.rs"]
mod log;
#[path = "../examples/vectors/messages.rs"]
mod messages;
#[path = "../examples/vectors/ranges.rs"]
mod ranges;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ewtp_federation::{Announcement, Fault, RangeRequest, Run, bundle, message};
use ewtp_record::{KeyBytes, NetName};

const FOLDERS: [&str; 2] = ["announcement", "sync"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec/vectors")
}

/// A vector file: its header and the bytes under test.
struct Vector {
    header: BTreeMap<String, String>,
    bytes: Vec<u8>,
}

impl Vector {
    fn read(text: &str) -> Self {
        let (header, body) = text.split_once("\n\n").expect("a blank line ends the header");
        let lines = header
            .lines()
            .map(|line| line.split_once(": ").expect("a header line reads name: value"));
        Self {
            header: lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            bytes: hex::decode(body.replace('\n', "")).expect("the body is hex"),
        }
    }

    fn get(&self, name: &str) -> &str {
        self.header.get(name).unwrap_or_else(|| panic!("the header has {name}"))
    }

    /// The stable code of the refusal, if this crate refuses the vector.
    fn refusal(&self) -> Result<(), &'static str> {
        let object = self.header.get("object").map_or("announcement", String::as_str);
        let read = match object {
            "announcement" => Announcement::decode(&self.bytes).map(|announcement| Some(announcement.run)),
            "bundle-frame" => bundle::decode(&self.bytes).map(Some),
            "range-request" => RangeRequest::decode(&self.bytes).map(|_| None),
            "message" => message::decode(&self.bytes).map(|_| None),
            other => panic!("no such object: {other}"),
        };
        match read.map_err(|fault: Fault| fault.code())? {
            Some(run) if !self.is_signed(&run) => Err("signature"),
            _ => Ok(()),
        }
    }

    /// Whether the log key signed the root that follows from the run.
    fn is_signed(&self, run: &Run) -> bool {
        let key = hex::decode(self.get("log_key")).expect("the key is hex");
        let key = KeyBytes(key.try_into().expect("a key has 32 bytes"));
        let net: NetName = self.get("net").parse().expect("a net's name");
        let body = run.checkpoint.note(&net, run.hub).body();
        let key = key.admit().expect("a key without torsion");
        key.verify(body.as_bytes(), &run.checkpoint.signature).is_ok()
    }
}

/// Every committed file of these folders: its path, and its text.
fn committed() -> BTreeMap<String, String> {
    let files = FOLDERS.iter().flat_map(|name| {
        let entries = std::fs::read_dir(folder().join(name)).expect("the folder is committed");
        entries.map(move |entry| {
            let entry = entry.expect("the folder can be listed");
            let text = std::fs::read_to_string(entry.path()).expect("a vector is a text");
            (format!("{name}/{}", entry.file_name().to_string_lossy()), text)
        })
    });
    files.collect()
}

#[test]
fn every_vector_is_accepted_or_refused_for_the_reason_it_names() {
    for (path, text) in committed() {
        let vector = Vector::read(&text);
        let expected = match vector.get("expect") {
            "ok" => Ok(()),
            "refused" => Err(vector.get("reason")),
            other => panic!("{path}: expect is ok or refused, not {other}"),
        };
        assert_eq!(vector.refusal(), expected, "{path}");
    }
}

#[test]
fn every_rule_that_a_vector_names_is_in_the_spec() {
    for (path, text) in committed() {
        let vector = Vector::read(&text);
        let (page, rule) = vector.get("rule").split_once(' ').expect("a page and a number");
        let file = folder().join(format!("../{page}.md"));
        let page = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(
            page.contains(&format!("**{rule}.**")),
            "{path}: {rule} is not on its page"
        );
        let reason = vector.get("reason");
        assert!(
            reason == "-" || reason.starts_with("cbor-") || page.contains(&format!("`{reason}`")),
            "{path}: {reason} is not on the page"
        );
    }
}

#[test]
fn most_vectors_are_bad_ones() {
    let all = committed();
    let bad = all.values().filter(|text| text.starts_with("expect: refused")).count();
    assert!(all.len() >= 90, "{} vectors", all.len());
    assert!(2 * bad > all.len(), "{bad} of {} are refused", all.len());
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    let written: BTreeMap<_, _> = cases::all().iter().map(|case| (case.path(), case.text())).collect();
    let committed = committed();
    assert_eq!(written.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    for (path, text) in written {
        assert_eq!(
            text, committed[&path],
            "{path}: run `cargo run -p ewtp-federation --example vectors`"
        );
    }
}
