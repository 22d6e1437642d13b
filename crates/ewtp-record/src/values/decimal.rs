//! Decimal numbers and quantities: a whole number and how far its point is shifted, never a float.

use super::code_lists::is_unit;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A decimal above zero, as written: `12.50` stays different from `12.5`. At most 15 digits, 9 of them after the point.
///
/// On the wire `[mantissa, exponent]`: `12.50` is `[1250, -2]`.
// spec: values R11
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    exponent: i8,
}

impl Decimal {
    const MANTISSA_MAX: i64 = 999_999_999_999_999;

    /// `mantissa` × 10^`exponent`, with mantissa 1 to 10^15 − 1 and exponent −9 to 0.
    ///
    /// # Errors
    /// When one of them is outside its bounds.
    pub fn new(mantissa: i64, exponent: i64) -> Result<Self, ValueError> {
        let is_sound = (1..=Self::MANTISSA_MAX).contains(&mantissa) && (-9..=0).contains(&exponent);
        let exponent = i8::try_from(exponent).ok().filter(|_| is_sound);
        exponent
            .map(|exponent| Self { mantissa, exponent })
            .ok_or_else(|| fault(&format!("{mantissa}e{exponent:?}")))
    }

    /// The digits, 1 to 10^15 − 1.
    #[must_use]
    pub const fn mantissa(&self) -> i64 {
        self.mantissa
    }

    /// Minus the number of digits after the point, −9 to 0.
    #[must_use]
    pub const fn exponent(&self) -> i8 {
        self.exponent
    }
}

fn fault(text: &str) -> ValueError {
    let message = format!("{text:?} is not a number above 0 with at most 15 digits, at most 9 of them after the point");
    ValueError::new("values R11", "decimal", message)
}

impl FromStr for Decimal {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = !whole.is_empty()
            && is_digits(whole)
            && is_digits(fraction)
            && (whole == "0" || !whole.starts_with('0'))
            && (text.contains('.') != fraction.is_empty());
        let mantissa = is_plain.then(|| format!("{whole}{fraction}").parse().ok()).flatten();
        let places = i64::try_from(fraction.len()).map_err(|_| fault(text))?;
        mantissa
            .and_then(|mantissa| Self::new(mantissa, -places).ok())
            .ok_or_else(|| fault(text))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.exponent.unsigned_abs());
        let digits = format!("{:0width$}", self.mantissa, width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        if fraction.is_empty() {
            formatter.write_str(whole)
        } else {
            write!(formatter, "{whole}.{fraction}")
        }
    }
}

/// A unit of measure: a current code of UN/ECE Recommendation 20. `KGM`, `H87`, `LTR`.
// spec: values R12
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(Inline<3>);

impl UnitCode {
    /// The two or three characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for UnitCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        is_unit(text)
            .then(|| Inline::new(text))
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                ValueError::new(
                    "values R12",
                    "unit",
                    format!("{text:?} is not a current unit code of UN/ECE Recommendation 20"),
                )
            })
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// How much of something: `12 H87`, `21.600 KGM`. On the wire `[mantissa, exponent, unit]`.
// spec: values R12
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// How many.
    pub amount: Decimal,
    /// Of what.
    pub unit: UnitCode,
}

impl FromStr for Quantity {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (amount, unit) = text.split_once(' ').ok_or_else(|| {
            ValueError::new(
                "values R12",
                "quantity",
                format!("{text:?} is not a number, a space and a unit, such as 12 H87"),
            )
        })?;
        Ok(Self {
            amount: amount.parse()?,
            unit: unit.parse()?,
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount, self.unit)
    }
}

text_form!(Decimal, UnitCode, Quantity);
