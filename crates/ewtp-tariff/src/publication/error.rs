//! Why an edition is not published.

use super::unusual::{Unusual, all_of};
use crate::ScheduleError;
use ewtp_record::{FieldError, HubCode, RecordId, Subject};
use thiserror::Error;

/// A publication that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublicationError {
    /// The rows do not fit each other.
    #[error("{error} ({})", error.rule())]
    Schedule {
        /// The row, and what is wrong with it.
        #[from]
        error: ScheduleError,
    },
    /// What it corrects is no sound edition of this hub and territory.
    #[error("{0} is no edition of this hub and territory (edition R12)")]
    Corrects(RecordId),
    /// The territory has as many editions as can be counted.
    #[error("the edition before has the last number that there is (edition R4)")]
    LastNumber,
    /// It was published already, and the edition before it is not known here any more.
    #[error("edition {0}, which comes before, is not held here")]
    Lacking(RecordId),
    /// The rows to compare with are not those that the edition before names.
    #[error("the rows to compare with are not those of the edition before")]
    OtherRows,
    /// What it says breaks a rule.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A name is taken once, and what stands under it is never changed. // spec: edition R1
    #[error("edition {name} was published with other content, as {existing}")]
    Taken {
        /// The name.
        name: Subject,
        /// The record that has it.
        existing: RecordId,
    },
    /// Something is unusual, and nobody said that it is meant.
    #[error("{}; nothing was published", all_of(unusual))]
    Unconfirmed {
        /// What.
        unusual: Vec<Unusual>,
        /// The hub whose code is to be typed.
        hub: HubCode,
    },
}
