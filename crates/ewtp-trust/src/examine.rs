//! Judges one logged record: was it signed by a key that was allowed to sign it there?
//!
//! Cheap questions come first and the signature last, so that a record costs one strict verification and little more.

use ewtp_record::{Body, Duty, Position, Record, RecordKind};

use crate::CharterChain;
use crate::authority::{Authority, NotLogged};
use crate::charter::{Charter, RoleKey};
use crate::finding::{Fault, Finding, Standing};

/// Examines the record that a log holds at `position`. `authority` must know the charters logged below it.
///
/// `None` when the log holds, there or below, a charter that the chain does not reach yet: the record is undecided until
/// the chain is fetched. A finding is never taken back for want of a charter. // spec: trust R21, R22
pub fn examine(record: &Record, position: Position, authority: &Authority) -> Option<Finding> {
    let header = record.header();
    Some(Finding {
        position,
        id: record.id(),
        kind: header.kind,
        issuer: header.issuer,
        subject: header.subject,
        revision: header.revision,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
        not_before: header.not_before,
        standing: standing(record, position, authority)?,
    })
}

fn standing(record: &Record, position: Position, authority: &Authority) -> Option<Standing> {
    if authority.awaits().is_some_and(|awaited| awaited < position.index) {
        return None;
    }
    if record.header().issuer != position.hub {
        return Some(Standing::Faulty(Fault::WrongIssuer));
    }
    if record.header().kind == RecordKind::CHARTER {
        return charter_standing(record, position, authority);
    }
    Some(match authority.charter_at(position.index) {
        Some(charter) => examine_under(record, Some(position), charter, authority.chain()),
        None => Standing::Faulty(Fault::NoCharter),
    })
}

// spec: trust R24
fn charter_standing(record: &Record, position: Position, authority: &Authority) -> Option<Standing> {
    let known = match authority.known_charter(position.index, record) {
        Ok(known) => known,
        Err(NotLogged::Beyond { .. }) => return None,
        Err(NotLogged::Order { .. }) if position.index == 0 => return Some(Standing::Faulty(Fault::NoCharter)),
        Err(NotLogged::Order { .. }) => return Some(Standing::Faulty(Fault::CharterOrder)),
        Err(_) => return Some(Standing::Faulty(Fault::CharterUnknown)),
    };
    let same_record = known.record().id() == record.id();
    Some(
        if same_record || Charter::verify(record, &authority.chain().net()).is_ok() {
            Standing::Sound
        } else {
            Standing::Faulty(Fault::Signature)
        },
    )
}

/// Judges a record that is no charter under a given charter of its issuer's chain; without a position any revocation of
/// its key counts. For verifiers that know the charter from elsewhere than the log's order. // spec: trust R22, steps 5–13
pub fn examine_under(record: &Record, position: Option<Position>, charter: &Charter, chain: &CharterChain) -> Standing {
    let body = match record.body() {
        Ok(body) => body,
        Err(error) if error.is_unsupported() => return Standing::Unsupported,
        Err(_) => return Standing::Faulty(Fault::Body),
    };
    match fault_under(record, &body, position, charter, chain) {
        Some(fault) => Standing::Faulty(fault),
        None => Standing::Sound,
    }
}

/// The same for a record whose body was read; `None` when it is sound. // spec: trust R22, steps 7–13
pub fn fault_under(
    record: &Record,
    body: &Body,
    position: Option<Position>,
    charter: &Charter,
    chain: &CharterChain,
) -> Option<Fault> {
    let Some(role) = charter.role(&record.header().kid) else {
        return Some(Fault::UnknownKey);
    };
    if duty_for(body) != Some(role.duty) {
        return Some(Fault::WrongDuty);
    }
    let time_fault = time_fault(record, role, charter);
    if time_fault.is_some() {
        return time_fault;
    }
    if is_revoked(role, position, chain) {
        return Some(Fault::RevokedKey);
    }
    record.verify(&role.key).is_err().then_some(Fault::Signature)
}

/// The duty that signs a record with this body; `None` for charters, which the roots sign. // spec: trust, who may sign what
pub fn duty_for(body: &Body) -> Option<Duty> {
    match body {
        Body::Charter(..) => None,
        Body::Manifest(_) => Some(Duty::Operator),
        Body::Certificate(certificate) => Some(certificate.subtype.duty()),
        Body::Credential(_) => Some(Duty::Registrar),
        Body::Edition(_) => Some(Duty::Tariff),
        Body::Pulse(_) => Some(Duty::Log),
    }
}

fn time_fault(record: &Record, role: &RoleKey, charter: &Charter) -> Option<Fault> {
    let header = record.header();
    if !role.may_sign_at(header.issued_at) {
        return Some(Fault::OutsideWindow);
    }
    if header.issued_at > charter.body().expires_at {
        return Some(Fault::CharterExpired);
    }
    (header.expires_at.since(header.issued_at) > role.life_max_seconds).then_some(Fault::LifeTooLong)
}

fn is_revoked(role: &RoleKey, position: Option<Position>, chain: &CharterChain) -> bool {
    let Some(from) = chain.revoked_from(&role.key.id()) else {
        return false;
    };
    position.is_none_or(|position| (position.epoch, position.index) >= (from.epoch, from.index))
}

#[cfg(test)]
mod tests;
