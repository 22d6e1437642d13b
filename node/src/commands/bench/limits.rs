//! What the machine itself can do: the measure of everything else.

use ed25519_dalek::{Signature, VerifyingKey};
use ewtp_record::{Record, SecretKey};
use std::hint::black_box;

/// A signature with all that its bare verification needs.
pub(super) struct Signed {
    key: VerifyingKey,
    message: Vec<u8>,
    signature: Signature,
}

impl Signed {
    /// Signs as many bytes as `record` has signed.
    pub(super) fn like(record: &Record, key: &SecretKey) -> Self {
        let message = record.bytes()[..record.bytes().len() - 64].to_vec();
        let signature = Signature::from_bytes(&key.sign(&message));
        Self {
            key: *key.public().dalek(),
            message,
            signature,
        }
    }

    /// dalek's strict verification and nothing else.
    pub(super) fn verify(&self) {
        black_box(self.key.verify_strict(black_box(&self.message), &self.signature))
            .expect("it was signed by this key");
    }
}

/// dalek's strict verification, a second, on all cores.
pub(super) fn verify_raw(signed: &[Signed]) -> f64 {
    super::measure::rate(|thread| {
        // Each thread walks the list from its own place, so that none finds the other's cache.
        let half = thread * signed.len() / super::measure::cores();
        for signed in signed.iter().cycle().skip(half).take(64) {
            signed.verify();
        }
        64
    })
}

/// Signing, a second, on all cores.
pub(super) fn sign_raw(key: &SecretKey, message: &[u8]) -> f64 {
    super::measure::rate(|_| {
        for _ in 0..64 {
            black_box(key.sign(black_box(message)));
        }
        64
    })
}
