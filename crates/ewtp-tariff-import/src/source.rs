//! The bytes of a file: bounded before they are unpacked, and while they are.

use crate::ImportError;
use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// How many bytes a file has, packed or not.
pub(crate) const BYTES_MAX: usize = 128 * 1024 * 1024; // ten times the largest schedule seen

/// What a packed file begins with.
const PACKED: &[u8] = &[0x1f, 0x8b];

/// The bytes of a file, unpacked when they are packed (gzip).
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImportError> {
    let too_large = |inflated| ImportError::TooLarge {
        max: BYTES_MAX,
        inflated,
    };
    if bytes.len() > BYTES_MAX {
        return Err(too_large(false));
    }
    if !bytes.starts_with(PACKED) {
        return Ok(Cow::Borrowed(bytes));
    }
    // One byte more than allowed tells a file that goes on from one that ends.
    let mut unpacked = Vec::new();
    let mut reader = GzDecoder::new(bytes).take(BYTES_MAX as u64 + 1);
    let read = reader.read_to_end(&mut unpacked);
    read.map_err(|error| ImportError::Packed(error.to_string()))?;
    if unpacked.len() > BYTES_MAX {
        return Err(too_large(true));
    }
    Ok(Cow::Owned(unpacked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_bytes_are_unpacked_and_others_left_alone() {
        assert_eq!(&*unpacked(&packed(b"[]")).unwrap(), b"[]");
        assert_eq!(&*unpacked(b"[]").unwrap(), b"[]");
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_huge_one_is_refused() {
        let bomb = packed(&vec![b' '; BYTES_MAX + 1]);
        assert!(bomb.len() < BYTES_MAX / 100);
        let refused = ImportError::TooLarge {
            max: BYTES_MAX,
            inflated: true,
        };
        assert_eq!(unpacked(&bomb), Err(refused));
    }

    #[test]
    fn a_file_cut_off_is_refused() {
        let whole = packed(b"[]");
        let cut = unpacked(&whole[..whole.len() - 9]);
        assert_eq!(cut.unwrap_err().code(), "packed");
    }
}
