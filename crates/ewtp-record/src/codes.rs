//! Lists of codes: a number on the wire, a name for people.

/// Declares an enum whose entries have a number and a name.
///
/// A number without an entry is not an error of its writer: a later version may have given it a meaning.
// spec: record R20
macro_rules! code_list {
    (
        $(#[$attribute:meta])*
        $name:ident, $list:literal, $rule:literal {
            $($(#[$entry_attribute:meta])* $entry:ident = $number:literal, $text:literal;)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$entry_attribute])* $entry = $number,)+
        }

        impl $name {
            /// All entries, by their numbers.
            pub const ALL: &[Self] = &[$(Self::$entry),+];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u64 {
                self as u64
            }

            /// The entry of this number.
            ///
            /// # Errors
            /// When no entry of this version has it.
            pub fn from_number(number: u64) -> Result<Self, $crate::Unsupported> {
                let entry = Self::ALL.iter().find(|entry| entry.number() == number);
                entry.copied().ok_or($crate::Unsupported::Code { list: $list, code: number })
            }

            /// The name people call it by.
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
            type Err = $crate::ValueError;

            fn from_str(text: &str) -> Result<Self, $crate::ValueError> {
                Self::ALL.iter().find(|entry| entry.name() == text).copied().ok_or_else(|| {
                    let names = Self::ALL.iter().map(|entry| entry.name());
                    $crate::codes::unknown_name(text, names, $rule, $list)
                })
            }
        }
    };
}

use crate::ValueError;

/// The error for a name that no entry has: the nearest one, or all of them.
pub(crate) fn unknown_name(
    text: &str,
    names: impl Iterator<Item = &'static str> + Clone,
    rule: &'static str,
    list: &'static str,
) -> ValueError {
    let hint = match nearest(text, names.clone()) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("it must be one of {}", names.collect::<Vec<_>>().join(", ")),
    };
    ValueError::new(rule, list, format!("{text:?} is not known; {hint}"))
}

/// The one of `names` that `text` was probably meant to be.
pub(crate) fn nearest<'name>(text: &str, names: impl Iterator<Item = &'name str>) -> Option<&'name str> {
    const ALIKE: f64 = 0.7; // one slip in a short word, two in a long one
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(text, name), name));
    scored
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

pub(crate) use code_list;
