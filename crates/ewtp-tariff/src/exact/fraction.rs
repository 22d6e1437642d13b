//! Fractions in lowest terms that are quick while they are short, and exact however long they grow.
//!
//! What laws, prices and quantities come to has some dozen digits: both parts lie in place and nothing is allocated. A
//! fraction that outgrows that goes on in memory of its own, and comes back as soon as it is short again. A number has one
//! form, so that equal numbers are equal parts.

use ewtp_record::edition::RoundingMode;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{CheckedAdd as _, CheckedDiv as _, CheckedMul as _, CheckedSub as _, Signed, ToPrimitive as _};
use std::cmp::Ordering;
use std::fmt::{self, Display, Write as _};

/// A fraction in lowest terms, its denominator above 0.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Fraction {
    /// Neither part is beyond [`SHORT_MAX`].
    Short(Ratio<i128>),
    /// One of them is.
    Long(Box<Ratio<BigInt>>),
}

/// The greatest part of a short fraction, of 28 digits: times twice a step of rounding it still fits.
const SHORT_MAX: i128 = 1 << 94;

impl Fraction {
    /// A whole number.
    pub(super) fn whole(number: i64) -> Self {
        Self::Short(Ratio::from_integer(number.into()))
    }

    /// `numerator` parts of `denominator`, which is not 0.
    pub(super) fn of(numerator: i64, denominator: i64) -> Self {
        Self::Short(Ratio::new(numerator.into(), denominator.into()))
    }

    /// `mantissa` × 10^−`places`.
    pub(super) fn decimal(mantissa: i64, places: u8) -> Self {
        let scale = 10_i128.checked_pow(places.into());
        let short = scale.and_then(|scale| Self::short(Ratio::new(mantissa.into(), scale)));
        short.unwrap_or_else(|| Self::long(Ratio::new(mantissa.into(), BigInt::from(10).pow(places.into()))))
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Self::Short(fraction) if *fraction.numer() == 0)
    }

    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Short(fraction) => fraction.is_negative(),
            Self::Long(fraction) => fraction.is_negative(),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a.checked_add(b), |a, b| a + b)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a.checked_sub(b), |a, b| a - b)
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        self.with(other, |a, b| a.checked_mul(b), |a, b| a * b)
    }

    /// The quotient; `divisor` is not 0.
    pub(super) fn over(&self, divisor: &Self) -> Self {
        self.with(divisor, |a, b| a.checked_div(b), |a, b| a / b)
    }

    /// The multiple of `step` that `mode` chooses.
    pub(super) fn rounded(&self, mode: RoundingMode, step: u32) -> Self {
        match self {
            Self::Short(fraction) => {
                let whole = rounded(fraction, mode, step.into());
                Self::short(whole).unwrap_or_else(|| Self::long(lengthened(&whole)))
            }
            Self::Long(fraction) => Self::long(rounded(fraction, mode, step.into())),
        }
    }

    /// This number if it is whole and fits.
    pub(super) fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Short(fraction) if fraction.is_integer() => fraction.numer().to_i64(),
            _ => None,
        }
    }

    /// Bits of the longer part.
    pub(super) fn bits(&self) -> u64 {
        match self {
            Self::Short(fraction) => {
                let longer = fraction.numer().unsigned_abs().max(fraction.denom().unsigned_abs());
                (u128::BITS - longer.leading_zeros()).into()
            }
            Self::Long(fraction) => fraction.numer().bits().max(fraction.denom().bits()),
        }
    }

    /// The short way if it leads to a short fraction, else the long one.
    fn with(
        &self,
        other: &Self,
        short: impl Fn(&Ratio<i128>, &Ratio<i128>) -> Option<Ratio<i128>>,
        long: impl Fn(Ratio<BigInt>, Ratio<BigInt>) -> Ratio<BigInt>,
    ) -> Self {
        if let (Self::Short(this), Self::Short(other)) = (self, other)
            && let Some(answer) = short(this, other).and_then(Self::short)
        {
            return answer;
        }
        Self::long(long(self.to_long(), other.to_long()))
    }

    /// This fraction, if it is short.
    fn short(fraction: Ratio<i128>) -> Option<Self> {
        let max = SHORT_MAX.unsigned_abs();
        let is_short = fraction.numer().unsigned_abs() <= max && fraction.denom().unsigned_abs() <= max;
        is_short.then_some(Self::Short(fraction))
    }

    /// This fraction in the form that is its own.
    fn long(fraction: Ratio<BigInt>) -> Self {
        let parts = fraction.numer().to_i128().zip(fraction.denom().to_i128());
        let short = parts.and_then(|(numerator, denominator)| Self::short(Ratio::new_raw(numerator, denominator)));
        short.unwrap_or_else(|| Self::Long(Box::new(fraction)))
    }

    fn to_long(&self) -> Ratio<BigInt> {
        match self {
            Self::Short(fraction) => lengthened(fraction),
            Self::Long(fraction) => (**fraction).clone(),
        }
    }
}

