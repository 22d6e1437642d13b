//! What operators see and type, with the real binary: nodes as processes, each in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod engine;
mod gathering;
mod genesis;
mod hostile;
mod hub;
mod newcomer;
mod waiting;
