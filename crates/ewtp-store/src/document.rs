//! What a record speaks of, as issuing is idempotent on it: hub, kind, subject and revision.

use ewtp_record::{HubCode, Record, RecordKind, Subject};
use ewtp_trust::Finding;

/// One revision of one document of one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Document {
    pub(crate) hub: HubCode,
    pub(crate) kind: RecordKind,
    pub(crate) subject: Subject,
    pub(crate) revision: u32,
}

impl Document {
    pub(crate) fn of_record(record: &Record) -> Self {
        let header = record.header();
        Self {
            hub: header.issuer,
            kind: header.kind,
            subject: header.subject,
            revision: header.revision,
        }
    }

    pub(crate) fn of_finding(finding: &Finding) -> Self {
        let Finding {
            issuer,
            kind,
            subject,
            revision,
            ..
        } = *finding;
        Self {
            hub: issuer,
            kind,
            subject,
            revision,
        }
    }
}
