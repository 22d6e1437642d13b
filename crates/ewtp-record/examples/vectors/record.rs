//! Vectors of the envelope.

use super::case::{
    Case, DAY, NOW, bstr, draft, envelope, hex, key, number, read, sign, signed, signer, text, with, without, write,
};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use ewtp_record::{Draft, KeyBytes, Pulse, RecordKind, UnixTime};

const PULSE: RecordKind = RecordKind::PULSE;
const EMPTY: &[u8] = &[0xa0];

fn pulse() -> Draft {
    draft(PULSE, "pulse", Pulse { sequence: 0 }.encode())
}

/// The protected header of a sound pulse.
fn protected() -> Vec<u8> {
    let record = sign(&pulse());
    match read(&record.bytes()[1..]) {
        ciborium::Value::Array(parts) => parts[0].as_bytes().expect("a byte string").clone(),
        _ => panic!("an envelope is an array"),
    }
}

/// An envelope whose protected header is `header`, around the payload of a pulse.
fn with_header(header: &[u8]) -> Vec<u8> {
    envelope(header, EMPTY, &pulse().payload)
}

/// An envelope around `payload`, with the header of a pulse.
fn with_payload(payload: &str) -> Vec<u8> {
    envelope(&protected(), EMPTY, &hex(payload))
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), envelopes(), headers(), claims(), payloads()].concat()
}

fn sound() -> Vec<Case> {
    let own = signer().public().to_bytes();
    let named = |issuer: &str, subject: &str, kind| Draft {
        issuer: issuer.parse().expect("a hub code"),
        ..draft(kind, subject, pulse().payload)
    };
    let unknown = RecordKind::new(65_300).expect("a kind");
    let last = RecordKind::new(65_535).expect("a kind");
    let plus = |path: &[u64], item| signed(PULSE, "pulse", with(&pulse().payload, path, item));
    vec![
        Case::ok("plain", "record R3", sign(&pulse()).bytes()).key(own),
        Case::ok(
            "not-before",
            "record R8",
            sign(&Draft {
                not_before: Some(NOW.plus(60)),
                ..pulse()
            })
            .bytes(),
        )
        .key(own),
        Case::ok(
            "last-second-of-9999",
            "record R10",
            sign(&Draft {
                expires_at: UnixTime::MAX,
                ..pulse()
            })
            .bytes(),
        )
        .key(own),
        Case::ok(
            "hub-of-a-city",
            "record R8",
            sign(&named("CN-HGH", "pulse", PULSE)).bytes(),
        )
        .key(own),
        Case::ok("unknown-odd-key", "record R19", plus(&[3], text("later")))
            .key(own)
            .note("an odd key may be ignored"),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            plus(&[2], text("later")),
        ),
        Case::unsupported(
            "schema-version-2",
            "record R18",
            "unsupported-version",
            plus(&[0], number(2)),
        ),
        Case::unsupported(
            "unknown-kind",
            "record R17",
            "unsupported-kind",
            sign(&named("MY", "x", unknown)).bytes(),
        )
        .key(own),
        Case::unsupported(
            "last-kind",
            "record R17",
            "unsupported-kind",
            sign(&named("MY", &"s".repeat(64), last)).bytes(),
        ),
    ]
}

