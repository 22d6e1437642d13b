//! Checks on the signature: was the key allowed to sign this record, and did it?
//!
//! A log's own order of charters is not in a bundle. What is there bounds it: the charter that the checkpoint names is
//! the newest one below its size, so the charter in force was that one or an older one. // spec: bundle R9

use ewtp_record::{Position, Record};
use ewtp_trust::{Charter, CharterChain, Fault, Standing, examine_under};

use crate::bundle::Receipt;
use crate::outcome::{CheckCode, Outcome};
use crate::report::Report;

/// Reports on authority, window and signature of the record.
pub(crate) fn check(report: &mut Report, record: &Record, chain: Option<&CharterChain>, receipt: Option<&Receipt>) {
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
    match judge(record, position, chain, bound) {
        Judgement::Under(charter, standing) => report_standing(report, record, charter, standing),
        Judgement::Open { by } => {
            let detail = format!(
                "charter {by} no longer allows the signing key this record, and nothing shows that it was logged before"
            );
            report.unknown(CheckCode::Authority, Outcome::Undecided, detail);
        }
    }
}

enum Judgement<'a> {
    /// This charter decides.
    Under(&'a Charter, Standing),
    /// An older charter allows what charter `by` does not, and either may have been in force.
    Open { by: u32 },
}

/// Judges the record by the newest charter that can have been in force; where that one has nothing good to say of the
/// key, by the newest before it that has. // spec: bundle R9
fn judge<'a>(record: &Record, position: Option<Position>, chain: &'a CharterChain, bound: u32) -> Judgement<'a> {
    let mut said: Option<(&Charter, Standing)> = None;
    for charter in chain.charters()[..=bound as usize].iter().rev() {
        let standing = examine_under(record, position, charter, chain);
        let Standing::Faulty(fault) = standing else {
            return match said.and_then(|_| chain.at(charter.number() + 1)) {
                Some(next) if may_be_later(record, next, chain) => Judgement::Open { by: next.number() },
                _ => Judgement::Under(charter, standing),
            };
        };
        // That a key is unknown says less than what a charter that knows it has to say.
        if said.is_none_or(|(_, before)| before == Standing::Faulty(Fault::UnknownKey)) {
            said = Some((charter, standing));
        }
        if !depends_on_charter(fault) {
            break;
        }
    }
    let (charter, standing) = said.expect("a chain has at least its genesis, which was asked");
    Judgement::Under(charter, standing)
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

fn report_standing(report: &mut Report, record: &Record, charter: &Charter, standing: Standing) {
    let key = record.header().kid;
    let duty = charter.role(&key).map_or("no", |role| role.duty.name());
    match standing {
        Standing::Sound => {
            report.pass(
                CheckCode::Authority,
                format!("signed by {duty} key {key} of charter {}", charter.number()),
            );
            report.pass(CheckCode::Window, "issued within the key's window and life");
            report.pass(CheckCode::Signature, "the signature verifies");
        }
        Standing::Unsupported => {
            report.unknown(
                CheckCode::Authority,
                Outcome::Unsupported,
                "this version does not know what may sign it",
            );
        }
        Standing::Faulty(fault) => {
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
