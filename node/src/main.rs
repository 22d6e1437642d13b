//! The `ewtp` binary.
fn main() {}