fn lengthened(short: &Ratio<i128>) -> Ratio<BigInt> {
    Ratio::new_raw((*short.numer()).into(), (*short.denom()).into())
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Short(this), Self::Short(other)) => this.cmp(other),
            _ => self.to_long().cmp(&other.to_long()),
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `16.5`, or `100/3` when no decimal ends.
impl Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(fraction) => write(fraction, formatter),
            Self::Long(fraction) => write(fraction, formatter),
        }
    }
}

// spec: duty-expression R2
fn rounded<T: Integer + Signed + Clone>(fraction: &Ratio<T>, mode: RoundingMode, step: T) -> Ratio<T> {
    let whole_step = fraction.denom().clone() * step.clone();
    let (quotient, rest) = fraction.numer().abs().div_rem(&whole_step);
    let beyond = (rest.clone() + rest.clone()).cmp(&whole_step);
    let goes_up = match mode {
        RoundingMode::HalfUp => beyond.is_ge(),
        RoundingMode::HalfEven => beyond.is_gt() || (beyond.is_eq() && quotient.is_odd()),
        RoundingMode::Up => !rest.is_zero(),
        RoundingMode::Down => false,
    };
    let steps = if goes_up { quotient + T::one() } else { quotient };
    let whole = steps * step;
    Ratio::from_integer(if fraction.is_negative() { -whole } else { whole })
}

// spec: duty-expression R1
fn write<T: Integer + Signed + Clone + From<u8> + Display>(
    fraction: &Ratio<T>,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let (numerator, denominator) = (fraction.numer(), fraction.denom());
    let Some(places) = decimals(denominator) else {
        return write!(formatter, "{numerator}/{denominator}");
    };
    let (whole, mut rest) = numerator.abs().div_rem(denominator);
    let sign = if numerator.is_negative() { "-" } else { "" };
    write!(formatter, "{sign}{whole}")?;
    if places > 0 {
        formatter.write_char('.')?;
    }
    for _ in 0..places {
        let (digit, left) = (rest * T::from(10)).div_rem(denominator);
        write!(formatter, "{digit}")?;
        rest = left;
    }
    Ok(())
}

/// Tenths, hundredths and so on that a number with this denominator needs, or `None` when no decimal ends.
fn decimals<T: Integer + Clone + From<u8>>(denominator: &T) -> Option<u32> {
    let (rest, twos) = divided_out(denominator.clone(), &T::from(2));
    let (rest, fives) = divided_out(rest, &T::from(5));
    rest.is_one().then_some(twos.max(fives))
}

/// `number` without its factors `prime`, and how many there were.
fn divided_out<T: Integer>(mut number: T, prime: &T) -> (T, u32) {
    let mut times = 0;
    loop {
        let (quotient, rest) = number.div_rem(prime);
        if !rest.is_zero() {
            return (number, times);
        }
        number = quotient;
        times += 1;
    }
}

#[cfg(test)]
mod tests;
