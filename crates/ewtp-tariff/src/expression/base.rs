//! What a percentage is of: a value of the goods, perhaps with amounts that came before.

use ewtp_record::edition::MeasureKind;
use ewtp_record::{ValueError, text_form};
use std::collections::BTreeSet;
use std::{fmt, str::FromStr};

/// A value and what is added to it: `cif+duties`.
// spec: duty-expression R9
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base {
    /// Which value.
    pub basis: Basis,
    /// Which amounts are added.
    pub plus: Earlier,
}

impl Base {
    /// The customs value alone: what a percentage without `of` means.
    pub const CUSTOMS_VALUE: Self = Self {
        basis: Basis::CustomsValue,
        plus: Earlier::None,
    };
}

/// Amounts of measures that are applied before this one, by their stack.
// spec: duty-expression R9
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Earlier {
    /// None of them.
    None,
    /// `+duties`: all of them.
    All,
    /// `+mfn+excise`: those of these kinds, at least one.
    Kinds(BTreeSet<MeasureKind>),
}

/// A value of the goods.
// spec: duty-expression R9
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The value for customs, by the valuation rule of the edition.
    CustomsValue,
    /// Free on board: without freight and insurance.
    Fob,
    /// Cost, insurance, freight.
    Cif,
    /// The price of the item as the buyer pays it, without shipping.
    ItemPrice,
    /// The intrinsic value: the goods alone, without transport, insurance and taxes.
    Intrinsic,
    /// The price in the shops of the country of import.
    Retail,
}

impl Basis {
    /// Every basis.
    pub const ALL: [Self; 6] = [
        Self::CustomsValue,
        Self::Fob,
        Self::Cif,
        Self::ItemPrice,
        Self::Intrinsic,
        Self::Retail,
    ];

    /// Its name: `item-price`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CustomsValue => "customs-value",
            Self::Fob => "fob",
            Self::Cif => "cif",
            Self::ItemPrice => "item-price",
            Self::Intrinsic => "intrinsic",
            Self::Retail => "retail",
        }
    }
}

impl FromStr for Basis {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let basis = Self::ALL.into_iter().find(|basis| basis.name() == text);
        basis.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            let message = format!("{text:?} is not a value of the goods: {names}");
            ValueError::new("duty-expression R9", "base", message)
        })
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

text_form!(Basis);
