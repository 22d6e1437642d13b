//! Checks on the proof that a record is logged: the path from its leaf to a root that the issuer's log key signed.

use ewtp_log::{Hash, InclusionProof};
use ewtp_record::{HubCode, Record};
use ewtp_trust::{CheckpointFault, Directory, VerifiedCheckpoint};

use crate::bundle::Receipt;
use crate::outcome::{CheckCode, Outcome};
use crate::report::Report;

/// The checkpoint that the record is proven under. // spec: bundle R10
pub(crate) fn verify(
    report: &mut Report,
    directory: &Directory,
    issuer: HubCode,
    record: &Record,
    receipt: &Receipt,
) -> Option<VerifiedCheckpoint> {
    let root = root(report, record, receipt)?;
    let Receipt {
        epoch,
        charter,
        size,
        index,
        signature,
        ..
    } = receipt;
    let verified = match directory.chain(issuer) {
        // A key that a later charter replaced still proves what it signed in its time; the quorum says when that was.
        Some(chain) => chain.verify_checkpoint(*epoch, *charter, *size, root, &signature.0),
        None => Err(CheckpointFault::UnknownHub { hub: issuer }),
    };
    match verified {
        Ok(checkpoint) => {
            report.pass(CheckCode::Inclusion, format!("leaf {index} of {size} in epoch {epoch}"));
            report.pass(
                CheckCode::Checkpoint,
                format!("signed by the log key of charter {charter}"),
            );
            Some(checkpoint)
        }
        Err(fault) => {
            report_fault(report, &fault);
            None
        }
    }
}

fn root(report: &mut Report, record: &Record, receipt: &Receipt) -> Option<Hash> {
    let proof = InclusionProof {
        path: receipt.path.clone(),
    };
    let root = proof.root(receipt.index, receipt.size, &Hash(*record.id().as_bytes()));
    if let Err(error) = &root {
        report.fail(CheckCode::Inclusion, Outcome::Invalid, error.to_string());
        report.unknown(
            CheckCode::Checkpoint,
            Outcome::Undecided,
            "no root to check the signature on",
        );
    }
    root.ok()
}

fn report_fault(report: &mut Report, fault: &CheckpointFault) {
    match fault {
        CheckpointFault::Signature { .. } => {
            // The root is recomputed, so a wrong leaf, index, path, size, epoch and signature all show here.
            let detail = "the log key did not sign the root that record, index and path lead to";
            report.fail(CheckCode::Inclusion, Outcome::Invalid, detail);
            report.fail(CheckCode::Checkpoint, Outcome::Invalid, fault.to_string());
        }
        CheckpointFault::RevokedKey { .. } | CheckpointFault::ReplacedKey { .. } => {
            report.unknown(
                CheckCode::Inclusion,
                Outcome::Undecided,
                "the checkpoint cannot be relied on",
            );
            report.fail(CheckCode::Checkpoint, Outcome::Invalid, fault.to_string());
        }
        CheckpointFault::UnknownHub { .. } | CheckpointFault::UnknownCharter { .. } => {
            report.unknown(
                CheckCode::Inclusion,
                Outcome::Undecided,
                "no log key to check the root with",
            );
            report.unknown(CheckCode::Checkpoint, Outcome::Undecided, fault.to_string());
        }
    }
}
