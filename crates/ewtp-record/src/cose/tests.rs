use super::*;
use crate::{DecodeError, KeyId, Pulse, RecordKind, SecretKey, UnixTime};
use bytes::Bytes;

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn draft() -> Draft {
    Draft {
        kind: RecordKind::PULSE,
        issuer: "MY".parse().unwrap(),
        subject: "pulse".parse().unwrap(),
        issued_at: UnixTime(1_000),
        expires_at: UnixTime(2_000),
        not_before: None,
        payload: Pulse { sequence: 3 }.encode(),
    }
}

#[test]
fn a_record_reads_back_as_written() {
    let record = draft().sign(&key()).unwrap();
    let header = record.header();
    assert_eq!((header.kid, header.kind), (key().id(), RecordKind::PULSE));
    assert_eq!((header.issuer.as_str(), header.subject.as_str()), ("MY", "pulse"));
    assert_eq!(
        (header.issued_at.0, header.expires_at.0, header.not_before),
        (1_000, 2_000, None)
    );
    assert_eq!((header.version, header.revision), (1, 3));
    assert_eq!(record.payload(), draft().payload);
    assert_eq!(Record::decode(record.bytes().clone()), Ok(record.clone()));
    assert_eq!(record.verify(&key().public()), Ok(()));
    assert!(record.verify(&SecretKey::from_seed(&[8; 32]).public()).is_err());
}

#[test]
fn a_key_held_elsewhere_makes_the_same_record() {
    let unsigned = draft().to_be_signed(key().id());
    let signature = key().sign(unsigned.message());
    assert_eq!(unsigned.assemble(&signature), draft().sign(&key()));
}

#[test]
fn every_flipped_bit_is_refused_or_breaks_id_and_signature() {
    let record = Draft {
        not_before: Some(UnixTime(1_500)),
        ..draft()
    }
    .sign(&key())
    .unwrap();
    for bit in 0..record.bytes().len() * 8 {
        let mut bytes = record.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Record::decode(bytes.into()) {
            assert_ne!(other.id(), record.id(), "bit {bit}");
            assert!(other.verify(&key().public()).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn times_out_of_order_make_no_record() {
    let code = |draft: &Draft| draft.sign(&key()).unwrap_err().code();
    assert_eq!(
        code(&Draft {
            expires_at: UnixTime(1_000),
            ..draft()
        }),
        "times"
    );
    assert_eq!(
        code(&Draft {
            not_before: Some(UnixTime(2_001)),
            ..draft()
        }),
        "times"
    );
    assert_eq!(
        code(&Draft {
            expires_at: UnixTime(UnixTime::MAX.0 + 1),
            ..draft()
        }),
        "times"
    );
}

#[test]
fn a_record_above_the_cap_of_its_kind_is_refused() {
    let mut payload = vec![0xa3, 0x00, 0x01, 0x01, 0x00, 0x03, 0x59, 0x02, 0x00];
    payload.extend([0; 512]);
    let large = Draft {
        payload: payload.into(),
        ..draft()
    };
    assert!(matches!(
        large.sign(&key()),
        Err(DecodeError::TooLarge { limit: 512, .. })
    ));
    let unknown = Draft {
        kind: RecordKind::new(65_100).unwrap(),
        ..large
    };
    assert!(
        unknown.sign(&key()).is_ok(),
        "an unknown kind has the cap of all records"
    );
    let beyond = Bytes::from(vec![0xd2; 65_536]);
    assert_eq!(Record::decode(beyond).unwrap_err().code(), "too-large");
}

#[test]
fn payloads_begin_with_version_and_revision() {
    for payload in [
        "a0",
        "a10001",
        "a101 00",
        "a200010200",
        "80",
        "a2 0001 0120",
        "a20001011b0000000100000000",
    ] {
        let payload: Bytes = hex::decode(payload.replace(' ', "")).unwrap().into();
        assert_eq!(Draft { payload, ..draft() }.sign(&key()), Err(DecodeError::Payload));
    }
}

#[test]
fn a_key_id_names_the_key() {
    assert_eq!(key().id(), key().public().to_bytes().id());
    assert_ne!(key().id(), KeyId([0; 8]));
}
