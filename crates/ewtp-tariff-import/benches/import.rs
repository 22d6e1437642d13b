//! How long a national schedule takes from file to rows, beside its parts. Reads the file that `EWTP_SCHEDULE` names, a
//! published US export: `EWTP_SCHEDULE=hts.json.gz cargo bench -p ewtp-tariff-import`. Without it there is nothing to time.

use criterion::{Criterion, criterion_group, criterion_main};
use ewtp_tariff::{PageTrees, schedule};
use ewtp_tariff_import::us_hts;

fn import(criterion: &mut Criterion) {
    let Some(path) = std::env::var_os("EWTP_SCHEDULE") else {
        return;
    };
    let bytes = std::fs::read(path).expect("the file that EWTP_SCHEDULE names");
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    group.bench_function("rows of the file", |bencher| {
        bencher.iter(|| us_hts::source_rows(&bytes))
    });
    let source = us_hts::source_rows(&bytes).expect("a published export");
    group.bench_function("schedule of the rows", |bencher| {
        bencher.iter(|| us_hts::of_rows(&source))
    });
    let trees = us_hts::of_rows(&source).expect("a schedule").trees;
    let rows: Vec<_> = trees.rows().cloned().collect();
    group.bench_function("trees of the schedule", |bencher| {
        bencher.iter(|| PageTrees::of(rows.iter().cloned()))
    });
    group.bench_function("check of the schedule", |bencher| {
        bencher.iter(|| schedule::check(&trees))
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
