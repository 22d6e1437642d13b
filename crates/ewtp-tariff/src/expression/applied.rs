//! The amounts of the measures that were applied before, added up once and not anew for each base.

use super::{ComputeError, Earlier};
use crate::Exact;
use ewtp_record::edition::MeasureKind;
use std::collections::{BTreeMap, BTreeSet};

/// Amounts of measures by kind, and all of them together, in whole units of one currency; and the kinds of which one is open.
// spec: duty-expression R9, R18, R23
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    all: Sum,
    kinds: BTreeMap<MeasureKind, Sum>,
    open: BTreeSet<MeasureKind>,
}

/// A sum; `None` once it was longer than a number may be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sum(Option<Exact>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(Exact::zero()))
    }
}

impl Sum {
    fn add(&mut self, amount: &Exact) {
        let sum = self.0.take();
        self.0 = sum.and_then(|sum| (&sum + amount).within_bits());
    }
}

impl Applied {
    /// Adds what a measure of this kind came to.
    pub fn add(&mut self, kind: MeasureKind, amount: &Exact) {
        self.all.add(amount);
        self.kinds.entry(kind).or_default().add(amount);
    }

    /// Remembers that a measure of this kind has an amount that only a person can give.
    pub fn open(&mut self, kind: MeasureKind) {
        self.open.insert(kind);
    }

    /// The sum of those that are asked for.
    ///
    /// # Errors
    /// One of them is open, or the sum is beyond [`Exact::BITS_MAX`].
    // spec: duty-expression R9, R23
    pub fn sum(&self, asked: &Earlier) -> Result<Exact, ComputeError> {
        let is_open = match asked {
            Earlier::None => return Ok(Exact::zero()),
            Earlier::All => !self.open.is_empty(),
            Earlier::Kinds(kinds) => !self.open.is_disjoint(kinds),
        };
        if is_open {
            return Err(ComputeError::Depends);
        }
        self.known(asked).ok_or(ComputeError::Bits)
    }

    /// The sum of those that are asked for and known; `None` when it is too long.
    fn known(&self, asked: &Earlier) -> Option<Exact> {
        match asked {
            Earlier::None => Some(Exact::zero()),
            Earlier::All => self.all.0.clone(),
            Earlier::Kinds(kinds) => {
                let mut sum = Sum::default();
                for Sum(kind) in kinds.iter().filter_map(|kind| self.kinds.get(kind)) {
                    sum.add(kind.as_ref()?);
                }
                sum.0
            }
        }
    }
}

impl FromIterator<(MeasureKind, Exact)> for Applied {
    fn from_iter<I: IntoIterator<Item = (MeasureKind, Exact)>>(amounts: I) -> Self {
        let mut applied = Self::default();
        amounts
            .into_iter()
            .for_each(|(kind, amount)| applied.add(kind, &amount));
        applied
    }
}
