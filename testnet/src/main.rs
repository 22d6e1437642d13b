//! The `ewtp-testnet` binary.
fn main() {}
