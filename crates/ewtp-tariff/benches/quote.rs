//! How long a quote takes on a schedule of national size, alone and with its receipt: the checkout of a marketplace asks for
//! one for every article.

#[path = "../tests/schedule/mod.rs"]
mod schedule;

use criterion::{Criterion, criterion_group, criterion_main};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::quote::{Request, quote};
use ewtp_tariff::row::Taxes;
use ewtp_tariff::{Basis, Receipt, Row};
use schedule::{Narrow, PUBLISHED, Schedule, group, line, measure, read, relief, request, row, with_quantity};
use std::hint::black_box;

use MeasureKind::{Additional, Mfn, Preference, Vat};

/// 12,000 lines of eight digits below their headings, each with five measures; twenty groups, six reliefs, a year of
/// daily rates.
fn national() -> Schedule {
    let groups: Vec<String> = (0..20).map(|at| format!("group-{at:02}")).collect();
    let article = |at: u32| {
        let code = format!("{:04}{:04}", 101 + at / 100 * 7, (at % 100) * 100);
        line(
            &code,
            &["H87", "KGM"],
            vec![
                measure(Mfn, "16.5% + 0.4 EUR/KGM"),
                measure(Preference, "free").to(&[groups[at as usize % 20].as_str()]),
                measure(Preference, "5%").to(&[groups[(at as usize + 7) % 20].as_str()]),
                measure(Additional, "duty(99038815, additional)").to(&["CN"]),
                measure(Vat, "10% of customs-value+duties"),
            ],
        )
    };
    let mut rows: Vec<Row> = (0..12_000).map(article).collect();
    rows.push(line("99038815", &[], vec![measure(Additional, "7.5%").to(&["CN"])]));
    rows.extend(
        groups
            .iter()
            .map(|id| group(id, &["AU", "CA", "CL", "JP", "KR", "MX", "NZ", "PE", "SG", "VN"])),
    );
    rows.extend((0..6).map(|at| {
        relief(
            &format!("relief-{at}"),
            Taxes::Both,
            "800.00 USD",
            Basis::Fob,
            |relief| {
                relief.except = vec![read("CN")];
                relief.validity.to = Some(read("2025-08-28"));
            },
        )
    }));
    let first: ewtp_record::Date = read("2026-01-01");
    rows.extend((0..365).map(|day| {
        let day = ewtp_record::Date::from_days(u64::from(first.days()) + day).expect("a day of 2026");
        row(
            ewtp_tariff::RowKey::Exchange(read("EUR"), day),
            ewtp_tariff::row::Entry::Exchange(read("1.1")),
        )
    }));
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn asked() -> Request {
    with_quantity(request("US", "05145000", "CN", "2026-07-01", "1000.00 USD"), "40 KGM")
}

fn quotes(criterion: &mut Criterion) {
    let (schedule, asked) = (national(), asked());
    let record = schedule::record(&schedule.edition);
    let answer = schedule.quote(&asked).expect("a quote");
    assert_eq!((answer.lines.len(), answer.needs_person.len()), (3, 0), "{answer:?}");
    criterion.bench_function("quote", |bencher| {
        bencher.iter(|| quote(&schedule.edition, PUBLISHED, &schedule.trees, black_box(&asked)));
    });
    criterion.bench_function("quote_receipt", |bencher| {
        bencher.iter(|| {
            let issued = Receipt::issue_checked(&record, &schedule.edition, &schedule.trees, black_box(&asked));
            issued.expect("a receipt").1.encode()
        });
    });
    let bytes = Receipt::issue_checked(&record, &schedule.edition, &schedule.trees, &asked)
        .expect("a receipt")
        .1
        .encode();
    criterion.bench_function("replay", |bencher| {
        bencher.iter(|| {
            Receipt::decode(black_box(&bytes))
                .expect("a receipt")
                .replay()
                .expect("it replays")
        });
    });
}

criterion_group!(benches, quotes);
criterion_main!(benches);
