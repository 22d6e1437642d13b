//! Laws of the text: what is printed reads back, what is accepted has one spelling, and no text makes the reader panic.
#![expect(
    clippy::unwrap_used,
    reason = "strategies and helpers are test code, which clippy knows by #[test] only"
)]

mod trees;

use ewtp_tariff::Expression;
use proptest::prelude::*;

/// The same text as a careless person would write it. `on` stays small: as capitals in a name it is no name.
fn scribbled(text: &str, capitals: bool) -> String {
    let spaced = text
        .replace('(', " ( ")
        .replace(')', " )")
        .replace(',', "  ,")
        .replace('%', " %");
    if capitals { spaced.to_uppercase() } else { spaced }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_printed_reads_back(expression in trees::expression()) {
        let text = expression.to_string();
        prop_assert!(text.len() <= Expression::BYTES_MAX);
        prop_assert_eq!(&text.parse::<Expression>().unwrap(), &expression, "{}", text);
        let json = serde_json::to_string(&expression).unwrap();
        prop_assert_eq!(serde_json::from_str::<Expression>(&json).unwrap(), expression);
    }

    #[test]
    fn other_spaces_and_case_mean_the_same_to_a_person(expression in trees::expression(), capitals in any::<bool>()) {
        let text = expression.to_string();
        let scribbled = scribbled(&text, capitals);
        if scribbled.len() <= Expression::BYTES_MAX {
            prop_assert_eq!(Expression::read(&scribbled), Ok(expression), "{}", scribbled);
        }
    }

    #[test]
    fn one_changed_character_is_another_expression_or_none(
        expression in trees::expression(),
        at in any::<prop::sample::Index>(),
        by in b' '..=b'~',
    ) {
        let text = expression.to_string();
        let mut changed = text.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = by;
        let changed = String::from_utf8(changed).unwrap();
        if let Ok(other) = changed.parse::<Expression>() {
            prop_assert_eq!(other.to_string(), changed.clone());
            prop_assert_eq!(other == expression, changed == text);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,40}", pieces in prop::collection::vec(piece(), 0..24)) {
        for text in [text, pieces.concat()] {
            let read = Expression::read(&text);
            if let Ok(expression) = &read {
                let canonical = expression.to_string();
                prop_assert_eq!(&canonical.parse::<Expression>().unwrap(), expression, "{}", text);
            }
            match text.parse::<Expression>() {
                Ok(expression) => prop_assert_eq!(expression.to_string(), text),
                Err(error) => prop_assert!(error.at <= text.len(), "{}: {}", text, error),
            }
        }
    }
}

/// A piece of an expression, so that pieces one behind the other are nearly one.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "5",
        "16.5",
        "100/3",
        "33 1/3",
        "%",
        "% ",
        " of ",
        "cif",
        "+",
        " + ",
        " - ",
        "-",
        "duties",
        "vat",
        " USD",
        "EUR",
        "/",
        "KGM",
        "100 KGM",
        " on ",
        "lead",
        "min(",
        "max(",
        ", ",
        ")",
        " x (",
        "duty(",
        "6109",
        "component(a, ",
        "subheadings(",
        "text(",
        "free",
        " ",
        ".",
    ])
}
