//! Laws of the encoding: what is written reads back, what is accepted has one spelling, no bit can change unnoticed.
#![expect(
    clippy::unwrap_used,
    reason = "strategies and helpers are test code, which clippy knows by #[test] only"
)]

mod values;

use bytes::Bytes;
use ewtp_record::cbor::{Limits, scan};
use ewtp_record::{
    Body, Certificate, CharterBody, Credential, Draft, Edition, Manifest, Pulse, Record, RecordKind, SecretKey,
    UnixTime,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

fn sign(kind: RecordKind, payload: Bytes) -> Record {
    let draft = Draft {
        kind,
        issuer: "MY".parse().unwrap(),
        subject: "pulse".parse().unwrap(),
        issued_at: UnixTime(1_000),
        expires_at: UnixTime(2_000),
        not_before: None,
        payload,
    };
    draft
        .sign(&SecretKey::from_seed(&[7; 32]))
        .expect("the payload fits the cap of its kind")
}

/// Writes what `ciborium` read, by its own rules.
fn respelt(bytes: &[u8]) -> Vec<u8> {
    let value: ciborium::Value = ciborium::from_reader(bytes).expect("the scan accepts CBOR only");
    let mut out = Vec::new();
    ciborium::into_writer(&value, &mut out).expect("memory takes it");
    out
}

/// Whether a map has an odd key above `known`, or a map inside it one above 2: a kind skips those and does not write them.
fn has_unknown_odd_key(value: &ciborium::Value, known: i128) -> bool {
    const KNOWN_INSIDE: i128 = 2;
    match value {
        ciborium::Value::Map(entries) => entries.iter().any(|(key, value)| {
            let key = key.as_integer().map_or(0, i128::from);
            (key > known && key % 2 == 1) || has_unknown_odd_key(value, KNOWN_INSIDE)
        }),
        ciborium::Value::Array(entries) => entries.iter().any(|entry| has_unknown_odd_key(entry, KNOWN_INSIDE)),
        _ => false,
    }
}

/// The greatest payload key that the kind of this body defines.
fn greatest_key(body: &Body) -> i128 {
    match body {
        Body::Charter(..) => 3,
        Body::Manifest(_) => 4,
        Body::Certificate(_) => 18,
        Body::Credential(_) => 10,
        Body::Edition(_) => 19,
        Body::Pulse(_) => 1,
    }
}

/// The payload that the body writes again.
fn rewritten(body: &Body) -> Bytes {
    match body {
        Body::Charter(sealed, _) => sealed.encode(),
        Body::Manifest(manifest) => manifest.encode(),
        Body::Certificate(certificate) => certificate.encode(),
        Body::Credential(credential) => credential.encode(),
        Body::Edition(edition) => edition.encode(),
        Body::Pulse(pulse) => pulse.encode(),
    }
}

/// Bytes of a record of any kind.
fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        values::certificate().prop_map(|value| sign(RecordKind::CERTIFICATE, value.encode())),
        values::credential().prop_map(|value| sign(RecordKind::CREDENTIAL, value.encode())),
        values::tariff_edition().prop_map(|value| sign(RecordKind::TARIFF_EDITION, value.encode())),
        values::manifest().prop_map(|value| sign(RecordKind::MANIFEST, value.encode())),
        any::<u32>().prop_map(|sequence| sign(RecordKind::PULSE, Pulse { sequence }.encode())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_certificate_reads_back(value in values::certificate()) {
        prop_assert_eq!(value.inspect(), Ok(()));
        prop_assert_eq!(Certificate::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn every_credential_reads_back(value in values::credential()) {
        prop_assert_eq!(Credential::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn every_edition_reads_back(value in values::tariff_edition()) {
        prop_assert_eq!(value.inspect(), Ok(()));
        prop_assert_eq!(Edition::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn every_manifest_reads_back(value in values::manifest()) {
        prop_assert_eq!(Manifest::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn every_charter_reads_back(value in values::charter()) {
        prop_assert_eq!(CharterBody::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn every_pulse_reads_back(sequence: u32) {
        prop_assert_eq!(Pulse::decode(&Pulse { sequence }.encode()), Ok(Pulse { sequence }));
    }

    #[test]
    fn every_record_reads_back(record in any_record()) {
        let again = Record::decode(record.bytes().clone()).expect("it was written by us");
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(rewritten(&again.body().expect("it was written by us")), record.payload_bytes());
    }

    #[test]
    fn accepted_bytes_have_one_spelling(bytes in prop::collection::vec(any::<u8>(), 1..24)) {
        if scan(&bytes, &Limits::RECORD).is_ok() {
            prop_assert_eq!(respelt(&bytes), bytes);
        }
    }

    #[test]
    fn a_changed_record_is_refused_or_still_has_one_spelling(
        record in any_record(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = record.bytes().to_vec();
        for (index, byte) in &changes {
            let place = index.index(bytes.len());
            bytes[place] = *byte;
        }
        let Ok(other) = Record::decode(bytes.clone().into()) else { return Ok(()) };
        prop_assert_eq!(&respelt(&bytes[1..])[..], &bytes[1..]);
        prop_assert_eq!(&respelt(other.payload())[..], other.payload());
        let value = ciborium::from_reader(other.payload()).expect("the scan accepts CBOR only");
        if let Ok(body) = other.body() && !has_unknown_odd_key(&value, greatest_key(&body)) {
            prop_assert_eq!(rewritten(&body), other.payload_bytes());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut tagged = vec![0xd2, 0x84];
        tagged.extend(&bytes);
        for bytes in [bytes.clone(), tagged] {
            if let Ok(record) = Record::decode(bytes.into()) {
                drop(record.body());
            }
        }
        for decode in [|bytes: &[u8]| drop(Certificate::decode(bytes)), |bytes: &[u8]| drop(CharterBody::decode(bytes))] {
            decode(&bytes);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_certificate_is_refused_or_breaks_its_id_and_signature() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let certificate = values::certificate()
        .new_tree(&mut runner)
        .expect("a strategy makes values")
        .current();
    let record = sign(RecordKind::CERTIFICATE, certificate.encode());
    let key = SecretKey::from_seed(&[7; 32]).public();
    for bit in 0..record.bytes().len() * 8 {
        let mut bytes = record.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Record::decode(bytes.into()) {
            assert_ne!(other.id(), record.id(), "bit {bit}");
            assert!(other.verify(&key).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn a_foreign_reader_sees_the_same_envelope() {
    use coset::{CoseSign1, TaggedCborSerializable as _};
    let key = SecretKey::from_seed(&[7; 32]);
    let record = sign(RecordKind::PULSE, Pulse { sequence: 9 }.encode());
    let foreign = CoseSign1::from_tagged_slice(record.bytes()).expect("coset reads it");
    assert_eq!(foreign.payload.as_deref(), Some(record.payload()));
    assert_eq!(foreign.protected.header.key_id, key.id().0);
    assert!(foreign.unprotected.is_empty());
    let message = foreign.tbs_data(&[]);
    assert_eq!(key.public().verify(&message, record.signature()), Ok(()));
    assert_eq!(foreign.to_tagged_vec().expect("coset writes it"), record.bytes()[..]);
}
