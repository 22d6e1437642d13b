//! The officer's crate: bundle, evidence, policy and time give a verdict
