//! What bytes are: each object is known by how it begins.

mod receipt;

use super::Seen;
use bytes::Bytes;
use ewtp_federation::Announcement;
use ewtp_log::{Checkpoint, Note, TlogProof};
use ewtp_record::Record;
use ewtp_record::cbor::{self, Blob, CborFault, Limits};
use ewtp_trust::{CharterChain, Introduction};
use ewtp_verify::{Bundle, DutyReceipt, Policy};
use serde_json::{Value, json};

/// The tag of COSE_Sign1, with which every record begins.
const RECORD_FIRST_BYTE: u8 = 0xd2;

/// Says what `bytes` are.
///
/// # Errors
/// Why they are nothing known, as far as that can be told.
pub(super) fn at(bytes: &[u8]) -> Result<Seen, String> {
    match bytes.first() {
        None => Err("the input is empty".to_owned()),
        Some(&RECORD_FIRST_BYTE) => record(bytes),
        Some(b'{') => policy(bytes),
        Some(b'-') => Err("a PEM file: keys are not shown; `openssl pkey -text` shows one".to_owned()),
        Some(first) if first.is_ascii_graphic() => text(bytes),
        Some(_) => message(bytes),
    }
}

fn record(bytes: &[u8]) -> Result<Seen, String> {
    let record = Record::decode(Bytes::copy_from_slice(bytes)).map_err(|error| format!("not a record: {error}"))?;
    Ok(Seen {
        what: "record",
        says: record.to_json(),
    })
}

fn policy(bytes: &[u8]) -> Result<Seen, String> {
    let policy = Policy::from_json(bytes).map_err(|error| format!("not a policy: {error}"))?;
    let says = serde_json::from_str(&policy.to_json()).expect("a policy is written as JSON");
    Ok(Seen { what: "policy", says })
}

fn text(bytes: &[u8]) -> Result<Seen, String> {
    match TlogProof::parse(bytes) {
        Ok(proof) => {
            let path: Vec<_> = proof.proof.path.iter().map(ToString::to_string).collect();
            let says = json!({ "index": proof.index, "path": path, "checkpoint": note(&proof.note) });
            Ok(Seen {
                what: "tlog-proof",
                says,
            })
        }
        Err(_) => match Note::parse(bytes) {
            Ok(read) => Ok(Seen {
                what: "checkpoint note",
                says: note(&read),
            }),
            Err(error) => Err(format!("neither a tlog-proof nor a note: {error}")),
        },
    }
}

fn note(note: &Note) -> Value {
    let signatures: Vec<_> = note
        .signatures()
        .iter()
        .map(|line| json!({ "name": line.name, "key_hash": hex::encode(line.key_hash) }))
        .collect();
    match Checkpoint::parse(note.text()) {
        Ok(checkpoint) => json!({
            "origin": checkpoint.origin.to_string(), "size": checkpoint.size, "root": checkpoint.root.to_string(),
            "signatures": signatures,
        }),
        Err(error) => json!({ "text": note.text(), "no_checkpoint": error.to_string(), "signatures": signatures }),
    }
}

/// The CBOR arrays, tried in turn; none of them can be read as another, since each begins differently.
fn message(bytes: &[u8]) -> Result<Seen, String> {
    if let Ok(receipt) = DutyReceipt::decode(bytes) {
        return Ok(Seen {
            what: "duty receipt",
            says: receipt::shown(&receipt),
        });
    }
    if let Ok(bundle) = Bundle::decode(bytes) {
        return Ok(Seen {
            what: "bundle",
            says: of_bundle(&bundle),
        });
    }
    if let Ok(blobs) = cbor::decode::<Vec<Blob>>(bytes, &Limits::message(CharterChain::bytes_max())) {
        return Ok(Seen {
            what: "charter chain",
            says: json!({ "charters": records(blobs.iter().map(|blob| &blob.0)) }),
        });
    }
    if let Ok(introduction) = Introduction::decode(bytes) {
        let charters = introduction.charters.iter().map(Record::to_json).collect::<Vec<_>>();
        let says = json!({
            "net": introduction.net.as_str(), "hub": introduction.hub.as_str(), "charters": charters,
            "manifest": introduction.manifest.to_json(),
        });
        return Ok(Seen {
            what: "introduction",
            says,
        });
    }
    if let Ok(announcement) = Announcement::decode(bytes) {
        return Ok(Seen {
            what: "announcement",
            says: of_announcement(&announcement),
        });
    }
    if let Ok(message) = ewtp_federation::message::decode(bytes) {
        return Ok(Seen {
            what: "sync message",
            says: json!({ "message": format!("{message:?}") }),
        });
    }
    match cbor::scan(bytes, &Limits::message(CharterChain::bytes_max())) {
        Ok(()) => Err("sound CBOR of no object known here".to_owned()),
        Err(error) if error.fault == CborFault::Truncated => Err(format!("cut short: {error}")),
        Err(error) => Err(format!("not deterministic CBOR: {error}")),
    }
}

fn records<'r>(records: impl Iterator<Item = &'r Bytes>) -> Vec<Value> {
    records
        .map(|bytes| {
            let decoded = Record::decode(bytes.clone());
            decoded.map_or_else(
                |error| json!({ "bytes": hex::encode(bytes), "fault": error.to_string() }),
                |record| record.to_json(),
            )
        })
        .collect()
}

fn of_bundle(bundle: &Bundle) -> Value {
    let receipt = bundle.receipt.as_ref().map(|receipt| {
        let witnesses: Vec<_> = receipt
            .cosignatures
            .iter()
            .map(|entry| json!({ "hub": entry.hub.as_str(), "time": entry.time.0 }))
            .collect();
        let path: Vec<_> = receipt.path.iter().map(ToString::to_string).collect();
        json!({
            "epoch": receipt.epoch, "charter": receipt.charter, "size": receipt.size, "index": receipt.index,
            "path": path, "cosignatures": witnesses,
        })
    });
    let chains: Vec<_> = bundle
        .chains
        .iter()
        .map(|(hub, charters)| json!({ "hub": hub.as_str(), "charters": records(charters.iter()) }))
        .collect();
    let record = records(std::iter::once(&bundle.record)).remove(0);
    json!({ "record": record, "receipt": receipt, "chains": chains })
}

fn of_announcement(announcement: &Announcement) -> Value {
    let run = &announcement.run;
    let cosigned = announcement.cosigned.as_ref().map(|cosigned| {
        let witnesses: Vec<_> = cosigned.cosignatures.iter().map(|entry| entry.hub.to_string()).collect();
        json!({ "size": cosigned.checkpoint.size, "root": cosigned.checkpoint.root.to_string(), "witnesses": witnesses })
    });
    json!({
        "hub": run.hub.as_str(), "epoch": run.checkpoint.epoch, "charter": run.checkpoint.charter.number,
        "size": run.checkpoint.size, "root_computed": run.checkpoint.root.to_string(), "start": run.start,
        "records": records(run.records.iter()), "asks_cosigning": announcement.asks_cosigning, "cosigned": cosigned,
    })
}

#[cfg(test)]
mod tests;
