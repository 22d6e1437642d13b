//! Whole-system tests: vectors, architecture, simulation, and the real binaries as real processes.
//!
//! Here lies what these tests share: where the workspace is, and how its binaries are found and run.

pub mod binaries;
pub mod sources;
pub mod testnet;
