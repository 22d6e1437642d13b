//! The certificate as CBOR.

use super::assessment::AssessmentForm;
use super::{
    Assessment, Batch, Certificate, Decision, Document, Goods, Line, Places, Subtype, Transport, TransportMode,
};
use crate::cbor::{Limits, Octets, encode, map_form, read_in_place, scan};
use crate::fields::{VERSION, parse, parse_all, required, understood, within};
use crate::{
    Chapter, ContainerNumber, CountryCode, Decimal, DecodeError, FieldError, HsEdition, Locode, Money, Quantity,
    RecordId, Regime, Ucr, ValueError,
};
use bytes::Bytes;

type QuantityForm<'de> = (i64, i64, &'de str);
type DecimalForm = (i64, i64);
type LineForm<'de> = (
    u64,
    &'de str,
    u64,
    &'de str,
    Option<QuantityForm<'de>>,
    Option<DecimalForm>,
);

map_form! {
    struct CertificateForm<'de> {
        0 => version: u64,
        1 => revision: u32,
        2 => subtype: u64,
        3 => decision: u64,
        4 => office: &'de str,
        5 => export_country: &'de str,
        6 => import_country: &'de str,
        7 => transit: Vec<&'de str>,
        8 => regime: (&'de str, &'de str),
        9 => ucr: &'de str,
        10 => transport: TransportForm<'de>,
        11 => places: PlacesForm<'de>,
        12 => lines: Vec<LineForm<'de>>,
        13 => batch: BatchForm<'de>,
        14 => documents: Vec<(&'de str, RecordId)>,
        15 => disclosure: Octets<32>,
        16 => previous: RecordId,
        17 => zone: &'de str,
        18 => assessment: AssessmentForm<'de>,
    }
}

map_form! {
    struct TransportForm<'de> {
        0 => mode: u64,
        1 => document: (u64, &'de str),
        2 => containers: Vec<&'de str>,
    }
}

map_form! {
    struct PlacesForm<'de> {
        0 => loading: &'de str,
        1 => discharge: &'de str,
        2 => destination: &'de str,
    }
}

map_form! {
    struct BatchForm<'de> {
        0 => parcels: u64,
        1 => root: Octets<32>,
        2 => gross_kg: DecimalForm,
        3 => chapters: Vec<u64>,
        4 => value: Vec<(i64, &'de str)>,
    }
}

impl Certificate {
    /// Reads the payload of a certificate.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        Self::decode_scanned(payload)
    }

    /// Reads a payload that passed the scan, as that of a [`Record`](crate::Record) did.
    pub(crate) fn decode_scanned(payload: &[u8]) -> Result<Self, DecodeError> {
        let certificate = Self::from_form(&read_in_place(payload)?)?;
        certificate.inspect()?;
        Ok(certificate)
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&self.form()).into()
    }

    fn from_form(form: &CertificateForm<'_>) -> Result<Self, DecodeError> {
        understood(form.version, form.unsupported)?;
        let country = |value: Option<&str>, field: &str| parse(required(value, field, "certificate R5")?, field);
        let regime =
            |(scheme, code): (&str, &str)| Regime::new(scheme, code).map_err(|error| FieldError::at("regime", error));
        Ok(Self {
            revision: required(form.revision, "revision", "record R12")?,
            subtype: Subtype::from_number(required(form.subtype, "type", "certificate R2")?)?,
            decision: Decision::from_number(required(form.decision, "decision", "certificate R3")?)?,
            office: parse(required(form.office, "office", "certificate R4")?, "office")?,
            export_country: country(form.export_country, "export_country")?,
            import_country: country(form.import_country, "import_country")?,
            transit: list(&form.transit, "transit")?,
            regime: form.regime.map(regime).transpose()?,
            ucr: form.ucr.map(|text| parse(text, "ucr")).transpose()?,
            transport: form.transport.as_ref().map(Transport::from_form).transpose()?,
            places: form
                .places
                .as_ref()
                .map(Places::from_form)
                .transpose()?
                .unwrap_or_default(),
            goods: Goods::from_form(form)?,
            documents: documents(&form.documents)?,
            disclosure: form.disclosure,
            previous: form.previous,
            zone: form.zone.map(str::to_owned),
            assessment: form.assessment.as_ref().map(Assessment::from_form).transpose()?,
        })
    }

    fn form(&self) -> CertificateForm<'_> {
        let (lines, batch) = self.goods.form();
        CertificateForm {
            version: Some(VERSION),
            revision: Some(self.revision),
            subtype: Some(self.subtype.number()),
            decision: Some(self.decision.number()),
            office: Some(self.office.as_str()),
            export_country: Some(self.export_country.as_str()),
            import_country: Some(self.import_country.as_str()),
            transit: filled(self.transit.iter().map(CountryCode::as_str).collect()),
            regime: self.regime.as_ref().map(|regime| (regime.scheme(), regime.code())),
            ucr: self.ucr.as_ref().map(Ucr::as_str),
            transport: self.transport.as_ref().map(Transport::form),
            places: (self.places != Places::default()).then(|| self.places.form()),
            lines,
            batch,
            documents: filled(
                self.documents
                    .iter()
                    .map(|document| (document.hub.as_str(), document.id))
                    .collect(),
            ),
            disclosure: self.disclosure,
            previous: self.previous,
            zone: self.zone.as_deref(),
            assessment: self.assessment.as_ref().map(Assessment::form),
            unsupported: None,
        }
    }
}

