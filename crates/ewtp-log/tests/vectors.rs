//! The committed vectors: each is accepted or refused as its header says, for the reason it names.

#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/checkpoints.rs"]
mod checkpoints;
#[path = "../examples/vectors/cosignatures.rs"]
mod cosignatures;
#[path = "../examples/vectors/files.rs"]
mod files;
#[path = "../examples/vectors/notes.rs"]
mod notes;
#[path = "../examples/vectors/proofs.rs"]
mod proofs;
#[path = "../examples/vectors/ranges.rs"]
mod ranges;

use ed25519_dalek::VerifyingKey;
use ewtp_log::{
    ConsistencyProof, Cosignature, Hash, InclusionProof, Note, NotedCheckpoint, TileError, TileKind, TilePath,
    TlogProof, bundle_entries, range_root,
};
use ewtp_vectors::Vector;

const OBJECTS: [&str; 8] = [
    "checkpoint",
    "cosignature",
    "inclusion",
    "consistency",
    "range",
    "tile",
    "entries",
    "tlog-proof",
];

/// The stable code of the refusal, if this crate refuses the vector.
fn refusal(vector: &Vector) -> Result<(), &'static str> {
    match vector.object.as_str() {
        "checkpoint" => checkpoint(vector),
        "cosignature" => cosignature(vector),
        "inclusion" => inclusion(vector),
        "consistency" => consistency(vector),
        "range" => range(vector),
        "tile" => tile(vector),
        "entries" => entries(vector),
        "tlog-proof" => tlog_proof(vector),
        other => panic!("no such object: {other}"),
    }
}

fn checkpoint(vector: &Vector) -> Result<(), &'static str> {
    let note = Note::parse(&vector.bytes).map_err(|error| error.code())?;
    NotedCheckpoint::from_note(&note, &key(vector, "log_key"))
        .map(drop)
        .map_err(|error| error.code())
}

fn cosignature(vector: &Vector) -> Result<(), &'static str> {
    let note = Note::parse(&vector.bytes).map_err(|error| error.code())?;
    NotedCheckpoint::from_note(&note, &key(vector, "log_key")).map_err(|error| error.code())?;
    let read = Cosignature::from_note(&note, vector.get("witness"), &key(vector, "witness_key"));
    read.map(drop).map_err(|error| error.code())
}

fn inclusion(vector: &Vector) -> Result<(), &'static str> {
    let proof = InclusionProof::from_bytes(&vector.bytes).map_err(|error| error.code())?;
    let (index, size) = (vector.value("index"), vector.value("size"));
    proof
        .verify(index, size, &vector.value("leaf"), &vector.value("root"))
        .map_err(|error| error.code())
}

fn consistency(vector: &Vector) -> Result<(), &'static str> {
    let proof = ConsistencyProof::from_bytes(&vector.bytes).map_err(|error| error.code())?;
    let (old, new) = (vector.value("old_size"), vector.value("new_size"));
    proof
        .verify(old, &vector.value("old_root"), new, &vector.value("new_root"))
        .map_err(|error| error.code())
}

fn range(vector: &Vector) -> Result<(), &'static str> {
    let (left, leaves, right) = (
        to_hashes(&vector.hex("left")),
        to_hashes(&vector.bytes),
        to_hashes(&vector.hex("right")),
    );
    let root = range_root(vector.value("start"), &left, &leaves, vector.value("size"), &right);
    if root.map_err(|error| error.code())? == vector.value("root") {
        Ok(())
    } else {
        Err("root-mismatch")
    }
}

fn tile(vector: &Vector) -> Result<(), &'static str> {
    let name = str::from_utf8(&vector.bytes).unwrap_or_else(|_| panic!("{vector}: a name is text"));
    let tile: TilePath = name.parse().map_err(|error: TileError| error.code())?;
    let kind = match tile.kind {
        TileKind::Hashes(level) => level.to_string(),
        TileKind::Entries => "entries".to_owned(),
    };
    assert_eq!(
        (kind.as_str(), tile.index, tile.width),
        (vector.get("kind"), vector.value("index"), vector.value("width")),
        "{vector}"
    );
    Ok(())
}

fn entries(vector: &Vector) -> Result<(), &'static str> {
    let entries = bundle_entries(&vector.bytes).map_err(|error| error.code())?;
    assert_eq!(entries.len(), vector.value("count"), "{vector}");
    Ok(())
}

fn tlog_proof(vector: &Vector) -> Result<(), &'static str> {
    let proof = TlogProof::parse(&vector.bytes).map_err(|error| error.code())?;
    let verified = proof.verify(&vector.value("leaf"), &key(vector, "log_key"));
    verified.map(drop).map_err(|error| error.code())
}

fn key(vector: &Vector, name: &str) -> VerifyingKey {
    let bytes: Hash = vector.value(name);
    VerifyingKey::from_bytes(&bytes.0).unwrap_or_else(|_| panic!("{vector}: {name} is a key"))
}

fn to_hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.iter().map(|hash| Hash(*hash)).collect()
}

#[test]
fn every_vector_is_accepted_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&OBJECTS) {
        assert_eq!(refusal(&vector), vector.verdict(), "{vector}");
    }
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-log", &cases::all());
}
