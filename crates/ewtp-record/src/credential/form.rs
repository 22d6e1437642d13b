//! The credential as CBOR.

use super::{Corridor, Credential, Form, SizeBand, Tier};
use crate::cbor::{Limits, Octets, encode, map_form, read_in_place, scan};
use crate::fields::{VERSION, parse, required, understood};
use crate::{Chapter, DecodeError, FieldError, KeyBytes, Lei, RecordId, Regime};
use bytes::Bytes;

type CorridorForm<'de> = (&'de str, &'de str, Vec<(&'de str, &'de str)>);

map_form! {
    struct CredentialForm<'de> {
        0 => version: u64,
        1 => revision: u32,
        2 => key: KeyBytes,
        3 => form: u64,
        4 => size: u64,
        5 => tier: u64,
        6 => sectors: Vec<u64>,
        7 => corridors: Vec<CorridorForm<'de>>,
        8 => lei: &'de str,
        9 => disclosure: Octets<32>,
        10 => previous: RecordId,
    }
}

impl Credential {
    /// Reads the payload of a credential.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        Self::decode_scanned(payload)
    }

    /// Reads a payload that passed the scan, as that of a [`Record`](crate::Record) did.
    pub(crate) fn decode_scanned(payload: &[u8]) -> Result<Self, DecodeError> {
        let credential = Self::from_form(&read_in_place(payload)?)?;
        credential.inspect()?;
        Ok(credential)
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&self.form()).into()
    }

    fn from_form(form: &CredentialForm<'_>) -> Result<Self, DecodeError> {
        understood(form.version, form.unsupported)?;
        let corridors = required(form.corridors.as_deref(), "corridors", "credential R6")?;
        let corridors = corridors.iter().enumerate().map(|(index, corridor)| {
            Corridor::from_form(corridor).map_err(|error| error.inside(format_args!("corridors[{index}]")))
        });
        Ok(Self {
            revision: required(form.revision, "revision", "record R12")?,
            key: required(form.key, "key", "credential R2")?,
            form: Form::from_number(required(form.form, "form", "credential R3")?)?,
            size: SizeBand::from_number(required(form.size, "size", "credential R3")?)?,
            tier: Tier::from_number(required(form.tier, "tier", "credential R4")?)?,
            sectors: sectors(form.sectors.as_deref())?,
            corridors: corridors.collect::<Result<_, _>>()?,
            lei: form.lei.map(|text| parse(text, "lei")).transpose()?,
            disclosure: form.disclosure,
            previous: form.previous,
        })
    }

    fn form(&self) -> CredentialForm<'_> {
        let sectors: Vec<u64> = self.sectors.iter().map(|chapter| chapter.number().into()).collect();
        CredentialForm {
            version: Some(VERSION),
            revision: Some(self.revision),
            key: Some(self.key),
            form: Some(self.form.number()),
            size: Some(self.size.number()),
            tier: Some(self.tier.number()),
            sectors: Some(sectors).filter(|sectors| !sectors.is_empty()),
            corridors: Some(self.corridors.iter().map(Corridor::form).collect()),
            lei: self.lei.as_ref().map(Lei::as_str),
            disclosure: self.disclosure,
            previous: self.previous,
            unsupported: None,
        }
    }
}

// spec: credential R5
fn sectors(form: Option<&[u64]>) -> Result<Vec<Chapter>, FieldError> {
    let chapter = |number: &u64| {
        let message = format!("{number} is not a chapter");
        Chapter::new(*number).ok_or_else(|| FieldError::new("sectors", "values R8", "hs-chapter", message))
    };
    match form {
        Some([]) => Err(FieldError::new(
            "sectors",
            "credential R1",
            "empty",
            "must be absent when it has no entries",
        )),
        entries => entries.unwrap_or_default().iter().map(chapter).collect(),
    }
}

impl Corridor {
    // spec: credential R6
    fn from_form((from, to, regimes): &CorridorForm<'_>) -> Result<Self, FieldError> {
        let regime =
            |(scheme, code): &(&str, &str)| Regime::new(scheme, code).map_err(|error| FieldError::at("regimes", error));
        Ok(Self {
            from: parse(from, "from")?,
            to: parse(to, "to")?,
            regimes: regimes.iter().map(regime).collect::<Result<_, _>>()?,
        })
    }

    fn form(&self) -> CorridorForm<'_> {
        let regimes = self.regimes.iter().map(|regime| (regime.scheme(), regime.code()));
        (self.from.as_str(), self.to.as_str(), regimes.collect())
    }
}
