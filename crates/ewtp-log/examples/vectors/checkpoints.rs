//! Checkpoint cases: the bytes under test are the whole note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use ewtp_log::SIZE_MAX;
use ewtp_vectors::Case;

use super::cases::range;
use super::notes::{cosigned, log_key, public, sign, statement, with_line, witness_key};

/// A log's signed statements.
pub(crate) fn all() -> Vec<Case> {
    let plain = note(300);
    let root = STANDARD.encode(range(300).root());
    let (text, line) = plain.split_once("\n\n").expect("a note has a blank line");
    let foreign = format!("{plain}\u{2014} witness.example AAAAAAA=\n").replace("AAAAAAA=", &STANDARD.encode([9; 76]));
    let mut cases = vec![
        good("plain", "checkpoint R1", "a log of 300 entries", plain.clone()),
        good(
            "genesis",
            "checkpoint R1",
            "the smallest signed log: the genesis charter",
            note(1),
        ),
        good("largest", "checkpoint R3", "a log of 2^63 - 1 entries", note(SIZE_MAX)),
        good(
            "cosigned",
            "checkpoint R4",
            "a cosignature below the log's line",
            cosigned().to_string(),
        ),
        good(
            "foreign-line",
            "checkpoint R5",
            "a line by an unknown key is ignored",
            foreign,
        ),
    ];
    cases.extend([
        bad("empty", "checkpoint R4", "note-shape", "no bytes", ""),
        bad(
            "no-blank-line",
            "checkpoint R4",
            "note-shape",
            "text and signature run together",
            plain.replace("\n\n", "\n"),
        ),
        bad(
            "no-final-newline",
            "checkpoint R4",
            "note-shape",
            "the last line is open",
            plain.trim_end(),
        ),
        bad(
            "unsigned",
            "checkpoint R4",
            "note-shape",
            "no signature line",
            format!("{text}\n\n"),
        ),
        bad(
            "too-long",
            "checkpoint R4",
            "note-too-long",
            "16,385 bytes",
            "a".repeat(16_385),
        ),
        bad(
            "not-utf8",
            "checkpoint R4",
            "note-not-text",
            "a byte that no text has",
            [&b"\xff"[..], plain.as_bytes()].concat(),
        ),
        bad(
            "carriage-return",
            "checkpoint R4",
            "note-not-text",
            "lines end in CR LF",
            plain.replace('\n', "\r\n"),
        ),
        bad(
            "ascii-dash",
            "checkpoint R4",
            "note-signature-line",
            "a hyphen for the em dash",
            plain.replace('\u{2014}', "-"),
        ),
        bad(
            "line-without-name",
            "checkpoint R4",
            "note-signature-line",
            "no name",
            plain.replace(" ewtp/test:vectors/MY/0 ", "  "),
        ),
        bad(
            "line-not-base64",
            "checkpoint R4",
            "note-signature-line",
            "a letter outside the alphabet",
            plain.replacen(
                "\u{2014} ewtp/test:vectors/MY/0 ",
                "\u{2014} ewtp/test:vectors/MY/0 !",
                1,
            ),
        ),
        bad(
            "too-many-lines",
            "checkpoint R4",
            "note-signature-count",
            "65 signature lines",
            format!("{text}\n\n{}", line.repeat(65)),
        ),
    ]);
    cases.extend([
        bad(
            "extension-line",
            "checkpoint R3",
            "checkpoint-lines",
            "a fourth line that nobody audits",
            rewritten(&root, &format!("{root}\nextension")),
        ),
        bad(
            "two-lines",
            "checkpoint R3",
            "checkpoint-lines",
            "no root",
            rewritten(&format!("{root}\n"), ""),
        ),
        bad(
            "origin-of-another-net",
            "checkpoint R2",
            "checkpoint-origin",
            "a net's name has no capitals",
            rewritten("test:vectors", "Test"),
        ),
        bad(
            "origin-without-epoch",
            "checkpoint R2",
            "checkpoint-origin",
            "the epoch is part of the log's name",
            rewritten("/MY/0", "/MY"),
        ),
        bad(
            "origin-epoch-padded",
            "checkpoint R2",
            "checkpoint-origin",
            "one log has one name",
            rewritten("/MY/0", "/MY/00"),
        ),
        bad(
            "origin-foreign",
            "checkpoint R2",
            "checkpoint-origin",
            "a log outside this mesh",
            rewritten("ewtp/test:vectors/MY/0", "example.com/log"),
        ),
        bad(
            "size-padded",
            "checkpoint R3",
            "checkpoint-size",
            "a leading zero",
            rewritten("\n300\n", "\n0300\n"),
        ),
        bad(
            "size-signed",
            "checkpoint R3",
            "checkpoint-size",
            "a plus sign",
            rewritten("\n300\n", "\n+300\n"),
        ),
        bad(
            "size-zero",
            "checkpoint R3",
            "checkpoint-size",
            "an empty log signs nothing",
            rewritten("\n300\n", "\n0\n"),
        ),
        bad(
            "size-too-large",
            "checkpoint R3",
            "checkpoint-size",
            "2^63",
            rewritten("\n300\n", "\n9223372036854775808\n"),
        ),
        bad(
            "size-hexadecimal",
            "checkpoint R3",
            "checkpoint-size",
            "decimal only",
            rewritten("\n300\n", "\n0x12c\n"),
        ),
        bad(
            "root-short",
            "checkpoint R3",
            "checkpoint-root",
            "31 bytes",
            rewritten(&root, &STANDARD.encode(&range(300).root().0[1..])),
        ),
        bad(
            "root-unpadded",
            "checkpoint R3",
            "checkpoint-root",
            "base64 without its padding",
            rewritten(&root, root.trim_end_matches('=')),
        ),
        bad(
            "root-trailing-bits",
            "checkpoint R3",
            "checkpoint-root",
            "base64 with bits that mean nothing",
            rewritten(&root, &loose(&root)),
        ),
        bad(
            "another-size",
            "checkpoint R6",
            "signature",
            "the size was changed after signing",
            plain.replace("\n300\n", "\n301\n"),
        ),
        bad(
            "another-root",
            "checkpoint R6",
            "signature",
            "the root was changed after signing",
            plain.replace(&root, &STANDARD.encode(range(299).root())),
        ),
        bad(
            "another-log",
            "checkpoint R6",
            "signature",
            "another hub's name, with its key hash, over this signature",
            renamed(&plain),
        ),
        bad(
            "another-name-on-the-line",
            "checkpoint R5",
            "signature-lines",
            "the line is not under the origin",
            plain.replace("\u{2014} ewtp/test:vectors/MY/0", "\u{2014} ewtp/test:vectors/MY/1"),
        ),
        bad(
            "doubled-line",
            "checkpoint R5",
            "signature-lines",
            "the log's line twice",
            format!("{text}\n\n{line}{line}"),
        ),
        bad(
            "signature-short",
            "checkpoint R5",
            "signature-length",
            "63 bytes of signature",
            with_line(&plain, |bytes| bytes.truncate(67)),
        ),
        bad(
            "signature-changed",
            "checkpoint R6",
            "signature",
            "one bit of the signature",
            with_line(&plain, |bytes| bytes[40] ^= 1),
        ),
        bad(
            "scalar-not-reduced",
            "checkpoint R6",
            "signature",
            "s is not below the group order",
            with_line(&plain, |bytes| add_order(&mut bytes[36..])),
        ),
        bad(
            "key-hash-changed",
            "checkpoint R5",
            "signature-lines",
            "a line by an unknown key is ignored, and then none is left",
            with_line(&plain, |bytes| bytes[0] ^= 1),
        ),
        Case::good(
            "checkpoint",
            "another-key",
            "checkpoint R5",
            "signed by a key that is not this log's",
        )
        .refused("signature-lines")
        .with("log_key", public(&witness_key()))
        .body(plain.clone()),
    ]);
    cases
}

