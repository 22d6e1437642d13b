//! Control messages of the sync protocol, one of each kind and what is wrong with them.

use std::collections::BTreeMap;

use bytes::Bytes;
use ciborium::Value;
use ewtp_federation::limits::{FRONTIER_HUBS_MAX, MESSAGE_BYTES_MAX};
use ewtp_federation::message::{self, Message};
use ewtp_federation::{Cosignature, Frontier, FrontierEntry, Hello};
use ewtp_log::{Hash, SIZE_MAX};
use ewtp_vectors::Case;

use super::cases::{Object, edited, not_the_encoding, with};
use super::log::{checkpoint, cosigned, hub, net, tree, witness};

const OBJECT: Object = Object {
    folder: "sync",
    name: Some("message"),
    signed: false,
};

pub(crate) fn all() -> Vec<Case> {
    let names = [
        "message-truncated",
        "message-trailing",
        "message-indefinite",
        "message-surplus",
    ];
    let mut cases = good();
    cases.extend(not_the_encoding(OBJECT, names, "sync R2", &hello()));
    cases.extend(bad());
    cases.extend(bad_frontiers());
    cases
}

fn hello() -> Bytes {
    message::encode(&Message::Hello(Hello {
        versions: vec![1],
        net: net(),
        hub: hub("MY"),
        instance: [9; 16],
    }))
}

fn frontier() -> Frontier {
    let entry = |size: u64| FrontierEntry {
        charter: 0,
        epoch: 0,
        size,
        root: tree(size).root(),
        cosigned_size: 40,
        cosignatures: 2,
    };
    Frontier {
        entries: BTreeMap::from([(hub("MY"), entry(47)), (hub("SG"), entry(43))]),
    }
}

fn cosignature() -> Bytes {
    message::encode(&Message::Cosignature(Cosignature {
        hub: hub("MY"),
        epoch: 0,
        size: 47,
        witness: witness(&checkpoint(47), "SG"),
    }))
}

/// The genesis of MY so many times; whether records follow each other is not the message's concern.
fn charters(count: usize) -> Bytes {
    let genesis = ewtp_vectors::read(&["charter"])
        .into_iter()
        .find(|vector| vector.name == "genesis");
    let genesis = Bytes::from(genesis.expect("the first charter has a vector").bytes);
    message::encode(&Message::Charters {
        hub: hub("MY"),
        records: vec![genesis; count],
    })
}

fn good() -> Vec<Case> {
    let empty = Message::Frontier(Frontier::default());
    let get_charters = Message::GetCharters {
        hub: hub("MY"),
        from: 1,
    };
    let checkpoint = |witnesses: &[&str]| {
        message::encode(&Message::Checkpoint {
            hub: hub("MY"),
            cosigned: cosigned(47, witnesses),
        })
    };
    vec![
        OBJECT.good(
            "kind-later",
            "sync R2",
            "kind 8 of a later version: ignored",
            [0x82, 8, 0],
        ),
        OBJECT.good("hello", "sync R3", "kind 0", hello()),
        OBJECT.good(
            "digest",
            "sync R5",
            "kind 1: the digest of the frontier of case `frontier`",
            message::encode(&Message::Digest(frontier().digest())),
        ),
        OBJECT.good(
            "frontier",
            "sync R4",
            "kind 2: two hubs",
            message::encode(&Message::Frontier(frontier())),
        ),
        OBJECT.good(
            "frontier-empty",
            "sync R4",
            "a node that holds nothing yet",
            message::encode(&empty),
        ),
        OBJECT.good(
            "get-charters",
            "sync R7",
            "kind 3: from charter 1 on",
            message::encode(&get_charters),
        ),
        OBJECT.good(
            "charters",
            "sync R7",
            "kind 4: the records are judged apart",
            charters(7),
        ),
        OBJECT.good(
            "get-checkpoint",
            "sync R8",
            "kind 5",
            message::encode(&Message::GetCheckpoint { hub: hub("MY") }),
        ),
        OBJECT.good(
            "checkpoint",
            "sync R8",
            "kind 6, with two witnesses",
            checkpoint(&["RW", "SG"]),
        ),
        OBJECT.good(
            "checkpoint-uncosigned",
            "sync R8",
            "kind 6, without any",
            checkpoint(&[]),
        ),
        OBJECT.good(
            "cosignature",
            "sync R9",
            "kind 7; also on the topic `witness`",
            cosignature(),
        ),
    ]
}

