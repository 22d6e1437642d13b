//! What the machine itself can do: the measure of everything else.

use anyhow::Context;
use bytes::Bytes;
use ed25519_dalek::{Signature, VerifyingKey};
use ewtp_record::{Record, SecretKey};
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;

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

/// Appending `records` to a new file in groups, with one fdatasync a group: records a second.
///
/// # Errors
/// When the disk refuses.
pub(super) fn append_raw(folder: &Path, records: &[Bytes], group: usize) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("append_raw")).context("cannot write beside the sample")?;
    let start = super::measure::stopwatch();
    let mut buffer = Vec::new();
    for group in records.chunks(group) {
        buffer.clear();
        group.iter().for_each(|record| buffer.extend_from_slice(record));
        file.write_all(&buffer)?;
        file.sync_data()?;
    }
    Ok(records.len() as f64 / start.elapsed().as_secs_f64())
}
