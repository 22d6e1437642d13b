//! Verdicts on duty receipts that are shown with other editions: what is told of those that correct the receipt's.

use super::bundles::one_line;
use super::trade::{Trade, asked};
use ewtp_record::{Edition, Record, UnixTime};
use ewtp_tariff::Receipt;
use ewtp_vectors::Case;
use ewtp_verify::Bundle;

/// Shirts in Malaysia, asked at this time; corrections are published some seconds before or after it.
struct Desk {
    trade: Trade,
    receipt: Receipt,
    known: UnixTime,
}

impl Desk {
    fn open() -> Self {
        let trade = Trade::of(&["61091000"]);
        let known = asked("61091000").known;
        let receipt = trade.receipts[0].clone();
        Self { trade, receipt, known }
    }

    /// The receipt shown with these bundles, of which this is told.
    fn case(self, name: &'static str, note: &'static str, editions: &[Bundle], told: &str) -> Case {
        self.case_of("duty-receipt R8", name, note, editions, told)
    }

    /// The same, of another rule.
    fn case_of(
        self,
        rule: &'static str,
        name: &'static str,
        note: &'static str,
        editions: &[Bundle],
        told: &str,
    ) -> Case {
        let files: Vec<_> = editions.iter().map(|bundle| hex::encode(bundle.encode())).collect();
        Case::good("duty-verdict", name, rule, note)
            .with("policy", one_line(&self.trade.lab.policy().to_json()))
            .with("now", self.trade.lab.now().0)
            .with("editions", files.join(" "))
            .with("corrections", told)
            .body(self.receipt.encode())
    }

    /// The edition `2026-rev-1a`, which corrects that of the receipt.
    fn correction(&self, published: UnixTime, change: impl FnOnce(&mut Edition)) -> Record {
        self.trade
            .correction("2026-rev-1a", &self.trade.edition, published, change)
    }
}

/// One correction, published so many seconds after the time of which the receipt speaks, or before it.
fn corrected(name: &'static str, note: &'static str, seconds: i64, told: &str) -> Case {
    changed(name, note, (seconds, told), |_| {})
}

fn changed(
    name: &'static str,
    note: &'static str,
    (seconds, told): (i64, &str),
    change: impl FnOnce(&mut Edition),
) -> Case {
    let mut desk = Desk::open();
    let record = desk.correction(UnixTime(desk.known.0.saturating_add_signed(seconds)), change);
    let bundle = desk.trade.bundle_of(&record);
    desk.case(name, note, &[bundle], told)
}

/// A receipt with the bundle of a correction as its evidence.
fn with_other_evidence() -> Case {
    let mut desk = Desk::open();
    let record = desk.correction(UnixTime(desk.known.0 - 5), |_| {});
    desk.receipt.evidence = Some(desk.trade.bundle_of(&record).encode().into());
    let name = "evidence-of-another-record";
    desk.case_of("duty-receipt R2", name, "the bundle is of a correction", &[], "-")
        .refused("invalid")
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        with_other_evidence(),
        corrected("corrected-since", "published later", 20, "2026-rev-1a counts-since"),
        corrected("corrected-before", "published before", -5, "2026-rev-1a counted-then"),
        changed(
            "corrected-for-another-day",
            "in force from a day after that of the receipt",
            (20, "2026-rev-1a another-day"),
            |edition| edition.in_force = "2026-12-01".parse().expect("a day"),
        ),
        changed(
            "other-territory",
            "an edition of another territory",
            (20, "-"),
            |edition| edition.territory = "SG".to_owned(),
        ),
        changed(
            "later-edition",
            "the next edition, which corrects none",
            (20, "-"),
            |edition| {
                edition.corrects = None;
            },
        ),
        corrected_twice(),
        unproven(),
        changed(
            "correction-out-of-its-chain",
            "its number is not one above that of the edition before it, which is the receipt's (edition R4)",
            (20, "2026-rev-1a unproven"),
            |edition| edition.number = 3,
        ),
        behind_the_edition_before(),
        out_of_its_chain(),
        forged(),
    ]
}

fn corrected_twice() -> Case {
    let mut desk = Desk::open();
    let first = desk.correction(desk.known.plus(20), |_| {});
    let second = desk
        .trade
        .correction("2026-rev-1b", &first, desk.known.plus(30), |edition| edition.number = 3);
    let bundles = [second, first].map(|record| desk.trade.bundle_of(&record));
    let told = "2026-rev-1a counts-since, 2026-rev-1b counts-since";
    desk.case("corrected-twice", "the correction was corrected", &bundles, told)
}

fn unproven() -> Case {
    let mut desk = Desk::open();
    let record = desk.correction(desk.known.plus(20), |_| {});
    let bundle = Bundle {
        receipt: None,
        ..desk.trade.bundle_of(&record)
    };
    desk.case(
        "correction-not-logged",
        "its bundle has no receipt",
        &[bundle],
        "2026-rev-1a unproven",
    )
}

/// A receipt of the second edition, shown with the first.
fn behind_the_edition_before() -> Case {
    of_second("edition-before-shown", "the edition before it is shown", 2)
}

/// The same, of an edition that calls itself the third.
fn out_of_its_chain() -> Case {
    of_second(
        "out-of-its-chain",
        "the edition before it is shown, and has another number (edition R4)",
        3,
    )
    .refused("invalid")
}

fn of_second(name: &'static str, note: &'static str, number: u32) -> Case {
    let mut desk = Desk::open();
    let first = desk.trade.edition.clone();
    let second = desk.correction(UnixTime(desk.known.0 - 5), |edition| edition.number = number);
    let bundles = [&first, &second].map(|record| desk.trade.bundle_of(record));
    let [before, evidence] = bundles;
    desk.receipt = desk.trade.receipt_of(&second, &asked("61091000"), &evidence);
    desk.case(name, note, &[before], "-")
}

fn forged() -> Case {
    let mut desk = Desk::open();
    let record = desk.correction(desk.known.plus(20), |_| {});
    let bundle = desk.trade.bundle_of(&record);
    desk.receipt.answer.sum += 1;
    desk.case(
        "corrected-and-forged",
        "a cent more",
        &[bundle],
        "2026-rev-1a counts-since",
    )
    .refused("invalid")
}
