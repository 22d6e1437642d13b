//! What hubs issue while a simulation runs.

use ewtp_record::{Draft, Pulse, Record, RecordKind, UnixTime};

use crate::hub::Hub;

/// Records a second over all hubs: five that are announced and one of a status's size.
pub(crate) const PER_SECOND: u64 = 6;

/// One record in so many is of a status's size.
pub(crate) const STATUS_SIZED_ONE_IN: u32 = 6;

const DAY: u64 = 24 * 3600;

/// A record that a hub issues now.
pub(crate) fn record(hub: &mut Hub, now: UnixTime, _status_sized: bool) -> Record {
    hub.next_number += 1;
    let sequence = hub.next_number;
    pulse(hub, now, sequence + (1 << 20))
}

/// A sign of life.
pub(crate) fn pulse(hub: &Hub, now: UnixTime, sequence: u64) -> Record {
    let sequence = u32::try_from(sequence).expect("a simulation logs fewer records");
    let draft = Draft {
        kind: RecordKind::PULSE,
        issuer: hub.identity.hub,
        subject: Pulse::SUBJECT.parse().expect("a short word"),
        issued_at: now,
        expires_at: UnixTime(now.0 + DAY),
        not_before: None,
        payload: Pulse { sequence }.encode(),
    };
    draft.sign(&hub.identity.log_key).expect("a pulse keeps every rule")
}
