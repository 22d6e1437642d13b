//! Judging many bundles under one policy.

use ewtp_record::UnixTime;

use crate::bundle::Bundle;
use crate::chains::Chains;
use crate::policy::Policy;
use crate::verdict::{Asked, Verdict, verdict_with};

/// A desk that judges one bundle after another, and remembers the charters that it has verified. Its verdicts are those
/// of [`verdict`](crate::verdict), sooner.
#[derive(Debug, Clone)]
pub struct Verifier {
    policy: Policy,
    chains: Chains,
}

impl Verifier {
    /// A desk with this policy.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            chains: Chains::default(),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a decoded bundle.
    pub fn verdict(&mut self, bundle: &Bundle, now: UnixTime) -> Verdict {
        verdict_with(&mut self.chains, &Asked::of(bundle, &self.policy, now))
    }
}