fn bad() -> Vec<Case> {
    let versions = |count: usize| with(&hello(), 1, Value::from(vec![Value::from(1); count]));
    vec![
        OBJECT.bad(
            "message-too-large",
            ("sync R2", "too-large"),
            "65,537 bytes",
            vec![0; MESSAGE_BYTES_MAX + 1],
        ),
        OBJECT.bad("message-empty", ("sync R2", "cbor-truncated"), "no bytes", []),
        OBJECT.bad("message-no-array", ("sync R2", "kind"), "a number alone", [0]),
        OBJECT.bad(
            "message-empty-array",
            ("sync R2", "kind"),
            "an array without a kind",
            [0x80],
        ),
        OBJECT.bad(
            "message-map",
            ("sync R2", "shape"),
            "a map that begins like a hello",
            [0xa1, 0, 0],
        ),
        OBJECT.bad(
            "kind-text",
            ("sync R2", "kind"),
            "a kind is a number",
            [0x81, 0x61, 0x61],
        ),
        OBJECT.bad(
            "message-depth",
            ("sync R2", "cbor-depth"),
            "arrays within arrays",
            [&[0x81; 64][..], &[0]].concat(),
        ),
        OBJECT.bad(
            "message-float",
            ("sync R2", "cbor-float"),
            "a floating point number",
            [0x82, 1, 0xf9, 0, 0],
        ),
        OBJECT.bad(
            "hello-no-version",
            ("sync R3", "versions"),
            "no protocol version",
            versions(0),
        ),
        OBJECT.bad(
            "hello-versions",
            ("sync R3", "versions"),
            "17 protocol versions",
            versions(17),
        ),
        OBJECT.bad(
            "hello-net",
            ("sync R3", "shape"),
            "no name of a net",
            with(&hello(), 2, "Test"),
        ),
        OBJECT.bad(
            "hello-instance",
            ("sync R3", "shape"),
            "an instance of 15 bytes",
            with(&hello(), 4, vec![9; 15]),
        ),
        OBJECT.bad(
            "digest-short",
            ("sync R5", "shape"),
            "31 bytes",
            with(&message::encode(&Message::Digest(Hash([1; 32]))), 1, vec![1; 31]),
        ),
        OBJECT.bad("charters-eight", ("sync R7", "charters"), "eight records", charters(8)),
        OBJECT.bad("charters-none", ("sync R7", "charters"), "no record", charters(0)),
        OBJECT.bad(
            "get-charters-number",
            ("sync R7", "shape"),
            "a number of 33 bits",
            [0x83, 3, 0x62, 0x4d, 0x59, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0],
        ),
        OBJECT.bad(
            "cosignature-size",
            ("sync R9", "size-too-large"),
            "2^63 records",
            with(&cosignature(), 3, SIZE_MAX + 1),
        ),
        OBJECT.bad(
            "cosignature-size-zero",
            ("sync R9", "size-zero"),
            "an empty log",
            with(&cosignature(), 3, 0),
        ),
        OBJECT.bad(
            "cosignature-witness",
            ("sync R9", "shape"),
            "no hub code",
            with(&cosignature(), 4, "S"),
        ),
    ]
}

fn bad_frontiers() -> Vec<Case> {
    let rule = ("sync R4", "frontier");
    let bytes = message::encode(&Message::Frontier(frontier()));
    let entries =
        |edit: &dyn Fn(&mut Vec<Value>)| edited(&bytes, |elements| edit(elements[1].as_array_mut().expect("a list")));
    let size = |element: usize| {
        entries(&|entries| entries[0].as_array_mut().expect("an entry")[element] = Value::from(SIZE_MAX + 1))
    };
    let too_many = entries(&|entries| {
        let first = entries[0].clone();
        let named = |number: usize| {
            let mut entry = first.clone();
            entry.as_array_mut().expect("an entry")[0] = Value::from(format!("CN-{number:04}"));
            entry
        };
        *entries = (0..=FRONTIER_HUBS_MAX).map(named).collect();
    });
    vec![
        OBJECT.bad(
            "frontier-unsorted",
            rule,
            "SG before MY",
            entries(&|entries| entries.reverse()),
        ),
        OBJECT.bad(
            "frontier-twice",
            rule,
            "one hub twice",
            entries(&|entries| entries[1] = entries[0].clone()),
        ),
        OBJECT.bad("frontier-too-many", rule, "513 hubs", too_many),
        OBJECT.bad("frontier-size", ("sync R4", "size-too-large"), "2^63 records", size(3)),
        OBJECT.bad(
            "frontier-cosigned-size",
            ("sync R4", "size-too-large"),
            "2^63 records",
            size(5),
        ),
    ]
}
