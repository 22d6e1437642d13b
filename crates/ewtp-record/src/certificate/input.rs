//! The certificate as JSON, in the names an office writes.

use super::{Assessment, Batch, Certificate, Document, Goods, Line, Places, Transport};
use crate::json::{Envelope, Object, Submission, Terms};
use crate::{FieldError, HsEdition, RecordKind};
use serde_json::{Map, Value, json};

const RULE: &str = "certificate R17";

const NAMES: [&str; 17] = [
    "type",
    "decision",
    "office",
    "export_country",
    "import_country",
    "transit",
    "regime",
    "ucr",
    "transport",
    "places",
    "hs_edition",
    "lines",
    "batch",
    "documents",
    "disclosure",
    "zone",
    "assessment",
];

impl Certificate {
    /// Reads an input and makes it a submission of the hub of `terms`.
    ///
    /// # Errors
    /// The first field that is missing, unknown or breaks its rule.
    // spec: certificate R17
    pub fn from_json(input: &Value, terms: &Terms) -> Result<Submission, FieldError> {
        let names = [&["number"], &Envelope::NAMES[..], &NAMES[..]].concat();
        let object = Object::new(input, "", &names, RULE)?;
        let envelope = Envelope::read(&object, "number")?;
        let certificate = Self {
            revision: envelope.revision,
            previous: envelope.previous,
            subtype: object.required("type", "certificate R2", Object::parse)?,
            decision: object.required("decision", "certificate R3", Object::parse)?,
            office: object.required("office", "certificate R4", Object::parse)?,
            export_country: object.required("export_country", "certificate R5", Object::parse)?,
            import_country: object.required("import_country", "certificate R5", Object::parse)?,
            transit: object.parse_all("transit")?.unwrap_or_default(),
            regime: object.parse("regime")?,
            ucr: object.parse("ucr")?,
            transport: object.value("transport").map(Transport::from_json).transpose()?,
            places: object
                .value("places")
                .map(Places::from_json)
                .transpose()?
                .unwrap_or_default(),
            goods: Goods::from_json(&object)?,
            documents: documents(&object)?,
            disclosure: object.parse("disclosure")?,
            zone: object.text("zone")?.map(str::to_owned),
            assessment: object.value("assessment").map(Assessment::from_json).transpose()?,
        };
        certificate.inspect()?;
        envelope.submit(RecordKind::CERTIFICATE, terms, certificate.encode())
    }

    /// What it says, in the names of the input, without number and times.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("type".into(), self.subtype.name().into());
        map.insert("decision".into(), self.decision.name().into());
        map.insert("office".into(), json!(self.office));
        map.insert("export_country".into(), json!(self.export_country));
        map.insert("import_country".into(), json!(self.import_country));
        put(&mut map, "transit", (!self.transit.is_empty()).then_some(&self.transit));
        put(&mut map, "regime", self.regime);
        put(&mut map, "ucr", self.ucr);
        put(&mut map, "transport", self.transport.as_ref().map(Transport::to_json));
        put(
            &mut map,
            "places",
            (self.places != Places::default()).then(|| self.places.to_json()),
        );
        match &self.goods {
            Goods::Lines(lines) => put(
                &mut map,
                "lines",
                Some(lines.iter().copied().map(Line::to_json).collect::<Vec<_>>()),
            ),
            Goods::Batch(batch) => put(&mut map, "batch", Some(batch.to_json())),
        }
        let documents = self
            .documents
            .iter()
            .map(|document| json!({"hub": document.hub, "id": document.id}));
        put(
            &mut map,
            "documents",
            (!self.documents.is_empty()).then(|| documents.collect::<Vec<_>>()),
        );
        put(&mut map, "disclosure", self.disclosure);
        put(&mut map, "previous", self.previous);
        put(&mut map, "zone", self.zone.as_ref());
        put(
            &mut map,
            "assessment",
            self.assessment.as_ref().map(Assessment::to_json),
        );
        map
    }
}

/// Adds a field when it has a value.
pub(crate) fn put<T: serde::Serialize>(map: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), json!(value));
    }
}

fn documents(object: &Object<'_>) -> Result<Vec<Document>, FieldError> {
    let read = |(path, value): (String, &Value)| {
        let entry = Object::new(value, &path, &["hub", "id"], "certificate R13")?;
        let hub = entry.required("hub", "certificate R13", Object::parse)?;
        Ok(Document {
            hub,
            id: entry.required("id", "certificate R13", Object::parse)?,
        })
    };
    let entries = object.list("documents")?.unwrap_or_default();
    let mut documents = entries.into_iter().map(read).collect::<Result<Vec<_>, FieldError>>()?;
    documents.sort();
    Ok(documents)
}

