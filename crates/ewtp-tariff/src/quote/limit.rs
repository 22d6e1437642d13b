//! Whether the goods are within the limit of a relief: each item, the consignment, or what a person received.

use super::QuoteError;
use super::goods::Goods;
use crate::row::{LimitPer, Relief};
use crate::{Basis, ComputeError, Exact};
use ewtp_record::UnitCode;

/// Whether the goods are within the limit.
///
/// # Errors
/// An input that is missing for the answer.
// spec: quote R13
pub(super) fn is_within_limit(goods: &Goods<'_>, relief: &Relief) -> Result<bool, QuoteError> {
    let Some(limit) = &relief.limit else { return Ok(true) };
    let limit = goods.in_own_currency(limit)?;
    Ok(match relief.per {
        LimitPer::Item => return is_item_within(goods, relief.basis, &limit),
        LimitPer::Consignment => of_consignment(goods, relief.basis)? <= limit,
        LimitPer::PersonDay | LimitPer::PersonMonth | LimitPer::PersonYear => {
            &of_consignment(goods, relief.basis)? + &received(goods)? <= limit
        }
    })
}

/// What the same person received before.
fn received(goods: &Goods<'_>) -> Result<Exact, QuoteError> {
    let before = goods.request.received.as_ref();
    let before = before.map(|money| goods.in_own_currency(money)).transpose()?;
    Ok(before.unwrap_or_else(Exact::zero))
}

const fn missing(missing: ComputeError) -> QuoteError {
    QuoteError::Missing { needing: None, missing }
}

fn of_line(goods: &Goods<'_>, basis: Basis) -> Result<Exact, QuoteError> {
    goods
        .values
        .get(&basis)
        .cloned()
        .ok_or_else(|| missing(ComputeError::Basis(basis)))
}

/// The value of one item. Of goods that are not counted no item is worth more than all of them.
fn is_item_within(goods: &Goods<'_>, basis: Basis, limit: &Exact) -> Result<bool, QuoteError> {
    let value = of_line(goods, basis)?;
    let items = goods.request.quantities.get(&(piece(), None));
    match items.and_then(|items| value.checked_div(items)) {
        Some(of_one) => Ok(of_one <= *limit),
        None if value <= *limit => Ok(true),
        None => Err(QuoteError::Items),
    }
}

fn piece() -> UnitCode {
    "H87".parse().expect("pieces are of the list of units")
}

fn of_consignment(goods: &Goods<'_>, basis: Basis) -> Result<Exact, QuoteError> {
    let mut sum = of_line(goods, basis)?;
    for line in &goods.request.consignment {
        let mut known = line
            .values
            .known(goods.edition.valuation, |money| goods.in_own_currency(money))?;
        sum = &sum
            + &known
                .remove(&basis)
                .ok_or_else(|| missing(ComputeError::Basis(basis)))?;
    }
    Ok(sum)
}
