//! Ed25519 keys and the one signature rule.
//!
//! A public key is admitted once, when a charter names it; after that a signature is judged by the strict equation
//! alone. Batch verification is never used: it accepts signatures that single verification refuses.
// spec: record R14, R15

use crate::cbor::hex_octets;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;
use thiserror::Error;

hex_octets! {
    /// Names a key inside a charter: the first 8 bytes of SHA-256 of the key.
    KeyId, 8
}

hex_octets! {
    /// A public key as written in a charter or credential, not yet admitted.
    KeyBytes, 32
}

impl KeyBytes {
    /// The id of this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let hash = Sha256::digest(self.0);
        KeyId(hash[..8].try_into().expect("a hash is longer than 8 bytes"))
    }

    /// Admits the key: the only way to a [`PublicKey`]. Costs about two signature checks.
    ///
    /// # Errors
    /// Says which demand the key fails.
    // spec: record R15
    pub fn admit(&self) -> Result<PublicKey, KeyError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| KeyError::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != &self.0 {
            return Err(KeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        Ok(PublicKey { key, id: self.id() })
    }
}

/// Why a public key is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The bytes are no point of the curve.
    #[error("the key is no point of the curve")]
    NotAPoint,
    /// The bytes are a second spelling of a point.
    #[error("the key is not in its canonical encoding")]
    NotCanonical,
    /// The point has small order, so that one signature would fit many messages.
    #[error("the key has small order")]
    Weak,
    /// The point has a component of small order, so that implementations disagree about its signatures.
    #[error("the key has a component of small order")]
    Torsion,
}

impl KeyError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPoint => "key-not-a-point",
            Self::NotCanonical => "key-not-canonical",
            Self::Weak => "key-weak",
            Self::Torsion => "key-torsion",
        }
    }
}

/// The signature does not fit the message and the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// A public key that was admitted: canonical, not weak, free of torsion. Keeps the decoded point.
#[derive(Clone, Copy)]
pub struct PublicKey {
    key: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    /// The key as written.
    #[must_use]
    pub fn to_bytes(&self) -> KeyBytes {
        KeyBytes(self.key.to_bytes())
    }

    /// The key as 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The id by which records name it.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Checks a signature by the strict rule.
    ///
    /// # Errors
    /// When the signature is not this key's over `message`.
    // spec: record R14
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        self.key
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| BadSignature)
    }

    /// The key as `ed25519_dalek` knows it.
    #[must_use]
    pub fn dalek(&self) -> &VerifyingKey {
        &self.key
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.to_bytes())
    }
}

/// A secret key. Its memory is cleared when it is dropped; it never shows in a log.
#[derive(Clone)]
pub struct SecretKey {
    key: SigningKey,
    id: KeyId,
}

impl SecretKey {
    /// The key that grows from `seed`, the 32 bytes RFC 8032 calls the private key.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        Self {
            id: KeyBytes(key.verifying_key().to_bytes()).id(),
            key,
        }
    }

    /// The seed, to be written to a key file. The caller clears its copy.
    #[must_use]
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.key.to_bytes())
    }

    /// The public half. A key made from a seed is always one that is admitted.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey {
            key: self.key.verifying_key(),
            id: self.id,
        }
    }

    /// The id of the public half.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The key as `ed25519_dalek` knows it.
    #[must_use]
    pub fn dalek(&self) -> &SigningKey {
        &self.key
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey(of {})", self.id)
    }
}
