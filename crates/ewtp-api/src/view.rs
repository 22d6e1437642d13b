//! The remaining JSON answers: views of what the node holds. A view is for reading; only the record's own bytes are signed.

use crate::schema::{EventSchema, PeersSchema, ProofSchema, RecordSchema, RecordsSchema, ReopenedSchema};
use crate::status::{Peer, Waiting};
use ewtp_log::Hash;
use ewtp_record::{HubCode, Position, RecordId, Subject, UnixTime};
use serde::{Deserialize, Serialize};

/// What the node found when it examined a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandingView {
    /// Signed by a key that was entitled to, at its position.
    Sound,
    /// Logged, and not to be relied on; `fault` says why.
    Faulty,
    /// Of a kind or version this software does not know.
    Unsupported,
    /// Held and not examined yet.
    Undecided,
}

/// The facts of a record that every kind has, and its standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its id.
    pub id: RecordId,
    /// Name of its kind, or its number if this software does not know it.
    pub kind: String,
    /// The hub whose log holds it.
    pub hub: HubCode,
    /// Generation of that log.
    pub epoch: u32,
    /// Place in that log.
    pub index: u64,
    /// Certificate number, merchant id or other document reference.
    pub subject: Subject,
    /// Revision of that document.
    pub revision: u32,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it begins, if not when issued.
    pub not_before: Option<UnixTime>,
    /// What examination found.
    pub standing: StandingView,
    /// Code of the fault of a faulty record.
    pub fault: Option<String>,
}

impl Summary {
    /// Where the record stands.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            hub: self.hub,
            epoch: self.epoch,
            index: self.index,
        }
    }
}

/// One record as JSON (`ewtp.record/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    /// `ewtp.record/1`.
    pub schema: RecordSchema,
    /// The facts every record has.
    #[serde(flatten)]
    pub summary: Summary,
    /// Always false: this view is not what was signed. Ask for `application/cose` to get that.
    pub signed: bool,
    /// Size of the signed bytes.
    pub bytes: u64,
    /// The fields of its kind, named; null if this software does not know the kind.
    pub content: Option<serde_json::Value>,
}

/// A page of a listing (`ewtp.records/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPage {
    /// `ewtp.records/1`.
    pub schema: RecordsSchema,
    /// The records, in log order.
    pub records: Vec<Summary>,
    /// Where the next page begins: pass it as `after`. Null after the last page.
    pub next: Option<Position>,
}

/// That one record is in a log (`ewtp.proof/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// `ewtp.proof/1`.
    pub schema: ProofSchema,
    /// The log's name.
    pub origin: String,
    /// Place of the record.
    pub index: u64,
    /// Leaf hash of the record, which is its id.
    pub leaf: Hash,
    /// Records the checkpoint covers.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Sibling hashes from the leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint of that size, with its cosignatures, as a C2SP signed note; null if the node holds none.
    pub checkpoint: Option<String>,
}

/// The members connected now (`ewtp.peers/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerList {
    /// `ewtp.peers/1`.
    pub schema: PeersSchema,
    /// The members.
    pub peers: Vec<Peer>,
    /// Hubs that introduced themselves and wait to be carried.
    #[serde(default)]
    pub waiting: Vec<Waiting>,
}

/// Event `record` of `GET /v1/events` (`ewtp.event/1`): a record was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordEvent {
    /// `ewtp.event/1`.
    pub schema: EventSchema,
    /// The record.
    #[serde(flatten)]
    pub summary: Summary,
}

/// Event `reopened` of `GET /v1/events` (`ewtp.reopened/1`): what was told of a log from `index` on stands no more. Its
/// records are undecided until they are told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReopenedEvent {
    /// `ewtp.reopened/1`.
    pub schema: ReopenedSchema,
    /// The hub whose log it is.
    pub hub: HubCode,
    /// Generation of that log.
    pub epoch: u32,
    /// Place of the first record concerned.
    pub index: u64,
    /// Number of the charter that revokes a key from there on.
    pub charter: u32,
}

impl ReopenedEvent {
    /// Where the first record concerned stands.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            hub: self.hub,
            epoch: self.epoch,
            index: self.index,
        }
    }
}
