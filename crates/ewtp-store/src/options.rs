//! How a store is opened.

use std::fmt;
use std::str::FromStr;

use ewtp_record::HubCode;

/// Which engine holds the index. Both pass the same tests; the ledger does not change with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The default: one file, honest syncs, a cache that keeps its limit.
    #[default]
    Redb,
    /// sled 0.34, in builds with `--features sled`.
    Sled,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redb => "redb",
            Self::Sled => "sled",
        })
    }
}

/// A name that is no engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an index engine is redb or sled")]
pub struct UnknownEngine;

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "redb" => Ok(Self::Redb),
            "sled" => Ok(Self::Sled),
            _ => Err(UnknownEngine),
        }
    }
}

/// What may be chosen when a store is opened; the default suits a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The index engine.
    pub engine: Engine,
    /// Memory the engine may use to cache rows, in bytes.
    pub cache_bytes: usize,
    /// A segment of the ledger that has grown to this many bytes is sealed and the next begun.
    pub segment_bytes: u64,
    /// The hub whose log this node appends to. Its documents are found by [`Reader::by_document`](crate::Reader::by_document)
    /// as soon as they are durable, before examination; other hubs' when they are examined.
    pub own: Option<HubCode>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            cache_bytes: 64 << 20,
            segment_bytes: 256 << 20,
            own: None,
        }
    }
}
