//! The envelope of every record: a tagged COSE_Sign1 with all that matters in its protected header.
// spec: record

mod draft;
mod header;
mod record;

pub use draft::{Draft, Unsigned, signed_message};
pub use header::Header;
pub use record::{Record, RecordId};

#[cfg(test)]
mod tests;
