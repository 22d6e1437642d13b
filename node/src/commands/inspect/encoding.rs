//! Hex, base64 or raw: the ways in which the same bytes are handed around.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::borrow::Cow;

/// Every way to read the input, the likeliest first: each with its name. What is hex is nothing else, though base64
/// could read it too.
pub(super) fn readings(given: &[u8]) -> Vec<(&'static str, Cow<'_, [u8]>)> {
    let Ok(text) = std::str::from_utf8(given) else {
        return vec![("raw bytes", Cow::Borrowed(given))];
    };
    let bare: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    if let Some(bytes) = hex::decode(&bare).ok().filter(|bytes| !bytes.is_empty()) {
        return vec![("hex", Cow::Owned(bytes))];
    }
    let base64 = STANDARD
        .decode(&bare)
        .or_else(|_| URL_SAFE_NO_PAD.decode(bare.trim_end_matches('=')));
    match base64 {
        Ok(bytes) if !bytes.is_empty() => vec![("base64", Cow::Owned(bytes)), ("text", Cow::Borrowed(given))],
        _ => vec![("text", Cow::Borrowed(given))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(given: &[u8]) -> Vec<&'static str> {
        readings(given).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn hex_over_several_lines_is_read_as_hex_alone() {
        let given = readings(b"d284\n58 20\n");
        assert_eq!(given, [("hex", Cow::Borrowed(&[0xd2, 0x84, 0x58, 0x20][..]))]);
    }

    #[test]
    fn base64_of_both_alphabets_is_read() {
        assert!(names(b"0oRYIA==").contains(&"base64"));
        assert!(names(b"_-8").contains(&"base64"));
    }

    #[test]
    fn bytes_that_are_no_text_are_raw_alone() {
        assert_eq!(names(&[0xd2, 0xff, 0x00]), ["raw bytes"]);
    }
}
