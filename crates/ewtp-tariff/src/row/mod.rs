//! Rows: what a schedule consists of, each proved by itself.
//!
//! To make a row, fill an [`Entry`] and give it to [`Row::new`]; to read one, call [`Row::decode`]. A [`Row`] keeps all
//! rules of its table, and has one encoding: equal rows are equal bytes.
// spec: tariff-row

mod error;
mod fields;
mod group;
mod key;
mod line;
mod measure;
mod names;
mod quota;
mod relief;
mod when;

pub use error::RowError;
pub use fields::Validity;
pub use group::{Group, Member};
pub use key::{RowKey, TreeKind};
pub use line::{Requirement, TariffLine};
pub(crate) use measure::Purpose;
pub use measure::{Condition, Measure};
pub use names::{Area, GroupId, Language, NationalCode};
pub use quota::{Quota, QuotaMethod, QuotaPeriod};
pub use relief::{LimitPer, Relief, Taxes, Transport};
pub use when::{Compare, When};

use crate::Exact;
use bytes::Bytes;
use error::understood;
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::cbor::{self, Limits};
use ewtp_record::fields::{demand, parse, required};
use ewtp_record::{FieldError, map_form};
use fields::{Lines, prose};
use group::GroupForm;
use line::LineForm;
use quota::QuotaForm;
use relief::ReliefForm;

/// What a row says beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A line with its measures.
    Line(TariffLine),
    /// A group of countries.
    Group(Group),
    /// A relief.
    Relief(Relief),
    /// A quota.
    Quota(Quota),
    /// Units of the edition's currency for one of the key's, above 0.
    Exchange(Exact),
    /// That the old code became, or became in part, the new one.
    Correlation,
    /// The description of a line, at most [`Row::DESCRIPTION_BYTES_MAX`].
    Description(String),
    /// The text of a note, at most [`Row::NOTE_BYTES_MAX`].
    Note(String),
}

/// A row that keeps all rules, with the bytes that are hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    key: RowKey,
    entry: Entry,
    bytes: Bytes,
}

map_form! {
    struct ExchangeForm {
        0 => rate: String,
    }
}

map_form! {
    struct TextForm {
        0 => text: String,
    }
}

map_form! {
    /// What a row says that has only a key. Nothing writes key 1, and a row with it does not read back to its bytes.
    struct EmptyForm {
        1 => nothing: bool,
    }
}

impl Row {
    /// How many bytes a row has.
    pub const BYTES_MAX: usize = 32_768; // a page of 48 KiB holds at least one
    /// How many bytes a description has.
    pub const DESCRIPTION_BYTES_MAX: usize = 8_192;
    /// How many bytes the text of a note has; a longer one is told in parts.
    pub const NOTE_BYTES_MAX: usize = 32_000;

    const LIMITS: Limits = Limits::message(Self::BYTES_MAX);

    /// The row with this key that says this.
    ///
    /// # Errors
    /// The rule that is broken, and by which field.
    pub fn new(key: RowKey, entry: Entry) -> Result<Self, RowError> {
        inspect(&key, &entry)?;
        let bytes = Bytes::from(encode(&key, &entry)?);
        if bytes.len() > Self::BYTES_MAX {
            return Err(RowError::TooLarge { size: bytes.len() });
        }
        Ok(Self { key, entry, bytes })
    }

    /// Reads a row.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(bytes: Bytes) -> Result<Self, RowError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(RowError::TooLarge { size: bytes.len() });
        }
        let (key, entry) = read(&bytes)?;
        inspect(&key, &entry)?;
        // What is not said again in the same bytes is not understood, or has a second spelling.
        if encode(&key, &entry)? != bytes {
            return Err(RowError::NotUnderstood);
        }
        Ok(Self { key, entry, bytes })
    }

    /// The same row, with its bytes in memory that others share.
    pub(crate) fn within(self, bytes: Bytes) -> Self {
        debug_assert_eq!(bytes, self.bytes);
        Self { bytes, ..self }
    }

    /// Where it stands.
    #[must_use]
    pub const fn key(&self) -> &RowKey {
        &self.key
    }

    /// What it says.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Its exact bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The hash under which its page proves it.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.bytes)
    }
}

