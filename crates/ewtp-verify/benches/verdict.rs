//! What a verdict on a full receipt with a panel of seven costs: `cold` with the eight charter chains to be verified as
//! well, `warm` at a desk that has seen them, beside `raw`, the nine strict signature checks of a warm verdict alone.

#[path = "../tests/lab/mod.rs"]
mod lab;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ewtp_record::Duty;
use ewtp_verify::{Outcome, Verifier, verdict};
use lab::{Lab, key};

/// Signature checks of a warm verdict: record, checkpoint, seven cosignatures.
const SIGNATURES: usize = 9;

fn benches(criterion: &mut Criterion) {
    let lab = Lab::of(&["SG", "TH", "RW", "ET", "BE", "US", "CN-HGH"]);
    let (bundle, policy, now) = (lab.bundle(), lab.policy(), lab.now());
    assert_eq!(verdict(&bundle, &policy, now).outcome, Outcome::Accepted);
    let mut group = criterion.benchmark_group("verdict");
    group.bench_function("cold", |bencher| {
        bencher.iter(|| verdict(black_box(&bundle), &policy, now))
    });
    let mut desk = Verifier::new(policy.clone());
    group.bench_function("warm", |bencher| bencher.iter(|| desk.verdict(black_box(&bundle), now)));
    let signer = key(&format!("MY/{}", Duty::Customs));
    let message = [7; 300];
    let signature = signer.sign(&message);
    let public = signer.public();
    group.bench_function("raw", |bencher| {
        bencher.iter(|| (0..SIGNATURES).all(|_| black_box(&public).verify(black_box(&message), &signature).is_ok()));
    });
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
