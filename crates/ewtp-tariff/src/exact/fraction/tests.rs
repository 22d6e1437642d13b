//! A fraction is what the long way alone would give, and short when it can be.

use super::*;
use num_traits::{Pow as _, Zero as _};
use proptest::prelude::*;

const MODES: [RoundingMode; 4] = [
    RoundingMode::HalfUp,
    RoundingMode::HalfEven,
    RoundingMode::Up,
    RoundingMode::Down,
];

/// Numbers of every length up to 200 bits, most of them next to a power of two, where forms change.
fn any_part() -> impl Strategy<Value = BigInt> {
    let near = (0_u32..200, -3_i64..=3).prop_map(|(bits, off)| BigInt::from(2).pow(bits) + off);
    let short_most = (-3_i64..=3).prop_map(|off| BigInt::from(SHORT_MAX) + off);
    let few_digits = (0_i64..1_000_000).prop_map(BigInt::from);
    prop_oneof![near, short_most, few_digits]
}

fn any_fraction() -> impl Strategy<Value = Ratio<BigInt>> {
    (any_part(), any_part(), any::<bool>()).prop_map(|(numerator, denominator, is_negative)| {
        let denominator = if denominator.is_zero() {
            BigInt::from(1)
        } else {
            denominator
        };
        Ratio::new(if is_negative { -numerator } else { numerator }, denominator)
    })
}

/// Whether a fraction is that number, in the form that is its own.
fn is(fraction: &Fraction, number: &Ratio<BigInt>) -> bool {
    let max = BigInt::from(SHORT_MAX);
    let is_short = number.numer().abs() <= max && *number.denom() <= max;
    let is_in_form = matches!(fraction, Fraction::Short(_)) == is_short;
    let is_reduced = number.numer().gcd(number.denom()) == BigInt::from(1);
    is_in_form && is_reduced && fraction.to_long() == *number
}

/// The number as decimal digits, one after the other, the whole number with all its places at once.
fn decimal_text(number: &Ratio<BigInt>, places: u32) -> String {
    let scaled = number.numer().abs() * BigInt::from(10).pow(places) / number.denom();
    let places = places as usize;
    let digits = format!("{:0>width$}", scaled.to_string(), width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{whole}{}{rest}", if places == 0 { "" } else { "." })
}

#[test]
fn a_sum_that_outgrows_the_short_form_comes_back_when_it_is_short_again() {
    let most = Fraction::short(Ratio::from_integer(SHORT_MAX)).unwrap();
    let one = Fraction::whole(1);
    let beyond = most.plus(&one);
    assert!(matches!(beyond, Fraction::Long(_)));
    assert!(beyond > most);
    assert!(beyond.minus(&one) == most);
    assert!(matches!(beyond.minus(&one), Fraction::Short(_)));
    assert!(beyond.over(&beyond) == one);
}

#[test]
fn rounding_the_greatest_short_fraction_by_the_greatest_step_does_not_overflow() {
    for mode in MODES {
        for (numerator, denominator) in [(SHORT_MAX, 1), (-SHORT_MAX, 1), (SHORT_MAX - 1, SHORT_MAX)] {
            let fraction = Fraction::short(Ratio::new(numerator, denominator)).unwrap();
            let long = rounded(&fraction.to_long(), mode, BigInt::from(u32::MAX));
            assert!(is(&fraction.rounded(mode, u32::MAX), &long), "{fraction} {mode:?}");
        }
    }
}

#[test]
fn the_most_decimals_that_can_be_asked_for_are_exact() {
    for places in [0, 18, 27, 28, 29, 38, 39, u8::MAX] {
        let number = Ratio::new(BigInt::from(i64::MIN), BigInt::from(10).pow(u32::from(places)));
        assert!(is(&Fraction::decimal(i64::MIN, places), &number), "{places} places");
    }
}

proptest! {
    #[test]
    fn each_operation_gives_what_the_long_way_gives(a in any_fraction(), b in any_fraction()) {
        let (short, other) = (Fraction::long(a.clone()), Fraction::long(b.clone()));
        prop_assert!(is(&short, &a) && is(&other, &b));
        prop_assert!(is(&short.plus(&other), &(&a + &b)));
        prop_assert!(is(&short.minus(&other), &(&a - &b)));
        prop_assert!(is(&short.times(&other), &(&a * &b)));
        if !b.is_zero() {
            prop_assert!(is(&short.over(&other), &(&a / &b)));
        }
        prop_assert_eq!(short.cmp(&other), a.cmp(&b));
        prop_assert_eq!(short == other, a == b);
    }

    #[test]
    fn each_question_is_answered_as_of_the_long_form(number in any_fraction(), step in any::<u32>(), mode in 0_usize..4) {
        let (fraction, step) = (Fraction::long(number.clone()), step.max(1));
        prop_assert!(is(&fraction.rounded(MODES[mode], step), &rounded(&number, MODES[mode], step.into())));
        prop_assert_eq!(fraction.is_zero(), number.is_zero());
        prop_assert_eq!(fraction.is_negative(), number.is_negative());
        prop_assert_eq!(fraction.bits(), number.numer().bits().max(number.denom().bits()));
        prop_assert_eq!(fraction.to_i64(), number.is_integer().then(|| number.numer().to_i64()).flatten());
        let text = match decimals(number.denom()) {
            Some(places) => decimal_text(&number, places),
            None => format!("{}/{}", number.numer(), number.denom()),
        };
        prop_assert_eq!(fraction.to_string(), text);
    }
}
