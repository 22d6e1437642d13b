//! Announcements. Elements: 0 version, 1 hub, 2 epoch, 3 charter, 4 size, 5 signature, 6 start, 7 left, 8 records,
//! 9 asks cosigning, 10 cosigned.

use ciborium::Value;
use ewtp_federation::limits::{ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENT_RECORD_BYTES_MAX};
use ewtp_federation::{Announcement, Topic};
use ewtp_log::SIZE_MAX;
use ewtp_vectors::Case;
use sha2::{Digest as _, Sha256};

use super::cases::{Object, bit_flipped, edited, not_the_encoding, with};
use super::log::{self, announcement, cosigned, signed};

const OBJECT: Object = Object {
    folder: "announcement",
    name: None,
    signed: true,
};

pub(crate) fn all() -> Vec<Case> {
    let plain = announcement(43, 47, None).encode();
    let names = ["truncated", "trailing", "indefinite", "surplus-element"];
    let mut cases = good();
    cases.extend(not_the_encoding(OBJECT, names, "announcement R2", &plain));
    cases.extend(malformed(&plain));
    cases.extend(unproven(&plain));
    cases.extend(bad_cosignatures());
    cases
}

fn good() -> Vec<Case> {
    let asking = Announcement {
        asks_cosigning: true,
        ..announcement(43, 47, None)
    };
    let panel = cosigned(40, &["RW", "SG"]);
    vec![
        OBJECT.good(
            "plain",
            "announcement R4",
            "four records",
            announcement(43, 47, None).encode(),
        ),
        named(announcement(43, 47, None).encode()),
        OBJECT.good(
            "asking",
            "announcement R9",
            "it asks the panel to cosign",
            asking.encode(),
        ),
        OBJECT.good(
            "genesis",
            "announcement R4",
            "a log's first record",
            announcement(0, 1, None).encode(),
        ),
        OBJECT.good(
            "checkpoint-alone",
            "announcement R4",
            "no records: they did not fit, and are pulled",
            announcement(300, 300, None).encode(),
        ),
        OBJECT.good(
            "whole-log",
            "announcement R4",
            "nothing to the left",
            announcement(0, 47, None).encode(),
        ),
        OBJECT.good(
            "cosigned",
            "announcement R5",
            "two witnesses on an earlier checkpoint",
            announcement(43, 47, Some(panel)).encode(),
        ),
    ]
}

/// An announcement with the topic on which it is gossiped, and the name that every relay has for it there.
fn named(announcement: impl Into<Vec<u8>>) -> Case {
    let bytes = announcement.into();
    let topic = Topic::Checkpoint.name(&log::net());
    let id = Sha256::digest([topic.as_bytes(), &[0], &bytes].concat());
    OBJECT
        .good(
            "named",
            "announcement R1",
            "its topic, and the id of the message",
            bytes,
        )
        .with("topic", topic)
        .with("message_id", hex::encode(&id[..16]))
}

fn malformed(plain: &[u8]) -> Vec<Case> {
    let surplus = vec![0; ANNOUNCEMENT_RECORD_BYTES_MAX - 1];
    let too_many = [&[0x3f, 0xff][..], &surplus].concat();
    let cut_short = edited(plain, |elements| {
        elements[8].as_bytes_mut().expect("a byte string").pop();
    });
    let with_empty_one = edited(plain, |elements| {
        elements[8].as_bytes_mut().expect("a byte string").extend([0, 0]);
    });
    let stray = edited(plain, |elements| {
        elements[8].as_bytes_mut().expect("a byte string").push(0)
    });
    let odd = edited(plain, |elements| {
        elements[7].as_bytes_mut().expect("a byte string").pop();
    });
    let long = [&[plain[0], 0x18, 0x01], &plain[2..]].concat();
    vec![
        OBJECT.bad(
            "too-large",
            ("announcement R2", "too-large"),
            "32,769 bytes",
            vec![0; ANNOUNCEMENT_BYTES_MAX + 1],
        ),
        OBJECT.bad("empty", ("announcement R2", "cbor-truncated"), "no bytes", []),
        OBJECT.bad(
            "not-shortest",
            ("announcement R2", "cbor-not-shortest"),
            "1 in two bytes",
            long,
        ),
        OBJECT.bad(
            "missing-element",
            ("announcement R2", "shape"),
            "one element too few",
            edited(plain, |elements| drop(elements.pop())),
        ),
        OBJECT.bad(
            "version-2",
            ("announcement R2", "version"),
            "a later version",
            with(plain, 0, 2),
        ),
        OBJECT.bad(
            "hub-code",
            ("announcement R2", "shape"),
            "hub codes are capitals",
            with(plain, 1, "my"),
        ),
        OBJECT.bad(
            "charter-number-alone",
            ("announcement R2", "shape"),
            "a charter is named by number and id",
            with(plain, 3, 0),
        ),
        OBJECT.bad(
            "charter-id-short",
            ("announcement R2", "shape"),
            "an id of 31 bytes",
            edited(plain, |elements| {
                let name = elements[3].as_array_mut().expect("a charter's name");
                name[1].as_bytes_mut().expect("an id").pop();
            }),
        ),
        OBJECT.bad(
            "signature-short",
            ("announcement R2", "shape"),
            "63 bytes",
            edited(plain, |elements| {
                elements[5].as_bytes_mut().expect("a byte string").pop();
            }),
        ),
        OBJECT.bad(
            "asks-as-number",
            ("announcement R2", "shape"),
            "a number for a boolean",
            with(plain, 9, 0),
        ),
        OBJECT.bad(
            "size-zero",
            ("announcement R4", "size-zero"),
            "an empty log signs nothing",
            with(plain, 4, 0),
        ),
        OBJECT.bad(
            "size-too-large",
            ("announcement R4", "size-too-large"),
            "2^63 records",
            with(plain, 4, SIZE_MAX + 1),
        ),
        OBJECT.bad(
            "start-too-large",
            ("announcement R4", "size-too-large"),
            "a start of 2^64 - 1",
            with(plain, 6, u64::MAX),
        ),
        OBJECT.bad(
            "record-bytes",
            ("announcement R3", "record-bytes"),
            "16,385 bytes of records",
            with(plain, 8, too_many),
        ),
        OBJECT.bad(
            "records-cut-short",
            ("announcement R4", "record-list"),
            "the last record ends early",
            cut_short,
        ),
        OBJECT.bad(
            "record-empty",
            ("announcement R4", "record-list"),
            "a record of no bytes",
            with_empty_one,
        ),
        OBJECT.bad(
            "records-stray-byte",
            ("announcement R4", "record-list"),
            "half a length at the end",
            stray,
        ),
        OBJECT.bad(
            "left-odd",
            ("announcement R4", "hash-list"),
            "not a multiple of 32 bytes",
            odd,
        ),
    ]
}

