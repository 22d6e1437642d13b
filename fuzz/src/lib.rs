//! Every reader of foreign bytes, and honest bytes to begin from.
//!
//! These modules are also read by the whole-system tests of the main workspace, which feed random and mutated bytes to
//! the same readers on every run.

pub mod decoders;
pub mod lab;
pub mod samples;

#[cfg(feature = "node")]
pub mod admin;
#[cfg(feature = "node")]
pub mod config;
