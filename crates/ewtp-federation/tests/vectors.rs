//! The committed vectors of announcements, sync and tariff sync: each is accepted or refused as its header says, for the reason it
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
#[path = "../examples/vectors/tariffs.rs"]
mod tariffs;

use ewtp_federation::tariff::{FRAME_BYTES_MAX, PageAnswer, PatchAnswer, TariffFault, TariffRequest};
use ewtp_federation::{Announcement, Fault, RangeRequest, Run, Topic, bundle, message};
use ewtp_log::Hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{PatchSummary, TreeSummary};
use ewtp_record::{KeyBytes, NetName};
use ewtp_vectors::Vector;
use sha2::{Digest as _, Sha256};

const FOLDERS: [&str; 3] = ["announcement", "sync", "tariff-sync"];

/// The stable code of the refusal, if this crate refuses the vector.
fn refusal(vector: &Vector) -> Result<(), &'static str> {
    let object = vector.find("object").unwrap_or("announcement");
    let read = match object {
        "page-frame" => return read_pages(vector).map_err(|fault| fault.code()),
        "patch-answer" => return read_patch(vector).map_err(|fault| fault.code()),
        "tariff-request" => TariffRequest::decode(&vector.bytes).map(|_| None),
        "announcement" => Announcement::decode(&vector.bytes).map(|announcement| Some(announcement.run)),
        "bundle-frame" => bundle::decode(&vector.bytes).map(Some),
        "range-request" => RangeRequest::decode(&vector.bytes).map(|_| None),
        "message" => message::decode(&vector.bytes).map(|_| None),
        other => panic!("no such object: {other}"),
    };
    match read.map_err(|fault: Fault| fault.code())? {
        Some(run) if !is_signed(vector, &run) => Err("signature"),
        _ => Ok(()),
    }
}

fn read_pages(vector: &Vector) -> Result<(), TariffFault> {
    let root: Hash = vector.value("root");
    let tree = TreeSummary {
        root: Octets(root.0),
        pages: vector.value("pages"),
        rows: 0,
        bytes: 0,
    };
    let mut answer = PageAnswer::new(tree, vector.value("from")..vector.value("to"));
    answer.read(vector.bytes.clone().into()).map(drop)
}

fn read_patch(vector: &Vector) -> Result<(), TariffFault> {
    let id: Hash = vector.value("id");
    let mut answer = PatchAnswer::new(PatchSummary {
        id: Octets(id.0),
        bytes: vector.value("bytes"),
        rows: 0,
    });
    let mut frames = vector.bytes.chunks(FRAME_BYTES_MAX);
    frames.try_for_each(|frame| answer.read(frame))?;
    answer.finish().map(drop)
}

/// Whether the log key signed the root that follows from the run.
fn is_signed(vector: &Vector, run: &Run) -> bool {
    let key: KeyBytes = vector.value("log_key");
    let net: NetName = vector.value("net");
    let body = run.checkpoint.note(&net, run.hub).body();
    let key = key.admit().expect("a key without torsion");
    key.verify(body.as_bytes(), &run.checkpoint.signature).is_ok()
}

#[test]
fn every_vector_is_accepted_or_refused_for_the_reason_it_names() {
    for vector in ewtp_vectors::read(&FOLDERS) {
        assert_eq!(refusal(&vector), vector.verdict(), "{vector}");
    }
}

#[test]
fn announcements_are_gossiped_on_the_topic_of_their_net() {
    let vectors = ewtp_vectors::read(&["announcement"]);
    let named = vectors.iter().find(|vector| vector.find("message_id").is_some());
    let named = named.expect("one vector has its name in gossip");
    let net: NetName = named.value("net");
    assert_eq!(named.find("topic"), Some(Topic::Checkpoint.name(&net).as_str()));
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-federation", &cases::all());
}

#[test]
fn the_digest_is_that_of_the_frontier_as_its_rule_says() {
    let vectors = ewtp_vectors::read(&["sync"]);
    let bytes = |name: &str| {
        &vectors
            .iter()
            .find(|vector| vector.name == name)
            .expect("it is committed")
            .bytes
    };
    let Ok(message::Message::Frontier(frontier)) = message::decode(bytes("frontier")) else {
        panic!("a frontier")
    };
    let hash = Sha256::new()
        .chain_update(b"ewtp/frontier/1\n")
        .chain_update(bytes("frontier"))
        .finalize();
    assert_eq!(frontier.digest(), Hash(hash.into()));
    let stated = message::Message::Digest(frontier.digest());
    assert_eq!(message::decode(bytes("digest")), Ok(stated));
}
