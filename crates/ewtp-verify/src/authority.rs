//! Checks on the signature: was the key allowed to sign this record, and did it?
//!
//! A log's own order of charters is not in a bundle. What is there bounds it: the charter that the checkpoint names is
//! the newest one below its size, so the charter in force was that one or an older one. // spec: bundle R9

use ewtp_record::{Body, Position, Record};
use ewtp_trust::{Charter, CharterChain, Fault, fault_under};

use crate::bundle::Receipt;
use crate::outcome::{CheckCode, Outcome};
use crate::report::Report;

/// Reports on authority, window and signature of the record with this body.
pub(crate) fn check(
    report: &mut Report,
    (record, body): (&Record, &Body),
    chain: Option<&CharterChain>,
    receipt: Option<&Receipt>,
) {
    let Some(chain) = chain else {
        for code in [CheckCode::Authority, CheckCode::Window, CheckCode::Signature] {
            report.unknown(code, Outcome::Undecided, "no charter to judge it by");
        }
        return;
    };
    let bound = receipt.map_or_else(|| chain.number(), |receipt| receipt.charter);
    if bound > chain.number() {
        let detail = format!(
            "the receipt names charter {bound}, the bundle ends at {}",
            chain.number()
        );
        return report.unknown(CheckCode::Authority, Outcome::Undecided, detail);
    }
    let position = receipt.map(|receipt| Position {
        hub: chain.hub(),
        epoch: receipt.epoch,
        index: receipt.index,
    });
    match judge((record, body), position, chain, bound) {
        Judgement::Under(charter, fault) => report_fault(report, record, charter, fault),
        Judgement::Open { by } => {
            let detail = format!(
                "charter {by} no longer allows the signing key this record, and nothing shows that it was logged before"
            );
            report.unknown(CheckCode::Authority, Outcome::Undecided, detail);
        }
    }
}

enum Judgement<'a> {
    /// This charter decides; the record is sound under it when it finds no fault.
    Under(&'a Charter, Option<Fault>),
    /// An older charter allows what charter `by` does not, and either may have been in force.
    Open { by: u32 },
}

/// Judges the record by the newest charter that can have been in force; where that one has nothing good to say of the
/// key, by the newest before it that has. // spec: bundle R9
fn judge<'a>(
    (record, body): (&Record, &Body),
    position: Option<Position>,
    chain: &'a CharterChain,
    bound: u32,
) -> Judgement<'a> {
    let mut said: Option<(&Charter, Fault)> = None;
    for charter in chain.charters()[..=bound as usize].iter().rev() {
        let Some(fault) = fault_under(record, body, position, charter, chain) else {
            return match said.and_then(|_| chain.at(charter.number() + 1)) {
                Some(next) if may_be_later(record, next, chain) => Judgement::Open { by: next.number() },
                _ => Judgement::Under(charter, None),
            };
        };
        // That a key is unknown says less than what a charter that knows it has to say.
        if said.is_none_or(|(_, before)| before == Fault::UnknownKey) {
            said = Some((charter, fault));
        }
        if !depends_on_charter(fault) {
            break;
        }
    }
    let (charter, fault) = said.expect("a chain has at least its genesis, which was asked");
    Judgement::Under(charter, Some(fault))
}

/// Whether nothing shows that the record was made before `next` ended what its key may do: neither its own time nor a
/// revocation, which vouches for all that was logged before its position.
fn may_be_later(record: &Record, next: &Charter, chain: &CharterChain) -> bool {
    record.header().issued_at >= next.body().issued_at && chain.revoked_from(&record.header().kid).is_none()
}

/// Whether an older charter could say otherwise.
fn depends_on_charter(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::UnknownKey | Fault::WrongDuty | Fault::OutsideWindow | Fault::CharterExpired | Fault::LifeTooLong
    )
}

fn report_fault(report: &mut Report, record: &Record, charter: &Charter, fault: Option<Fault>) {
    let key = record.header().kid;
    let duty = charter.role(&key).map_or("no", |role| role.duty.name());
    match fault {
        None => {
            report.pass(
                CheckCode::Authority,
                format!("signed by {duty} key {key} of charter {}", charter.number()),
            );
            report.pass(CheckCode::Window, "issued within the key's window and life");
            report.pass(CheckCode::Signature, "the signature verifies");
        }
        Some(fault) => {
            let passed = passed_before(fault);
            for code in passed {
                report.pass(*code, "holds");
            }
            report.fail(check_of(fault), Outcome::Invalid, fault.meaning());
        }
    }
}

/// Under which check a fault is reported.
fn check_of(fault: Fault) -> CheckCode {
    match fault {
        Fault::OutsideWindow | Fault::CharterExpired | Fault::LifeTooLong => CheckCode::Window,
        Fault::Signature => CheckCode::Signature,
        Fault::NotARecord | Fault::Body => CheckCode::RecordShape,
        Fault::WrongIssuer
        | Fault::NoCharter
        | Fault::CharterOrder
        | Fault::CharterUnknown
        | Fault::UnknownKey
        | Fault::WrongDuty
        | Fault::RevokedKey => CheckCode::Authority,
    }
}

/// The checks that were passed before this fault was found.
fn passed_before(fault: Fault) -> &'static [CheckCode] {
    match fault {
        Fault::Signature => &[CheckCode::Authority, CheckCode::Window],
        Fault::OutsideWindow | Fault::CharterExpired | Fault::LifeTooLong => &[CheckCode::Authority],
        _ => &[],
    }
}
