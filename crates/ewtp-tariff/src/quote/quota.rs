//! Whether a quota has enough for the goods.

use super::QuoteError;
use super::goods::Goods;
use super::rows::entry;
use crate::row::{Entry, Measure, Quota, QuotaMethod};
use crate::{ComputeError, Measured, RowKey, Token};
use ewtp_record::Date;
use ewtp_record::edition::MeasureKind;

/// How many days a balance tells what is left: whoever declares first draws on it, every day.
// spec: quote R12
const BALANCE_DAYS_MAX: u32 = 7;

/// Whether a measure is drawn from a quota that the goods claim, and of which nothing is left: it is as if it were not there.
// spec: quote R12
pub(super) fn is_used_up(goods: &Goods<'_>, measure: &Measure) -> Result<bool, QuoteError> {
    let Some(id) = measure.quota.filter(|id| goods.request.quota == Some(*id)) else {
        return Ok(false);
    };
    let (Some(quota), day) = (quota(goods, &id)?, goods.day()) else {
        return Ok(false);
    };
    if !quota.validity.holds_on(day) || quota.volume.is_zero() {
        return Ok(true);
    }
    // What is used up within a period stays so, however long ago that was.
    let balance = quota.balance.as_ref();
    Ok(balance.is_some_and(|(left, counted)| left.is_zero() && is_of_period(quota, *counted, day)))
}

/// Whether a quota that is not used up is known to have enough for the goods; else only a person can say.
// spec: quote R12
pub(super) fn has_enough(goods: &Goods<'_>, id: &Token) -> Result<bool, QuoteError> {
    let (Some(quota), day) = (quota(goods, id)?, goods.day()) else {
        return Ok(false);
    };
    let Some((left, counted)) = &quota.balance else {
        return Ok(false);
    };
    let is_told = is_of_period(quota, *counted, day) && day.days() - counted.days() <= BALANCE_DAYS_MAX;
    if !is_told || quota.is_critical || quota.method == QuotaMethod::Licence {
        return Ok(false);
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
    Ok(quantity.ok_or_else(missing)? <= left)
}

fn quota<'a>(goods: &Goods<'a>, id: &Token) -> Result<Option<&'a Quota>, QuoteError> {
    Ok(match entry(goods.rows, &RowKey::Quota(*id))? {
        Some(Entry::Quota(quota)) => Some(quota),
        _ => None,
    })
}

/// Whether what was counted on a day speaks of the period of the goods, and not of their future.
fn is_of_period(quota: &Quota, counted: Date, day: Date) -> bool {
    counted <= day && quota.validity.holds_on(counted) && quota.period.holds_both(counted, day)
}
