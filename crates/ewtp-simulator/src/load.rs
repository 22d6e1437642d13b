//! What hubs issue while a simulation runs: clearance certificates, and records of a status's size.

use ewtp_record::certificate::{Decision, Goods, Line, Places, Subtype};
use ewtp_record::{Certificate, Draft, HsEdition, Pulse, Record, RecordKind, UnixTime};

use crate::hub::Hub;

/// What is issued at some hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// A clearance certificate of one line.
    Certificate,
    /// A record as small as a status.
    Status,
}

/// Certificates live this long.
const CERTIFICATE_DAYS: u64 = 180;

const DAY: u64 = 24 * 3600;

/// Sequence numbers from here on are of statuses; the engine's own pulses count far below.
const STATUS_SEQUENCE: u64 = 1 << 24;

impl Load {
    /// The record that a hub issues now.
    pub(crate) fn record(self, hub: &mut Hub, now: UnixTime) -> Record {
        hub.next_number += 1;
        match self {
            Self::Certificate => certificate(hub, now),
            Self::Status => pulse(hub, now, STATUS_SEQUENCE + hub.next_number),
        }
    }
}

fn certificate(hub: &Hub, now: UnixTime) -> Record {
    let draft = Draft {
        kind: RecordKind::CERTIFICATE,
        issuer: hub.identity.hub,
        subject: format!("{}-{:07}", hub.identity.hub, hub.next_number)
            .parse()
            .expect("a hub code and seven digits"),
        issued_at: now,
        expires_at: UnixTime(now.0 + CERTIFICATE_DAYS * DAY),
        not_before: None,
        payload: content(hub.next_number).encode(),
    };
    draft
        .sign(&hub.identity.customs_key)
        .expect("a certificate keeps every rule")
}

/// Coffee from Malaysia to China, or the like.
fn content(number: u64) -> Certificate {
    let place = |code: &str| Some(code.parse().expect("a UN/LOCODE"));
    Certificate {
        revision: 0,
        subtype: Subtype::ExportRelease,
        decision: Decision::Released,
        office: "CNHGH".parse().expect("a UN/LOCODE"),
        export_country: "CN".parse().expect("a country"),
        import_country: "MY".parse().expect("a country"),
        transit: Vec::new(),
        regime: Some("CN:9610".parse().expect("a regime")),
        ucr: None,
        transport: None,
        places: Places {
            loading: place("CNNGB"),
            discharge: place("MYPKG"),
            destination: place("MYKUL"),
        },
        goods: Goods::Lines(vec![Line {
            number: 1,
            hs: "090121".parse().expect("a goods code"),
            hs_edition: HsEdition::Hs2022,
            origin: "CN".parse().expect("a country"),
            quantity: None,
            net_kg: Some((1 + number % 20_000).to_string().parse().expect("a decimal")),
        }]),
        documents: Vec::new(),
        disclosure: None,
        previous: None,
        zone: None,
        assessment: None,
    }
}

/// A sign of life.
pub(crate) fn pulse(hub: &Hub, now: UnixTime, sequence: u64) -> Record {
    let sequence = u32::try_from(sequence).expect("a simulation logs fewer records");
    let draft = Pulse { sequence }.draft(hub.identity.hub, now);
    draft.sign(&hub.identity.log_key).expect("a pulse keeps every rule")
}
