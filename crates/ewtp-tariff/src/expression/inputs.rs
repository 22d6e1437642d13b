//! What an expression is computed from.

use super::{Applied, Base, Basis, ComputeError, Expression, Reference, Sign};
use crate::{Exact, Token};
use ewtp_record::{Currency, UnitCode};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How much of the goods there is in a unit: as a whole, or of a measured content.
pub type Quantities = BTreeMap<(UnitCode, Option<Token>), Exact>;

/// Gives the expression that a reference means, chosen for the goods as the schedule says, where it is added to the whole, or taken off.
///
/// A reference that leads nowhere is [`ComputeError::Duty`]; one that only a person can follow,
/// [`ComputeError::NeedsPerson`].
pub type DutyOf<'a> = dyn Fn(Reference, Sign) -> Result<Cow<'a, Expression>, ComputeError> + 'a;

/// What is known of the goods. Values and amounts are in whole units of [`Inputs::currency`].
// spec: duty-expression R18
#[derive(Clone)]
pub struct Inputs<'a> {
    /// The currency of the edition, in which the answer is.
    pub currency: Currency,
    /// The values of the goods, as far as they are known.
    pub values: BTreeMap<Basis, Exact>,
    /// The quantities, as far as they are known.
    pub quantities: Quantities,
    /// The parts of composite goods, by name.
    pub components: BTreeMap<Token, Part>,
    /// The amounts of the measures applied before this one.
    pub earlier: Applied,
    /// How many distinct six-digit subheadings the goods have; of a line of a consignment its part of its own (quote R17).
    pub subheadings: Option<Exact>,
    /// Units of the edition's currency for one unit of another.
    pub exchange: BTreeMap<Currency, Exact>,
    /// The expressions of other lines.
    pub duty: &'a DutyOf<'a>,
}

/// A part of composite goods: the strap of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its value.
    pub value: Exact,
    /// Its quantities, as far as they are known.
    pub quantities: Quantities,
}

impl<'a> Inputs<'a> {
    /// Goods of this customs value of which nothing else is known.
    #[must_use]
    pub fn of_value(currency: Currency, customs_value: Exact, duty: &'a DutyOf<'a>) -> Self {
        Self {
            currency,
            values: BTreeMap::from([(Basis::CustomsValue, customs_value)]),
            quantities: Quantities::new(),
            components: BTreeMap::new(),
            earlier: Applied::default(),
            subheadings: None,
            exchange: BTreeMap::new(),
            duty,
        }
    }

    /// The value that a percentage is of, with the amounts that are added to it.
    ///
    /// # Errors
    /// A value that is not given, an amount before that is open, or a number beyond [`Exact::BITS_MAX`].
    // spec: duty-expression R9, R23
    pub fn base(&self, base: &Base) -> Result<Exact, ComputeError> {
        let value = self.values.get(&base.basis).ok_or(ComputeError::Basis(base.basis))?;
        let earlier = self.earlier.sum(&base.plus)?;
        (value + &earlier).within_bits().ok_or(ComputeError::Bits)
    }
}
