//! Money in minor units of its currency.

use super::code_lists::currency_digits;
use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A currency of ISO 4217 that has a minor unit, or counts whole units only.
// spec: values R13
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(Inline<3>);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// How many decimals its minor unit has, 0 to 4.
    #[must_use]
    pub fn minor_digits(&self) -> u8 {
        currency_digits(self.as_str()).expect("a currency is built from the list")
    }
}

impl FromStr for Currency {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        currency_digits(text)
            .and_then(|_| Inline::new(text))
            .map(Self)
            .ok_or_else(|| {
                ValueError::new(
                    "values R13",
                    "currency",
                    format!("{text:?} is not an ISO 4217 currency in use"),
                )
            })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// An amount of money: `1299.00 USD`, `500 JPY`. On the wire `[minor units, currency]`.
///
/// ```
/// use ewtp_record::Money;
/// let price: Money = "12.5 BHD".parse()?;
/// assert_eq!((price.minor, price.to_string().as_str()), (12_500, "12.500 BHD"));
/// assert!("0.5 JPY".parse::<Money>().is_err());
/// # Ok::<(), ewtp_record::ValueError>(())
/// ```
// spec: values R13
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in minor units: cents of a dollar, whole yen.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl FromStr for Money {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let fault = || {
            let message =
                format!("{text:?} is not an amount with at most the decimals of its currency, such as 1299.00 USD");
            ValueError::new("values R13", "money", message)
        };
        let (amount, currency) = text.split_once(' ').ok_or_else(fault)?;
        let currency: Currency = currency.parse()?;
        let minor = minor_units(amount, usize::from(currency.minor_digits())).ok_or_else(fault)?;
        Ok(Self { minor, currency })
    }
}

fn minor_units(amount: &str, digits: usize) -> Option<i64> {
    let (sign, amount) = amount.strip_prefix('-').map_or((1, amount), |amount| (-1, amount));
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain =
        !whole.is_empty() && is_digits(whole) && is_digits(fraction) && amount.contains('.') != fraction.is_empty();
    let padded = format!("{whole}{fraction:0<digits$}");
    (is_plain && fraction.len() <= digits)
        .then(|| padded.parse::<i64>().ok())
        .flatten()?
        .checked_mul(sign)
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.currency.minor_digits());
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.minor < 0 { "-" } else { "" };
        let point = if places == 0 { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{fraction} {}", self.currency)
    }
}

text_form!(Currency, Money);
