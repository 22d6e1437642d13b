//! Short texts kept in place, and how a value type goes through serde as its text.

use std::fmt;

/// At most `N` bytes of ASCII text without NUL, padded with NUL: a copy is a move, and the order is that of the texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inline<const N: usize>([u8; N]);

impl<const N: usize> Inline<N> {
    /// The text in place, if it is ASCII without NUL and fits.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = text.len() <= N && text.bytes().all(|byte| byte.is_ascii() && byte != 0);
        fits.then(|| {
            let mut bytes = [0; N];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            Self(bytes)
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(N);
        std::str::from_utf8(&self.0[..length]).expect("built from ASCII only")
    }
}

impl<const N: usize> fmt::Debug for Inline<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// Gives a type with `FromStr` and `Display` the same text in serde, and a `Debug` that shows it.
///
/// ```
/// use ewtp_record::{Inline, ValueError, text_form};
///
/// struct Colour(Inline<8>);
/// text_form!(Colour);
/// # impl std::fmt::Display for Colour {
/// #     fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { formatter.pad(self.0.as_str()) }
/// # }
/// # impl std::str::FromStr for Colour {
/// #     type Err = ValueError;
/// #     fn from_str(text: &str) -> Result<Self, ValueError> {
/// #         Inline::new(text).map(Self).ok_or_else(|| ValueError::new("values R1", "colour", "is too long"))
/// #     }
/// # }
/// assert_eq!(format!("{:?}", "red".parse::<Colour>()?), "Colour(red)");
/// # Ok::<(), ValueError>(())
/// ```
#[macro_export]
macro_rules! text_form {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl $crate::serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(concat!("the text of a ", stringify!($name)))
                    }

                    fn visit_str<E: $crate::serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )+};
}

pub(crate) use text_form;
