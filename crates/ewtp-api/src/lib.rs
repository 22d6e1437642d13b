//! The admin interface of a node: HTTP and JSON for operators and customs systems, and the client the command line uses.
//!
//! The runtime binds a [`Server`], gives it an [`Api`] and takes [`Command`]s; the command line and the testnet ask
//! through a [`Client`]. The routes and their JSON are documented in `protocol-spec/admin.md`. The interface is for the
//! operator of one machine: a private socket, or loopback.

mod schema;

mod issue;
mod problem;
mod status;
pub mod tariff;
mod view;
mod witnesses;

mod command;
mod server;

mod client;
pub mod quote;
pub mod socket;

pub use client::{Client, ClientError, EventFilter, EventStream, Issuing, Listing, LogEvent, Target};
pub use command::{COMMANDS_MAX, Command, NewPeer, Resume, commands};
pub use issue::{IssueAnswer, IssueFault, IssueInput, Issued};
pub use problem::{CODES, Problem};
pub use schema::{
    ErrorSchema, EventSchema, IssuedSchema, PeersSchema, ProofSchema, QuoteSchema, RecordSchema, RecordsSchema,
    ReopenedSchema, StatusSchema,
};
pub use server::{Api, Desk, ListenError, Server};
pub use status::{Alarm, FrontierEntry, LogHead, NodeState, Peer, ScheduleCounts, Status, Waiting};
pub use view::{PeerList, Proof, RecordEvent, RecordPage, RecordView, ReopenedEvent, StandingView, Summary};
pub use witnesses::{WITNESS_WAIT_MAX, Witnesses};
