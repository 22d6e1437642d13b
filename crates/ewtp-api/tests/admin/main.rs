//! The admin interface as its callers meet it: a server on a socket over a real store, the client, and plain bytes.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod events;
mod hub;
mod issuing;
mod publishers;
mod quotes;
mod reading;
mod refusals;
mod tariffs;
