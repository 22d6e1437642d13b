//! The strict scan: walks CBOR without allocating and refuses all that is not the one deterministic encoding.
//!
//! `ciborium` accepts duplicate and unsorted keys, long heads, indefinite lengths and trailing bytes; a mesh in which two
//! nodes disagree about such bytes splits. So every foreign byte string passes here first, and what reads values later
//! can rely on it.
// spec: record R2

use std::cmp::Ordering;
use thiserror::Error;

/// What a scan allows at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the whole input in bytes.
    pub bytes: usize,
    /// How many arrays or maps may enclose an item.
    pub depth: u8,
    /// How many items there may be, containers and map keys included.
    pub items: usize,
}

impl Limits {
    /// The limits of each part of a record: the whole of it, its protected header and its payload.
    pub const RECORD: Self = Self {
        bytes: 65_535,
        depth: 8,
        items: 4_096,
    };

    /// The limits of a message between nodes of at most `bytes` bytes; an item takes at least one byte of them.
    #[must_use]
    pub const fn message(bytes: usize) -> Self {
        Self {
            bytes,
            depth: 8,
            items: bytes,
        }
    }
}

/// Bytes that are not deterministic CBOR within the limits: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} at byte {at}")]
pub struct CborError {
    /// What is wrong.
    pub fault: CborFault,
    /// Offset of the offending item, in bytes from the start of the scanned input.
    pub at: usize,
}

/// The ways in which bytes can fail to be deterministic CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CborFault {
    /// The input is longer than the limit.
    #[error("{size} bytes exceed the limit of {limit}")]
    TooLarge {
        /// Length of the input.
        size: usize,
        /// The limit it exceeds.
        limit: usize,
    },
    /// The input ends inside an item, or a length says more than the input holds.
    #[error("the input ends inside an item")]
    Truncated,
    /// Bytes follow the outermost item.
    #[error("bytes follow the outermost item")]
    Trailing,
    /// A head is longer than its value needs.
    #[error("a head is longer than its value needs")]
    NotShortest,
    /// A string, array or map has no stated length.
    #[error("an item has an indefinite length")]
    Indefinite,
    /// A head uses one of the values that CBOR reserves.
    #[error("a head uses a reserved value")]
    Reserved,
    /// A floating point number.
    #[error("a floating point number")]
    Float,
    /// A tag, other than the outermost tag of a record.
    #[error("a tag inside")]
    Tag,
    /// A simple value other than false, true and null.
    #[error("a simple value other than false, true and null")]
    Simple,
    /// A map key that is not an integer.
    #[error("a map key that is not an integer")]
    KeyType,
    /// A map has the same key twice.
    #[error("a map has the same key twice")]
    DuplicateKey,
    /// Map keys are not in the bytewise order of their encodings.
    #[error("map keys are not in ascending order")]
    UnsortedKeys,
    /// A text string is not UTF-8.
    #[error("a text string is not UTF-8")]
    BadUtf8,
    /// More arrays and maps inside each other than the limit.
    #[error("items lie deeper than the limit")]
    TooDeep,
    /// More items than the limit.
    #[error("there are more items than the limit")]
    TooManyItems,
    /// Deterministic CBOR, but not of the expected shape.
    #[error("not of the expected shape: {0}")]
    Shape(String),
}

impl CborFault {
    /// The stable code of this fault, as vectors, scores and logs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Truncated => "cbor-truncated",
            Self::Trailing => "cbor-trailing",
            Self::NotShortest => "cbor-not-shortest",
            Self::Indefinite => "cbor-indefinite",
            Self::Reserved => "cbor-reserved",
            Self::Float => "cbor-float",
            Self::Tag => "cbor-tag",
            Self::Simple => "cbor-simple",
            Self::KeyType => "cbor-key-type",
            Self::DuplicateKey => "cbor-duplicate-key",
            Self::UnsortedKeys => "cbor-unsorted-keys",
            Self::BadUtf8 => "cbor-utf8",
            Self::TooDeep => "cbor-depth",
            Self::TooManyItems => "cbor-items",
            Self::Shape(_) => "shape",
        }
    }
}

/// Checks that `bytes` are exactly one item of deterministic CBOR within `limits`. Allocates nothing.
///
/// # Errors
/// The first fault found, reading from the left.
pub fn scan(bytes: &[u8], limits: &Limits) -> Result<(), CborError> {
    if bytes.len() > limits.bytes {
        return Err(CborError {
            fault: CborFault::TooLarge {
                size: bytes.len(),
                limit: limits.bytes,
            },
            at: 0,
        });
    }
    let mut scanner = Scanner {
        bytes,
        at: 0,
        items_left: limits.items,
    };
    scanner.item(limits.depth)?;
    if scanner.at == bytes.len() {
        Ok(())
    } else {
        Err(scanner.fault(CborFault::Trailing))
    }
}

/// The first bytes of an item: its major type, and the number that is its value or its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) major: u8,
    pub(crate) value: u64,
    /// Length of the head itself in bytes, 1 to 9.
    pub(crate) size: usize,
}