/// An empty list has one spelling: its key is absent.
// spec: certificate R1
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

/// A list that must have an entry when its key is there.
fn present<'form, T>(list: &'form Option<Vec<T>>, field: &str) -> Result<Option<&'form [T]>, FieldError> {
    match list.as_deref() {
        Some([]) => Err(FieldError::new(
            field,
            "certificate R1",
            "empty",
            "must be absent when it has no entries",
        )),
        entries => Ok(entries),
    }
}

fn list<T>(texts: &Option<Vec<&str>>, field: &str) -> Result<Vec<T>, FieldError>
where
    T: std::str::FromStr<Err = ValueError>,
{
    present(texts, field)?.map_or_else(|| Ok(Vec::new()), |texts| parse_all(texts, field))
}

// spec: certificate R13
fn documents(form: &Option<Vec<(&str, RecordId)>>) -> Result<Vec<Document>, FieldError> {
    let entries = present(form, "documents")?.unwrap_or_default();
    entries
        .iter()
        .map(|(hub, id)| {
            Ok(Document {
                hub: parse(hub, "documents.hub")?,
                id: *id,
            })
        })
        .collect()
}

fn decimal((mantissa, exponent): DecimalForm, field: &str) -> Result<Decimal, FieldError> {
    Decimal::new(mantissa, exponent).map_err(|error| FieldError::at(field, error))
}

fn decimal_form(decimal: Decimal) -> DecimalForm {
    (decimal.mantissa(), decimal.exponent().into())
}

impl Transport {
    fn from_form(form: &TransportForm<'_>) -> Result<Self, DecodeError> {
        const RULE: &str = "certificate R8";
        understood(Some(VERSION), form.unsupported)?;
        let document = |(code, number): (u64, &str)| {
            within(code, 1..=999, "transport.document", RULE).map(|code| (code, number.to_owned()))
        };
        Ok(Self {
            mode: TransportMode::from_number(required(form.mode, "transport.mode", RULE)?)?,
            document: form.document.map(document).transpose()?,
            containers: list(&form.containers, "transport.containers")?,
        })
    }

    fn form(&self) -> TransportForm<'_> {
        TransportForm {
            mode: Some(self.mode.number()),
            document: self
                .document
                .as_ref()
                .map(|(code, number)| (u64::from(*code), number.as_str())),
            containers: filled(self.containers.iter().map(ContainerNumber::as_str).collect()),
            unsupported: None,
        }
    }
}

impl Places {
    fn from_form(form: &PlacesForm<'_>) -> Result<Self, DecodeError> {
        understood(Some(VERSION), form.unsupported)?;
        let place = |text: Option<&str>, field| text.map(|text| parse(text, field)).transpose();
        let places = Self {
            loading: place(form.loading, "places.loading")?,
            discharge: place(form.discharge, "places.discharge")?,
            destination: place(form.destination, "places.destination")?,
        };
        if places == Self::default() {
            return Err(
                FieldError::new("places", "certificate R1", "empty", "must be absent when it names none").into(),
            );
        }
        Ok(places)
    }

    fn form(&self) -> PlacesForm<'_> {
        PlacesForm {
            loading: self.loading.as_ref().map(Locode::as_str),
            discharge: self.discharge.as_ref().map(Locode::as_str),
            destination: self.destination.as_ref().map(Locode::as_str),
            unsupported: None,
        }
    }
}

