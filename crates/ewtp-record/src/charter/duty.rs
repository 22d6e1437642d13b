//! Duties: what a role key may sign.

use crate::{RecordKind, Unsupported};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a role key is for. One key has one duty.
// spec: charter R11, R20
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duty {
    /// Signs the checkpoints of the hub's own log, and its pulses.
    Log,
    /// Cosigns checkpoints of other hubs.
    Witness,
    /// Signs node manifests.
    Operator,
    /// Signs whom the hub recognises.
    Recognise,
    /// Signs clearance: release, transit, origin, duty assessment.
    Customs,
    /// Signs inspections, sanitary and phytosanitary certificates, conformity, scans.
    Inspection,
    /// Signs permits and licences.
    Permit,
    /// Signs merchant credentials.
    Registrar,
    /// Signs tariff editions.
    Tariff,
    /// Signs trust packs for offline verifiers.
    Pack,
}

impl Duty {
    /// All duties, by their numbers.
    pub const ALL: [Self; 10] = [
        Self::Log,
        Self::Witness,
        Self::Operator,
        Self::Recognise,
        Self::Customs,
        Self::Inspection,
        Self::Permit,
        Self::Registrar,
        Self::Tariff,
        Self::Pack,
    ];

    /// The number on the wire, 0 to 9.
    #[must_use]
    pub const fn number(self) -> u64 {
        self as u64
    }

    /// The duty of this number.
    ///
    /// # Errors
    /// When no duty of this version has it.
    pub fn from_number(number: u64) -> Result<Self, Unsupported> {
        let duty = usize::try_from(number).ok().and_then(|index| Self::ALL.get(index));
        duty.copied().ok_or(Unsupported::Code {
            list: "duty",
            code: number,
        })
    }

    /// The name people call it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Witness => "witness",
            Self::Operator => "operator",
            Self::Recognise => "recognise",
            Self::Customs => "customs",
            Self::Inspection => "inspection",
            Self::Permit => "permit",
            Self::Registrar => "registrar",
            Self::Tariff => "tariff",
            Self::Pack => "pack",
        }
    }

    /// The kind of record that a key of this duty signs, if it signs records at all.
    #[must_use]
    pub const fn kind(self) -> Option<RecordKind> {
        match self {
            Self::Log => Some(RecordKind::PULSE),
            Self::Operator => Some(RecordKind::MANIFEST),
            Self::Recognise => Some(RecordKind::RECOGNITION),
            Self::Customs | Self::Inspection | Self::Permit => Some(RecordKind::CERTIFICATE),
            Self::Registrar => Some(RecordKind::CREDENTIAL),
            Self::Tariff => Some(RecordKind::TARIFF_EDITION),
            Self::Witness | Self::Pack => None,
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
