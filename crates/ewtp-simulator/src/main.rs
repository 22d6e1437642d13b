//! The `ewtp-simulator` binary.
fn main() {}
