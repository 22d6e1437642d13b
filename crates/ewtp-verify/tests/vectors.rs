//! The committed vectors of chains, examination, introduction and bundles: each is accepted or refused as its header says,
//! for the reason it names.

#![allow(clippy::unwrap_used, reason = "what fails here is a broken vector")]

#[path = "../examples/vectors/bundles.rs"]
mod bundles;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/chains.rs"]
mod chains;
#[path = "../examples/vectors/examinations.rs"]
mod examinations;
#[path = "../examples/vectors/introductions.rs"]
mod introductions;
mod lab;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use ewtp_record::cbor::{self, Blob, Limits};
use ewtp_record::{LogId, NodeKey, Position, Record, UnixTime};
use ewtp_trust::{Acquaintance, Authority, CharterChain, Directory, Introduction, examine};
use ewtp_verify::{Outcome, Policy, verify};

const OBJECTS: [&str; 4] = ["charter-chain", "examine", "introduction", "bundle"];

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

    fn value<T: FromStr>(&self, name: &str) -> T {
        self.get(name)
            .parse()
            .unwrap_or_else(|_| panic!("{name} is well formed"))
    }

    /// What this crate says: `Ok` when it accepts, else the stable code.
    fn answer(&self, object: &str) -> Result<(), String> {
        match object {
            "charter-chain" => self.charter_chain(),
            "examine" => self.examine(),
            "introduction" => self.introduction(),
            "bundle" => self.bundle(),
            _ => panic!("no such object: {object}"),
        }
    }

    fn charter_chain(&self) -> Result<(), String> {
        let hub = self.value("hub");
        let mut directory = Directory::new(self.value("net"), BTreeMap::from([(hub, self.value("genesis"))]));
        let adopted = directory.adopt_chain(hub, &records(&self.bytes));
        adopted.map(drop).map_err(|error| error.code().to_owned())
    }

    fn examine(&self) -> Result<(), String> {
        let charters = records(&hex::decode(self.get("charters")).unwrap());
        let chain = CharterChain::from_records(&charters, &self.value("net")).unwrap();
        let log = LogId {
            hub: self.value("hub"),
            epoch: self.value("epoch"),
        };
        let mut authority = Authority::new(log, Arc::new(chain));
        for pair in self.get("logged").split(' ') {
            let (index, number) = pair.split_once(':').unwrap();
            authority
                .note_charter(index.parse().unwrap(), &charters[number.parse::<usize>().unwrap()])
                .unwrap();
        }
        let position = Position {
            hub: log.hub,
            epoch: log.epoch,
            index: self.value("index"),
        };
        let record = Record::decode(self.bytes.clone().into()).unwrap();
        match examine(&record, position, &authority) {
            finding if finding.is_sound() => Ok(()),
            finding => Err(finding.standing.code().to_owned()),
        }
    }

    fn introduction(&self) -> Result<(), String> {
        let (hub, genesis) = self.get("pins").split_once(':').unwrap();
        let pins = BTreeMap::from([(hub.parse().unwrap(), genesis.parse().unwrap())]);
        let directory = Directory::new(self.value("net"), pins);
        let node = NodeKey(hex::decode(self.get("node")).unwrap().try_into().unwrap());
        let introduced = Introduction::decode(&self.bytes)
            .and_then(|introduction| introduction.verify(&directory, node, UnixTime(self.value("now"))))
            .map_err(|fault| fault.code().to_owned())?;
        let expected = if self.get("acquaintance") == "carried" {
            Acquaintance::Carried
        } else {
            Acquaintance::Stranger
        };
        assert_eq!(introduced.acquaintance(), expected);
        Ok(())
    }

    fn bundle(&self) -> Result<(), String> {
        let policy = Policy::from_json(self.get("policy").as_bytes()).unwrap();
        match verify(&self.bytes, &policy, UnixTime(self.value("now"))).outcome {
            Outcome::Accepted => Ok(()),
            other => Err(other.code().to_owned()),
        }
    }
}

fn records(array: &[u8]) -> Vec<Record> {
    let blobs: Vec<Blob> = cbor::decode(array, &Limits::message(64 * 1024)).unwrap();
    blobs.into_iter().map(|blob| Record::decode(blob.0).unwrap()).collect()
}

/// Every committed file of these objects: its path below the folder, and its text.
fn committed() -> BTreeMap<String, String> {
    let files = OBJECTS.iter().flat_map(|object| {
        std::fs::read_dir(folder().join(object))
            .expect("the folder is committed")
            .map(move |entry| {
                let entry = entry.expect("the folder can be listed");
                let text = std::fs::read_to_string(entry.path()).expect("a vector is a text");
                (format!("{object}/{}", entry.file_name().to_string_lossy()), text)
            })
    });
    files.collect()
}

#[test]
fn every_vector_is_accepted_or_refused_for_the_reason_it_names() {
    for (path, text) in committed() {
        let vector = Vector::read(&text);
        let object = path
            .split_once('/')
            .expect("a vector lies in the folder of its object")
            .0;
        let expected = match vector.get("expect") {
            "ok" => Ok(()),
            "refused" | "unsupported" => Err(vector.get("reason").to_owned()),
            other => panic!("{path}: expect is ok, refused or unsupported, not {other}"),
        };
        assert_eq!(vector.answer(object), expected, "{path}");
        assert!(vector.get("rule").contains(" R"), "{path} names its rule");
    }
}

#[test]
fn most_vectors_are_bad_ones() {
    let all = committed();
    let bad = all.values().filter(|text| text.starts_with("expect: refused")).count();
    assert!(all.len() >= 60, "{} vectors", all.len());
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
            "{path}: run `cargo run -p ewtp-verify --example vectors`"
        );
    }
}
