//! The officer's crate: a bundle, a policy and the time give a verdict.
//!
//! To check a certificate at the border, call [`verify`] with the bytes of a bundle file; it needs no node, no network and
//! no folder, only the policy that pins the hubs one trusts. The result says what was found, how old the evidence is and
//! what to compare with the goods; "could not check" ([`Outcome::Undecided`]) is never reported as "invalid".
//! The rules are numbered in `protocol-spec/bundle.md`. For a duty receipt, call [`verify_duty`], or
//! [`verify_duty_with_editions`] to learn whether its edition was corrected; for a certificate with the receipts of its duty and the
//! papers of its goods, [`verify_beside`].

mod bundle;
mod nobody;
mod policy;

mod outcome;
mod report;

mod authority;
mod chains;
mod issuer;
mod logged;
mod quorum;
mod receipt;
mod verdict;
mod verifier;

mod compare;
mod text;

mod assessment;
mod duty;

pub use assessment::ShownTable;
pub use bundle::{BUNDLE_BYTES_MAX, Bundle, BundleError, Receipt, WitnessCosignature};
pub use duty::{Correction, DutyVerdict, DutyView, Effect, verify_duty, verify_duty_with_editions};
pub use ewtp_tariff::Receipt as DutyReceipt;
pub use ewtp_trust::quorum_need;
pub use outcome::{Check, CheckCode, CheckResult, Outcome};
pub use policy::{POLICY_BYTES_MAX, Policy, PolicyError};
pub use quorum::Quorum;
pub use verdict::{Beside, RecordView, ShownFile, Verdict, verdict, verify, verify_beside};
pub use verifier::Verifier;
