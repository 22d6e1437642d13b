//! What is asked of the node when a record is issued, and what it answers.

use crate::problem::Problem;
use crate::schema::IssuedSchema;
use bytes::Bytes;
use ewtp_record::{HubCode, Position, RecordId, RecordKind, Subject, UnixTime};
use serde::{Deserialize, Serialize};

/// A checked record that is not signed yet: the runtime adds issuer, times, key and position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueInput {
    /// What it is; chooses the duty of the key.
    pub kind: RecordKind,
    /// The document reference: certificate number or merchant id.
    pub subject: Subject,
    /// Revision of that document, 0 first. Issuing is idempotent on kind, subject and revision.
    pub revision: u32,
    /// The payload as it will be signed, with its schema version and revision.
    pub payload: Bytes,
    /// When it was issued; the node's clock if absent.
    pub issued_at: Option<UnixTime>,
    /// When it ends; the longest life the role key allows if absent.
    pub expires_at: Option<UnixTime>,
    /// When it begins, if not when issued.
    pub not_before: Option<UnixTime>,
}

/// Where an issued record stands, told once a durable signed checkpoint covers it (`ewtp.issued/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// `ewtp.issued/1`.
    pub schema: IssuedSchema,
    /// The record's id.
    pub id: RecordId,
    /// The hub that issued it.
    pub hub: HubCode,
    /// The log's generation.
    pub epoch: u32,
    /// Its place in the log.
    pub index: u64,
}

impl Issued {
    /// The answer for the record `id` at `position`.
    #[must_use]
    pub fn new(id: RecordId, position: Position) -> Self {
        Self {
            schema: IssuedSchema,
            id,
            hub: position.hub,
            epoch: position.epoch,
            index: position.index,
        }
    }
}

/// Why a checked record was not issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueFault {
    /// Kind, subject and revision are taken by a record of other content. // spec: admin R10
    #[error("this subject and revision were already issued with other content, as {existing}")]
    AlreadyIssuedDifferently {
        /// The record that stands.
        existing: RecordId,
    },
    /// The hub's charter gives no live key with the duty to this node.
    #[error("this node holds no key whose duty is to sign a {kind}")]
    NoRoleKey {
        /// What was to be issued.
        kind: RecordKind,
    },
    /// Other nodes would find the record faulty: its times lie outside the key's window or longest life.
    #[error("{reason}")]
    OutsideAuthority {
        /// Which bound was crossed, with the values.
        reason: String,
    },
    /// The node serves and does not issue now: an alarm says why.
    #[error("{reason}")]
    Unavailable {
        /// Why, for a person.
        reason: String,
        /// What to do.
        next: String,
    },
    /// The node is ending.
    #[error("the node is stopping and takes no new work")]
    Stopping,
}

/// The answer to one [`IssueInput`].
pub type IssueAnswer = Result<Issued, IssueFault>;

impl From<IssueFault> for Problem {
    fn from(fault: IssueFault) -> Self {
        let message = fault.to_string();
        match fault {
            IssueFault::AlreadyIssuedDifferently { existing } => {
                let next = "give it the next revision, or send the same content again for the first answer";
                Self {
                    existing: Some(Box::new(existing)),
                    ..Self::new("already-issued-differently", message).next(next)
                }
            }
            IssueFault::NoRoleKey { .. } => Self::new("no-role-key", message)
                .next("issue it at the node that holds the key, or add one to the charter"),
            IssueFault::OutsideAuthority { .. } => Self::new("outside-authority", message)
                .next("ewtp doctor shows how long charter and keys last; nothing was issued"),
            IssueFault::Unavailable { next, .. } => Self::new("unavailable", message).next(next),
            IssueFault::Stopping => Self::stopping(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_names_the_record_that_stands() {
        let existing = RecordId([7; 32]);
        let problem = Problem::from(IssueFault::AlreadyIssuedDifferently { existing });
        assert_eq!(problem.http_status(), 409);
        let told = serde_json::to_value(&problem).unwrap();
        assert_eq!(told["existing"], "07".repeat(32));
    }
}
