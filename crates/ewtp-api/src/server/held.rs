//! Questions to the store, with its faults told as problems.

use crate::problem::Problem;
use crate::schema::RecordSchema;
use crate::view::{RecordView, StandingView, Summary};
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint};
use ewtp_record::{LogId, Position, Record, RecordId};
use ewtp_store::{Reader, StoreError};
use ewtp_trust::{Finding, Standing};

impl From<StoreError> for Problem {
    /// A store that cannot read what it holds is never the caller's fault.
    fn from(fault: StoreError) -> Self {
        Self::internal(&fault)
    }
}

/// A record by its id, with its place.
pub(super) fn record(reader: &Reader, id: &RecordId) -> Result<(Position, Record), Problem> {
    let absent = || Problem::not_found(format!("this node holds no record {id}")).next("ewtp status");
    let position = reader.find(id)?.ok_or_else(absent)?;
    let bytes = reader.record(&position)?.ok_or_else(absent)?;
    let record = Record::decode(bytes).map_err(|fault| Problem::internal(&format!("record at {position}: {fault}")))?;
    Ok((position, record))
}

/// A record as JSON, with what examination found.
pub(super) fn view(reader: &Reader, position: Position, record: &Record) -> Result<RecordView, Problem> {
    let summary = match reader.finding_at(&position)? {
        Some(finding) => examined(&finding),
        None => undecided(position, record),
    };
    // A kind or version that this software does not know has no fields to name; the standing says so.
    let content = record.body().ok().map(|body| body.to_json());
    Ok(RecordView {
        schema: RecordSchema,
        summary,
        signed: false,
        bytes: record.bytes().len() as u64,
        content,
    })
}

/// What examination found, as it is told.
pub(super) fn examined(finding: &Finding) -> Summary {
    let (standing, fault) = match finding.standing {
        Standing::Sound => (StandingView::Sound, None),
        Standing::Unsupported => (StandingView::Unsupported, None),
        Standing::Faulty(fault) => (StandingView::Faulty, Some(fault.code().to_owned())),
    };
    Summary {
        id: finding.id,
        kind: finding.kind.to_string(),
        hub: finding.position.hub,
        epoch: finding.position.epoch,
        index: finding.position.index,
        subject: finding.subject,
        revision: finding.revision,
        issued_at: finding.issued_at,
        expires_at: finding.expires_at,
        not_before: finding.not_before,
        standing,
        fault,
    }
}

/// A record that is held and not examined yet: nothing it says is vouched for.
fn undecided(position: Position, record: &Record) -> Summary {
    let header = record.header();
    Summary {
        id: record.id(),
        kind: header.kind.to_string(),
        hub: position.hub,
        epoch: position.epoch,
        index: position.index,
        subject: header.subject,
        revision: header.revision,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
        not_before: header.not_before,
        standing: StandingView::Undecided,
        fault: None,
    }
}

/// The newest signed checkpoint of this very log.
pub(super) fn signed(reader: &Reader, log: LogId) -> Option<SignedCheckpoint> {
    reader
        .checkpoint(log.hub)
        .filter(|checkpoint| checkpoint.epoch == log.epoch)
}

/// The newest cosigned checkpoint of this very log.
pub(super) fn cosigned(reader: &Reader, log: LogId) -> Option<CosignedCheckpoint> {
    reader
        .cosigned(log.hub)
        .filter(|cosigned| cosigned.checkpoint.epoch == log.epoch)
}
