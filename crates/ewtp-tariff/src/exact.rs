//! Exact numbers: fractions of whole numbers, so that 33 1/3 % stays what the law says. There is no float in this house.
//!
//! Sums, products and quotients are exact; only [`Exact::round`] loses anything, and only where an edition says how.

mod fraction;

use ewtp_record::edition::RoundingMode;
use ewtp_record::{Money, ValueError};
use fraction::Fraction;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::ops::{Add, Mul, Sub};
use std::{fmt, str::FromStr};

/// A rational number in lowest terms. Prints `16.5`, or `100/3` when no decimal ends; only that spelling parses.
///
/// What people write, such as `33 1/3` or `16.50`, is taken by [`Exact::read`].
// spec: duty-expression R1
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(Fraction);

impl Exact {
    /// Digits of a number that is read: of its decimal, or of each part of its fraction.
    pub const DIGITS_MAX: usize = 15;

    /// Bits of each part of the fraction that a computation may come to: far beyond every law, and few enough that no
    /// schedule makes a reader divide for minutes.
    // spec: duty-expression R23
    pub const BITS_MAX: u64 = 2_048;

    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self(Fraction::whole(0))
    }

    /// `numerator` parts of `denominator`, or `None` for a denominator of 0.
    #[must_use]
    pub fn fraction(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then(|| Self(Fraction::of(numerator, denominator)))
    }

    /// `mantissa` × 10^−`places`: the number that decimals and money carry.
    #[must_use]
    pub fn decimal(mantissa: i64, places: u8) -> Self {
        Self(Fraction::decimal(mantissa, places))
    }

    /// Money in whole units of its currency: 12.5 for `12.50 USD`.
    #[must_use]
    pub fn of_money(money: &Money) -> Self {
        Self::decimal(money.minor, money.currency.minor_digits())
    }

    /// Whether this is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is below 0.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// This many percent of `base`.
    #[must_use]
    pub fn percent_of(&self, base: &Self) -> Self {
        Self(self.0.times(&base.0).over(&Fraction::whole(100)))
    }

    /// The quotient, or `None` when `divisor` is 0.
    #[must_use]
    pub fn checked_div(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| Self(self.0.over(&divisor.0)))
    }

    /// The multiple of `step` that `mode` chooses.
    ///
    /// Money is rounded in minor units, so that a step is a whole number of them: 1 for the cent, 100 for the whole unit.
    // spec: duty-expression R2
    #[must_use]
    pub fn round(&self, mode: RoundingMode, step: NonZeroU32) -> Self {
        Self(self.0.rounded(mode, step.get()))
    }

    /// This number if it is whole and fits: minor units after rounding.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }

    /// A number as people write it: beside the canonical spelling `16.50`, `.5`, `33 1/3` and `200/6`.
    ///
    /// # Errors
    /// For another text, a denominator of 0, and more than [`Exact::DIGITS_MAX`] digits.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |unsigned| (-1, unsigned));
        let number = read_unsigned(unsigned).map(|number| &number * &Self::from(sign));
        number.filter(Self::is_within_bounds).ok_or_else(|| fault(text))
    }

    /// Whether this number can be written in [`Exact::DIGITS_MAX`] digits.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        let text = self.to_string();
        let mut parts = text
            .split('/')
            .map(|part| part.bytes().filter(u8::is_ascii_digit).count());
        parts.all(|digits| digits <= Self::DIGITS_MAX)
    }

    /// This number, unless a part of its fraction has more than [`Exact::BITS_MAX`] bits.
    #[must_use]
    pub fn within_bits(self) -> Option<Self> {
        (self.0.bits() <= Self::BITS_MAX).then_some(self)
    }
}

fn read_unsigned(text: &str) -> Option<Exact> {
    let Some((numerator, denominator)) = text.split_once('/') else {
        return read_decimal(text);
    };
    let denominator = digits(denominator)?;
    let Some((whole, numerator)) = numerator.split_once(' ') else {
        return Exact::fraction(digits(numerator)?, denominator);
    };
    // `33 4/3` is no number that anyone meant.
    let numerator = digits(numerator.trim_start_matches(' ')).filter(|numerator| *numerator < denominator)?;
    Some(&Exact::from(digits(whole)?) + &Exact::fraction(numerator, denominator)?)
}

fn read_decimal(text: &str) -> Option<Exact> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let is_open = text.contains('.') && places.is_empty();
    let mantissa = digits(&format!("{whole}{places}")).filter(|_| !is_open)?;
    Some(Exact::decimal(mantissa, u8::try_from(places.len()).ok()?))
}

/// A run of digits that fits; a number of more than 18 is beyond every bound, whatever its zeros.
fn digits(text: &str) -> Option<i64> {
    let is_plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

fn fault(text: &str) -> ValueError {
    let message = format!(
        "{text:?} is not a number of at most {} digits, such as 16.5 or 100/3",
        Exact::DIGITS_MAX
    );
    ValueError::new("duty-expression R1", "number", message)
}

impl FromStr for Exact {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::read(text)
            .ok()
            .filter(|number| number.to_string() == text)
            .ok_or_else(|| fault(text))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Exact({self})")
    }
}

impl From<i64> for Exact {
    fn from(whole: i64) -> Self {
        Self(Fraction::whole(whole))
    }
}

impl Add for &Exact {
    type Output = Exact;

    fn add(self, other: Self) -> Exact {
        Exact(self.0.plus(&other.0))
    }
}

impl Sub for &Exact {
    type Output = Exact;

    fn sub(self, other: Self) -> Exact {
        Exact(self.0.minus(&other.0))
    }
}

impl Mul for &Exact {
    type Output = Exact;

    fn mul(self, other: Self) -> Exact {
        Exact(self.0.times(&other.0))
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |sum, number| &sum + &number)
    }
}

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
