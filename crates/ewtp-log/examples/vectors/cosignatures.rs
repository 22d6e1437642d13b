//! Cosignature cases: the bytes under test are the whole note, the log's own line included.

use super::notes::{NET, TIME, cosign, cosigned, log_key, public, sign, statement, with_line, witness_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use ewtp_log::{Cosignature, witness_name};
use ewtp_vectors::Case;

/// Witnesses' statements.
pub(crate) fn all() -> Vec<Case> {
    let name = witness_name(NET, "SG");
    let plain = cosigned().to_string();
    let case = |label, rule, about, body: String| {
        Case::good("cosignature", label, rule, about)
            .with("log_key", public(&log_key()))
            .with("witness", &name)
            .with("witness_key", public(&witness_key()))
            .body(body)
    };
    let over = |cosignature: Cosignature| {
        let signed = sign(statement(300), &log_key());
        signed
            .to_note(
                &log_key().verifying_key(),
                &[(&name, &witness_key().verifying_key(), cosignature)],
            )
            .to_string()
    };
    let honest = cosign(&statement(300), &witness_key(), TIME);
    let raw = witness_key().sign(statement(300).body().as_bytes()).to_bytes();
    let v2 = Cosignature::message(&statement(300), TIME).replace("/v1", "/v2");
    let other = cosign(&statement(299), &witness_key(), TIME);
    let (head, lines) = plain.split_once("\n\n").expect("a note has a blank line");
    let (own, theirs) = lines.split_once('\n').expect("two lines");
    vec![
        case("plain", "cosignature R1", "one witness", plain.clone()),
        case(
            "before-the-log",
            "cosignature R2",
            "the order of lines means nothing",
            format!("{head}\n\n{theirs}{own}\n"),
        ),
        case(
            "time-zero",
            "cosignature R1",
            "the time is the witness's own claim",
            over(cosign(&statement(300), &witness_key(), 0)),
        ),
        case(
            "time-changed",
            "cosignature R3",
            "a second later than signed",
            over(Cosignature {
                time: TIME + 1,
                ..honest
            }),
        )
        .refused("signature"),
        case(
            "another-checkpoint",
            "cosignature R3",
            "signed for one entry fewer",
            over(other),
        )
        .refused("signature"),
        case(
            "text-alone",
            "cosignature R1",
            "signed without the time line",
            over(Cosignature {
                time: TIME,
                signature: raw,
            }),
        )
        .refused("signature"),
        case(
            "another-version",
            "cosignature R1",
            "signed as cosignature/v2",
            over(Cosignature {
                time: TIME,
                signature: witness_key().sign(v2.as_bytes()).to_bytes(),
            }),
        )
        .refused("signature"),
        case(
            "another-key",
            "cosignature R3",
            "signed by the log itself",
            over(cosign(&statement(300), &log_key(), TIME)),
        )
        .refused("signature"),
        case(
            "signature-changed",
            "cosignature R3",
            "one bit of the signature",
            with_line(&plain, |bytes| bytes[50] ^= 4),
        )
        .refused("signature"),
        case(
            "without-time",
            "cosignature R2",
            "the line holds the signature alone",
            with_line(&plain, |bytes| drop(bytes.drain(4..12))),
        )
        .refused("signature-length"),
        case(
            "short",
            "cosignature R2",
            "the line ends early",
            with_line(&plain, |bytes| bytes.truncate(40)),
        )
        .refused("signature-length"),
        case(
            "key-hash-changed",
            "cosignature R2",
            "a line by an unknown key is ignored",
            with_line(&plain, |bytes| bytes[3] ^= 1),
        )
        .refused("signature-lines"),
        case(
            "another-name",
            "cosignature R2",
            "the line is another witness's",
            plain.replace("vectors/SG ", "vectors/US "),
        )
        .refused("signature-lines"),
        case(
            "name-with-epoch",
            "cosignature R2",
            "a witness's name has no epoch",
            plain.replace("vectors/SG ", "vectors/SG/0 "),
        )
        .refused("signature-lines"),
        case(
            "doubled",
            "cosignature R2",
            "the witness's line twice",
            format!("{head}\n\n{own}\n{theirs}{theirs}"),
        )
        .refused("signature-lines"),
        case(
            "absent",
            "cosignature R2",
            "the log signed, the witness did not",
            format!("{head}\n\n{own}\n"),
        )
        .refused("signature-lines"),
        case(
            "log-type",
            "cosignature R2",
            "a plain signature of type 1 under the witness's name",
            {
                let id = ewtp_log::key_hash(&name, ewtp_log::KeyType::Ed25519, &witness_key().verifying_key());
                format!(
                    "{head}\n\n{own}\n\u{2014} {name} {}\n",
                    STANDARD.encode([&id[..], &raw].concat())
                )
            },
        )
        .refused("signature-lines"),
    ]
}
