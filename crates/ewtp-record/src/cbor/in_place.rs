//! Reads values where they lie, by the same typed visitors as `ciborium`, after the scan has found the bytes sound.
//!
//! `ciborium` pulls every head through a buffer and gives texts as copies only; of what a node spends on a logged record
//! beside its signature, that was more than half. So the kinds that a log holds by the million are read here, and their
//! texts stay in the record; everything else is read by `ciborium`. Both give the same values for the same bytes and
//! refuse the same bytes, which this room's tests hold against each other.
// spec: record R2

use super::scan::{CborError, CborFault};
use super::{Cursor, TOO_LONG};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;

/// Reads a value from bytes that passed the scan; what it borrows, it borrows from them.
pub(crate) fn read_in_place<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, CborError> {
    let mut reader = InPlace(Cursor::new(bytes));
    T::deserialize(&mut reader).map_err(|Misshapen(message)| CborError {
        fault: CborFault::Shape(message),
        at: reader.0.at(),
    })
}

/// The place of the next value.
struct InPlace<'de>(Cursor<'de>);

impl InPlace<'_> {
    /// Says that the next item is not what the visitor expects.
    #[cold]
    fn other_than(&self, expected: &dyn Expected) -> Misshapen {
        Misshapen::invalid_type(Unexpected::Other(self.0.peek_name()), expected)
    }
}

/// Gives a visitor what the cursor reads, if it is of that type.
macro_rules! scalars {
    ($($method:ident $read:ident $visit:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
            match self.0.$read() {
                Some(value) => visitor.$visit(value),
                None => Err(self.other_than(&visitor)),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for &mut InPlace<'de> {
    type Error = Misshapen;

    scalars! {
        deserialize_u8 uint visit_u64
        deserialize_u16 uint visit_u64
        deserialize_u32 uint visit_u64
        deserialize_u64 uint visit_u64
        deserialize_i8 int visit_i64
        deserialize_i16 int visit_i64
        deserialize_i32 int visit_i64
        deserialize_i64 int visit_i64
        deserialize_str text visit_borrowed_str
        deserialize_string text visit_borrowed_str
        deserialize_bytes bytes visit_borrowed_bytes
        deserialize_byte_buf bytes visit_borrowed_bytes
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
        match self.0.null() {
            Some(()) => visitor.visit_none(),
            None => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misshapen> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
        let Some(left) = self.0.array() else {
            return Err(self.other_than(&visitor));
        };
        let mut parts = Parts { reader: self, left };
        let value = visitor.visit_seq(&mut parts)?;
        parts.end(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misshapen> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misshapen> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
        let Some(left) = self.0.map() else {
            return Err(self.other_than(&visitor));
        };
        let mut parts = Parts { reader: self, left };
        let value = visitor.visit_map(&mut parts)?;
        parts.end(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
        match self.0.skip() {
            Some(()) => visitor.visit_unit(),
            None => Err(self.other_than(&visitor)),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshapen> {
        // A type that takes whatever comes could take two spellings of one value.
        Err(self.other_than(&visitor))
    }

    serde::forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char unit unit_struct struct enum identifier
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// What an array or a map still holds.
struct Parts<'reader, 'de> {
    reader: &'reader mut InPlace<'de>,
    left: u64,
}

impl Parts<'_, '_> {
    /// The value, if the visitor took all there was.
    fn end<T>(&self, value: T) -> Result<T, Misshapen> {
        match self.left {
            0 => Ok(value),
            _ => Err(Misshapen::custom(TOO_LONG)),
        }
    }

    /// Counts the next part, if there is one.
    fn next(&mut self) -> Option<&mut Self> {
        self.left = self.left.checked_sub(1)?;
        Some(self)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Misshapen;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misshapen> {
        self.next()
            .map(|parts| seed.deserialize(&mut *parts.reader))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Misshapen;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misshapen> {
        self.next()
            .map(|parts| seed.deserialize(&mut *parts.reader))
            .transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misshapen> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

/// Sound bytes that say something else than what was asked for.
#[derive(Debug)]
struct Misshapen(String);

impl fmt::Display for Misshapen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Misshapen {}

impl Error for Misshapen {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[cfg(test)]
mod tests;
