//! The committed vectors: each is accepted or refused as its header says, for the reason it names.

#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/checkpoints.rs"]
mod checkpoints;
#[path = "../examples/vectors/cosignatures.rs"]
mod cosignatures;
#[path = "../examples/vectors/notes.rs"]
mod notes;
#[path = "../examples/vectors/proofs.rs"]
mod proofs;
#[path = "../examples/vectors/ranges.rs"]
mod ranges;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ed25519_dalek::VerifyingKey;
use ewtp_log::{ConsistencyProof, Cosignature, Hash, InclusionProof, Note, SignedCheckpoint, range_root};

const OBJECTS: [&str; 5] = ["checkpoint", "cosignature", "inclusion", "consistency", "range"];

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
            .map(|line| line.split_once(':').expect("a header line reads name: value"));
        Self {
            header: lines
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            bytes: hex::decode(body.replace('\n', "")).expect("the body is hex"),
        }
    }

    fn get(&self, name: &str) -> &str {
        self.header.get(name).unwrap_or_else(|| panic!("the header has {name}"))
    }

    fn number(&self, name: &str) -> u64 {
        self.get(name).parse().unwrap_or_else(|_| panic!("{name} is a number"))
    }

    fn hash(&self, name: &str) -> Hash {
        self.get(name).parse().unwrap_or_else(|_| panic!("{name} is a hash"))
    }

    fn hashes(&self, name: &str) -> Vec<Hash> {
        to_hashes(&hex::decode(self.get(name)).unwrap_or_else(|_| panic!("{name} is hex")))
    }

    fn key(&self, name: &str) -> VerifyingKey {
        VerifyingKey::from_bytes(&self.hash(name).0).unwrap_or_else(|_| panic!("{name} is a key"))
    }

    /// The stable code of the refusal, if this crate refuses the vector.
    fn refusal(&self, object: &str) -> Result<(), &'static str> {
        match object {
            "checkpoint" => self.checkpoint(),
            "cosignature" => self.cosignature(),
            "inclusion" => self.inclusion(),
            "consistency" => self.consistency(),
            "range" => self.range(),
            _ => panic!("no such object: {object}"),
        }
    }

    fn checkpoint(&self) -> Result<(), &'static str> {
        let note = Note::parse(&self.bytes).map_err(|error| error.code())?;
        SignedCheckpoint::from_note(&note, &self.key("log_key"))
            .map(drop)
            .map_err(|error| error.code())
    }

    fn cosignature(&self) -> Result<(), &'static str> {
        let note = Note::parse(&self.bytes).map_err(|error| error.code())?;
        SignedCheckpoint::from_note(&note, &self.key("log_key")).map_err(|error| error.code())?;
        let read = Cosignature::from_note(&note, self.get("witness"), &self.key("witness_key"));
        read.map(drop).map_err(|error| error.code())
    }

    fn inclusion(&self) -> Result<(), &'static str> {
        let proof = InclusionProof::from_bytes(&self.bytes).map_err(|error| error.code())?;
        let (index, size) = (self.number("index"), self.number("size"));
        proof
            .verify(index, size, &self.hash("leaf"), &self.hash("root"))
            .map_err(|error| error.code())
    }

    fn consistency(&self) -> Result<(), &'static str> {
        let proof = ConsistencyProof::from_bytes(&self.bytes).map_err(|error| error.code())?;
        let (old, new) = (self.number("old_size"), self.number("new_size"));
        proof
            .verify(old, &self.hash("old_root"), new, &self.hash("new_root"))
            .map_err(|error| error.code())
    }

    fn range(&self) -> Result<(), &'static str> {
        let (left, leaves, right) = (self.hashes("left"), to_hashes(&self.bytes), self.hashes("right"));
        let root = range_root(self.number("start"), &left, &leaves, self.number("size"), &right);
        if root.map_err(|error| error.code())? == self.hash("root") {
            Ok(())
        } else {
            Err("root-mismatch")
        }
    }
}

fn to_hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.iter().map(|hash| Hash(*hash)).collect()
}

/// Every committed file of the objects of this crate: its path below the folder, and its text.
fn committed() -> BTreeMap<String, String> {
    let files = OBJECTS.iter().flat_map(|object| {
        let folder = folder().join(object);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(move |entry| {
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
            "refused" => Err(vector.get("reason")),
            other => panic!("{path}: expect is ok or refused, not {other}"),
        };
        assert_eq!(vector.refusal(object), expected, "{path}");
        assert!(vector.get("rule").contains(" R"), "{path} names its rule");
    }
}

#[test]
fn most_vectors_are_bad_ones() {
    let all = committed();
    let bad = all.values().filter(|text| text.starts_with("expect: refused")).count();
    assert!(all.len() >= 50, "{} vectors", all.len());
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
            "{path}: run `cargo run -p ewtp-log --example vectors`"
        );
    }
}
