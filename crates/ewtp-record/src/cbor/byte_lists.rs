//! Lists of byte strings, read in place and one by one.
//!
//! A list of a million strings takes a million allocations before anyone looks at the first; here none is made.

use super::cursor::Cursor;
use super::scan::{CborError, CborFault, Limits, scan};

/// The byte strings of a list, in their order, where they lie in the message.
#[derive(Debug, Clone)]
pub struct ByteList<'input> {
    cursor: Cursor<'input>,
    left: usize,
}

/// Reads a message that is an array of two lists of byte strings. Allocates nothing.
///
/// # Errors
/// The fault the scan found, or [`CborFault::Shape`] when the bytes are sound but say something else.
pub fn two_byte_lists<'input>(bytes: &'input [u8], limits: &Limits) -> Result<[ByteList<'input>; 2], CborError> {
    scan(bytes, limits)?;
    let mut cursor = Cursor::new(bytes);
    if cursor.array() != Some(2) {
        return Err(shape(0));
    }
    Ok([list(&mut cursor)?, list(&mut cursor)?])
}

/// The list at the cursor, which then stands behind it.
fn list<'input>(cursor: &mut Cursor<'input>) -> Result<ByteList<'input>, CborError> {
    let at = cursor.at();
    let left = cursor.array().and_then(|count| usize::try_from(count).ok());
    let left = left.ok_or_else(|| shape(at))?;
    let list = ByteList {
        cursor: cursor.clone(),
        left,
    };
    for _ in 0..left {
        let at = cursor.at();
        cursor.bytes().ok_or_else(|| shape(at))?;
    }
    Ok(list)
}

fn shape(at: usize) -> CborError {
    let fault = CborFault::Shape("not two lists of byte strings".to_owned());
    CborError { fault, at }
}

impl<'input> Iterator for ByteList<'input> {
    type Item = &'input [u8];

    fn next(&mut self) -> Option<&'input [u8]> {
        self.left = self.left.checked_sub(1)?;
        self.cursor.bytes()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for ByteList<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 64,
        depth: 2,
        items: 7,
    };

    #[test]
    fn strings_are_read_where_they_lie() {
        let message = [0x82, 0x82, 0x41, 1, 0x42, 2, 3, 0x81, 0x40];
        let [first, second] = two_byte_lists(&message, &LIMITS).unwrap();
        assert_eq!((first.len(), second.len()), (2, 1));
        let range = message.as_ptr_range();
        assert!(first.clone().all(|string| range.contains(&string.as_ptr())));
        assert_eq!(first.collect::<Vec<_>>(), [&[1][..], &[2, 3]]);
        assert_eq!(second.collect::<Vec<_>>(), [&[0_u8; 0][..]]);
    }

    #[test]
    fn another_shape_is_refused() {
        let code = |message: &[u8]| {
            two_byte_lists(message, &LIMITS)
                .map_err(|error| (error.fault.code(), error.at))
                .err()
        };
        assert_eq!(code(&[0x82, 0x80, 0x80]), None);
        assert_eq!(code(&[0x83, 0x80, 0x80, 0x80]), Some(("shape", 0)));
        assert_eq!(code(&[0x82, 0x80, 0x40]), Some(("shape", 2)));
        assert_eq!(code(&[0x82, 0x81, 0x01, 0x80]), Some(("shape", 2)));
        assert_eq!(code(&[0x82, 0x81, 0x80, 0x80]), Some(("cbor-depth", 2)));
        assert_eq!(code(&[0x82, 0x80, 0x80, 0x80]), Some(("cbor-trailing", 3)));
    }

    #[test]
    fn more_strings_than_the_limit_are_refused_before_one_is_read() {
        let message = |strings: u8| [&[0x82, 0x80, 0x80 + strings][..], &vec![0x40; strings.into()]].concat();
        assert!(two_byte_lists(&message(4), &LIMITS).is_ok());
        let error = two_byte_lists(&message(5), &LIMITS).unwrap_err();
        assert_eq!(error.fault, CborFault::TooManyItems);
    }
}
