//! How structs look on the wire: messages as arrays, payloads as maps with small integer keys.

/// Implements serde for a struct with named fields as a CBOR array of exactly these fields in this order.
///
/// ```
/// use ewtp_record::{array_form, cbor};
///
/// #[derive(Debug, PartialEq)]
/// struct Request { from: u64, to: u64 }
/// array_form!(Request { from, to });
///
/// let bytes = cbor::encode(&Request { from: 0, to: 256 });
/// assert_eq!(bytes, [0x82, 0x00, 0x19, 0x01, 0x00]);
/// assert_eq!(cbor::decode(&bytes, &cbor::Limits::message(64)), Ok(Request { from: 0, to: 256 }));
/// ```
#[macro_export]
macro_rules! array_form {
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::serde::Serialize for $type {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::serde::ser::SerializeTuple as _;
                let length = [$(stringify!($field)),+].len();
                let mut array = serializer.serialize_tuple(length)?;
                $(array.serialize_element(&self.$field)?;)+
                array.end()
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> $crate::serde::de::Visitor<'de> for Fields {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(concat!("an array: ", $(stringify!($field), " ",)+))
                    }

                    fn visit_seq<A: $crate::serde::de::SeqAccess<'de>>(self, mut array: A) -> Result<$type, A::Error> {
                        $(let $field = array.next_element()?.ok_or_else(|| {
                            <A::Error as $crate::serde::de::Error>::missing_field(stringify!($field))
                        })?;)+
                        Ok($type { $($field),+ })
                    }
                }
                let length = [$(stringify!($field)),+].len();
                deserializer.deserialize_tuple(length, Fields)
            }
        }
    };
}

/// Declares the wire form of a payload: a map with unsigned keys, each field absent or present.
///
/// Whether a field must be there is for the kind to say, so that the answer can name it. An unknown odd key may be
/// ignored; the first unknown even one is kept in `unsupported`, since its meaning could change everything else.
/// A form whose texts stay in the bytes it is read from names their lifetime, `'de`.
///
/// ```
/// use ewtp_record::{cbor, map_form};
///
/// map_form! {
///     struct Line {
///         0 => code: String,
///         2 => indent: u64,
///     }
/// }
///
/// let line = Line { indent: Some(1), ..Line::default() };
/// assert_eq!(cbor::encode(&line), [0xa1, 0x02, 0x01]);
/// let later = cbor::decode::<Line>(&[0xa1, 0x04, 0x01], &cbor::Limits::message(64));
/// assert_eq!(later.map(|line| line.unsupported), Ok(Some(4)));
/// ```
// spec: record R12
#[macro_export]
macro_rules! map_form {
    ($(#[$attribute:meta])* struct $name:ident $(<$borrowed:lifetime>)? { $($key:literal => $field:ident: $type:ty,)+ }) => {
        $(#[$attribute])*
        #[derive(Debug, Default, PartialEq)]
        pub(crate) struct $name $(<$borrowed>)? {
            $(pub(crate) $field: Option<$type>,)+
            pub(crate) unsupported: Option<u64>,
        }

        impl $(<$borrowed>)? $crate::serde::Serialize for $name $(<$borrowed>)? {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::serde::ser::SerializeMap as _;
                let length = 0 $(+ usize::from(self.$field.is_some()))+;
                let mut map = serializer.serialize_map(Some(length))?;
                $(if let Some(value) = &self.$field {
                    map.serialize_entry(&($key as u64), value)?;
                })+
                map.end()
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name $(<$borrowed>)? {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> $crate::serde::de::Visitor<'de> for Fields {
                    type Value = $name $(<$borrowed>)?;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("a map with unsigned keys")
                    }

                    fn visit_map<A: $crate::serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut form = $name::default();
                        while let Some(key) = map.next_key::<u64>()? {
                            match key {
                                $($key => form.$field = Some(map.next_value()?),)+
                                unknown => {
                                    map.next_value::<$crate::serde::de::IgnoredAny>()?;
                                    if unknown % 2 == 0 {
                                        form.unsupported = form.unsupported.or(Some(unknown));
                                    }
                                }
                            }
                        }
                        Ok(form)
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    };
}

pub(crate) use map_form;
