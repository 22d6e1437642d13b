//! What the bulk path costs: `cargo bench -p ewtp-log`. Throughput is in leaves; `hash_400` is the floor a record pays.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ewtp_log::{BUNDLE, CompactRange, Hash, Tree, leaf_hash, node_hash, range_root};

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

fn hashes(criterion: &mut Criterion) {
    let record = vec![7u8; 400];
    let pair = leaves(2);
    let mut group = criterion.benchmark_group("hash");
    group.throughput(Throughput::Elements(1));
    group.bench_function("leaf_of_400_bytes", |bench| {
        bench.iter(|| leaf_hash(black_box(&record)))
    });
    group.bench_function("node", |bench| {
        bench.iter(|| node_hash(black_box(&pair[0]), black_box(&pair[1])))
    });
    group.finish();
}

fn append(criterion: &mut Criterion) {
    let all = leaves(100_000);
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(all.len() as u64));
    group.sample_size(20);
    group.bench_function("tree_100k", |bench| {
        bench.iter_batched(
            Tree::new,
            |mut tree| {
                all.iter().for_each(|leaf| tree.append(*leaf));
                tree
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn ranges(criterion: &mut Criterion) {
    let all = leaves(100_000);
    let mut group = criterion.benchmark_group("range_root");
    for count in [1, 16, BUNDLE, 65_536] {
        let (mut left, mut whole) = (CompactRange::new(), CompactRange::new());
        all[..20_000].iter().for_each(|leaf| left.append(*leaf));
        all[..20_000 + count as usize]
            .iter()
            .for_each(|leaf| whole.append(*leaf));
        let inside = &all[20_000..20_000 + count as usize];
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count}_leaves"), |bench| {
            bench.iter(|| range_root(20_000, left.hashes(), black_box(inside), whole.size(), &[]));
        });
    }
    group.finish();
}

fn proofs(criterion: &mut Criterion) {
    let all = leaves(1 << 20);
    let mut tree = Tree::new();
    all.iter().for_each(|leaf| tree.append(*leaf));
    let (index, at) = (777_777usize, tree.head().clone());
    let bundle = &all[index / 256 * 256..index / 256 * 256 + 256];
    let (proof, root) = (
        tree.inclusion(index as u64, &at, bundle).expect("the leaf is there"),
        tree.root(),
    );
    let mut group = criterion.benchmark_group("inclusion_of_2^20");
    group.bench_function("make", |bench| {
        bench.iter(|| tree.inclusion(black_box(index as u64), &at, bundle))
    });
    group.bench_function("verify", |bench| {
        bench.iter(|| proof.verify(black_box(index as u64), 1 << 20, &all[index], &root));
    });
    group.finish();
}

criterion_group!(benches, hashes, append, ranges, proofs);
criterion_main!(benches);
