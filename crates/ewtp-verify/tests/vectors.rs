//! The committed vectors of chains, examination, introduction, bundles and duty receipts with corrections: each is accepted or refused as its header says,
//! for the reason it names.

#![allow(clippy::unwrap_used, reason = "what fails here is a broken vector")]

#[path = "../examples/vectors/assessments.rs"]
mod assessments;
#[path = "../examples/vectors/bundles.rs"]
mod bundles;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/chains.rs"]
mod chains;
#[path = "../examples/vectors/corrections.rs"]
mod corrections;
#[path = "../examples/vectors/examinations.rs"]
mod examinations;
#[path = "../examples/vectors/introductions.rs"]
mod introductions;
mod lab;
#[path = "../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;
mod trade;

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_record::cbor::{self, Blob, Limits};
use ewtp_record::{Body, Edition, LogId, NodeKey, Position, Record, UnixTime};
use ewtp_tariff::{PageTrees, Row};
use ewtp_trust::{Acquaintance, Authority, CharterChain, Directory, Introduction, examine};
use ewtp_vectors::Vector;
use ewtp_verify::{Beside, Bundle, Outcome, Policy, ShownFile, ShownTable, verify_beside, verify_duty_with_editions};

const OBJECTS: [&str; 5] = ["charter-chain", "examine", "introduction", "bundle", "duty-verdict"];

/// What this crate says: `Ok` when it accepts, else the stable code.
fn answer(vector: &Vector) -> Result<(), String> {
    match vector.object.as_str() {
        "charter-chain" => charter_chain(vector),
        "examine" => examination(vector),
        "introduction" => introduction(vector),
        "bundle" => bundle(vector),
        "duty-verdict" => duty_verdict(vector),
        other => panic!("no such object: {other}"),
    }
}

fn charter_chain(vector: &Vector) -> Result<(), String> {
    let hub = vector.value("hub");
    let mut directory = Directory::new(vector.value("net"), BTreeMap::from([(hub, vector.value("genesis"))]));
    let adopted = directory.adopt_chain(hub, &records(&vector.bytes));
    adopted.map(drop).map_err(|error| error.code().to_owned())
}

fn examination(vector: &Vector) -> Result<(), String> {
    let charters = records(&vector.hex("charters"));
    let chain = CharterChain::from_records(&charters, &vector.value("net")).unwrap();
    let log = LogId {
        hub: vector.value("hub"),
        epoch: vector.value("epoch"),
    };
    let mut authority = Authority::new(log, Arc::new(chain));
    for pair in vector.get("logged").split(' ') {
        let (index, number) = pair.split_once(':').unwrap();
        authority
            .note_charter(index.parse().unwrap(), &charters[number.parse::<usize>().unwrap()])
            .unwrap();
    }
    let position = Position {
        hub: log.hub,
        epoch: log.epoch,
        index: vector.value("index"),
    };
    let record = Record::decode(vector.bytes.clone().into()).unwrap();
    match examine(&record, position, &authority) {
        None => Err("undecided".to_owned()),
        Some(finding) if finding.is_sound() => Ok(()),
        Some(finding) => Err(finding.standing.code().to_owned()),
    }
}

fn introduction(vector: &Vector) -> Result<(), String> {
    let (hub, genesis) = vector.get("pins").split_once(':').unwrap();
    let pins = BTreeMap::from([(hub.parse().unwrap(), genesis.parse().unwrap())]);
    let directory = Directory::new(vector.value("net"), pins);
    let node = NodeKey(vector.hex("node").try_into().unwrap());
    let introduced = Introduction::decode(&vector.bytes)
        .and_then(|introduction| introduction.verify(&directory, node, UnixTime(vector.value("now"))))
        .map_err(|fault| fault.code().to_owned())?;
    let expected = if vector.get("acquaintance") == "carried" {
        Acquaintance::Carried
    } else {
        Acquaintance::Stranger
    };
    assert_eq!(introduced.acquaintance(), expected);
    Ok(())
}

fn bundle(vector: &Vector) -> Result<(), String> {
    let policy = Policy::from_json(vector.get("policy").as_bytes()).unwrap();
    let files = |name| -> Vec<Vec<u8>> {
        let hex = vector.find(name).unwrap_or_default();
        hex.split_whitespace().map(|file| hex::decode(file).unwrap()).collect()
    };
    let (receipts, papers) = (files("receipts"), files("papers"));
    let table = vector
        .find("edition")
        .map(|edition| Table::read(edition, &files("rows")));
    let beside = Beside {
        receipts: &shown(&receipts),
        papers: &shown(&papers),
        table: table.as_ref().map(Table::shown),
    };
    match verify_beside(&vector.bytes, &beside, &policy, UnixTime(vector.value("now"))).outcome {
        Outcome::Accepted => Ok(()),
        other => Err(other.code().to_owned()),
    }
}

/// The edition that a vector shows with its rows.
struct Table {
    record: Record,
    edition: Edition,
    trees: PageTrees,
}

impl Table {
    fn read(edition: &str, rows: &[Vec<u8>]) -> Self {
        let record = Record::decode(hex::decode(edition).unwrap().into()).unwrap();
        let Ok(Body::Edition(edition)) = record.body() else {
            panic!("no edition");
        };
        let rows = rows.iter().map(|row| Row::decode(row.clone().into()).unwrap());
        Self {
            edition: *edition,
            trees: PageTrees::of(rows).unwrap(),
            record,
        }
    }

    fn shown(&self) -> ShownTable<'_> {
        ShownTable {
            name: self.record.header().subject.as_str(),
            record: Some(&self.record),
            edition: &self.edition,
            trees: &self.trees,
        }
    }
}

fn shown(files: &[Vec<u8>]) -> Vec<ShownFile<'_>> {
    files.iter().map(|file| ShownFile { name: "shown", file }).collect()
}

fn duty_verdict(vector: &Vector) -> Result<(), String> {
    let policy = Policy::from_json(vector.get("policy").as_bytes()).unwrap();
    let files = vector.get("editions").split_whitespace();
    let editions: Vec<_> = files
        .map(|file| Bundle::decode(&hex::decode(file).unwrap()).unwrap())
        .collect();
    let now = UnixTime(vector.value("now"));
    let verdict = verify_duty_with_editions(&vector.bytes, &editions, &policy, now);
    let told = verdict.corrections.iter();
    let told: Vec<_> = told.map(|one| format!("{} {}", one.name, one.effect.code())).collect();
    let expected = Some(vector.get("corrections"))
        .filter(|told| *told != "-")
        .unwrap_or_default();
    assert_eq!(told.join(", "), expected, "{vector}");
    match verdict.outcome {
        Outcome::Accepted => Ok(()),
        other => Err(other.code().to_owned()),
    }
}

fn records(array: &[u8]) -> Vec<Record> {
    let blobs: Vec<Blob> = cbor::decode(array, &Limits::message(64 * 1024)).unwrap();
    blobs.into_iter().map(|blob| Record::decode(blob.0).unwrap()).collect()
}

#[test]
fn every_vector_is_accepted_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&OBJECTS) {
        assert_eq!(answer(&vector), vector.verdict().map_err(str::to_owned), "{vector}");
    }
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-verify", &cases::all());
}
