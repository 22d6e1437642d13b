//! Conditions: what must be true of goods, papers or merchant for another duty to apply.

use super::names::NationalCode;
use crate::{Exact, Token};
use ewtp_record::{Currency, UnitCode, ValueError, text_form};
use std::{fmt, str::FromStr};

/// What a condition asks. One line of text: `document:N002`, `not attribute:registered`, `value<=150 EUR`,
/// `unit-price>10 CNY/GRM`, `quantity<=20 KGM`, `people<30`.
// spec: tariff-row R8
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// A document is given, or not given.
    Document {
        /// The code by which the country knows it.
        code: NationalCode,
        /// Whether it is given.
        given: bool,
    },
    /// The merchant disclosed an attribute, or did not.
    Attribute {
        /// Its name.
        name: Token,
        /// Whether it is disclosed.
        disclosed: bool,
    },
    /// The customs value against an amount.
    Value {
        /// How they must compare.
        compare: Compare,
        /// The amount, 0 or more.
        amount: Exact,
        /// Its currency.
        currency: Currency,
    },
    /// The customs value of one unit against an amount.
    UnitPrice {
        /// How they must compare.
        compare: Compare,
        /// The amount, 0 or more.
        amount: Exact,
        /// Its currency.
        currency: Currency,
        /// The unit; the quantity must be given in it.
        unit: UnitCode,
    },
    /// A quantity against a number.
    Quantity {
        /// How they must compare.
        compare: Compare,
        /// The number, 0 or more.
        amount: Exact,
        /// The unit; the quantity must be given in it.
        unit: UnitCode,
    },
    /// How many people the merchant's firm has, against a number.
    People {
        /// How they must compare.
        compare: Compare,
        /// The number, 0 or more.
        count: u32,
    },
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compare {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `>`
    Above,
}

impl Compare {
    // The longer signs come first, since `<` begins `<=`.
    const ALL: [Self; 4] = [Self::AtMost, Self::AtLeast, Self::Below, Self::Above];

    /// The sign.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::Above => ">",
        }
    }

    /// Whether `left` and `right` compare so.
    #[must_use]
    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::AtMost => left <= right,
            Self::AtLeast => left >= right,
            Self::Below => left < right,
            Self::Above => left > right,
        }
    }
}

impl When {
    fn read(text: &str) -> Option<Self> {
        let (is_so, positive) = text.strip_prefix("not ").map_or((true, text), |rest| (false, rest));
        if let Some(code) = positive.strip_prefix("document:") {
            let code = code.parse().ok()?;
            return Some(Self::Document { code, given: is_so });
        }
        if let Some(name) = positive.strip_prefix("attribute:") {
            let name = name.parse().ok()?;
            return Some(Self::Attribute { name, disclosed: is_so });
        }
        let at = text.find(['<', '>'])?;
        let (what, rest) = text.split_at(at);
        let compare = Compare::ALL
            .into_iter()
            .find(|compare| rest.starts_with(compare.sign()))?;
        let bound = &rest[compare.sign().len()..];
        if what == "people" {
            let count = bound.parse().ok()?;
            return Some(Self::People { compare, count });
        }
        let (amount, of) = bound.split_once(' ')?;
        let amount = amount.parse().ok().filter(|amount: &Exact| !amount.is_negative())?;
        match what {
            "value" => of.parse().ok().map(|currency| Self::Value {
                compare,
                amount,
                currency,
            }),
            "quantity" => of.parse().ok().map(|unit| Self::Quantity { compare, amount, unit }),
            "unit-price" => {
                let (currency, unit) = of.split_once('/')?;
                let (currency, unit) = (currency.parse().ok()?, unit.parse().ok()?);
                Some(Self::UnitPrice {
                    compare,
                    amount,
                    currency,
                    unit,
                })
            }
            _ => None,
        }
    }
}

impl FromStr for When {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // What does not print back to itself is a second spelling: `people<+30`.
        Self::read(text).filter(|when| when.to_string() == text).ok_or_else(|| {
            let message = format!("{text:?} is not a condition such as document:N002, value<=150 EUR or people<30");
            ValueError::new("tariff-row R8", "condition", message)
        })
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |is_so: &bool| if *is_so { "" } else { "not " };
        match self {
            Self::Document { code, given } => write!(formatter, "{}document:{code}", not(given)),
            Self::Attribute { name, disclosed } => write!(formatter, "{}attribute:{name}", not(disclosed)),
            Self::Value {
                compare,
                amount,
                currency,
            } => {
                write!(formatter, "value{}{amount} {currency}", compare.sign())
            }
            Self::UnitPrice {
                compare,
                amount,
                currency,
                unit,
            } => {
                write!(formatter, "unit-price{}{amount} {currency}/{unit}", compare.sign())
            }
            Self::Quantity { compare, amount, unit } => write!(formatter, "quantity{}{amount} {unit}", compare.sign()),
            Self::People { compare, count } => write!(formatter, "people{}{count}", compare.sign()),
        }
    }
}

text_form!(When);
