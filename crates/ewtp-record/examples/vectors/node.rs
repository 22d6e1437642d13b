//! Vectors of node manifests and pulses.

use super::case::{Case, DAY, NOW, draft, number, sign, signed, signer, text, with, without};
use ciborium::Value;
use ewtp_record::{Draft, Manifest, NodeKey, Pulse, RecordKind};

const KIND: RecordKind = RecordKind::MANIFEST;

fn manifest() -> Manifest {
    Manifest {
        revision: 0,
        node: NodeKey(*super::case::key(20).public().as_bytes()),
        addresses: vec![
            "/ip4/203.0.113.7/udp/4101/quic-v1".to_owned(),
            "/dns4/hub.example/tcp/4101".to_owned(),
        ],
        roles: Manifest::SERVES_LOG | Manifest::SERVES_WITNESS | Manifest::SERVES_RANGES,
    }
}

pub(crate) fn manifests() -> Vec<Case> {
    let own = signer().public().to_bytes();
    let payload = manifest().encode();
    let of = |payload: &[u8]| signed(KIND, "node-1", payload.to_vec());
    let with = |path: &[u64], item| of(&with(&payload, path, item));
    let lasting = |days| {
        let draft = draft(KIND, "node-1", payload.clone());
        sign(&Draft {
            expires_at: NOW.plus(days * DAY),
            ..draft
        })
        .bytes()
        .clone()
    };
    let addresses = |count| with(&[3], Value::Array(vec![text("/ip4/203.0.113.7/tcp/1"); count]));
    let case = |name, rule, reason, bytes: bytes::Bytes| Case::refused(name, rule, reason, bytes);
    vec![
        Case::ok("plain", "manifest R2", of(&payload)).key(own),
        Case::ok("no-address", "manifest R3", addresses(0)).note("a node that only dials"),
        Case::ok("eight-addresses", "manifest R3", addresses(8)),
        Case::ok("ninety-days", "manifest R5", lasting(90)),
        Case::ok("unknown-service", "manifest R4", with(&[4], number(1 << 40))).note("an unknown bit says nothing"),
        case("ninety-one-days", "manifest R5", "life", lasting(91)),
        case("nine-addresses", "manifest R3", "count", addresses(9)),
        case(
            "address-without-slash",
            "manifest R3",
            "multiaddr",
            with(&[3, 0], text("203.0.113.7:4101")),
        ),
        case(
            "address-of-129",
            "manifest R3",
            "multiaddr",
            with(&[3, 0], text(&format!("/{}", "a".repeat(128)))),
        ),
        case(
            "address-with-space",
            "manifest R3",
            "multiaddr",
            with(&[3, 0], text("/ip4/203.0.113.7 /tcp/1")),
        ),
        case("no-node", "manifest R2", "missing", of(&without(&payload, &[2]))),
        case(
            "node-of-31",
            "record R21",
            "shape",
            with(&[2], Value::Bytes(vec![1; 31])),
        ),
        case("no-roles", "manifest R4", "missing", of(&without(&payload, &[4]))),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            with(&[6], number(1)),
        ),
    ]
}

pub(crate) fn pulses() -> Vec<Case> {
    let own = signer().public().to_bytes();
    let payload = Pulse { sequence: 144 }.encode();
    let of = |subject: &str, payload: &[u8]| signed(RecordKind::PULSE, subject, payload.to_vec());
    vec![
        Case::ok("plain", "pulse R1", of("pulse", &payload)).key(own),
        Case::ok(
            "last-sequence",
            "pulse R1",
            of("pulse", &Pulse { sequence: u32::MAX }.encode()),
        )
        .key(own),
        Case::refused("another-subject", "pulse R2", "subject", of("beat", &payload)),
        Case::unsupported(
            "schema-version-2",
            "record R18",
            "unsupported-version",
            of("pulse", &with(&payload, &[0], number(2))),
        ),
    ]
}
