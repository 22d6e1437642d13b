//! Whether a quota has enough for the goods.

use super::QuoteError;
use super::goods::Goods;
use super::rows::entry;
use crate::row::{Entry, Quota, QuotaMethod};
use crate::{ComputeError, Measured, RowKey, Token};
use ewtp_record::Date;
use ewtp_record::edition::MeasureKind;

/// How many days a balance tells what is left: whoever declares first draws on it, every day.
// spec: quote R12
const BALANCE_DAYS_MAX: u32 = 7;

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Balance {
    Enough,
    None,
    Unknown,
}

/// Whether a quota has enough for the goods.
// spec: quote R12
pub(super) fn has_balance(goods: &Goods<'_>, id: &Token) -> Result<Balance, QuoteError> {
    let Some(Entry::Quota(quota)) = entry(goods.rows, &RowKey::Quota(*id))? else {
        return Ok(Balance::Unknown);
    };
    let day = goods.day();
    if !quota.validity.holds_on(day) || quota.volume.is_zero() {
        return Ok(Balance::None);
    }
    let Some((left, counted)) = &quota.balance else {
        return Ok(Balance::Unknown);
    };
    if !is_of_period(quota, *counted, day) {
        return Ok(Balance::Unknown);
    }
    // What is used up within a period stays so, however long ago that was.
    if left.is_zero() {
        return Ok(Balance::None);
    }
    let is_old = day.days() - counted.days() > BALANCE_DAYS_MAX;
    if is_old || quota.is_critical || quota.method == QuotaMethod::Licence {
        return Ok(Balance::Unknown);
    }
    let missing = || QuoteError::Missing {
        needing: Some(MeasureKind::InQuota),
        missing: ComputeError::Quantity(Measured {
            component: None,
            unit: quota.unit,
            on: None,
        }),
    };
    let quantity = goods.request.quantities.get(&(quota.unit, None));
    Ok(if quantity.ok_or_else(missing)? <= left {
        Balance::Enough
    } else {
        Balance::Unknown
    })
}

/// Whether what was counted on a day speaks of the period of the goods, and not of their future.
fn is_of_period(quota: &Quota, counted: Date, day: Date) -> bool {
    counted <= day && quota.validity.holds_on(counted) && quota.period.holds_both(counted, day)
}
