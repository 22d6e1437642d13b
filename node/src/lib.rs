//! The ewtp binary: one node of a hub, and every command an operator, officer or developer types
//!
//! The library part is what the testnet shares with the binary: the configuration, the keys, the folder and its first
//! contents, and the runtime.

pub mod clock;
pub mod config;
pub mod failure;
pub mod folder;
pub mod init;
pub mod keys;
pub mod manifest;
pub mod runtime;
pub mod shell;
