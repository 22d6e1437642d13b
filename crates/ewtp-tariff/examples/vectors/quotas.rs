//! Duties within quotas.

use super::quotes::{answered, asked};
use super::unquoted::refused;
use crate::schedule::{self, Schedule, line, measure, read, row, with_quantity};
use ewtp_record::edition::{MeasureKind, Valuation};
use ewtp_tariff::RowKey;
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::{Entry, Quota, QuotaMethod, QuotaPeriod, Validity};
use ewtp_vectors::Case;

use MeasureKind::{InQuota, Mfn, Safeguard};

/// A duty within a quota, for 40 kg on 1 July 2026.
pub(crate) fn all() -> Vec<Case> {
    let mut asked = with_quantity(asked(), "40 KGM");
    let of = |change: &dyn Fn(&mut Quota)| {
        let mut quota = Quota {
            volume: 1_000.into(),
            unit: read("KGM"),
            period: QuotaPeriod::Quarter,
            method: QuotaMethod::FirstCome,
            is_critical: false,
            balance: Some((500.into(), read("2026-07-01"))),
            validity: Validity::ALWAYS,
        };
        change(&mut quota);
        let mut within = measure(InQuota, "1%");
        within.quota = Some(read("q-094003"));
        let rows = vec![
            line("61091000", &["KGM"], vec![measure(Mfn, "16.5%"), within]),
            row(RowKey::Quota(read("q-094003")), Entry::Quota(quota)),
        ];
        schedule::schedule("US", Valuation::Fob, "USD", rows)
    };
    let counted = |left: i64, day: &str| {
        let balance = Some((left.into(), read(day)));
        of(&|quota| quota.balance.clone_from(&balance))
    };
    let no_quantity = of(&|_| {});
    let safeguarded = |left: i64| {
        let mut within = measure(Safeguard, "free");
        within.quota = Some(read("q-094003"));
        let measures = vec![measure(Mfn, "16.5%"), within, measure(Safeguard, "25%")];
        let quotas = counted(left, "2026-07-01").trees;
        let quotas = quotas
            .rates
            .rows()
            .filter(|row| matches!(row.key(), RowKey::Quota(_)))
            .cloned();
        let rows = quotas.chain([line("61091000", &["KGM"], measures)]);
        schedule::schedule("US", Valuation::Fob, "USD", rows.collect())
    };
    let unclaimed = answered(
        "quota-unclaimed",
        "quote R12",
        "no quota is claimed",
        &of(&|_| {}),
        &asked,
    );
    asked.quota = Some(read("q-094003"));
    let case = |name, note, schedule: &Schedule| answered(name, "quote R12", note, schedule, &asked);
    let by_year = of(&|quota| {
        quota.period = QuotaPeriod::Year;
        quota.balance = Some((500.into(), read("2026-06-24")));
    });
    let older = of(&|quota| {
        quota.period = QuotaPeriod::Year;
        quota.balance = Some((500.into(), read("2026-06-23")));
    });
    vec![
        unclaimed,
        refused(
            "quota-quantity-missing",
            "no-quantity",
            "duty-expression R10",
            &no_quantity,
            &Request {
                quantities: ewtp_tariff::Quantities::new(),
                ..asked.clone()
            },
        ),
        case("quota-enough", "500 kg are left", &of(&|_| {})),
        case("quota-seven-days", "counted seven days before", &by_year),
        case("quota-old-balance", "counted eight days before", &older),
        case(
            "quota-earlier-period",
            "counted in the quarter before",
            &counted(500, "2026-06-30"),
        ),
        case(
            "quota-later-balance",
            "counted the day after",
            &counted(500, "2026-07-02"),
        ),
        case("quota-too-little", "39 kg are left", &counted(39, "2026-07-01")),
        case("quota-used-up", "nothing is left", &counted(0, "2026-07-01")),
        case(
            "safeguard-within-quota",
            "free as far as the quota reaches",
            &safeguarded(500),
        ),
        case(
            "safeguard-quota-used-up",
            "the duty outside of the quota",
            &safeguarded(0),
        ),
        refused(
            "safeguard-quantity-missing",
            "no-quantity",
            "duty-expression R10",
            &safeguarded(500),
            &Request {
                quantities: ewtp_tariff::Quantities::new(),
                ..asked.clone()
            },
        ),
        case(
            "quota-without-balance",
            "nobody counted",
            &of(&|quota| quota.balance = None),
        ),
        case(
            "quota-critical",
            "nearly used up",
            &of(&|quota| quota.is_critical = true),
        ),
        case(
            "quota-by-licence",
            "whoever has a licence draws on it",
            &of(&|quota| quota.method = QuotaMethod::Licence),
        ),
        case(
            "quota-over",
            "the quota ended the day before",
            &of(&|quota| quota.validity.to = Some(read("2026-06-30"))),
        ),
    ]
}
