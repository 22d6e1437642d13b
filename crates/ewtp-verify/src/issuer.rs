//! Checks on who signed: the issuer's charters, the policy's pin, the key's authority, the record's signature.

use ewtp_record::{HubCode, Position, Record};
use ewtp_trust::{Charter, CharterChain, CharterError, Fault, Standing, examine_under};

use crate::bundle::{Bundle, Receipt};
use crate::outcome::{CheckCode, Outcome};
use crate::policy::Policy;
use crate::report::Report;

/// The issuer's chain, judged by itself and against the pin. `None` when there is nothing to judge the record by.
pub(crate) fn chain(report: &mut Report, bundle: &Bundle, policy: &Policy, issuer: HubCode) -> Option<CharterChain> {
    let chain = read_chain(report, bundle, policy, issuer);
    recognise(report, policy, issuer, chain.as_ref());
    chain
}

// spec: bundle R6
fn read_chain(report: &mut Report, bundle: &Bundle, policy: &Policy, issuer: HubCode) -> Option<CharterChain> {
    let Some(charters) = bundle.chain(&issuer) else {
        report.unknown(
            CheckCode::Net,
            Outcome::Undecided,
            "not known without the issuer's charters",
        );
        let detail = format!("the bundle has no charters of {issuer}");
        report.unknown(CheckCode::Charters, Outcome::Undecided, detail);
        return None;
    };
    let records: Result<Vec<Record>, _> = charters.iter().cloned().map(Record::decode).collect();
    let chain = records
        .map_err(CharterError::from)
        .and_then(|records| CharterChain::from_records(&records, &policy.net));
    match chain {
        Ok(chain) if chain.hub() == issuer => {
            report.pass(CheckCode::Net, format!("the charters are of net {}", policy.net));
            report.pass(
                CheckCode::Charters,
                format!("charters 0 to {} hold together", chain.number()),
            );
            Some(chain)
        }
        Ok(chain) => {
            let detail = format!("the charters under {issuer} are of {}", chain.hub());
            report.fail(CheckCode::Charters, Outcome::Invalid, detail);
            None
        }
        Err(error @ CharterError::WrongNet { .. }) => {
            // A charter of a test net is refused everywhere else, whatever the pins say.
            report.fail(CheckCode::Net, Outcome::Invalid, error.to_string());
            None
        }
        Err(CharterError::Decode(error)) if error.is_unsupported() => {
            report.unknown(CheckCode::Charters, Outcome::Unsupported, error.to_string());
            None
        }
        Err(error) => {
            report.fail(CheckCode::Charters, Outcome::Invalid, error.to_string());
            None
        }
    }
}

// spec: bundle R7
fn recognise(report: &mut Report, policy: &Policy, issuer: HubCode, chain: Option<&CharterChain>) {
    let Some(pinned) = policy.pins.get(&issuer) else {
        let detail = format!("{issuer} is not among the policy's pins");
        return report.fail(CheckCode::Recognised, Outcome::Unrecognised, detail);
    };
    match chain {
        Some(chain) if chain.genesis_id() == *pinned => {
            report.pass(CheckCode::Recognised, format!("{issuer} is pinned with this genesis"));
        }
        Some(chain) => {
            let detail = format!(
                "{issuer} is pinned with genesis {pinned}, the charters begin at {}",
                chain.genesis_id()
            );
            report.fail(CheckCode::Recognised, Outcome::Unrecognised, detail);
        }
        None => report.unknown(
            CheckCode::Recognised,
            Outcome::Undecided,
            format!("{issuer} is pinned, its charters were not readable"),
        ),
    }
}

/// Whether the signing key was allowed to sign this record, and did.
pub(crate) fn authority(report: &mut Report, record: &Record, chain: Option<&CharterChain>, receipt: Option<&Receipt>) {
    let Some(chain) = chain else {
        for code in [CheckCode::Authority, CheckCode::Window, CheckCode::Signature] {
            report.unknown(code, Outcome::Undecided, "no charter to judge it by");
        }
        return;
    };
    let position = receipt.map(|receipt| Position {
        hub: chain.hub(),
        epoch: receipt.epoch,
        index: receipt.index,
    });
    match charter_for(record, chain, receipt) {
        Authority::Under(charter) => {
            let standing = examine_under(record, position, charter, chain);
            report_standing(report, record, charter, standing);
        }
        Authority::Dropped { by } => {
            let detail =
                format!("charter {by} dropped the signing key, and nothing shows that the record was logged before");
            report.unknown(CheckCode::Authority, Outcome::Undecided, detail);
        }
        Authority::OutOfReach { named } => {
            let detail = format!(
                "the receipt names charter {named}, the bundle ends at {}",
                chain.number()
            );
            report.unknown(CheckCode::Authority, Outcome::Undecided, detail);
        }
    }
}

/// Which charter a record is judged by when the log's own order of charters is not at hand.
enum Authority<'a> {
    Under(&'a Charter),
    /// A later charter no longer has the key, and the record may have been logged after it.
    Dropped {
        by: u32,
    },
    OutOfReach {
        named: u32,
    },
}

/// The newest charter that can have been in force and has the key. The checkpoint's charter is the newest one below its
/// size, so it bounds the charter in force from above. // spec: bundle R9
fn charter_for<'a>(record: &Record, chain: &'a CharterChain, receipt: Option<&Receipt>) -> Authority<'a> {
    let bound = receipt.map_or_else(|| chain.number(), |receipt| receipt.charter);
    let Some(newest) = chain.at(bound) else {
        return Authority::OutOfReach { named: bound };
    };
    let key = &record.header().kid;
    let holder = (0..=bound)
        .rev()
        .filter_map(|number| chain.at(number))
        .find(|charter| charter.role(key).is_some());
    let Some(holder) = holder else {
        return Authority::Under(newest);
    };
    match chain.at(holder.number() + 1).filter(|next| next.number() <= bound) {
        Some(next) if record.header().issued_at >= next.body().issued_at && chain.revoked_from(key).is_none() => {
            Authority::Dropped { by: next.number() }
        }
        _ => Authority::Under(holder),
    }
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
        Fault::Body => CheckCode::RecordShape,
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
