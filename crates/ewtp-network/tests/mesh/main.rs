//! The network on real loopback sockets. Tests wait for events; time passes only where nothing must happen.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(clippy::disallowed_methods, reason = "some tests measure")]

mod support;

mod stranger;

mod connections;
mod flood;
mod gossip;
mod hostile;
mod links;
mod streams;
