//! Duties within a quota: whether it has enough, and what counts when it has nothing left.

use crate::schedule::{Narrow, measure, read, request, row, with_quantity};
use crate::{SHIRT, asked, reasons, with_rows};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::quote::Need;
use ewtp_tariff::row::{Entry, Measure, Quota, QuotaMethod, QuotaPeriod};
use ewtp_tariff::{Row, RowKey};

use MeasureKind::{InQuota, Mfn, Safeguard};

fn quota(balance: Option<(&str, &str)>) -> Row {
    quota_of(QuotaPeriod::Year, balance)
}

fn quota_of(period: QuotaPeriod, balance: Option<(&str, &str)>) -> Row {
    let quota = Quota {
        volume: 1_000.into(),
        unit: read("KGM"),
        period,
        method: QuotaMethod::FirstCome,
        is_critical: false,
        balance: balance.map(|(left, day)| (read(left), read(day))),
        validity: ewtp_tariff::row::Validity::ALWAYS,
    };
    row(RowKey::Quota(read("q-094003")), Entry::Quota(quota))
}

/// The duty for everyone, and a lower one within a quota.
fn within() -> Vec<Measure> {
    let mut within = measure(InQuota, "1%");
    within.quota = Some(read("q-094003"));
    vec![measure(Mfn, "16.5%"), within]
}

#[test]
fn a_balance_speaks_for_its_period_and_for_seven_days() {
    use QuotaPeriod::{Month, Quarter, Whole, Year};
    let answer = |period: QuotaPeriod, left: &str, counted: &str, on: &str| {
        let schedule = with_rows(within(), vec![quota_of(period, Some((left, counted)))]);
        let mut claimed = with_quantity(request("US", SHIRT, "CN", on, "1000.00 USD"), "40 KGM");
        claimed.quota = Some(read("q-094003"));
        let quote = schedule.quote(&claimed).unwrap();
        let open = || quote.needs_person[0].reason.code().to_owned();
        quote.total().map_or_else(open, |total| total.to_string())
    };
    let (granted, full, open) = ("10.00 USD", "165.00 USD", "unknown-balance");
    for (period, left, counted, on, expected) in [
        (Year, "500", "2026-06-24", "2026-07-01", granted),
        (Year, "500", "2026-06-23", "2026-07-01", open),
        (Year, "500", "2025-12-31", "2026-01-01", open),
        (Whole, "500", "2025-12-31", "2026-01-01", granted),
        (Quarter, "500", "2026-05-31", "2026-06-01", granted),
        (Quarter, "500", "2026-06-30", "2026-07-01", open),
        (Month, "500", "2026-06-01", "2026-06-02", granted),
        (Month, "500", "2026-05-31", "2026-06-01", open),
        (Year, "500", "2026-07-02", "2026-07-01", open),
        (Year, "0", "2026-01-01", "2026-12-31", full),
        (Month, "0", "2026-05-31", "2026-06-01", open),
    ] {
        assert_eq!(
            answer(period, left, counted, on),
            expected,
            "{period} {left} {counted} {on}"
        );
    }
}

#[test]
fn a_quota_counts_with_a_balance_that_holds_the_goods() {
    let mut claimed = with_quantity(asked(), "40 KGM");
    let schedule = with_rows(within(), vec![quota(Some(("500", "2026-06-30")))]);
    let quote = schedule.quote(&claimed).unwrap();
    assert_eq!(quote.total().unwrap().to_string(), "165.00 USD", "not claimed");
    assert_eq!(quote.alternatives[0].needs, [Need::Quota(read("q-094003"))]);
    claimed.quota = Some(read("q-094003"));
    assert_eq!(schedule.total(&claimed), "10.00");
    for (balance, answer) in [
        (None, "unknown-balance"),
        (Some(("39", "2026-06-30")), "unknown-balance"),
    ] {
        assert_eq!(reasons(&with_rows(within(), vec![quota(balance)]), &claimed), [answer]);
    }
    let used_up = with_rows(within(), vec![quota(Some(("0", "2026-06-30")))]);
    assert_eq!(used_up.total(&claimed), "165.00");
}

/// A safeguard duty on all goods, and none within the quota.
fn safeguarded() -> [Measure; 3] {
    let mut within = measure(Safeguard, "free");
    within.quota = Some(read("q-094003"));
    [measure(Mfn, "5%"), within, measure(Safeguard, "25%")]
}

#[test]
fn a_used_up_quota_leaves_the_duty_outside_of_it() {
    let mut claimed = with_quantity(asked(), "40 KGM");
    claimed.quota = Some(read("q-094003"));
    let of = |measures: &[Measure], balance| with_rows(measures.to_vec(), vec![quota(Some((balance, "2026-06-30")))]);
    let narrow = safeguarded().map(|measure| match measure.quota {
        Some(_) => measure.papers(&["D1"]).to(&["CN"]),
        None => measure,
    });
    for measures in [safeguarded(), narrow] {
        assert_eq!(of(&measures, "500").total(&claimed), "50.00");
        assert_eq!(of(&measures, "0").total(&claimed), "300.00");
        claimed.documents.insert(read("D1"));
    }
    // A paper of the measure that is not there chooses nothing.
    let papered = safeguarded().map(|measure| match measure.quota {
        Some(_) => measure.papers(&["D1"]),
        None if measure.kind == Safeguard => measure.papers(&["D2"]),
        None => measure,
    });
    assert_eq!(of(&papered, "0").total(&claimed), "300.00");
}