impl Goods {
    // spec: certificate R10
    fn from_form(form: &CertificateForm<'_>) -> Result<Self, DecodeError> {
        match (&form.lines, &form.batch) {
            (Some(lines), None) => {
                let lines = lines.iter().enumerate().map(|(index, line)| {
                    Line::from_form(line).map_err(|error| error.inside(format_args!("lines[{index}]")))
                });
                Ok(Self::Lines(lines.collect::<Result<_, _>>()?))
            }
            (None, Some(batch)) => Batch::from_form(batch).map(Self::Batch),
            _ => Err(FieldError::new(
                "lines",
                "certificate R10",
                "goods",
                "either lines or a batch must be given",
            )
            .into()),
        }
    }

    fn form(&self) -> (Option<Vec<LineForm<'_>>>, Option<BatchForm<'_>>) {
        match self {
            Self::Lines(lines) => (Some(lines.iter().map(Line::form).collect()), None),
            Self::Batch(batch) => (None, Some(batch.form())),
        }
    }
}

impl Line {
    // spec: certificate R11
    fn from_form((number, hs, edition, origin, quantity, net_kg): &LineForm<'_>) -> Result<Self, FieldError> {
        let read_quantity = |(mantissa, exponent, unit): QuantityForm<'_>| -> Result<Quantity, FieldError> {
            Ok(Quantity {
                amount: decimal((mantissa, exponent), "quantity")?,
                unit: parse(unit, "quantity")?,
            })
        };
        Ok(Self {
            number: within(*number, 1..=999, "number", "certificate R11")?,
            hs: parse(hs, "hs")?,
            hs_edition: HsEdition::try_from(*edition).map_err(|error| FieldError::at("hs_edition", error))?,
            origin: parse(origin, "origin")?,
            quantity: quantity.map(read_quantity).transpose()?,
            net_kg: net_kg.map(|net| decimal(net, "net_kg")).transpose()?,
        })
    }

    fn form(&self) -> LineForm<'_> {
        let quantity = self.quantity.as_ref().map(|Quantity { amount, unit }| {
            let (mantissa, exponent) = decimal_form(*amount);
            (mantissa, exponent, unit.as_str())
        });
        let net_kg = self.net_kg.map(decimal_form);
        (
            self.number.into(),
            self.hs.as_str(),
            self.hs_edition.year(),
            self.origin.as_str(),
            quantity,
            net_kg,
        )
    }
}

impl Batch {
    // spec: certificate R12
    fn from_form(form: &BatchForm<'_>) -> Result<Self, DecodeError> {
        const RULE: &str = "certificate R12";
        understood(Some(VERSION), form.unsupported)?;
        let chapter = |number: &u64| {
            let message = format!("{number} is not a chapter");
            Chapter::new(*number).ok_or_else(|| FieldError::new("batch.chapters", "values R8", "hs-chapter", message))
        };
        let money = |(minor, currency): &(i64, &str)| -> Result<Money, FieldError> {
            Ok(Money {
                minor: *minor,
                currency: parse(currency, "batch.value")?,
            })
        };
        let chapters = required(form.chapters.as_ref(), "batch.chapters", RULE)?;
        let value = present(&form.value, "batch.value")?.unwrap_or_default();
        Ok(Self {
            parcels: within(
                required(form.parcels, "batch.parcels", RULE)?,
                1..=10_000_000,
                "batch.parcels",
                RULE,
            )?,
            root: required(form.root, "batch.root", RULE)?,
            gross_kg: form
                .gross_kg
                .map(|gross| decimal(gross, "batch.gross_kg"))
                .transpose()?,
            chapters: chapters.iter().map(chapter).collect::<Result<_, _>>()?,
            value: value.iter().map(money).collect::<Result<_, _>>()?,
        })
    }

    fn form(&self) -> BatchForm<'_> {
        BatchForm {
            parcels: Some(self.parcels.into()),
            root: Some(self.root),
            gross_kg: self.gross_kg.map(decimal_form),
            chapters: Some(
                self.chapters
                    .iter()
                    .map(|chapter| u64::from(chapter.number()))
                    .collect(),
            ),
            value: filled(
                self.value
                    .iter()
                    .map(|money| (money.minor, money.currency.as_str()))
                    .collect(),
            ),
            unsupported: None,
        }
    }
}
