//! Where a row stands: its tree, its table, and its key in the table.

use super::RowError;
use super::names::{GroupId, Language, choice};
use crate::{LineCode, Token};
use ewtp_record::cbor::{self, Limits};
use ewtp_record::fields::{parse, within};
use ewtp_record::{Currency, Date, FieldError, HsEdition};
use std::fmt;

choice! {
    /// One of the three trees of an edition.
    // spec: tariff-row R1
    TreeKind, "tariff-row R1", "tree" {
        /// Lines with their measures, and the dated tables.
        Rates = "rates",
        /// Descriptions of lines.
        Texts = "texts",
        /// Notes.
        Notes = "notes",
    }
}

/// The key of a row, unique in a schedule. Keys are ordered by table, then part by part: a heading stands before its
/// subheadings.
// spec: tariff-row R2
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// Table 0: a line, and which of the lines with that code, from 1.
    Line(LineCode, u32),
    /// Table 1: a group of countries.
    Group(GroupId),
    /// Table 2: a relief.
    Relief(Token),
    /// Table 3: a quota.
    Quota(Token),
    /// Table 4: the exchange rate of a currency from a day on.
    Exchange(Currency, Date),
    /// Table 5: codes of an older HS edition, old and new.
    Correlation(HsEdition, LineCode, LineCode),
    /// Table 6: the description of a line in a language.
    Description(LineCode, u32, Language),
    /// Table 7: a note.
    Note(Token),
}

impl RowKey {
    /// How many bytes a key has at most.
    pub const BYTES_MAX: usize = 64;

    /// The number of its table.
    #[must_use]
    pub const fn table(&self) -> u64 {
        match self {
            Self::Line(..) => 0,
            Self::Group(_) => 1,
            Self::Relief(_) => 2,
            Self::Quota(_) => 3,
            Self::Exchange(..) => 4,
            Self::Correlation(..) => 5,
            Self::Description(..) => 6,
            Self::Note(_) => 7,
        }
    }

    /// The tree that its table lies in.
    #[must_use]
    pub const fn tree(&self) -> TreeKind {
        match self {
            Self::Description(..) => TreeKind::Texts,
            Self::Note(_) => TreeKind::Notes,
            _ => TreeKind::Rates,
        }
    }

    /// The key as a CBOR array: its table, then its parts.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let table = self.table();
        match self {
            Self::Line(code, seq) => cbor::encode(&(table, code, seq)),
            Self::Group(id) => cbor::encode(&(table, id)),
            Self::Relief(id) | Self::Quota(id) | Self::Note(id) => cbor::encode(&(table, id)),
            Self::Exchange(currency, from) => cbor::encode(&(table, currency, from)),
            Self::Correlation(edition, old, new) => cbor::encode(&(table, edition, old, new)),
            Self::Description(code, seq, language) => cbor::encode(&(table, code, seq, language)),
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn decode(bytes: &[u8]) -> Result<Self, RowError> {
        let limits = Limits::message(Self::BYTES_MAX);
        let key = match table(bytes, &limits)? {
            0 => {
                let (_, code, seq): (u64, String, u64) = cbor::decode(bytes, &limits)?;
                Self::line(&code, seq)?
            }
            1 => {
                let (_, id): (u64, String) = cbor::decode(bytes, &limits)?;
                Self::Group(parse(&id, "id")?)
            }
            table @ (2 | 3 | 7) => {
                let (_, id): (u64, String) = cbor::decode(bytes, &limits)?;
                Self::named(table, &id)?
            }
            4 => {
                let (_, currency, from): (u64, String, u64) = cbor::decode(bytes, &limits)?;
                Self::exchange(&currency, from)?
            }
            5 => {
                let (_, edition, old, new): (u64, u64, String, String) = cbor::decode(bytes, &limits)?;
                Self::correlation(edition, &old, &new)?
            }
            6 => {
                let (_, code, seq, language): (u64, String, u64, String) = cbor::decode(bytes, &limits)?;
                Self::description(&code, seq, &language)?
            }
            table => return Err(RowError::Table(table)),
        };
        Ok(key)
    }

    pub(super) fn line(code: &str, seq: u64) -> Result<Self, FieldError> {
        Ok(Self::Line(parse(code, "code")?, sequence(seq)?))
    }

    /// The key of a table whose key is a name.
    pub(super) fn named(table: u64, id: &str) -> Result<Self, RowError> {
        let id = parse(id, "id")?;
        match table {
            2 => Ok(Self::Relief(id)),
            3 => Ok(Self::Quota(id)),
            7 => Ok(Self::Note(id)),
            table => Err(RowError::Table(table)),
        }
    }

    pub(super) fn exchange(currency: &str, from: u64) -> Result<Self, FieldError> {
        let from = Date::from_days(from).map_err(|error| FieldError::at("from", error))?;
        Ok(Self::Exchange(parse(currency, "currency")?, from))
    }

    pub(super) fn correlation(edition: u64, old: &str, new: &str) -> Result<Self, FieldError> {
        let edition = HsEdition::try_from(edition).map_err(|error| FieldError::at("edition", error))?;
        Ok(Self::Correlation(edition, parse(old, "old")?, parse(new, "new")?))
    }

    pub(super) fn description(code: &str, seq: u64, language: &str) -> Result<Self, FieldError> {
        let code = parse(code, "code")?;
        Ok(Self::Description(code, sequence(seq)?, parse(language, "language")?))
    }

    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        match self {
            Self::Line(_, seq) | Self::Description(_, seq, _) => sequence((*seq).into()).map(|_| ()),
            _ => Ok(()),
        }
    }
}

/// The table that a row or a key names first, after the strict scan.
pub(super) fn table(bytes: &[u8], limits: &Limits) -> Result<u64, RowError> {
    cbor::scan(bytes, limits)?;
    let is_array = bytes.first().is_some_and(|head| (0x82..=0x97).contains(head));
    match bytes.get(1) {
        Some(number @ 0..=0x17) if is_array => Ok(u64::from(*number)),
        _ => Err(RowError::Form),
    }
}

// spec: tariff-row R2
fn sequence(seq: u64) -> Result<u32, FieldError> {
    within(seq, 1..=65_535, "seq", "tariff-row R2")
}

impl fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(code, 1) => write!(formatter, "line {code}"),
            Self::Line(code, seq) => write!(formatter, "line {code} ({seq})"),
            Self::Group(id) => write!(formatter, "group {id}"),
            Self::Relief(id) => write!(formatter, "relief {id}"),
            Self::Quota(id) => write!(formatter, "quota {id}"),
            Self::Exchange(currency, from) => write!(formatter, "exchange rate of {currency} from {from}"),
            Self::Correlation(edition, old, new) => {
                write!(formatter, "correlation from HS {}: {old} to {new}", edition.year())
            }
            Self::Description(code, 1, language) => write!(formatter, "description of {code} in {language}"),
            Self::Description(code, seq, language) => {
                write!(formatter, "description of {code} ({seq}) in {language}")
            }
            Self::Note(id) => write!(formatter, "note {id}"),
        }
    }
}