impl Transport {
    fn from_json(value: &Value) -> Result<Self, FieldError> {
        const RULE: &str = "certificate R8";
        let object = Object::new(value, "transport", &["mode", "document", "number", "containers"], RULE)?;
        let code = object
            .text("document")?
            .map(|text| document_code(text, &object))
            .transpose()?;
        let document = match (code, object.text("number")?) {
            (Some(code), Some(number)) => Some((code, number.to_owned())),
            (None, None) => None,
            (Some(_), None) => return Err(FieldError::missing("transport.number", RULE)),
            (None, Some(_)) => return Err(FieldError::missing("transport.document", RULE)),
        };
        let mut containers: Vec<_> = object.parse_all("containers")?.unwrap_or_default();
        containers.sort();
        Ok(Self {
            mode: object.required("mode", RULE, Object::parse)?,
            document,
            containers,
        })
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("mode".into(), self.mode.name().into());
        put(
            &mut map,
            "document",
            self.document.as_ref().map(|(code, _)| format!("{code:03}")),
        );
        put(&mut map, "number", self.document.as_ref().map(|(_, number)| number));
        put(
            &mut map,
            "containers",
            (!self.containers.is_empty()).then_some(&self.containers),
        );
        Value::Object(map)
    }
}

fn document_code(text: &str, object: &Object<'_>) -> Result<u16, FieldError> {
    let is_plain = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain
        .then(|| text.parse().ok())
        .flatten()
        .filter(|code| *code > 0)
        .ok_or_else(|| {
            let message = format!("{text:?} is not a document code of three digits, such as 740 for an air waybill");
            FieldError::new(object.path_to("document"), "certificate R8", "document-code", message)
        })
}

impl Places {
    fn from_json(value: &Value) -> Result<Self, FieldError> {
        let object = Object::new(
            value,
            "places",
            &["loading", "discharge", "destination"],
            "certificate R9",
        )?;
        Ok(Self {
            loading: object.parse("loading")?,
            discharge: object.parse("discharge")?,
            destination: object.parse("destination")?,
        })
    }

    fn to_json(self) -> Value {
        let mut map = Map::new();
        put(&mut map, "loading", self.loading);
        put(&mut map, "discharge", self.discharge);
        put(&mut map, "destination", self.destination);
        Value::Object(map)
    }
}

impl Goods {
    // spec: certificate R10
    fn from_json(object: &Object<'_>) -> Result<Self, FieldError> {
        match (object.list("lines")?, object.value("batch")) {
            (Some(entries), None) => {
                let edition = object.hs_edition("hs_edition")?.unwrap_or(HsEdition::Hs2022);
                let lines = entries.into_iter().enumerate();
                let lines = lines.map(|(index, (path, value))| Line::from_json(value, &path, index, edition));
                lines.collect::<Result<_, _>>().map(Self::Lines)
            }
            (None, Some(batch)) => Batch::from_json(batch).map(Self::Batch),
            _ => Err(FieldError::new(
                "lines",
                "certificate R10",
                "goods",
                "either lines or a batch must be given",
            )),
        }
    }
}

impl Line {
    fn from_json(value: &Value, path: &str, index: usize, common: HsEdition) -> Result<Self, FieldError> {
        const RULE: &str = "certificate R11";
        let names = ["number", "hs", "hs_edition", "origin", "quantity", "net_kg"];
        let object = Object::new(value, path, &names, RULE)?;
        let next = u16::try_from(index + 1).unwrap_or(u16::MAX);
        Ok(Self {
            number: object.within("number", 1..=999, RULE)?.unwrap_or(next),
            hs: object.required("hs", RULE, Object::parse)?,
            hs_edition: object.hs_edition("hs_edition")?.unwrap_or(common),
            origin: object.required("origin", RULE, Object::parse)?,
            quantity: object.parse("quantity")?,
            net_kg: object.parse("net_kg")?,
        })
    }

    fn to_json(self) -> Value {
        let mut map = Map::new();
        map.insert("number".into(), self.number.into());
        map.insert("hs".into(), json!(self.hs));
        map.insert("hs_edition".into(), self.hs_edition.year().into());
        map.insert("origin".into(), json!(self.origin));
        put(&mut map, "quantity", self.quantity);
        put(&mut map, "net_kg", self.net_kg);
        Value::Object(map)
    }
}

impl Batch {
    fn from_json(value: &Value) -> Result<Self, FieldError> {
        const RULE: &str = "certificate R12";
        let object = Object::new(
            value,
            "batch",
            &["parcels", "root", "gross_kg", "chapters", "value"],
            RULE,
        )?;
        let mut chapters: Vec<_> = object.required("chapters", RULE, Object::parse_all)?;
        chapters.sort();
        let mut value: Vec<crate::Money> = object.parse_all("value")?.unwrap_or_default();
        value.sort_by_key(|money| money.currency);
        Ok(Self {
            parcels: object.required("parcels", RULE, |object, name| {
                object.within(name, 1..=10_000_000, RULE)
            })?,
            root: object.required("root", RULE, Object::parse)?,
            gross_kg: object.parse("gross_kg")?,
            chapters,
            value,
        })
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("parcels".into(), self.parcels.into());
        map.insert("root".into(), json!(self.root));
        put(&mut map, "gross_kg", self.gross_kg);
        map.insert("chapters".into(), json!(self.chapters));
        put(&mut map, "value", (!self.value.is_empty()).then_some(&self.value));
        Value::Object(map)
    }
}
