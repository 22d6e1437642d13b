//! Sample trade: what the hubs of a testnet issue so that there is something to gossip, examine and verify.
//!
//! 1,972 merchant credentials at Malaysia, as many small firms as were ready to export when its zone opened, and 300
//! clearance certificates on the corridors between the hubs. Codes, places and units are real; firms, numbers and
//! quantities are drawn from the seed, so that the same testnet is the same everywhere.

mod certificate;
mod container;
mod goods;
mod merchant;

pub use certificate::certificate;
pub use merchant::merchant;

use crate::roster::{self, HubFacts};
use crate::seed::Seed;
use serde_json::Value;

/// Merchant credentials in the sample.
pub const MERCHANTS: usize = 1972;

/// Clearance certificates in the sample.
pub const CERTIFICATES: usize = 300;

/// Records in the sample; charters, manifests and pulses come on top.
pub const RECORDS: usize = MERCHANTS + CERTIFICATES;

/// What one hub issues, as its admin interface takes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    /// Merchant credentials.
    pub merchants: Vec<Value>,
    /// Clearance certificates.
    pub certificates: Vec<Value>,
}

/// The sample for hubs of these codes, one share each, in their order. `laid_at` (Unix seconds) is when the trade was:
/// with the same seed, hubs and time the sample is the same to the byte, so issuing it twice logs it once.
pub fn sample(seed: Seed, hubs: &[String], laid_at: u64) -> Vec<Share> {
    let facts: Vec<&HubFacts> = hubs.iter().filter_map(|hub| roster::find(hub)).collect();
    let mut shares = vec![Share::default(); hubs.len()];
    let registrar = hubs.iter().position(|hub| hub == "MY").unwrap_or(0);
    shares[registrar].merchants = (0..MERCHANTS)
        .map(|n| merchant(seed, facts[registrar], n, laid_at))
        .collect();
    for n in 0..CERTIFICATES {
        let from = n % facts.len();
        shares[from]
            .certificates
            .push(certificate(seed, facts[from], &format!("S{n:04}"), laid_at));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_record::{Certificate, Credential, Terms, UnixTime};
    use std::collections::BTreeSet;

    fn hubs(n: usize) -> Vec<String> {
        roster::ROSTER[..n].iter().map(|facts| facts.code.to_owned()).collect()
    }

    #[test]
    fn a_testnet_of_any_size_gets_the_whole_sample() {
        for n in [1, 2, 3, 8, 32] {
            let shares = sample(Seed(1), &hubs(n), 1_790_000_000);
            assert_eq!(shares.len(), n);
            assert_eq!(
                shares.iter().map(|share| share.merchants.len()).sum::<usize>(),
                MERCHANTS
            );
            assert_eq!(
                shares.iter().map(|share| share.certificates.len()).sum::<usize>(),
                CERTIFICATES
            );
        }
    }

    #[test]
    fn malaysia_enrols_the_merchants_and_every_hub_clears_something() {
        let shares = sample(Seed(1), &hubs(8), 1_790_000_000);
        assert_eq!(shares[1].merchants.len(), MERCHANTS);
        assert!(shares.iter().all(|share| share.certificates.len() >= CERTIFICATES / 8));
    }

    #[test]
    fn the_same_seed_gives_the_same_sample_and_another_seed_another() {
        let sample = |seed| sample(Seed(seed), &hubs(8), 1_790_000_000);
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
    }

    #[test]
    fn every_document_of_the_sample_is_one_a_hub_would_sign() {
        let hubs = hubs(32);
        for (hub, share) in hubs.iter().zip(sample(Seed(1), &hubs, 1_790_000_000)) {
            let terms = Terms {
                issuer: hub.parse().unwrap(),
                now: UnixTime(0),
                life_seconds: 1,
            };
            share
                .merchants
                .iter()
                .for_each(|merchant| drop(Credential::from_json(merchant, &terms).unwrap()));
            share
                .certificates
                .iter()
                .for_each(|certificate| drop(Certificate::from_json(certificate, &terms).unwrap()));
        }
    }

    #[test]
    fn no_document_number_stands_twice_at_a_hub() {
        for share in sample(Seed(1), &hubs(8), 1_790_000_000) {
            for (name, documents) in [("merchant_id", &share.merchants), ("number", &share.certificates)] {
                let numbers: BTreeSet<_> = documents.iter().map(|document| document[name].to_string()).collect();
                assert_eq!(numbers.len(), documents.len());
            }
        }
    }
}
