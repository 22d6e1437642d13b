//! Duty receipts: one that replays, and the ways in which another does not.

use crate::schedule::{self, Narrow, Schedule, group, line, measure, read, relief, request};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_record::{Pulse, SecretKey};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::Taxes;
use ewtp_tariff::{Basis, Receipt, Row};
use ewtp_vectors::Case;

use MeasureKind::{Additional, Mfn, Preference, Vat};

pub(crate) const OBJECT: &str = "duty-receipt";

/// Shirts among other lines, in a few pages.
fn shirts() -> Schedule {
    let other = |at: u32| line(&format!("{}", 61_080_000 + at * 7), &["H87"], vec![measure(Mfn, "5%")]);
    let mut rows: Vec<Row> = (0..60).map(other).collect();
    rows.extend([
        line(
            "61091000",
            &["H87"],
            vec![
                measure(Mfn, "16.5%"),
                measure(Additional, "duty(99038815, additional)").to(&["CN"]),
                measure(Preference, "free").to(&["us-AU"]),
            ],
        ),
        line("61099000", &["H87"], vec![measure(Vat, "10%")]),
        line("99038815", &[], vec![measure(Additional, "7.5%").to(&["CN"])]),
        group("us-AU", &["AU"]),
        relief("section-321", Taxes::Both, "800.00 USD", Basis::Fob, |relief| {
            relief.validity.to = Some(read("2025-08-28"));
        }),
    ]);
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn asked() -> Request {
    request("US", "61091000", "CN", "2026-07-01", "1000.00 USD")
}

fn receipt(asked: &Request) -> Receipt {
    let schedule = shirts();
    let record = schedule::record(&schedule.edition);
    Receipt::issue(&record, &schedule.trees, asked).expect("a receipt").1
}

fn good(name: &'static str, rule: &'static str, note: &'static str, asked: &Request) -> Case {
    let receipt = receipt(asked);
    let quote = receipt.replay().expect("it replays");
    let open: Vec<_> = quote.needs_person.iter().map(|needs| needs.reason.code()).collect();
    let case = Case::good(OBJECT, name, rule, note);
    let case = match quote.total() {
        Some(total) => case.with("total", total),
        None => case.with("open", open.join(", ")),
    };
    case.body(receipt.encode())
}

/// The same receipt with one thing changed.
fn changed(
    name: &'static str,
    reason: &'static str,
    rule: &'static str,
    note: &'static str,
    change: impl FnOnce(&mut Receipt),
) -> Case {
    let mut receipt = receipt(&asked());
    change(&mut receipt);
    Case::good(OBJECT, name, rule, note)
        .refused(reason)
        .body(receipt.encode())
}

/// Page and place of the told line of the shirts.
fn told(receipt: &Receipt) -> (usize, usize) {
    let is_line = |row: &Row| row.key().to_string() == "line 61091000";
    let mut places = receipt.pages.iter().enumerate().flat_map(|(page, told)| {
        told.rows
            .iter()
            .enumerate()
            .filter(|(_, (_, row))| is_line(row))
            .map(move |(at, _)| (page, at))
    });
    places.next().expect("the line is told")
}

pub(crate) fn all() -> Vec<Case> {
    let differs = |name, note, change: fn(&mut Receipt)| changed(name, "differs", "duty-receipt R6", note, change);
    let on = |on: &str, origin: &str, code: &str, price: &str| request("US", code, origin, on, price);
    let whole = receipt(&asked()).encode();
    let spoilt =
        |name, reason, rule, note, bytes: &[u8]| Case::good(OBJECT, name, rule, note).refused(reason).body(bytes);
    let mut other_format = whole.clone();
    other_format[20] = b'2';
    vec![
        good("surcharge", "duty-receipt R4", "shirts from China", &asked()),
        good(
            "no-surcharge",
            "duty-receipt R5",
            "shirts from elsewhere",
            &on("2026-07-01", "VN", "61091000", "1000.00 USD"),
        ),
        good(
            "relief",
            "duty-receipt R5",
            "the last day of the relief",
            &on("2025-08-28", "VN", "61091000", "700.00 USD"),
        ),
        good(
            "first-line",
            "duty-receipt R5",
            "no row stands before it",
            &on("2026-07-01", "VN", "61080000", "1.00 USD"),
        ),
        good(
            "open",
            "duty-receipt R4",
            "a line without duty",
            &on("2026-07-01", "VN", "61099000", "1.00 USD"),
        ),
        differs("amount", "a cent less", |receipt| receipt.answer.lines[0].amount -= 1),
        differs("sum", "a cent less", |receipt| receipt.answer.sum -= 1),
        differs("expression", "another rate is said", |receipt| {
            receipt.answer.lines[0].expression = "1.5%".to_owned()
        }),
        differs("amount-left-out", "the surcharge is not said", |receipt| {
            drop(receipt.answer.lines.pop())
        }),
        differs("other-price", "the inputs were changed", |receipt| {
            receipt.request.values.price = Some(read("10.00 USD"))
        }),
        differs("other-origin", "the inputs were changed", |receipt| {
            receipt.request.origin = read("VN")
        }),
        changed(
            "page-left-out",
            "unproven",
            "duty-receipt R5",
            "a page is missing",
            |receipt| drop(receipt.pages.remove(0)),
        ),
        changed(
            "line-hidden",
            "unproven",
            "duty-receipt R5",
            "the line is there as a hash only",
            |receipt| {
                let (page, at) = told(receipt);
                let (index, row) = receipt.pages[page].rows.remove(at);
                receipt.pages[page]
                    .others
                    .insert(usize::from(index) - at, row.leaf_hash());
            },
        ),
        changed(
            "row-of-another-schedule",
            "root-mismatch",
            "duty-receipt R3",
            "a lower rate",
            |receipt| {
                let (page, at) = told(receipt);
                receipt.pages[page].rows[at].1 = line("61091000", &["H87"], vec![measure(Mfn, "1%")]);
            },
        ),
        changed(
            "row-at-another-place",
            "form",
            "duty-receipt R3",
            "an index beyond the page",
            |receipt| {
                let (page, at) = told(receipt);
                receipt.pages[page].rows[at].0 = 127;
            },
        ),
        changed("path-cut", "path-length", "duty-receipt R3", "no hash", |receipt| {
            receipt.pages[0].path.clear()
        }),
        changed(
            "pages-twice",
            "absent",
            "duty-receipt R3",
            "a page is told twice",
            |receipt| {
                let page = receipt.pages[0].clone();
                receipt.pages.insert(0, page);
            },
        ),
        changed("page-without-rows", "row-count", "duty-receipt R3", "", |receipt| {
            receipt.pages[0].rows.clear();
            receipt.pages[0].others.clear();
        }),
        changed(
            "other-edition",
            "root-mismatch",
            "duty-receipt R3",
            "an edition of other rows",
            |receipt| {
                let mut edition = shirts().edition;
                edition.trees.rates.root.0[0] ^= 1;
                receipt.record = schedule::record(&edition);
            },
        ),
        changed(
            "not-an-edition",
            "kind",
            "duty-receipt R1",
            "the record is a pulse",
            |receipt| {
                let pulse = Pulse { sequence: 7 }.draft(read("US"), schedule::PUBLISHED);
                receipt.record = pulse.sign(&SecretKey::from_seed(&[7; 32])).expect("a record");
            },
        ),
        changed(
            "not-known-yet",
            "not-published",
            "quote R1",
            "asked before the edition was published",
            |receipt| {
                receipt.request.known.0 = schedule::PUBLISHED.0 - 1;
            },
        ),
        spoilt("later-format", "format", "duty-receipt R1", "", &other_format),
        spoilt("cut", "cbor-truncated", "record R2", "", &whole[..whole.len() - 1]),
        spoilt(
            "one-byte-more",
            "cbor-trailing",
            "record R2",
            "",
            &[&whole[..], &[0]].concat(),
        ),
    ]
}
