//! The hash of the log: SHA-256 with the leaf and node prefixes of RFC 9162, so that a leaf can never be read as a node.
//!
//! A record's id is its [`leaf_hash`]: gossip id, store key, leaf and citation are one value. See `protocol-spec/log.md`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;

/// Root of the tree without leaves: SHA-256 of nothing. No checkpoint is ever signed for it. // spec: log R3
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A SHA-256 value in a Merkle tree: a leaf, a node or a root.
///
/// Shown as lower-case hex; inside CBOR it is a byte string of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; HASH_BYTES]);

/// The leaf hash of a record's exact bytes: `SHA-256(0x00 || bytes)`. // spec: log R1
pub fn leaf_hash(record: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(record);
    Hash(hasher.finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`. // spec: log R2
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut preimage = [0x01; 1 + 2 * HASH_BYTES];
    preimage[1..=HASH_BYTES].copy_from_slice(&left.0);
    preimage[1 + HASH_BYTES..].copy_from_slice(&right.0);
    Hash(Sha256::digest(preimage).into())
}

impl Hash {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }
}

impl From<[u8; HASH_BYTES]> for Hash {
    fn from(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashTextError;

    /// Takes exactly 32 bytes.
    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self).map_err(|_| HashTextError)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text or bytes are not a hash: 64 lower-case hex digits, or 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 32 bytes, written as 64 lower-case hex digits")]
pub struct HashTextError;

impl FromStr for Hash {
    type Err = HashTextError;

    /// Reads 64 lower-case hex digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; HASH_BYTES];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if !lower || hex::decode_to_slice(text, &mut bytes).is_err() {
            return Err(HashTextError);
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(HashVisitor)
        } else {
            deserializer.deserialize_bytes(HashVisitor)
        }
    }
}

struct HashVisitor;

impl<'de> Visitor<'de> for HashVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash of 32 bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Hash, E> {
        Hash::try_from(bytes).map_err(E::custom)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
        text.parse().map_err(E::custom)
    }

    // An array of integers is another encoding of the same value, and one value has one encoding.
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Hash, A::Error> {
        Err(A::Error::custom("a hash is a byte string, not an array"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, Hash(Sha256::digest([]).into()));
    }

    #[test]
    fn leaf_and_node_hashes_match_rfc_6962_test_values() {
        let leaf = leaf_hash(b"");
        assert_eq!(
            leaf.to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        let node = node_hash(&leaf, &leaf_hash(b"\x00"));
        assert_eq!(
            node.to_string(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn hash_text_with_capitals_or_a_wrong_length_is_refused() {
        let text = EMPTY_ROOT.to_string();
        assert_eq!(text.parse(), Ok(EMPTY_ROOT));
        assert!(text.to_uppercase().parse::<Hash>().is_err());
        assert!(text[2..].parse::<Hash>().is_err());
    }
}
