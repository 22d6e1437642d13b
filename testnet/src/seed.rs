//! Everything a testnet draws, it draws from one number.
//!
//! The same seed gives the same net name, the same keys and the same sample trade on every machine, so that a fault can
//! be told to somebody else in one word. The keys are public knowledge by construction; the charter of a `test:` net is
//! refused everywhere else by its type (D17).

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest decimal seed that fits `test:seed-…` into the 16 bytes of a net name.
const DECIMAL_DIGITS_MAX: usize = 6;

/// The number a testnet is grown from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The name of the net, at most 16 bytes: `test:seed-42`, or a digest when the number is long.
    pub fn net(self) -> String {
        let decimal = self.0.to_string();
        if decimal.len() <= DECIMAL_DIGITS_MAX {
            return format!("test:seed-{decimal}");
        }
        format!("test:{}", &hex::encode(self.secret("net"))[..11])
    }

    /// 32 bytes that belong to `label` alone: a key seed.
    pub fn secret(self, label: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"ewtp-testnet/1\0")
            .chain_update(self.0.to_be_bytes())
            .chain_update(label)
            .finalize()
            .into()
    }

    /// A stream of numbers that belongs to `label` alone.
    pub fn stream(self, label: &str) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.secret(label))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_net_name_is_a_test_name_of_at_most_16_bytes() {
        for seed in [0, 1, 42, 999_999, 1_000_000, u64::MAX] {
            let net = Seed(seed).net();
            assert!(net.starts_with("test:") && net.len() <= 16, "{net}");
            assert!(
                net[5..]
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
                "{net}"
            );
        }
    }

    #[test]
    fn two_labels_and_two_seeds_share_no_key() {
        assert_ne!(Seed(1).secret("MY/log"), Seed(1).secret("MY/witness"));
        assert_ne!(Seed(1).secret("MY/log"), Seed(2).secret("MY/log"));
        assert_eq!(Seed(7).secret("MY/log"), Seed(7).secret("MY/log"));
    }
}
