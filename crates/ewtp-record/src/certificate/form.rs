//! The certificate as CBOR.

use super::{Batch, Certificate, Decision, Document, Goods, Line, Places, Subtype, Transport, TransportMode};
use crate::cbor::{Limits, Octets, encode, map_form, read, scan};
use crate::fields::{VERSION, parse, parse_all, required, understood, within};
use crate::{Chapter, Decimal, DecodeError, FieldError, HsEdition, Money, Quantity, RecordId, Regime};
use bytes::Bytes;

type QuantityForm = (i64, i64, String);
type DecimalForm = (i64, i64);
type LineForm = (u64, String, u64, String, Option<QuantityForm>, Option<DecimalForm>);

map_form! {
    struct CertificateForm {
        0 => version: u64,
        1 => revision: u32,
        2 => subtype: u64,
        3 => decision: u64,
        4 => office: String,
        5 => export_country: String,
        6 => import_country: String,
        7 => transit: Vec<String>,
        8 => regime: (String, String),
        9 => ucr: String,
        10 => transport: TransportForm,
        11 => places: PlacesForm,
        12 => lines: Vec<LineForm>,
        13 => batch: BatchForm,
        14 => documents: Vec<(String, RecordId)>,
        15 => disclosure: Octets<32>,
        16 => previous: RecordId,
        17 => zone: String,
    }
}

map_form! {
    struct TransportForm {
        0 => mode: u64,
        1 => document: (u64, String),
        2 => containers: Vec<String>,
    }
}

map_form! {
    struct PlacesForm {
        0 => loading: String,
        1 => discharge: String,
        2 => destination: String,
    }
}

map_form! {
    struct BatchForm {
        0 => parcels: u64,
        1 => root: Octets<32>,
        2 => gross_kg: DecimalForm,
        3 => chapters: Vec<u64>,
        4 => value: Vec<(i64, String)>,
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
        let certificate = Self::from_form(&read(payload)?)?;
        certificate.inspect()?;
        Ok(certificate)
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&self.form()).into()
    }

    fn from_form(form: &CertificateForm) -> Result<Self, DecodeError> {
        understood(form.version, form.unsupported)?;
        let country =
            |value: &Option<String>, field: &str| parse(required(value.as_deref(), field, "certificate R5")?, field);
        let regime = |(scheme, code): &(String, String)| {
            Regime::new(scheme, code).map_err(|error| FieldError::at("regime", error))
        };
        Ok(Self {
            revision: required(form.revision, "revision", "record R12")?,
            subtype: Subtype::from_number(required(form.subtype, "type", "certificate R2")?)?,
            decision: Decision::from_number(required(form.decision, "decision", "certificate R3")?)?,
            office: parse(required(form.office.as_deref(), "office", "certificate R4")?, "office")?,
            export_country: country(&form.export_country, "export_country")?,
            import_country: country(&form.import_country, "import_country")?,
            transit: list(&form.transit, "transit")?,
            regime: form.regime.as_ref().map(regime).transpose()?,
            ucr: form.ucr.as_ref().map(|text| parse(text, "ucr")).transpose()?,
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
            zone: form.zone.clone(),
        })
    }

    fn form(&self) -> CertificateForm {
        let (lines, batch) = self.goods.form();
        CertificateForm {
            version: Some(VERSION),
            revision: Some(self.revision),
            subtype: Some(self.subtype.number()),
            decision: Some(self.decision.number()),
            office: Some(self.office.to_string()),
            export_country: Some(self.export_country.to_string()),
            import_country: Some(self.import_country.to_string()),
            transit: texts(&self.transit),
            regime: self
                .regime
                .map(|regime| (regime.scheme().to_owned(), regime.code().to_owned())),
            ucr: self.ucr.map(|ucr| ucr.to_string()),
            transport: self.transport.as_ref().map(Transport::form),
            places: (self.places != Places::default()).then(|| self.places.form()),
            lines,
            batch,
            documents: filled(
                self.documents
                    .iter()
                    .map(|document| (document.hub.to_string(), document.id))
                    .collect(),
            ),
            disclosure: self.disclosure,
            previous: self.previous,
            zone: self.zone.clone(),
            unsupported: None,
        }
    }
}

/// An empty list has one spelling: its key is absent.
// spec: certificate R1
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