fn good(name: &'static str, rule: &'static str, about: &'static str, body: impl Into<Vec<u8>>) -> Case {
    Case::good("checkpoint", name, rule, about)
        .with("log_key", public(&log_key()))
        .body(body)
}

fn bad(
    name: &'static str,
    rule: &'static str,
    reason: &'static str,
    about: &'static str,
    body: impl Into<Vec<u8>>,
) -> Case {
    good(name, rule, about, body).refused(reason)
}

fn note(size: u64) -> String {
    sign(statement(size), &log_key())
        .to_note(&log_key().verifying_key(), &[])
        .to_string()
}

/// A note over any text, with a good signature under any name.
fn note_over(text: &str, name: &str) -> String {
    let key = log_key();
    let id = ewtp_log::key_hash(name, ewtp_log::KeyType::Ed25519, &key.verifying_key());
    let line = [&id[..], &key.sign(text.as_bytes()).to_bytes()].concat();
    format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(line))
}

/// A note over the honest text after one of its three lines was written otherwise, signed as if it were right.
fn rewritten(from: &str, to: &str) -> String {
    let text = statement(300).body().replace(from, to);
    note_over(&text, text.lines().next().unwrap_or_default())
}

/// The same bytes in base64 whose last letter carries bits that mean nothing.
fn loose(encoded: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let last = encoded.len() - 2;
    let place = LETTERS.find(&encoded[last..=last]).expect("a letter of the alphabet");
    format!("{}{}=", &encoded[..last], &LETTERS[place + 1..place + 2])
}

/// The signature of MY's log below the text and name of SG's log, with the key hash that this name has.
fn renamed(plain: &str) -> String {
    let signature = sign(statement(300), &log_key()).signature;
    let name = "ewtp/test:vectors/SG/0";
    let id = ewtp_log::key_hash(name, ewtp_log::KeyType::Ed25519, &log_key().verifying_key());
    let text = plain
        .split_once("\n\n")
        .expect("a note has a blank line")
        .0
        .replace("/MY/", "/SG/");
    format!(
        "{text}\n\n\u{2014} {name} {}\n",
        STANDARD.encode([&id[..], &signature].concat())
    )
}

/// Adds the group order to a little-endian scalar: the same scalar in a form that only lax verifiers take.
fn add_order(scalar: &mut [u8]) {
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").expect("hex");
    let mut carry = 0u16;
    for (byte, add) in scalar.iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry as u8;
        carry >>= 8;
    }
}
