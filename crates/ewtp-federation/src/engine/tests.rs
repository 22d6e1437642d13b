//! Engines wired to each other in memory: real keys, real bytes between them, a disk that is durable at once.

mod agreement;
mod caps;
mod charters;
mod clock;
mod cosignatures;
mod disk;
mod gossip;
mod mesh;
mod pulse;
mod start;
mod strangers;
