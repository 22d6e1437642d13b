//! What examination costs beside the one strict signature check that it cannot do without.
//!
//! `raw` is dalek's `verify_strict` over the same message; `examine` begins with the record's bytes, as a replica has
//! them, and ends with the finding; `decoded` begins with a decoded record. Reach: raw ≥ 90 % of examine.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::Signature;
use ewtp_record::{Certificate, Duty, LogId, NetName, Position, Record, SecretKey, Terms, UnixTime};
use ewtp_trust::draft::{CharterDraft, GenesisPlan, role};
use ewtp_trust::{Authority, CharterChain, examine};

const T0: UnixTime = UnixTime(1_795_336_200);
const DAY: u64 = 86_400;

/// Enough different records that no branch predictor learns one by heart.
const RECORDS: u32 = 512;

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn chain(net: NetName) -> CharterChain {
    let duties = [
        Duty::Log,
        Duty::Witness,
        Duty::Operator,
        Duty::Customs,
        Duty::Inspection,
        Duty::Registrar,
    ];
    let keys: Vec<SecretKey> = (10..16).map(key).collect();
    let window = (T0, T0.plus(200 * DAY));
    let roles = keys
        .iter()
        .zip(duties)
        .map(|(key, duty)| role(key.public().to_bytes(), duty, window, 90 * DAY));
    let plan = GenesisPlan {
        net,
        hub: "MY".parse().expect("a hub code"),
        display_name: "Malaysia".to_owned(),
        issued_at: T0,
        expires_at: T0.plus(300 * DAY),
        roots: vec![key(1).public().to_bytes()],
        threshold: 1,
        next_roots: vec![key(2).public().to_bytes()],
        next_threshold: 1,
        roles: roles.collect(),
        panel: Vec::new(),
    };
    let draft = CharterDraft::genesis(plan).expect("the plan keeps the rules");
    let record = draft
        .sign_all(&[&key(1)], &keys.iter().collect::<Vec<_>>())
        .expect("all keys are there");
    CharterChain::genesis(&record, &net).expect("it was just made")
}

/// The clearance of the spec's examples under many numbers, each signed by the customs key.
fn certificates() -> Vec<Record> {
    let text = include_str!("../../../protocol-spec/examples/clearance.json");
    let mut input = ewtp_record::parse_json(text).expect("the example is JSON");
    let object = input.as_object_mut().expect("the example is an object");
    for name in ["issued_at", "expires_at", "not_before"] {
        object.remove(name);
    }
    let terms = Terms {
        issuer: "MY".parse().expect("a hub code"),
        now: T0.plus(DAY),
        life_seconds: 30 * DAY,
    };
    let draft = Certificate::from_json(&input, &terms)
        .expect("the example keeps the rules")
        .draft;
    let numbered = |number: u32| {
        let mut draft = draft.clone();
        draft.subject = format!("MY-2026-{number:07}").parse().expect("a subject");
        draft.sign(&key(13)).expect("the draft keeps the rules")
    };
    (0..RECORDS).map(numbered).collect()
}

fn authority(chain: CharterChain) -> Authority {
    let hub = chain.hub();
    let genesis = chain.records()[0].clone();
    let mut authority = Authority::new(LogId { hub, epoch: 0 }, Arc::new(chain));
    authority.note_charter(0, &genesis).expect("the genesis is the chain's");
    authority
}

fn benches(criterion: &mut Criterion) {
    let authority = authority(chain("test:bench".parse().expect("a net name")));
    let records = certificates();
    let position = Position {
        hub: authority.log().hub,
        epoch: 0,
        index: 1,
    };
    assert!(
        records
            .iter()
            .all(|record| examine(record, position, &authority).is_some_and(|finding| finding.is_sound()))
    );
    let signer = key(13).public();
    let messages: Vec<Vec<u8>> = records.iter().map(message).collect();
    let mut group = criterion.benchmark_group("examine");
    group.throughput(Throughput::Elements(u64::from(RECORDS)));
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            for (record, message) in records.iter().zip(&messages) {
                let signature = Signature::from_bytes(record.signature());
                black_box(signer.dalek().verify_strict(black_box(message), &signature)).expect("it verifies");
            }
        });
    });
    group.bench_function("examine", |bencher| {
        bencher.iter(|| {
            for record in &records {
                let record = Record::decode(record.bytes().clone()).expect("it decodes");
                black_box(examine(black_box(&record), position, &authority));
            }
        });
    });
    group.bench_function("decoded", |bencher| {
        bencher.iter(|| {
            for record in &records {
                black_box(examine(black_box(record), position, &authority));
            }
        });
    });
    group.finish();
}

/// The message that the record's signature covers, made again from its parts.
fn message(record: &Record) -> Vec<u8> {
    let bytes = record.bytes();
    let signed_length = bytes.len() - record.signature().len() - 2;
    // A message of the same length as the real one would do for the cost, but the real one also verifies.
    let payload = record.payload();
    let payload_at = signed_length - payload.len();
    let head = head_bytes(payload.len());
    let protected = protected(&bytes[2..payload_at - head - 1]);
    ewtp_record::signed_message(protected, payload)
}

/// Bytes of the CBOR head of a byte string.
fn head_bytes(length: usize) -> usize {
    match length {
        0..24 => 1,
        24..256 => 2,
        _ => 3,
    }
}

/// The content of a byte string of 24 to 255 bytes.
fn protected(item: &[u8]) -> &[u8] {
    assert_eq!(item[0], 0x58, "a header of 24 to 255 bytes");
    &item[2..]
}

criterion_group!(group, benches);
criterion_main!(group);