fn unproven(plain: &[u8]) -> Vec<Case> {
    let rule = "announcement R4";
    let record_missing = edited(plain, |elements| {
        let records = elements[8].as_bytes_mut().expect("a byte string");
        records.truncate(records.len() - 10);
    });
    let left_missing = edited(plain, |elements| {
        elements[7].as_bytes_mut().expect("a byte string").truncate(96);
    });
    let other_root = announcement(43, 47, None);
    let mut other_root = Announcement {
        run: other_root.run,
        ..other_root
    };
    other_root.run.checkpoint = signed(47, ewtp_log::Hash([7; 32]));
    vec![
        OBJECT.bad(
            "left-bit",
            (rule, "signature"),
            "one bit of the compact range",
            bit_flipped(plain, 7, 0),
        ),
        OBJECT.bad(
            "record-bit",
            (rule, "signature"),
            "one bit of a record",
            bit_flipped(plain, 8, 2),
        ),
        OBJECT.bad(
            "signature-bit",
            (rule, "signature"),
            "one bit of the signature",
            bit_flipped(plain, 5, 0),
        ),
        OBJECT.bad(
            "other-hub",
            (rule, "signature"),
            "another hub's name",
            with(plain, 1, "SG"),
        ),
        OBJECT.bad("other-epoch", (rule, "signature"), "another epoch", with(plain, 2, 1)),
        OBJECT.bad(
            "other-root",
            (rule, "signature"),
            "signed for another root",
            other_root.encode(),
        ),
        OBJECT.bad(
            "left-count",
            (rule, "left-count"),
            "a hash is missing on the left",
            left_missing,
        ),
        OBJECT.bad(
            "start-shifted",
            (rule, "left-count"),
            "a start one too small",
            with(plain, 6, 42),
        ),
        OBJECT.bad(
            "record-missing",
            (rule, "right-count"),
            "the last record is missing: the range ends before the size",
            record_missing,
        ),
        OBJECT.bad(
            "beyond-size",
            (rule, "beyond-size"),
            "the records end beyond the size",
            with(plain, 4, 46),
        ),
    ]
}

fn bad_cosignatures() -> Vec<Case> {
    let rule = ("announcement R5", "cosignatures");
    let set = |witnesses: &[&str]| announcement(43, 47, Some(cosigned(40, witnesses))).encode();
    let codes: Vec<String> = (0..16).map(|number| format!("CN-{number:02}")).collect();
    let sixteen: Vec<&str> = codes.iter().map(String::as_str).collect();
    let of_nothing = edited(&set(&["SG"]), |elements| {
        let signed = elements[10].as_array_mut().expect("a set")[0].as_array_mut();
        signed.expect("a checkpoint")[2] = Value::from(0);
    });
    vec![
        OBJECT.bad("cosignatures-unsorted", rule, "SG before RW", set(&["SG", "RW"])),
        OBJECT.bad("cosignatures-twice", rule, "one witness twice", set(&["SG", "SG"])),
        OBJECT.bad("cosignatures-sixteen", rule, "a panel has at most 15", set(&sixteen)),
        OBJECT.bad(
            "cosigned-size-zero",
            ("announcement R5", "size-zero"),
            "a cosigned empty log",
            of_nothing,
        ),
    ]
}
