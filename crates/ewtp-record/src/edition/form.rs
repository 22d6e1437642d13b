//! The edition as CBOR.

use super::{Edition, MeasureKind, PatchSummary, Rounding, RoundingMode, RoundingScope, TreeSummary, Trees, Valuation};
use crate::cbor::{Limits, Octets, encode, map_form, read, scan};
use crate::fields::{VERSION, parse, parse_all, required, understood, within};
use crate::{Date, DecodeError, FieldError, HsEdition, Money, RecordId};
use bytes::Bytes;

type TreeForm = (Octets<32>, u64, u64, u64);

map_form! {
    struct EditionForm {
        0 => version: u64,
        1 => revision: u64,
        2 => territory: String,
        3 => members: Vec<String>,
        4 => hs_edition: u64,
        5 => nomenclature: String,
        6 => digits: u64,
        7 => number: u64,
        8 => previous: RecordId,
        9 => in_force: u64,
        10 => legal: Vec<String>,
        11 => trees: (TreeForm, TreeForm, TreeForm),
        12 => valuation: u64,
        13 => currency: String,
        14 => rounding: Vec<(u64, u64, u64, u64)>,
        15 => collected_from: (i64, String),
        16 => languages: Vec<String>,
        17 => patch: (Octets<32>, u64, u64),
        18 => corrects: RecordId,
        19 => is_test: bool,
    }
}

impl Edition {
    /// Reads the payload of an edition.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        Self::decode_scanned(payload)
    }

    /// Reads a payload that passed the scan, as that of a [`Record`](crate::Record) did.
    pub(crate) fn decode_scanned(payload: &[u8]) -> Result<Self, DecodeError> {
        let edition = Self::from_form(read(payload)?)?;
        edition.inspect()?;
        Ok(edition)
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&self.form()).into()
    }

    fn from_form(form: EditionForm) -> Result<Self, DecodeError> {
        understood(form.version, form.unsupported)?;
        // spec: edition R1
        within::<u8>(
            required(form.revision, "revision", "record R12")?,
            0..=0,
            "revision",
            "edition R1",
        )?;
        let hs_edition = HsEdition::try_from(required(form.hs_edition, "hs_edition", "edition R3")?);
        let (rates, texts, notes) = required(form.trees, "trees", "edition R7")?;
        let rounding = required(form.rounding, "rounding", "edition R8")?;
        let languages = required(form.languages, "languages", "edition R11")?;
        Ok(Self {
            territory: required(form.territory, "territory", "edition R2")?,
            members: parse_all(&filled(form.members, "members")?, "members")?,
            hs_edition: hs_edition.map_err(|error| FieldError::at("hs_edition", error))?,
            nomenclature: required(form.nomenclature, "nomenclature", "edition R3")?,
            digits: within(
                required(form.digits, "digits", "edition R3")?,
                6..=12,
                "digits",
                "edition R3",
            )?,
            number: counted(required(form.number, "number", "edition R4")?, "number", "edition R4")?,
            previous: form.previous,
            in_force: Date::from_days(required(form.in_force, "in_force", "edition R5")?)
                .map_err(|error| FieldError::at("in_force", error))?,
            legal: filled(form.legal, "legal")?,
            trees: Trees {
                rates: TreeSummary::from_form(&rates, "trees.rates")?,
                texts: TreeSummary::from_form(&texts, "trees.texts")?,
                notes: TreeSummary::from_form(&notes, "trees.notes")?,
            },
            valuation: Valuation::from_number(required(form.valuation, "valuation", "edition R3")?)?,
            currency: parse(
                required(form.currency.as_deref(), "currency", "edition R3")?,
                "currency",
            )?,
            rounding: rounding.iter().map(Rounding::from_form).collect::<Result<_, _>>()?,
            collected_from: form.collected_from.as_ref().map(money).transpose()?,
            languages,
            patch: form.patch.as_ref().map(PatchSummary::from_form).transpose()?,
            corrects: form.corrects,
            is_test: flag(form.is_test)?,
        })
    }

    fn form(&self) -> EditionForm {
        let present = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        EditionForm {
            version: Some(VERSION),
            revision: Some(0),
            territory: Some(self.territory.clone()),
            members: present(self.members.iter().map(ToString::to_string).collect()),
            hs_edition: Some(self.hs_edition.year()),
            nomenclature: Some(self.nomenclature.clone()),
            digits: Some(self.digits.into()),
            number: Some(self.number.into()),
            previous: self.previous,
            in_force: Some(self.in_force.days().into()),
            legal: present(self.legal.clone()),
            trees: Some((
                self.trees.rates.form(),
                self.trees.texts.form(),
                self.trees.notes.form(),
            )),
            valuation: Some(self.valuation.number()),
            currency: Some(self.currency.to_string()),
            rounding: Some(self.rounding.iter().map(Rounding::form).collect()),
            collected_from: self
                .collected_from
                .map(|money| (money.minor, money.currency.to_string())),
            languages: Some(self.languages.clone()),
            patch: self.patch.as_ref().map(PatchSummary::form),
            corrects: self.corrects,
            is_test: self.is_test.then_some(true),
            unsupported: None,
        }
    }
}

