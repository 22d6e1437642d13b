//! Deterministic CBOR: the strict scan, and reading and writing values behind it.
//!
//! To read a message from a peer, call [`decode`]; to write one, [`encode`]. Messages are arrays: a tuple struct that
//! derives serde's traits, or a struct with named fields and [`array_form!`](crate::array_form). Byte strings are
//! [`Octets`] when their length is fixed and [`Blob`] when it is not; `[u8; N]` alone would become an array of numbers.
//!
//! Inside this crate, certificates and credentials are read in place and without copies, since a node reads one for each
//! signature it checks; `ciborium` reads all the rest and writes everything.
// spec: record R2

mod byte_lists;
mod cursor;
mod form;
mod in_place;
mod lists;
mod octets;
mod scan;

use lists::ListsAreArrays;
use serde::{Serialize, de::DeserializeOwned};

pub use byte_lists::{ByteList, two_byte_lists};
pub(crate) use cursor::Cursor;
pub(crate) use form::map_form;
pub(crate) use in_place::read_in_place;
pub(crate) use octets::hex_octets;
pub use octets::{Blob, Octets};
pub use scan::{CborError, CborFault, Limits, scan};

/// Reads exactly one value from `bytes`: the strict scan first, then the value by its type.
///
/// # Errors
/// The fault the scan found, or [`CborFault::Shape`] when the bytes are sound but say something else than a `T`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limits: &Limits) -> Result<T, CborError> {
    scan(bytes, limits)?;
    read(bytes)
}

/// What an array with surplus elements is told.
const TOO_LONG: &str = "an array is longer than its kind";

/// Reads a value from bytes that passed the scan.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    let mut rest = bytes;
    // Longer texts and byte strings go to the heap by themselves; a small buffer costs less to clear.
    let mut buffer = [0; 128];
    let ListsAreArrays(value) = ciborium::de::from_reader_with_buffer(&mut rest, &mut buffer)
        .map_err(|error| shape(bytes.len() - rest.len(), &error))?;
    // ciborium leaves surplus elements of an array unread, wherever the array lies; the rest then shows it.
    if rest.is_empty() {
        Ok(value)
    } else {
        let fault = CborFault::Shape(TOO_LONG.to_owned());
        Err(CborError {
            fault,
            at: bytes.len() - rest.len(),
        })
    }
}

fn shape(at: usize, error: &ciborium::de::Error<std::io::Error>) -> CborError {
    let message = match error {
        ciborium::de::Error::Semantic(_, message) => message.clone(),
        ciborium::de::Error::RecursionLimitExceeded => "too deep".to_owned(),
        ciborium::de::Error::Syntax(_) | ciborium::de::Error::Io(_) => "cut short".to_owned(),
    };
    CborError {
        fault: CborFault::Shape(message),
        at,
    }
}

/// Writes `value` as deterministic CBOR. Types of this workspace keep their map keys sorted and use no floats.
///
/// # Panics
/// If the serde implementation of `T` itself reports an error, which none of ours does.
#[must_use]
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    ciborium::into_writer(value, &mut bytes).expect("writing to memory fails only when a type refuses to be written");
    debug_assert_eq!(
        scan(&bytes, &Limits::message(usize::MAX)),
        Ok(()),
        "a type writes what the scan refuses"
    );
    bytes
}

/// What stands before the items of an array of so many: for one whose items are encoded apart.
#[must_use]
pub fn array_head(items: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(9);
    write_head(&mut head, 4, items as u64);
    head
}

/// Appends the shortest head of an item to `out`: for the envelope, which is written without `serde`.
pub(crate) fn write_head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    let wide = value.to_be_bytes();
    match value {
        0..24 => out.push(major | wide[7]),
        24..0x100 => out.extend([major | 24, wide[7]]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend(&wide[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend(&wide[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend(wide);
        }
    }
}

/// Appends a byte string to `out`.
pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_head(out, 2, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a text string to `out`.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_head(out, 3, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests;
