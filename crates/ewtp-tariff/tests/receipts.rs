//! What a duty receipt proves, and that nothing else passes for it.

mod schedule;

use MeasureKind::{Additional, Mfn, Preference};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_record::{Record, SecretKey};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::Taxes;
use ewtp_tariff::{Basis, Receipt, ReceiptError, Row};
use proptest::prelude::*;
use schedule::{Narrow, Schedule, group, line, measure, read, relief, request, row};

/// Some pages of lines around the shirts.
fn united_states(count: u32) -> Schedule {
    let mut rows: Vec<Row> = (0..count)
        .map(|at| line(&format!("{}", 61_080_000 + at * 7), &["H87"], vec![measure(Mfn, "5%")]))
        .collect();
    rows.extend([
        line(
            "61091000",
            &["H87"],
            vec![
                measure(Mfn, "16.5% + 1 EUR"),
                measure(Additional, "duty(99038815, additional)").to(&["CN"]),
                measure(Preference, "free").to(&["us-AU"]),
            ],
        ),
        line("99038815", &[], vec![measure(Additional, "7.5%").to(&["CN"])]),
        group("us-AU", &["AU"]),
        relief("section-321", Taxes::Both, "800.00 USD", Basis::Fob, |relief| {
            relief.except = vec![read("CN")];
            relief.validity.to = Some(read("2025-08-28"));
        }),
        row(
            ewtp_tariff::RowKey::Exchange(read("EUR"), read("2026-01-01")),
            ewtp_tariff::row::Entry::Exchange(read("1.1")),
        ),
    ]);
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

fn asked() -> Request {
    request("US", "61091000", "CN", "2026-07-01", "1000.00 USD")
}

fn record(schedule: &Schedule) -> Record {
    schedule::record(&schedule.edition)
}

fn issued(count: u32) -> Receipt {
    let schedule = united_states(count);
    let (quote, receipt) = Receipt::issue(&record(&schedule), &schedule.trees, &asked()).expect("a receipt");
    assert_eq!(quote.sum, 16_500 + 110 + 7_500);
    receipt
}

#[test]
fn a_receipt_replays_to_the_same_cent_from_nothing_else() {
    for count in [0, 1, 40, 3_000] {
        let receipt = issued(count);
        let bytes = receipt.encode();
        let read = Receipt::decode(&bytes).expect("a receipt");
        assert_eq!(read.encode(), bytes);
        assert!(Receipt::is_meant(&bytes));
        let schedule = united_states(count);
        assert_eq!(
            read.replay(),
            schedule.quote(&asked()).map_err(ReceiptError::from),
            "{count} other lines"
        );
    }
}

#[test]
fn a_receipt_of_a_whole_schedule_stays_small() {
    let bytes = issued(10_000).encode().len();
    assert!(bytes < 24 * 1024, "{bytes} bytes");
}

#[test]
fn no_other_byte_replays_with_another_amount() {
    let receipt = issued(40);
    let (bytes, sum) = (receipt.encode(), receipt.answer.sum);
    let (mut refused, mut same) = (0, 0);
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut other = bytes.clone();
            other[at] ^= bit;
            match Receipt::decode(&other).and_then(|receipt| receipt.replay()) {
                Ok(quote) => {
                    assert_eq!(quote.sum, sum, "byte {at}");
                    same += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    // The signature, and inputs that no measure asks for, change no amount; whose signature it is, is verified elsewhere.
    assert!(
        refused > same * 10,
        "{refused} refused, {same} replayed to the same amount"
    );
}

#[test]
fn a_forged_amount_is_named_where_it_differs() {
    let mut receipt = issued(40);
    receipt.answer.lines[1].amount -= 1;
    receipt.answer.sum -= 1;
    let error = receipt.replay().unwrap_err();
    let text = "amount 2, amount in minor units: the receipt says 7499, the schedule gives 7500";
    assert_eq!((error.code(), error.to_string().as_str()), ("differs", text));
}

#[test]
fn an_input_that_was_changed_gives_another_answer() {
    let mut receipt = issued(40);
    receipt.request.values.price = Some(read("10.00 USD"));
    let error = receipt.replay().unwrap_err();
    let text = "amount 1, amount before rounding: the receipt says 166.1, the schedule gives 2.75";
    assert_eq!(error.to_string(), text);
}

#[test]
fn no_row_can_be_left_out_or_put_in() {
    let receipt = issued(40);
    for page in 0..receipt.pages.len() {
        let mut without = receipt.clone();
        without.pages.remove(page);
        let code = without.replay().unwrap_err().code();
        assert_eq!(code, "unproven", "page {page}");
        for at in 0..receipt.pages[page].rows.len() {
            let mut without = receipt.clone();
            let (index, row) = without.pages[page].rows.remove(at);
            // As its hash, the row is still in the page; but what it says is not told.
            let place = usize::from(index) - at;
            without.pages[page].others.insert(place, row.leaf_hash());
            assert_eq!(
                without.replay().unwrap_err().code(),
                "unproven",
                "page {page}, row {index}"
            );
        }
    }
    let mut other = receipt.clone();
    let row = line("61091000", &["H87"], vec![measure(Mfn, "1%")]);
    let place =
        |page: &ewtp_tariff::receipt::ProvenPage| page.rows.iter().position(|(_, told)| told.key() == row.key());
    let page = receipt
        .pages
        .iter()
        .position(|page| place(page).is_some())
        .expect("the line is told");
    let at = place(&receipt.pages[page]).expect("it is in this page");
    other.pages[page].rows[at].1 = row;
    assert_eq!(other.replay().unwrap_err().code(), "root-mismatch");
}

#[test]
fn another_edition_of_the_same_rows_is_refused() {
    let schedule = united_states(40);
    let mut other = united_states(41);
    other.edition.number = 1;
    let error = Receipt::issue(&record(&other), &schedule.trees, &asked()).unwrap_err();
    assert_eq!(error.code(), "root-mismatch");
    let mut receipt = issued(40);
    receipt.record = record(&other);
    assert_eq!(receipt.replay().unwrap_err().code(), "root-mismatch");
    let pulse = ewtp_record::Pulse { sequence: 7 }.draft(read("US"), schedule::PUBLISHED);
    receipt.record = pulse.sign(&SecretKey::from_seed(&[7; 32])).expect("a record");
    assert_eq!(receipt.replay().unwrap_err().code(), "kind");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_quote_replays(count in 0_u32..300, at in 0_u32..300, origin in 0_usize..3, day in 0_usize..3, price in 1_i64..200_000) {
        let schedule = united_states(count);
        let code = if at < count { format!("{}", 61_080_000 + at * 7) } else { "61091000".to_owned() };
        let day = ["2025-08-28", "2026-01-01", "2026-07-01"][day];
        let price = ewtp_record::Money { minor: price, currency: read("USD") }.to_string();
        let asked = request("US", &code, ["CN", "AU", "VN"][origin], day, &price);
        let (quote, receipt) = Receipt::issue(&record(&schedule), &schedule.trees, &asked).unwrap();
        let replayed = Receipt::decode(&receipt.encode()).and_then(|receipt| receipt.replay());
        prop_assert_eq!(replayed, Ok(quote));
    }

    #[test]
    fn no_bytes_make_the_reader_stumble(mut bytes in Just(issued(3).encode()), edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(quote) = Receipt::decode(&bytes).and_then(|receipt| receipt.replay()) {
            prop_assert_eq!(quote.sum, 16_500 + 110 + 7_500);
        }
    }
}
