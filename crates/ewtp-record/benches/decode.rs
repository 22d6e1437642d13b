//! What it costs to open a record, against the signature check that follows.

use criterion::{Criterion, criterion_group, criterion_main};
use ewtp_record::cbor::{Limits, scan};
use ewtp_record::{Certificate, Record, SecretKey, Terms, UnixTime, parse_json};
use std::hint::black_box;

const CLEARANCE: &str = include_str!("../../../protocol-spec/examples/clearance.json");

fn decode(criterion: &mut Criterion) {
    let terms = Terms {
        issuer: "CN-HGH".parse().expect("a hub code"),
        now: UnixTime(1),
        life_seconds: 1,
    };
    let input = parse_json(CLEARANCE).expect("JSON");
    let submission = Certificate::from_json(&input, &terms).expect("the example keeps all rules");
    let key = SecretKey::from_seed(&[7; 32]);
    let record = submission.draft.sign(&key).expect("a record");
    let public = key.public();

    let mut group = criterion.benchmark_group("decode");
    group.bench_function("scan", |bencher| {
        bencher.iter(|| scan(black_box(&record.bytes()[1..]), &Limits::RECORD))
    });
    group.bench_function("record", |bencher| {
        bencher.iter(|| Record::decode(black_box(record.bytes()).clone()))
    });
    group.bench_function("body", |bencher| bencher.iter(|| black_box(&record).body()));
    group.bench_function("verify", |bencher| bencher.iter(|| black_box(&record).verify(&public)));
    group.bench_function("json", |bencher| {
        bencher.iter(|| Certificate::from_json(black_box(&input), &terms))
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
