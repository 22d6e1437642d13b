//! Freight containers by ISO 6346.

use super::text::{Inline, text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// A container: three letters of its owner, `U`, `J` or `Z`, six digits and a check digit. `CSQU3054383`.
// spec: values R16
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerNumber(Inline<11>);

impl ContainerNumber {
    /// The 11 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ContainerNumber {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bytes = text.as_bytes();
        let has_form = bytes.len() == 11
            && bytes[..3].iter().all(u8::is_ascii_uppercase)
            && b"UJZ".contains(&bytes[3])
            && bytes[4..].iter().all(u8::is_ascii_digit);
        if !has_form {
            let message = format!("{text:?} is not three letters, one of U, J, Z and seven digits");
            return Err(ValueError::new("values R16", "container", message));
        }
        if check_digit(&bytes[..10]) != bytes[10] - b'0' {
            return Err(ValueError::new(
                "values R16",
                "container-check",
                format!("the check digit of {text} does not fit"),
            ));
        }
        Ok(Self(Inline::new(text).expect("11 ASCII characters fit")))
    }
}

/// Each character has a value, letters from 10 on without multiples of 11; weights double from left to right.
fn check_digit(characters: &[u8]) -> u8 {
    let sum: u32 = characters
        .iter()
        .enumerate()
        .map(|(place, character)| value(*character) << place)
        .sum();
    // A remainder of ten is written as zero.
    (sum % 11 % 10) as u8
}

fn value(character: u8) -> u32 {
    match character {
        b'A' => 10,
        b'B'..=b'K' => u32::from(character - b'B') + 12,
        b'L'..=b'U' => u32::from(character - b'L') + 23,
        b'V'..=b'Z' => u32::from(character - b'V') + 34,
        digit => u32::from(digit - b'0'),
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(ContainerNumber);
