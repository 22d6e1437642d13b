//! The clearance certificate: what an authority decided about goods.
//!
//! Only what anyone may know stands here. Who sends and receives, what it is worth, invoices: those are leaves under the
//! disclosure root, and travel with the holder.
// spec: certificate

mod assessment;
mod codes;
mod form;
mod input;
mod rules;

pub use assessment::{AssessedLine, Assessment};
pub use codes::{Decision, Subtype, TransportMode};
pub(crate) use input::put;
pub(crate) use rules::amends;

use crate::cbor::Octets;
use crate::{
    Chapter, ContainerNumber, CountryCode, Decimal, HsCode, HsEdition, HubCode, Locode, Money, Quantity, RecordId,
    Regime, Ucr,
};

/// What a certificate says. Its number is the subject of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// How often it was amended; 0 first.
    pub revision: u32,
    /// What is certified.
    pub subtype: Subtype,
    /// What was decided.
    pub decision: Decision,
    /// Where: the office that decided.
    pub office: Locode,
    /// The country the goods leave.
    pub export_country: CountryCode,
    /// The country they go to.
    pub import_country: CountryCode,
    /// The countries between, at most 16, in the order of travel.
    pub transit: Vec<CountryCode>,
    /// The customs procedure.
    pub regime: Option<Regime>,
    /// The consignment, from order to delivery.
    pub ucr: Option<Ucr>,
    /// How the goods travel.
    pub transport: Option<Transport>,
    /// Where they are loaded, discharged and go.
    pub places: Places,
    /// The goods themselves, or the parcels of a batch.
    pub goods: Goods,
    /// Records this certificate rests on, at most 16, ascending by hub and id.
    pub documents: Vec<Document>,
    /// Root of the salted leaves that the holder can open.
    pub disclosure: Option<Octets<32>>,
    /// The record this one amends; none for revision 0.
    pub previous: Option<RecordId>,
    /// A free trade or pilot zone inside the hub, 1 to 16 characters.
    pub zone: Option<String>,
    /// What duty comes to, in an import release or a duty assessment.
    pub assessment: Option<Assessment>,
}

/// How goods travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// By what.
    pub mode: TransportMode,
    /// The transport document: its UN/EDIFACT 1001 code, 1 to 999, and its number, 1 to 35 characters.
    pub document: Option<(u16, String)>,
    /// The containers, at most 64, ascending.
    pub containers: Vec<ContainerNumber>,
}

/// The places of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Places {
    /// Where the goods are loaded.
    pub loading: Option<Locode>,
    /// Where they are discharged.
    pub discharge: Option<Locode>,
    /// Where they go in the end.
    pub destination: Option<Locode>,
}

/// What a certificate covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goods {
    /// Goods line by line, 1 to 999.
    Lines(Vec<Line>),
    /// Parcels under one Merkle root.
    Batch(Batch),
}

/// One line of goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Number of the line, 1 to 999, ascending.
    pub number: u16,
    /// The goods code.
    pub hs: HsCode,
    /// The edition that gives the code its meaning.
    pub hs_edition: HsEdition,
    /// Where the goods are from.
    pub origin: CountryCode,
    /// How much, in the unit the tariff line demands; for a permit, how much is granted.
    pub quantity: Option<Quantity>,
    /// Net mass in kilograms.
    pub net_kg: Option<Decimal>,
}

/// Many parcels, each with a proof under one root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// How many parcels, 1 to 10,000,000.
    pub parcels: u32,
    /// Root of the Merkle tree over the parcels.
    pub root: Octets<32>,
    /// Gross mass of all in kilograms.
    pub gross_kg: Option<Decimal>,
    /// The HS chapters that occur, 1 to 98, ascending.
    pub chapters: Vec<Chapter>,
    /// The value of all, a sum per currency, ascending by currency, at most 16.
    pub value: Vec<Money>,
}

/// A record of some hub that a certificate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    /// Whose record.
    pub hub: HubCode,
    /// Which.
    pub id: RecordId,
}
