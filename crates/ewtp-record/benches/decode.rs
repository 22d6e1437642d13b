//! What it costs to open a record and to read what it says, against the signature check that follows.
//!
//! Of a certificate with one line of goods and of one with five, which brings the record to 400 bytes: `scan` is the
//! strict scan alone, `record` the envelope with its hash, `body` the payload by its kind, `verify` the signature with
//! its message. A replica pays the last three for each record it examines; reach: `verify` ≥ 90 % of their sum, measured
//! in one run since other programs move all of them.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ewtp_record::cbor::{Limits, scan};
use ewtp_record::{Certificate, Record, SecretKey, Terms, UnixTime, parse_json};
use serde_json::Value;
use std::hint::black_box;

const CLEARANCE: &str = include_str!("../../../protocol-spec/examples/clearance.json");

fn decode(criterion: &mut Criterion) {
    for (name, lines) in [("one_line", 1), ("five_lines", 5)] {
        certificate(criterion, name, &clearance(lines));
    }
}

/// The clearance of the specification's examples with so many lines of goods.
fn clearance(lines: usize) -> Value {
    let mut input = parse_json(CLEARANCE).expect("JSON");
    let goods = input["lines"].as_array_mut().expect("the example has lines");
    goods.resize(lines, goods[0].clone());
    input
}

fn certificate(criterion: &mut Criterion, name: &str, input: &Value) {
    let terms = Terms {
        issuer: "CN-HGH".parse().expect("a hub code"),
        now: UnixTime(1),
        life_seconds: 1,
    };
    let submission = Certificate::from_json(input, &terms).expect("the example keeps all rules");
    let key = SecretKey::from_seed(&[7; 32]);
    let record = submission.draft.sign(&key).expect("a record");
    let public = key.public();

    let mut group = criterion.benchmark_group(name);
    group.bench_function("scan", |bencher| {
        bencher.iter(|| scan(black_box(record.payload()), &Limits::RECORD))
    });
    group.bench_function("record", |bencher| {
        bencher.iter(|| Record::decode(black_box(record.bytes()).clone()))
    });
    group.bench_function("body", |bencher| bencher.iter(|| black_box(&record).body()));
    group.bench_function("verify", |bencher| bencher.iter(|| black_box(&record).verify(&public)));
    group.bench_function("json", |bencher| {
        bencher.iter(|| Certificate::from_json(black_box(input), &terms))
    });
    group.bench_function("sign", |bencher| {
        bencher.iter_batched(
            || submission.draft.clone(),
            |draft| draft.sign(&key),
            BatchSize::SmallInput,
        )
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
