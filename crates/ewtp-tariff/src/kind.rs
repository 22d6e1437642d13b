//! The kinds of measure that a schedule holds on a line.

use ewtp_record::{ValueError, text_form};
use std::{fmt, str::FromStr};

/// What a measure is: a duty, a tax, a relief or a ban. A name in text, a number on the wire.
// spec: duty-expression R4
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureKind {
    /// The duty for every origin that has no other: most favoured nation, third country.
    Mfn,
    /// A lower duty under an agreement, for goods that prove their origin.
    Preference,
    /// A lower duty for developing countries, granted without an agreement.
    Gsp,
    /// Against goods sold below their value.
    AntiDumping,
    /// Against goods that their country subsidises.
    Countervailing,
    /// For a time, against a surge of imports.
    Safeguard,
    /// A surcharge or a retaliation on top of the duty.
    Additional,
    /// On consumption: alcohol, tobacco, fuel.
    Excise,
    /// Value added tax, sales tax, goods and services tax.
    Vat,
    /// A supplementary or regulatory duty.
    Supplementary,
    /// A levy or a fee.
    Levy,
    /// The duty within a quota.
    InQuota,
    /// The duty while another is suspended.
    Suspension,
    /// The goods may not be brought in.
    Prohibition,
    /// The goods need a licence.
    Licence,
    /// The rate of an e-commerce regime.
    ECommerce,
}

impl MeasureKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::Mfn,
        Self::Preference,
        Self::Gsp,
        Self::AntiDumping,
        Self::Countervailing,
        Self::Safeguard,
        Self::Additional,
        Self::Excise,
        Self::Vat,
        Self::Supplementary,
        Self::Levy,
        Self::InQuota,
        Self::Suspension,
        Self::Prohibition,
        Self::Licence,
        Self::ECommerce,
    ];

    /// Its number on the wire, 1 to 16.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        Self::ALL.get(index).copied()
    }

    /// Its name: `anti-dumping`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mfn => "mfn",
            Self::Preference => "preference",
            Self::Gsp => "gsp",
            Self::AntiDumping => "anti-dumping",
            Self::Countervailing => "countervailing",
            Self::Safeguard => "safeguard",
            Self::Additional => "additional",
            Self::Excise => "excise",
            Self::Vat => "vat",
            Self::Supplementary => "supplementary",
            Self::Levy => "levy",
            Self::InQuota => "in-quota",
            Self::Suspension => "suspension",
            Self::Prohibition => "prohibition",
            Self::Licence => "licence",
            Self::ECommerce => "e-commerce",
        }
    }
}

impl FromStr for MeasureKind {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == text);
        kind.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            let message = format!("{text:?} is not a kind of measure: {names}");
            ValueError::new("duty-expression R4", "kind", message)
        })
    }
}

impl fmt::Display for MeasureKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

text_form!(MeasureKind);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_number_and_its_name() {
        for (number, kind) in (1..).zip(MeasureKind::ALL) {
            assert_eq!(MeasureKind::from_number(number), Some(kind));
            assert_eq!(u64::from(kind.number()), number);
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!(
            (MeasureKind::from_number(0), MeasureKind::from_number(17)),
            (None, None)
        );
        assert_eq!(MeasureKind::ECommerce.number(), 16);
        assert!("MFN".parse::<MeasureKind>().is_err());
    }
}
