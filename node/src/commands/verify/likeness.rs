//! Whether a file is meant to be a bundle at all. What is not (an empty file, a picture, a JSON answer) holds no record to
//! judge: that is a command that cannot run, and never the word "invalid" about somebody's certificate.

use crate::commands::inspect;
use ewtp_node::failure::Failure;
use std::path::Path;

/// How a bundle file begins: an array of four, of which the first is the format's name.
const BUNDLE_HEAD: &[u8] = b"\x84\x6dewtp/bundle/1";
/// How a bare record begins: the tag of COSE_Sign1, an array of four, a byte string.
const RECORD_HEAD: &[u8] = &[0xd2, 0x84, 0x58];

/// How a duty receipt begins: an array of six, of which the first is the format's name.
const RECEIPT_HEAD: &[u8] = b"\x86\x73ewtp/duty-receipt/1";

/// How files begin that people give by mistake.
const SIGNATURES: [(&[u8], &str); 8] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"-----BEGIN", "a PEM file"),
    (b"<", "HTML or XML"),
];

/// Whether a file begins as a bundle or a record does. A damaged or cut one still does, and gets its verdict.
// spec: bundle R14
pub(super) fn is_meant_as_bundle(bytes: &[u8]) -> bool {
    [BUNDLE_HEAD, RECORD_HEAD].iter().any(|head| begins_like(bytes, head))
}

/// Whether a file begins as a duty receipt does, damaged and cut ones too.
// spec: duty-receipt R1
pub(super) fn is_meant_as_receipt(bytes: &[u8]) -> bool {
    !is_meant_as_bundle(bytes) && begins_like(bytes, RECEIPT_HEAD)
}

/// Whether more than half of the first bytes are those of `head`.
fn begins_like(bytes: &[u8], head: &[u8]) -> bool {
    let length = bytes.len().min(head.len());
    let same = bytes.iter().zip(head).filter(|(one, other)| one == other).count();
    2 * same > length
}

/// The failure about a file that is not meant to be a bundle: what it looks like, and what to do.
pub(super) fn failure(path: &Path, bytes: &[u8]) -> Failure {
    let name = match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let (what, next) = description(bytes);
    let message = match bytes.is_empty() {
        true => format!("{name} is empty: there is nothing to verify"),
        false => format!("{name} is no bundle, so nothing can be said of any record: it looks like {what}"),
    };
    Failure::new("not-a-bundle", message).next(next)
}

fn description(bytes: &[u8]) -> (String, &'static str) {
    const HOLDER: &str = "ask the holder for the .ewtp file; at a hub, ewtp cert bundle ID --out FILE writes it";
    if let Some((_, what)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return ((*what).to_owned(), HOLDER);
    }
    match inspect::named(bytes) {
        Some(("hex", what @ ("bundle" | "record" | "duty receipt"))) => {
            let next = "turn it into bytes first: xxd -r -p FILE | ewtp verify -";
            return (format!("a {what} written as hex"), next);
        }
        Some(("base64", what @ ("bundle" | "record" | "duty receipt"))) => {
            let next = "turn it into bytes first: base64 -d FILE | ewtp verify -";
            return (format!("a {what} written as base64"), next);
        }
        Some((_, what)) => return (format!("a {what} of the mesh"), HOLDER),
        None => {}
    }
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let what = match str::from_utf8(bytes) {
        Ok(_) if is_json => "JSON, as offices write and commands answer",
        Ok(_) => "text",
        Err(_) => "bytes of no form known here",
    };
    (what.to_owned(), HOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Vec<u8> {
        [BUNDLE_HEAD, &[0x58, 0x40], &[7; 64], &[0xf6, 0x80]].concat()
    }

    fn record() -> Vec<u8> {
        [RECORD_HEAD, &[0x30], &[7; 64]].concat()
    }

    #[test]
    fn no_flipped_bit_and_no_cut_makes_a_bundle_something_else() {
        for whole in [bundle(), record()] {
            for bit in 0..whole.len() * 8 {
                let mut flipped = whole.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(is_meant_as_bundle(&flipped), "bit {bit}");
            }
            assert!((1..=whole.len()).all(|length| is_meant_as_bundle(&whole[..length])));
        }
    }

    #[test]
    fn no_flipped_bit_makes_a_duty_receipt_something_else() {
        let whole = [RECEIPT_HEAD, &[0x58, 0x40], &[7; 64]].concat();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                is_meant_as_receipt(&flipped) && !is_meant_as_bundle(&flipped),
                "bit {bit}"
            );
        }
        assert!(!is_meant_as_receipt(&bundle()) && !is_meant_as_receipt(&record()) && !is_meant_as_receipt(b""));
    }

    #[test]
    fn what_people_give_by_mistake_is_named() {
        let hex = hex::encode(bundle());
        for (bytes, words) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], "a PNG picture"),
            (b"{\"schema\":\"ewtp.issued/1\"}\n", "JSON"),
            (b"Dear officer, here is the certificate\n", "text"),
            (b"%PDF-1.7\n", "a PDF"),
            (&[0, 1, 2, 255, 254], "bytes of no form"),
            (hex.as_bytes(), "hex"),
            (b"", "empty"),
        ] {
            assert!(!is_meant_as_bundle(bytes), "{words}");
            let told = failure(Path::new("x"), bytes);
            assert!(told.message.contains(words), "{words}: {}", told.message);
            assert!(told.next.is_some());
        }
    }
}