fn texts<T: ToString>(list: &[T]) -> Option<Vec<String>> {
    filled(list.iter().map(T::to_string).collect())
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

fn list<T>(texts: &Option<Vec<String>>, field: &str) -> Result<Vec<T>, FieldError>
where
    T: std::str::FromStr<Err = crate::ValueError>,
{
    present(texts, field)?.map_or_else(|| Ok(Vec::new()), |texts| parse_all(texts, field))
}

// spec: certificate R13
fn documents(form: &Option<Vec<(String, RecordId)>>) -> Result<Vec<Document>, FieldError> {
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

fn decimal(&(mantissa, exponent): &DecimalForm, field: &str) -> Result<Decimal, FieldError> {
    Decimal::new(mantissa, exponent).map_err(|error| FieldError::at(field, error))
}

fn decimal_form(decimal: Decimal) -> DecimalForm {
    (decimal.mantissa(), decimal.exponent().into())
}

impl Transport {
    fn from_form(form: &TransportForm) -> Result<Self, DecodeError> {
        const RULE: &str = "certificate R8";
        understood(Some(VERSION), form.unsupported)?;
        let document = |(code, number): &(u64, String)| {
            within(*code, 1..=999, "transport.document", RULE).map(|code| (code, number.clone()))
        };
        Ok(Self {
            mode: TransportMode::from_number(required(form.mode, "transport.mode", RULE)?)?,
            document: form.document.as_ref().map(document).transpose()?,
            containers: list(&form.containers, "transport.containers")?,
        })
    }

    fn form(&self) -> TransportForm {
        TransportForm {
            mode: Some(self.mode.number()),
            document: self
                .document
                .as_ref()
                .map(|(code, number)| (u64::from(*code), number.clone())),
            containers: texts(&self.containers),
            unsupported: None,
        }
    }
}

impl Places {
    fn from_form(form: &PlacesForm) -> Result<Self, DecodeError> {
        understood(Some(VERSION), form.unsupported)?;
        let place = |text: &Option<String>, field| text.as_ref().map(|text| parse(text, field)).transpose();
        let places = Self {
            loading: place(&form.loading, "places.loading")?,
            discharge: place(&form.discharge, "places.discharge")?,
            destination: place(&form.destination, "places.destination")?,
        };
        if places == Self::default() {
            return Err(
                FieldError::new("places", "certificate R1", "empty", "must be absent when it names none").into(),
            );
        }
        Ok(places)
    }

    fn form(&self) -> PlacesForm {
        PlacesForm {
            loading: self.loading.map(|place| place.to_string()),
            discharge: self.discharge.map(|place| place.to_string()),
            destination: self.destination.map(|place| place.to_string()),
            unsupported: None,
        }
    }
}

impl Goods {
    // spec: certificate R10
    fn from_form(form: &CertificateForm) -> Result<Self, DecodeError> {
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

    fn form(&self) -> (Option<Vec<LineForm>>, Option<BatchForm>) {
        match self {
            Self::Lines(lines) => (Some(lines.iter().map(Line::form).collect()), None),
            Self::Batch(batch) => (None, Some(batch.form())),
        }
    }
}

impl Line {
    // spec: certificate R11
    fn from_form((number, hs, edition, origin, quantity, net_kg): &LineForm) -> Result<Self, FieldError> {
        let read_quantity = |(mantissa, exponent, unit): &QuantityForm| -> Result<Quantity, FieldError> {
            Ok(Quantity {
                amount: decimal(&(*mantissa, *exponent), "quantity")?,
                unit: parse(unit, "quantity")?,
            })
        };
        Ok(Self {
            number: within(*number, 1..=999, "number", "certificate R11")?,
            hs: parse(hs, "hs")?,
            hs_edition: HsEdition::try_from(*edition).map_err(|error| FieldError::at("hs_edition", error))?,
            origin: parse(origin, "origin")?,
            quantity: quantity.as_ref().map(read_quantity).transpose()?,
            net_kg: net_kg.as_ref().map(|net| decimal(net, "net_kg")).transpose()?,
        })
    }

    fn form(&self) -> LineForm {
        let quantity = self.quantity.map(|Quantity { amount, unit }| {
            let (mantissa, exponent) = decimal_form(amount);
            (mantissa, exponent, unit.to_string())
        });
        let net_kg = self.net_kg.map(decimal_form);
        (
            self.number.into(),
            self.hs.to_string(),
            self.hs_edition.year(),
            self.origin.to_string(),
            quantity,
            net_kg,
        )
    }
}

impl Batch {
    // spec: certificate R12
    fn from_form(form: &BatchForm) -> Result<Self, DecodeError> {
        const RULE: &str = "certificate R12";
        understood(Some(VERSION), form.unsupported)?;
        let chapter = |number: &u64| {
            let message = format!("{number} is not a chapter");
            Chapter::new(*number).ok_or_else(|| FieldError::new("batch.chapters", "values R8", "hs-chapter", message))
        };
        let money = |(minor, currency): &(i64, String)| -> Result<Money, FieldError> {
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
                .as_ref()
                .map(|gross| decimal(gross, "batch.gross_kg"))
                .transpose()?,
            chapters: chapters.iter().map(chapter).collect::<Result<_, _>>()?,
            value: value.iter().map(money).collect::<Result<_, _>>()?,
        })
    }

    fn form(&self) -> BatchForm {
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
                    .map(|money| (money.minor, money.currency.to_string()))
                    .collect(),
            ),
            unsupported: None,
        }
    }
}