impl Head {
    /// Reads the head at the start of `bytes`, in its shortest form only.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CborFault> {
        let first = *bytes.first().ok_or(CborFault::Truncated)?;
        let (major, short) = (first >> 5, first & 0x1f);
        match (major, short) {
            // Most heads are one byte, which cannot be shorter; of major type 7 these are false, true and null.
            (0..7, 0..24) | (7, 20..=22) => Ok(Self {
                major,
                value: short.into(),
                size: 1,
            }),
            (7, 0..24) => Err(CborFault::Simple),
            _ => Self::long(major, short, bytes),
        }
    }

    /// A head of more than one byte.
    fn long(major: u8, short: u8, bytes: &[u8]) -> Result<Self, CborFault> {
        let (value, size, least) = match short {
            24 => (u64::from(tail::<1>(bytes)?[0]), 2, 24),
            25 => (u64::from(u16::from_be_bytes(tail(bytes)?)), 3, 1 << 8),
            26 => (u64::from(u32::from_be_bytes(tail(bytes)?)), 5, 1 << 16),
            27 => (u64::from_be_bytes(tail(bytes)?), 9, 1 << 32),
            31 if (2..=5).contains(&major) || major == 7 => return Err(CborFault::Indefinite),
            _ => return Err(CborFault::Reserved),
        };
        // Major type 7 has no value that could be shortened: 24 announces a simple value, 25 to 27 a float.
        match (major, short) {
            (7, 24) => Err(CborFault::Simple),
            (7, _) => Err(CborFault::Float),
            _ if value < least => Err(CborFault::NotShortest),
            _ => Ok(Self { major, value, size }),
        }
    }
}

fn tail<const N: usize>(bytes: &[u8]) -> Result<[u8; N], CborFault> {
    let tail = bytes.get(1..=N).ok_or(CborFault::Truncated)?;
    Ok(tail.try_into().expect("the slice was cut to this length"))
}

struct Scanner<'input> {
    bytes: &'input [u8],
    at: usize,
    items_left: usize,
}

impl<'input> Scanner<'input> {
    fn fault(&self, fault: CborFault) -> CborError {
        CborError { fault, at: self.at }
    }

    /// Walks one item with all it contains; `depth_left` containers may still be entered.
    fn item(&mut self, depth_left: u8) -> Result<(), CborError> {
        let head = self.head()?;
        match head.major {
            0 | 1 | 7 => {
                self.at += head.size;
                Ok(())
            }
            2 => self.string(head).map(drop),
            3 => {
                let start = self.at;
                let text = self.string(head)?;
                match std::str::from_utf8(text) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(CborError {
                        fault: CborFault::BadUtf8,
                        at: start,
                    }),
                }
            }
            4 => self.array(head, depth_left),
            5 => self.map(head, depth_left),
            _ => Err(self.fault(CborFault::Tag)),
        }
    }

    fn head(&mut self) -> Result<Head, CborError> {
        self.items_left = self
            .items_left
            .checked_sub(1)
            .ok_or_else(|| self.fault(CborFault::TooManyItems))?;
        Head::read(&self.bytes[self.at..]).map_err(|fault| self.fault(fault))
    }

    fn string(&mut self, head: Head) -> Result<&'input [u8], CborError> {
        let rest = &self.bytes[self.at + head.size..];
        let text = usize::try_from(head.value)
            .ok()
            .and_then(|length| rest.get(..length))
            .ok_or_else(|| self.fault(CborFault::Truncated))?;
        self.at += head.size + text.len();
        Ok(text)
    }

    fn array(&mut self, head: Head, depth_left: u8) -> Result<(), CborError> {
        let depth_left = self.enter(head, depth_left)?;
        for _ in 0..head.value {
            self.item(depth_left)?;
        }
        Ok(())
    }

    fn map(&mut self, head: Head, depth_left: u8) -> Result<(), CborError> {
        let depth_left = self.enter(head, depth_left)?;
        let mut previous = None;
        for _ in 0..head.value {
            previous = Some(self.key(previous)?);
            self.item(depth_left)?;
        }
        Ok(())
    }

    /// Steps over the head of a container, if it may be entered and the rest could hold what it announces.
    fn enter(&mut self, head: Head, depth_left: u8) -> Result<u8, CborError> {
        let depth_left = depth_left
            .checked_sub(1)
            .ok_or_else(|| self.fault(CborFault::TooDeep))?;
        let rest = self.bytes.len() - self.at - head.size;
        if head.value > rest as u64 {
            return Err(self.fault(CborFault::Truncated));
        }
        self.at += head.size;
        Ok(depth_left)
    }

    /// Steps over a map key, which must be an integer and come after the previous one.
    fn key(&mut self, previous: Option<Key>) -> Result<Key, CborError> {
        let head = self.head()?;
        if head.major > 1 {
            return Err(self.fault(CborFault::KeyType));
        }
        // Of heads in their shortest form, the bytes have the order of major type and number.
        let key = (head.major, head.value);
        match previous.cmp(&Some(key)) {
            Ordering::Less => {}
            Ordering::Equal => return Err(self.fault(CborFault::DuplicateKey)),
            Ordering::Greater => return Err(self.fault(CborFault::UnsortedKeys)),
        }
        self.at += head.size;
        Ok(key)
    }
}

/// The major type and the number of a map key.
type Key = (u8, u64);