fn envelopes() -> Vec<Case> {
    let bytes = sign(&pulse()).bytes().to_vec();
    let (header, payload) = (protected(), pulse().payload);
    let signature = bstr(&[0; 64]);
    let parts = |head: &str, parts: &[&[u8]]| [&hex(head)[..], &parts.concat()].concat();
    let (h, p) = (bstr(&header), bstr(&payload));
    let case = |name, rule, reason, bytes: Vec<u8>| Case::refused(name, rule, reason, bytes);
    vec![
        case("no-bytes", "record R3", "tag", vec![]),
        case("no-tag", "record R3", "tag", bytes[1..].to_vec()),
        case("tag-98", "record R3", "tag", [&hex("d862"), &bytes[1..]].concat())
            .note("COSE_Sign, with several signers"),
        case("tag-18-long", "record R3", "tag", [&hex("d812"), &bytes[1..]].concat()).note("tag 18 in two bytes"),
        case("two-tags", "record R2", "cbor-tag", [&hex("d2"), &bytes[..]].concat()),
        case("map-inside", "record R3", "envelope", hex("d2 a0")),
        case("three-parts", "record R3", "envelope", parts("d283", &[&h, EMPTY, &p])),
        case(
            "five-parts",
            "record R3",
            "envelope",
            parts("d285", &[&h, EMPTY, &p, &signature, EMPTY]),
        ),
        case(
            "header-as-map",
            "record R3",
            "envelope",
            parts("d284", &[&header, EMPTY, &p, &signature]),
        ),
        case(
            "detached-payload",
            "record R3",
            "envelope",
            parts("d284", &[&h, EMPTY, &[0xf6], &signature]),
        ),
        case(
            "payload-as-map",
            "record R3",
            "envelope",
            parts("d284", &[&h, EMPTY, &payload, &signature]),
        ),
        case(
            "unprotected-kid",
            "record R4",
            "unprotected",
            envelope(&header, &hex("a1 04 41 00"), &payload),
        ),
        case(
            "unprotected-as-array",
            "record R3",
            "envelope",
            envelope(&header, &hex("80"), &payload),
        ),
        case(
            "signature-of-63",
            "record R13",
            "signature-length",
            parts("d284", &[&h, EMPTY, &p, &bstr(&[0; 63])]),
        ),
        case(
            "signature-of-65",
            "record R13",
            "signature-length",
            parts("d284", &[&h, EMPTY, &p, &bstr(&[0; 65])]),
        ),
        case(
            "cut-short",
            "record R2",
            "cbor-truncated",
            bytes[..bytes.len() - 1].to_vec(),
        ),
        case(
            "trailing-byte",
            "record R2",
            "cbor-trailing",
            [&bytes[..], &[0]].concat(),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let with = |path: &[u64], item| with_header(&with(&protected(), path, item));
    let without = |path: &[u64]| with_header(&without(&protected(), path));
    let case = |name, rule, reason, bytes: Vec<u8>| Case::refused(name, rule, reason, bytes);
    vec![
        case("empty-header", "record R2", "cbor-truncated", with_header(&[])),
        case("header-as-array", "record R5", "labels", with_header(&hex("80"))),
        case("no-algorithm", "record R5", "labels", without(&[1])),
        case("no-key-id", "record R5", "labels", without(&[4])),
        case("no-claims", "record R5", "labels", without(&[15])),
        case("no-kind", "record R5", "labels", without(&[16])),
        case(
            "critical-label",
            "record R5",
            "labels",
            with(&[2], ciborium::Value::Array(vec![number(4)])),
        ),
        case("unknown-label", "record R5", "labels", with(&[17], number(1))),
        case("label-3-for-4", "record R5", "labels", {
            let claims = read(&protected());
            let mut entries = claims.into_map().expect("a map");
            entries[1].0 = number(3);
            with_header(&write(&ciborium::Value::Map(entries)))
        }),
        case("algorithm-as-text", "record R5", "labels", with(&[1], text("EdDSA"))),
        case("algorithm-eddsa", "record R6", "algorithm", with(&[1], number(-8))).note("-8, deprecated by RFC 9864"),
        case("algorithm-es256", "record R6", "algorithm", with(&[1], number(-7))),
        case("key-id-as-text", "record R5", "labels", with(&[4], text("12345678"))),
        case(
            "key-id-of-7",
            "record R7",
            "key-id",
            with(&[4], ciborium::Value::Bytes(vec![1; 7])),
        ),
        case(
            "key-id-of-32",
            "record R7",
            "key-id",
            with(&[4], ciborium::Value::Bytes(vec![1; 32])),
        ),
        case(
            "kind-as-text",
            "record R5",
            "labels",
            with(&[16], text("application/ewtp")),
        ),
        case("kind-64999", "record R11", "kind", with(&[16], number(64_999))),
        case("kind-65536", "record R11", "kind", with(&[16], number(65_536))),
    ]
}

fn claims() -> Vec<Case> {
    let with = |claim: u64, item| with_header(&with(&protected(), &[15, claim], item));
    let without = |claim: u64| with_header(&without(&protected(), &[15, claim]));
    let at = |time: UnixTime| number(i64::try_from(time.0).expect("a time"));
    let case = |name, rule, reason, bytes: Vec<u8>| Case::refused(name, rule, reason, bytes);
    vec![
        case("no-issuer", "record R8", "claims", without(1)),
        case("no-expiry", "record R8", "claims", without(4)),
        case("no-issued-at", "record R8", "claims", without(6)),
        case("audience-claim", "record R8", "claims", with(3, text("TH"))),
        case("token-id-claim", "record R8", "claims", with(7, number(1))),
        case(
            "issuer-as-bytes",
            "record R8",
            "claims",
            with(1, ciborium::Value::Bytes(vec![77, 89])),
        ),
        case("expiry-negative", "record R8", "claims", with(4, number(-1))),
        case("expiry-as-text", "record R8", "claims", with(4, text("2027"))),
        case("issuer-in-small-letters", "record R8", "issuer", with(1, text("my"))),
        case("issuer-of-no-country", "record R8", "issuer", with(1, text("ZZ"))),
        case("issuer-too-long", "record R8", "issuer", with(1, text("CN-123456789"))),
        case("subject-empty", "record R9", "subject", with(2, text(""))),
        case("subject-of-65", "record R9", "subject", with(2, text(&"s".repeat(65)))),
        case("subject-with-space", "record R9", "subject", with(2, text("a b"))),
        case("subject-not-ascii", "record R9", "subject", with(2, text("é"))),
        case("expires-when-issued", "record R10", "times", with(4, at(NOW))),
        case(
            "expires-before-issued",
            "record R10",
            "times",
            with(4, at(UnixTime(NOW.0 - 1))),
        ),
        case(
            "begins-after-expiry",
            "record R10",
            "times",
            with(5, at(NOW.plus(DAY + 1))),
        ),
        case(
            "expires-in-year-10000",
            "record R10",
            "times",
            with(4, at(UnixTime::MAX.plus(1))),
        ),
    ]
}

fn payloads() -> Vec<Case> {
    let case = |name, reason, payload: &str| Case::refused(name, "record R12", reason, with_payload(payload));
    let mut too_large = hex("a3 00 01 01 00 03 59 01f4");
    too_large.extend([0; 500]);
    vec![
        case("payload-as-array", "payload", "80"),
        case("payload-empty-map", "payload", "a0"),
        case("payload-without-version", "payload", "a1 01 00"),
        case("payload-without-revision", "payload", "a2 00 01 02 00"),
        case("revision-as-text", "payload", "a2 00 01 01 60"),
        case("revision-above-32-bits", "payload", "a2 00 01 01 1b 0000000100000000"),
        Case::refused(
            "pulse-above-512-bytes",
            "record R1",
            "too-large",
            envelope(&protected(), EMPTY, &too_large),
        ),
    ]
}

/// Second spellings, which a lenient reader accepts: each stands in the payload of an otherwise sound record.
pub(crate) fn spellings() -> Vec<Case> {
    let case = |name, reason, item: &str| {
        Case::refused(
            name,
            "record R2",
            reason,
            with_payload(&format!("a3 00 01 01 00 03 {item}")),
        )
    };
    let whole = |name, reason, payload: &str| Case::refused(name, "record R2", reason, with_payload(payload));
    let mut long_head = sign(&pulse()).bytes().to_vec();
    long_head.splice(2..4, [0x59, 0x00, long_head[3]]);
    let header = protected();
    vec![
        case("long-integer", "cbor-not-shortest", "18 17"),
        case("long-integer-of-9", "cbor-not-shortest", "1b 0000000000000001"),
        case("long-negative", "cbor-not-shortest", "38 17"),
        case("long-string-length", "cbor-not-shortest", "58 01 00"),
        case("long-array-length", "cbor-not-shortest", "98 01 00"),
        whole("long-key", "cbor-not-shortest", "a3 00 01 01 00 18 03 00"),
        whole("long-map-length", "cbor-not-shortest", "b8 02 00 01 01 00"),
        whole("indefinite-map", "cbor-indefinite", "bf 00 01 01 00 ff"),
        case("indefinite-array", "cbor-indefinite", "9f 00 ff"),
        case("indefinite-bytes", "cbor-indefinite", "5f 41 00 ff"),
        case("indefinite-text", "cbor-indefinite", "7f 61 61 ff"),
        case("lone-break", "cbor-indefinite", "ff"),
        case("float-one", "cbor-float", "fb 3ff0000000000000"),
        case("float-half", "cbor-float", "f9 3c00"),
        case("float-nan", "cbor-float", "f9 7e00"),
        case("bignum-one", "cbor-tag", "c2 41 01"),
        case("tagged-time", "cbor-tag", "c1 1a 6b02f7c8"),
        case("undefined", "cbor-simple", "f7"),
        case("simple-16", "cbor-simple", "f0"),
        case("simple-255", "cbor-simple", "f8 ff"),
        case("reserved-28", "cbor-reserved", "1c"),
        whole("duplicate-key", "cbor-duplicate-key", "a3 00 01 01 00 01 00"),
        whole("unsorted-keys", "cbor-unsorted-keys", "a2 01 00 00 01"),
        case("unsorted-negative-key", "cbor-unsorted-keys", "a2 20 00 18 20 00").note("encoded 20 comes after 1820"),
        whole("text-key", "cbor-key-type", "a3 00 01 01 00 61 61 00"),
        case("bad-utf8", "cbor-utf8", "62 c3 28"),
        case("surrogate-utf8", "cbor-utf8", "63 ed a0 80"),
        case("depth-9", "cbor-depth", &format!("{} 00", "81".repeat(8))).note("with the map of the payload, nine deep"),
        case("depth-300", "cbor-depth", &format!("{} 00", "81".repeat(300))),
        case("array-longer-than-all", "cbor-truncated", "9b ffffffffffffffff"),
        case("bytes-longer-than-all", "cbor-truncated", "5b 7fffffffffffffff"),
        whole("payload-trailing-byte", "cbor-trailing", "a2 00 01 01 00 00"),
        whole("payload-cut-short", "cbor-truncated", "a2 00 01 01"),
        Case::refused(
            "header-trailing-byte",
            "record R2",
            "cbor-trailing",
            with_header(&[&header[..], &[0]].concat()),
        ),
        Case::refused("long-header-length", "record R2", "cbor-not-shortest", long_head),
    ]
    .into_iter()
    .chain([items_of_a_large_kind()])
    .collect()
}

/// The cap on items, in a kind whose size allows as many.
fn items_of_a_large_kind() -> Case {
    let mut payload = hex("a3 00 01 01 00 03 99 1000");
    payload.extend([0; 4_096]);
    let header = with(&protected(), &[16], number(i64::from(RecordKind::CERTIFICATE.number())));
    Case::refused(
        "certificate-above-4096-items",
        "record R2",
        "cbor-items",
        envelope(&header, EMPTY, &payload),
    )
}

pub(crate) fn signatures() -> Vec<Case> {
    let bytes = sign(&pulse()).bytes().to_vec();
    let own = signer().public().to_bytes();
    let start = bytes.len() - 64;
    let changed = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = bytes.clone();
        change(&mut bytes[start..]);
        bytes
    };
    let case = |name, bytes: Vec<u8>| Case::refused(name, "record R14", "signature", bytes).key(own);
    let admission = |name, reason, key| Case::refused(name, "record R15", reason, &bytes).key(key);
    vec![
        case("signature-of-zeros", changed(&|signature| signature.fill(0))),
        case("signature-bit-of-r", changed(&|signature| signature[0] ^= 1)),
        case("signature-bit-of-s", changed(&|signature| signature[32] ^= 1)),
        case(
            "signature-s-plus-order",
            changed(&|signature| add_order(&mut signature[32..])),
        ),
        case(
            "signature-r-with-torsion",
            changed(&|signature| add_torsion(&mut signature[..32])),
        ),
        Case::refused("signature-of-another-key", "record R14", "signature", &bytes).key(key(8).public().to_bytes()),
        admission("key-of-order-one", "key-weak", KeyBytes(EIGHT_TORSION[0].compress().0)),
        admission(
            "key-of-order-eight",
            "key-weak",
            KeyBytes(EIGHT_TORSION[1].compress().0),
        ),
        admission("key-with-torsion", "key-torsion", {
            let mut key = own.0;
            add_torsion(&mut key);
            KeyBytes(key)
        }),
        admission("key-not-canonical", "key-not-canonical", {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (0xee, 0x7f);
            KeyBytes(key)
        }),
        admission("key-not-a-point", "key-not-a-point", {
            let mut key = [0; 32];
            key[0] = 2;
            KeyBytes(key)
        }),
    ]
}

/// Adds the order of the group to a scalar, little end first: the same scalar in a second spelling.
fn add_order(scalar: &mut [u8]) {
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0;
    for (byte, add) in scalar.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

/// Adds a point of order eight to a point.
fn add_torsion(point: &mut [u8]) {
    let compressed = CompressedEdwardsY::from_slice(point).expect("32 bytes");
    let moved = compressed.decompress().expect("a point") + EIGHT_TORSION[1];
    point.copy_from_slice(moved.compress().as_bytes());
}
