//! The charter: a hub's identity document. Whose key may sign what, and who may change that.
//!
//! This module knows what one charter may say. Whether its signatures hold and whether it follows the one before, says
//! `ewtp-trust`.
// spec: charter

mod body;
mod duty;
mod rules;
mod seal;

pub use body::{CharterBody, CharterId, CharterName, Revocation, Role, Transition};
pub use duty::Duty;
pub use seal::{CharterSignature, SealedCharter};

#[cfg(test)]
mod tests;
