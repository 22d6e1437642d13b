//! The kinds of record and what each may weigh.

use std::fmt;

/// The kind of a record: the number under header label 16, 65,000 to 65,535. An unknown kind is carried all the same.
// spec: record R11
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKind(pub(crate) u16);

/// Number, name and cap in bytes of every kind with a place in the specification.
// spec: record R1, R11
const KINDS: [(RecordKind, &str, usize); 8] = [
    (RecordKind::CHARTER, "charter", 8 << 10),
    (RecordKind::RECOGNITION, "recognition", RecordKind::BYTES_MAX),
    (RecordKind::MANIFEST, "node-manifest", 2 << 10),
    (RecordKind::CERTIFICATE, "clearance-certificate", 8 << 10),
    (RecordKind::CREDENTIAL, "merchant-credential", 4 << 10),
    (RecordKind::TARIFF_EDITION, "tariff-edition", 8 << 10),
    (RecordKind::STATUS, "status", RecordKind::BYTES_MAX),
    (RecordKind::PULSE, "pulse", 512),
];

impl RecordKind {
    /// The longest record of any kind: entry bundles of the log state the length in 16 bits.
    pub const BYTES_MAX: usize = 65_535;

    /// A hub's identity document.
    pub const CHARTER: Self = Self(65_000);
    /// A hub's statement whom it recognises. Reserved.
    pub const RECOGNITION: Self = Self(65_001);
    /// A node of the hub, its transport key and addresses.
    pub const MANIFEST: Self = Self(65_002);
    /// A decision of an authority on goods.
    pub const CERTIFICATE: Self = Self(65_003);
    /// A registrar's statement on a merchant.
    pub const CREDENTIAL: Self = Self(65_004);
    /// One version of a tariff schedule.
    pub const TARIFF_EDITION: Self = Self(65_005);
    /// A change of standing of an earlier record. Reserved.
    pub const STATUS: Self = Self(65_006);
    /// A sign of life of an idle log.
    pub const PULSE: Self = Self(65_007);

    /// The kind of this number, if numbers of kinds may be so.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number >= 65_000 { Some(Self(number)) } else { None }
    }

    /// The kind people call by this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        KINDS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(kind, ..)| *kind)
    }

    /// The names of all kinds, in the order of their numbers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(_, name, _)| *name)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The name people call it by, `unknown` for a kind without one.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("unknown", |(_, name, _)| name)
    }

    /// How long a record of this kind may be, in bytes.
    #[must_use]
    pub fn bytes_max(self) -> usize {
        self.row().map_or(Self::BYTES_MAX, |(.., bytes_max)| *bytes_max)
    }

    fn row(self) -> Option<&'static (Self, &'static str, usize)> {
        KINDS.iter().find(|(kind, ..)| *kind == self)
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some((_, name, _)) => formatter.write_str(name),
            None => write!(formatter, "kind {}", self.0),
        }
    }
}

impl fmt::Debug for RecordKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({self})", self.0)
    }
}
