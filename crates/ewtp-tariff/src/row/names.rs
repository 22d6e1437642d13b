//! The small names that rows hold: areas, codes that countries define, languages.

use ewtp_record::{CountryCode, Inline, ValueError, text_form};
use std::{fmt, str::FromStr};

/// Declares a text of limited length and characters.
macro_rules! name {
    ($(#[$attribute:meta])* $name:ident, $lengths:expr, $max:literal, $holds:expr, $code:literal, $what:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Inline<$max>);

        impl $name {
            /// Its characters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                let is_sound = $lengths.contains(&text.len()) && text.bytes().all($holds);
                let name = is_sound.then(|| Inline::new(text)).flatten();
                name.map(Self)
                    .ok_or_else(|| ValueError::new("tariff-row R5", $code, format!(concat!("{:?} is not ", $what), text)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        text_form!($name);
    };
}

name! {
    /// A group of countries that a schedule names: 3 to 24 of `A-Z a-z 0-9 * + -`.
    // spec: tariff-row R5
    GroupId, (3..=24), 24, |byte: u8| byte.is_ascii_alphanumeric() || b"*+-".contains(&byte), "group",
    "the name of a group of countries, 3 to 24 letters, digits, *, + and -"
}

name! {
    /// A code that a country defines for a document, an agreement or an additional code: 1 to 24 of
    /// `A-Z a-z 0-9 * + - . /`.
    // spec: tariff-row R5
    NationalCode, (1..=24), 24, |byte: u8| byte.is_ascii_alphanumeric() || b"*+-./".contains(&byte), "national-code",
    "a code of 1 to 24 letters, digits, *, +, -, . and /"
}

name! {
    /// A language: 2 or 3 of `a-z`, as in ISO 639.
    // spec: tariff-row R5
    Language, (2..=3), 3, |byte: u8| byte.is_ascii_lowercase(), "language", "a language, 2 or 3 letters a-z"
}

/// Where goods come from: a country, or a group of them.
// spec: tariff-row R5
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// A country: two letters.
    Country(CountryCode),
    /// A group, three characters or more.
    Group(GroupId),
}

impl Area {
    /// The two letters, or the name of the group.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Country(country) => country.as_str(),
            Self::Group(group) => group.as_str(),
        }
    }
}

impl FromStr for Area {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.len() == 2 {
            text.parse().map(Self::Country)
        } else {
            text.parse().map(Self::Group)
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

text_form!(Area);

/// Declares an enum that travels as its name.
macro_rules! choice {
    ($(#[$attribute:meta])* $name:ident, $rule:literal, $code:literal { $($(#[$doc:meta])* $entry:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $entry,)+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$entry),+];

            /// The name in rows.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$entry => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = ewtp_record::ValueError;

            fn from_str(text: &str) -> Result<Self, ewtp_record::ValueError> {
                Self::ALL.iter().find(|entry| entry.name() == text).copied().ok_or_else(|| {
                    let names: Vec<_> = Self::ALL.iter().map(|entry| entry.name()).collect();
                    let message = format!("{text:?} is none of {}", names.join(", "));
                    ewtp_record::ValueError::new($rule, $code, message)
                })
            }
        }
    };
}

pub(super) use choice;