/// A list that must have an entry when its key is there.
fn filled(list: Option<Vec<String>>, field: &str) -> Result<Vec<String>, FieldError> {
    let message = "must be absent when it has no entries";
    match list {
        Some(entries) if entries.is_empty() => Err(FieldError::new(field, "edition R1", "empty", message)),
        entries => Ok(entries.unwrap_or_default()),
    }
}

/// A flag is true or absent: false would be a second spelling.
fn flag(value: Option<bool>) -> Result<bool, FieldError> {
    match value {
        Some(false) => Err(FieldError::new(
            "test",
            "edition R13",
            "empty",
            "must be absent when it is false",
        )),
        value => Ok(value.is_some()),
    }
}

fn counted(value: u64, field: &str, rule: &'static str) -> Result<u32, FieldError> {
    within(value, 0..=u64::from(u32::MAX), field, rule)
}

fn money((minor, currency): &(i64, String)) -> Result<Money, FieldError> {
    Ok(Money {
        minor: *minor,
        currency: parse(currency, "collected_from")?,
    })
}

impl TreeSummary {
    fn from_form((root, pages, rows, bytes): &TreeForm, field: &str) -> Result<Self, FieldError> {
        Ok(Self {
            root: *root,
            pages: counted(*pages, &format!("{field}.pages"), "edition R7")?,
            rows: counted(*rows, &format!("{field}.rows"), "edition R7")?,
            bytes: within(
                *bytes,
                0..=Edition::TREE_BYTES_MAX,
                &format!("{field}.bytes"),
                "edition R7",
            )?,
        })
    }

    fn form(&self) -> TreeForm {
        (self.root, self.pages.into(), self.rows.into(), self.bytes)
    }
}

impl PatchSummary {
    fn from_form((id, bytes, rows): &(Octets<32>, u64, u64)) -> Result<Self, FieldError> {
        Ok(Self {
            id: *id,
            bytes: *bytes,
            rows: counted(*rows, "patch.rows", "edition R9")?,
        })
    }

    fn form(&self) -> (Octets<32>, u64, u64) {
        (self.id, self.bytes, self.rows.into())
    }
}

impl Rounding {
    fn from_form((kind, mode, step, scope): &(u64, u64, u64, u64)) -> Result<Self, DecodeError> {
        let kind = match kind {
            0 => None,
            number => Some(MeasureKind::from_number(*number)?),
        };
        Ok(Self {
            kind,
            mode: RoundingMode::from_number(*mode)?,
            step: counted(*step, "rounding", "edition R8")?,
            scope: RoundingScope::from_number(*scope)?,
        })
    }

    fn form(&self) -> (u64, u64, u64, u64) {
        let kind = self.kind.map_or(0, MeasureKind::number);
        (kind, self.mode.number(), self.step.into(), self.scope.number())
    }
}