/// The entry of a row behind its key.
fn read(bytes: &[u8]) -> Result<(RowKey, Entry), RowError> {
    const LIMITS: &Limits = &Row::LIMITS;
    Ok(match key::table(bytes, LIMITS)? {
        0 => {
            let (_, code, seq, form): (u64, String, u64, LineForm) = cbor::decode(bytes, LIMITS)?;
            (RowKey::line(&code, seq)?, Entry::Line(TariffLine::from_form(form)?))
        }
        1 => {
            let (_, id, form): (u64, String, GroupForm) = cbor::decode(bytes, LIMITS)?;
            (RowKey::Group(parse(&id, "id")?), Entry::Group(Group::from_form(form)?))
        }
        2 => {
            let (table, id, form): (u64, String, ReliefForm) = cbor::decode(bytes, LIMITS)?;
            (RowKey::named(table, &id)?, Entry::Relief(Relief::from_form(form)?))
        }
        3 => {
            let (table, id, form): (u64, String, QuotaForm) = cbor::decode(bytes, LIMITS)?;
            (RowKey::named(table, &id)?, Entry::Quota(Quota::from_form(form)?))
        }
        4 => {
            let (_, currency, from, form): (u64, String, u64, ExchangeForm) = cbor::decode(bytes, LIMITS)?;
            understood(form.unsupported)?;
            let rate = parse(&required(form.rate, "rate", "tariff-row R12")?, "rate")?;
            (RowKey::exchange(&currency, from)?, Entry::Exchange(rate))
        }
        5 => {
            let (_, edition, old, new, form): (u64, u64, String, String, EmptyForm) = cbor::decode(bytes, LIMITS)?;
            understood(form.unsupported)?;
            (RowKey::correlation(edition, &old, &new)?, Entry::Correlation)
        }
        6 => {
            let (_, code, seq, language, form): (u64, String, u64, String, TextForm) = cbor::decode(bytes, LIMITS)?;
            (
                RowKey::description(&code, seq, &language)?,
                Entry::Description(text(form)?),
            )
        }
        7 => {
            let (table, id, form): (u64, String, TextForm) = cbor::decode(bytes, LIMITS)?;
            (RowKey::named(table, &id)?, Entry::Note(text(form)?))
        }
        table => return Err(RowError::Table(table)),
    })
}

fn text(form: TextForm) -> Result<String, RowError> {
    understood(form.unsupported)?;
    Ok(required(form.text, "text", "tariff-row R14")?)
}

fn encode(key: &RowKey, entry: &Entry) -> Result<Vec<u8>, RowError> {
    let table = key.table();
    Ok(match (key, entry) {
        (RowKey::Line(code, seq), Entry::Line(line)) => cbor::encode(&(table, code, seq, line.form())),
        (RowKey::Group(id), Entry::Group(group)) => cbor::encode(&(table, id, group.form())),
        (RowKey::Relief(id), Entry::Relief(relief)) => cbor::encode(&(table, id, relief.form())),
        (RowKey::Quota(id), Entry::Quota(quota)) => cbor::encode(&(table, id, quota.form())),
        (RowKey::Exchange(currency, from), Entry::Exchange(rate)) => {
            let rate = Some(rate.to_string());
            cbor::encode(&(
                table,
                currency,
                from,
                ExchangeForm {
                    rate,
                    ..ExchangeForm::default()
                },
            ))
        }
        (RowKey::Correlation(edition, old, new), Entry::Correlation) => {
            cbor::encode(&(table, edition, old, new, EmptyForm::default()))
        }
        (RowKey::Description(code, seq, language), Entry::Description(text)) => {
            cbor::encode(&(table, code, seq, language, text_form(text)))
        }
        (RowKey::Note(id), Entry::Note(text)) => cbor::encode(&(table, id, text_form(text))),
        _ => return Err(RowError::Entry(*key)),
    })
}

fn text_form(text: &str) -> TextForm {
    TextForm {
        text: Some(text.to_owned()),
        unsupported: None,
    }
}

fn inspect(key: &RowKey, entry: &Entry) -> Result<(), FieldError> {
    key.inspect()?;
    match entry {
        Entry::Line(line) => line.inspect(),
        Entry::Group(group) => group.inspect(),
        Entry::Relief(relief) => relief.inspect(),
        Entry::Quota(quota) => quota.inspect(),
        Entry::Exchange(rate) => {
            let is_sound = !rate.is_negative() && !rate.is_zero() && rate.is_within_bounds();
            demand(is_sound, "rate", "tariff-row R12", "bounds", "must be above 0")
        }
        Entry::Correlation => Ok(()),
        Entry::Description(text) => prose(text, Row::DESCRIPTION_BYTES_MAX, Lines::One, "text"),
        Entry::Note(text) => prose(text, Row::NOTE_BYTES_MAX, Lines::Many, "text"),
    }
}

#[cfg(test)]
mod tests;
