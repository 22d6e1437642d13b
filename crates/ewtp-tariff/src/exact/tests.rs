use super::*;
use proptest::prelude::*;

fn exact(text: &str) -> Exact {
    Exact::read(text).unwrap_or_else(|error| panic!("{error}"))
}

fn step(step: u32) -> NonZeroU32 {
    step.try_into().unwrap()
}

#[test]
fn a_number_has_one_spelling() {
    for text in [
        "0",
        "16.5",
        "0.063",
        "100/3",
        "1/3",
        "-2",
        "-16.5",
        "-1/7",
        "999999999999999",
        "0.00000000000001",
    ] {
        assert_eq!(text.parse::<Exact>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "-",
        "-0",
        "+1",
        "01",
        "16.50",
        "16.",
        ".5",
        "1e3",
        "1,5",
        " 1",
        "1 ",
        "33 1/3",
        "200/6",
        "1/2",
        "3/1",
        "1/0",
        "1/",
        "/3",
        "1//3",
        "1/-3",
        "0x1",
        "1000000000000000",
        "1/1000000000000003",
    ] {
        assert!(text.parse::<Exact>().is_err(), "{text:?} is accepted");
    }
}

#[test]
fn people_write_numbers_in_more_ways() {
    for (written, printed) in [
        ("16.50", "16.5"),
        (".5", "0.5"),
        ("007", "7"),
        ("33 1/3", "100/3"),
        ("33  1/3", "100/3"),
        ("200/6", "100/3"),
        ("1/2", "0.5"),
        ("-33 1/3", "-100/3"),
        ("1/8", "0.125"),
        ("-0", "0"),
    ] {
        assert_eq!(exact(written).to_string(), printed);
    }
    for text in [
        "",
        ".",
        "5.",
        "1 2",
        "1/0",
        "1 1/0",
        "1/2/3",
        "33 4/3",
        "1.5/2",
        "0000000000000000001",
        "1/1048576",
    ] {
        assert!(Exact::read(text).is_err(), "{text:?} is accepted");
    }
}

#[test]
fn each_mode_chooses_its_multiple_of_the_step() {
    let modes = [
        RoundingMode::HalfUp,
        RoundingMode::HalfEven,
        RoundingMode::Up,
        RoundingMode::Down,
    ];
    for (number, by, chosen) in [
        ("2.5", 1, ["3", "2", "3", "2"]),
        ("3.5", 1, ["4", "4", "4", "3"]),
        ("-2.5", 1, ["-3", "-2", "-3", "-2"]),
        ("2.4", 1, ["2", "2", "3", "2"]),
        ("7/3", 1, ["2", "2", "3", "2"]),
        ("8/3", 1, ["3", "3", "3", "2"]),
        ("5", 1, ["5", "5", "5", "5"]),
        ("150", 100, ["200", "200", "200", "100"]),
        ("250", 100, ["300", "200", "300", "200"]),
        ("149.99", 100, ["100", "100", "200", "100"]),
        ("-0.4", 1, ["0", "0", "-1", "0"]),
        ("0", 5, ["0", "0", "0", "0"]),
    ] {
        for (mode, chosen) in modes.into_iter().zip(chosen) {
            assert_eq!(
                exact(number).round(mode, step(by)),
                exact(chosen),
                "{number} {mode:?} by {by}"
            );
        }
    }
}

#[test]
fn only_a_whole_number_that_fits_is_narrowed() {
    assert_eq!(exact("-24000").to_i64(), Some(-24_000));
    assert_eq!(exact("0.5").to_i64(), None);
    let most = Exact::from(i64::MAX);
    assert_eq!(
        (most.to_i64(), (&most + &Exact::from(1)).to_i64()),
        (Some(i64::MAX), None)
    );
}

#[test]
fn money_is_counted_in_whole_units() {
    assert_eq!(Exact::of_money(&"12.50 USD".parse().unwrap()), exact("12.5"));
    assert_eq!(Exact::of_money(&"500 JPY".parse().unwrap()), exact("500"));
    assert_eq!(Exact::of_money(&"-0.005 BHD".parse().unwrap()), exact("-0.005"));
}

#[test]
fn nothing_is_divided_by_zero() {
    assert_eq!(exact("1").checked_div(&Exact::zero()), None);
    assert_eq!(Exact::fraction(1, 0), None);
    assert_eq!(exact("1").checked_div(&exact("3")), Some(exact("1/3")));
}

/// Fractions and decimals, both signs.
fn any_exact() -> impl Strategy<Value = Exact> {
    let fraction = (-999_999_999_999_999_i64..1_000_000_000_000_000, 1_i64..1_000_000_000)
        .prop_map(|(numerator, denominator)| Exact::fraction(numerator, denominator).unwrap());
    let decimal = (-999_999_999_999_999_i64..1_000_000_000_000_000, 0_u8..=14)
        .prop_map(|(mantissa, places)| Exact::decimal(mantissa, places));
    let small =
        (-50_i64..50, 1_i64..20).prop_map(|(numerator, denominator)| Exact::fraction(numerator, denominator).unwrap());
    prop_oneof![fraction, decimal, small]
}

fn any_mode() -> impl Strategy<Value = RoundingMode> {
    prop::sample::select(vec![
        RoundingMode::HalfUp,
        RoundingMode::HalfEven,
        RoundingMode::Up,
        RoundingMode::Down,
    ])
}

proptest! {
    #[test]
    fn a_number_within_bounds_reads_back(number in any_exact()) {
        let text = number.to_string();
        prop_assert_eq!(text.parse::<Exact>().is_ok(), number.is_within_bounds());
        if number.is_within_bounds() {
            prop_assert_eq!(&text.parse::<Exact>().unwrap(), &number);
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<Exact>(&json).unwrap(), number);
        }
    }

    #[test]
    fn what_is_accepted_prints_as_it_was(text in "-?[0-9]{0,3}(\\.[0-9]{0,3})?(/[0-9]{0,3})?") {
        if let Ok(number) = text.parse::<Exact>() {
            prop_assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn numbers_form_a_field(a in any_exact(), b in any_exact(), c in any_exact()) {
        prop_assert_eq!(&a + &b, &b + &a);
        prop_assert_eq!(&a * &b, &b * &a);
        prop_assert_eq!(&(&a + &b) + &c, &a + &(&b + &c));
        prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
        prop_assert_eq!(&a * &(&b + &c), &(&a * &b) + &(&a * &c));
        prop_assert_eq!(&(&(&a - &b) + &b), &a);
        prop_assert_eq!(&(&a + &Exact::zero()), &a);
        prop_assert_eq!(&(&a * &Exact::from(1)), &a);
        match a.checked_div(&b) {
            Some(quotient) => prop_assert_eq!(&quotient * &b, a),
            None => prop_assert!(b.is_zero()),
        }
    }

    #[test]
    fn order_is_that_of_the_difference(a in any_exact(), b in any_exact(), c in any_exact()) {
        let difference = &a - &b;
        prop_assert_eq!(a < b, difference.is_negative());
        prop_assert_eq!(a == b, difference.is_zero());
        prop_assert_eq!(a < b, &a + &c < &b + &c);
    }

    #[test]
    fn rounding_goes_to_a_near_multiple_and_stays_there(number in any_exact(), mode in any_mode(), by in 1_u32..10_000) {
        let rounded = number.round(mode, step(by));
        let by_exact = Exact::from(i64::from(by));
        prop_assert!(rounded.checked_div(&by_exact).unwrap().to_i64().is_some());
        prop_assert_eq!(&rounded.round(mode, step(by)), &rounded);
        let zero = Exact::zero();
        let moved = &rounded - &number;
        let distance = if moved.is_negative() { &zero - &moved } else { moved.clone() };
        let most = if matches!(mode, RoundingMode::Up | RoundingMode::Down) { by_exact.clone() } else { &by_exact * &exact("0.5") };
        prop_assert!(distance <= most);
        prop_assert!(distance < by_exact);
        let is_away = moved.is_zero() || moved.is_negative() == number.is_negative();
        match mode {
            RoundingMode::Up => prop_assert!(is_away),
            RoundingMode::Down => prop_assert!(moved.is_zero() || !is_away),
            RoundingMode::HalfUp | RoundingMode::HalfEven => {}
        }
    }

    #[test]
    fn rounding_keeps_the_order_and_the_sign(a in any_exact(), b in any_exact(), mode in any_mode(), by in 1_u32..1_000) {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        prop_assert!(low.round(mode, step(by)) <= high.round(mode, step(by)));
        let opposite = &Exact::zero() - &low;
        prop_assert_eq!(opposite.round(mode, step(by)), &Exact::zero() - &low.round(mode, step(by)));
    }
}
