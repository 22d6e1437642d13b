//! Steps through items in place, after the scan has found them sound.
//!
//! `ciborium` copies what it reads; the envelope of a record is opened for every record a node ever sees, and its parts
//! must stay where they are, in the bytes that were signed.

use super::scan::Head;

/// A place in scanned bytes. Each step answers `None` when the next item is of another type.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'input> {
    bytes: &'input [u8],
    at: usize,
}

impl<'input> Cursor<'input> {
    pub(crate) fn new(bytes: &'input [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next item.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The major type of the next item.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).map(|first| first >> 5)
    }

    /// The next item as people call it.
    pub(crate) fn peek_name(&self) -> &'static str {
        match self.peek() {
            Some(0) => "an unsigned number",
            Some(1) => "a negative number",
            Some(2) => "a byte string",
            Some(3) => "a text",
            Some(4) => "an array",
            Some(5) => "a map",
            Some(_) => "false, true or null",
            None => "the end",
        }
    }

    pub(crate) fn array(&mut self) -> Option<u64> {
        self.head(4)
    }

    pub(crate) fn map(&mut self) -> Option<u64> {
        self.head(5)
    }

    pub(crate) fn uint(&mut self) -> Option<u64> {
        self.head(0)
    }

    /// A number from −2^63 to 2^63 − 1.
    pub(crate) fn int(&mut self) -> Option<i64> {
        if self.peek()? == 1 {
            return i64::try_from(self.head(1)?).ok().map(|value| -1 - value);
        }
        i64::try_from(self.head(0)?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'input [u8]> {
        let length = self.head(2)?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Option<&'input str> {
        let length = self.head(3)?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(crate) fn null(&mut self) -> Option<()> {
        const NULL: u8 = 0xf6;
        (self.bytes.get(self.at) == Some(&NULL)).then(|| self.at += 1)
    }

    /// Steps over the next item with all it contains.
    pub(crate) fn skip(&mut self) -> Option<()> {
        let mut left: u64 = 1;
        while left > 0 {
            let head = Head::read(&self.bytes[self.at..]).ok()?;
            self.at += head.size;
            let parts = match head.major {
                2 | 3 => self.take(head.value).map(|_| 0)?,
                4 => head.value,
                5 => head.value.checked_mul(2)?,
                _ => 0,
            };
            left = (left - 1).checked_add(parts)?;
        }
        Some(())
    }

    fn head(&mut self, major: u8) -> Option<u64> {
        let head = Head::read(&self.bytes[self.at..])
            .ok()
            .filter(|head| head.major == major)?;
        self.at += head.size;
        Some(head.value)
    }

    fn take(&mut self, length: u64) -> Option<&'input [u8]> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        let slice = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(slice)
    }
}
