//! The credential as JSON, in the names a registrar writes.

use super::{Corridor, Credential};
use crate::certificate::put;
use crate::json::{Envelope, Object, Submission, Terms};
use crate::{FieldError, KeyBytes, RecordKind};
use serde_json::{Map, Value, json};

const RULE: &str = "credential R11";

const NAMES: [&str; 8] = [
    "key",
    "form",
    "size",
    "tier",
    "sectors",
    "corridors",
    "lei",
    "disclosure",
];

impl Credential {
    /// Reads an input and makes it a submission of the hub of `terms`.
    ///
    /// # Errors
    /// The first field that is missing, unknown or breaks its rule.
    // spec: credential R11
    pub fn from_json(input: &Value, terms: &Terms) -> Result<Submission, FieldError> {
        let names = [&["merchant_id"], &Envelope::NAMES[..], &NAMES[..]].concat();
        let object = Object::new(input, "", &names, RULE)?;
        let envelope = Envelope::read(&object, "merchant_id")?;
        let mut sectors: Vec<_> = object.parse_all("sectors")?.unwrap_or_default();
        sectors.sort();
        let credential = Self {
            revision: envelope.revision,
            previous: envelope.previous,
            key: key(&object)?,
            form: object.required("form", "credential R3", Object::parse)?,
            size: object.required("size", "credential R3", Object::parse)?,
            tier: object.required("tier", "credential R4", Object::parse)?,
            sectors,
            corridors: corridors(&object)?,
            lei: object.parse("lei")?,
            disclosure: object.parse("disclosure")?,
        };
        credential.inspect()?;
        let submission = envelope.submit(RecordKind::CREDENTIAL, terms, credential.encode())?;
        let draft = &submission.draft;
        crate::body::life(draft.issued_at, draft.expires_at, Self::DAYS_MAX, "credential R10")?;
        Ok(submission)
    }

    /// What it says, in the names of the input, without merchant id and times.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("key".into(), json!(self.key));
        map.insert("form".into(), self.form.name().into());
        map.insert("size".into(), self.size.name().into());
        map.insert("tier".into(), self.tier.name().into());
        put(&mut map, "sectors", (!self.sectors.is_empty()).then_some(&self.sectors));
        map.insert(
            "corridors".into(),
            self.corridors.iter().map(Corridor::to_json).collect(),
        );
        put(&mut map, "lei", self.lei);
        put(&mut map, "disclosure", self.disclosure);
        put(&mut map, "previous", self.previous);
        map
    }
}

/// The merchant's key, admitted now: a credential for a key that no verifier admits would be worthless.
// spec: credential R2
fn key(object: &Object<'_>) -> Result<KeyBytes, FieldError> {
    let key: KeyBytes = object.required("key", "credential R2", Object::parse)?;
    let refused = |error: crate::KeyError| FieldError::new("key", "record R15", error.code(), error.to_string());
    key.admit().map(|_| key).map_err(refused)
}

fn corridors(object: &Object<'_>) -> Result<Vec<Corridor>, FieldError> {
    let entries = object.required("corridors", "credential R6", Object::list)?;
    let corridors = entries
        .into_iter()
        .map(|(path, value)| Corridor::from_json(value, &path));
    let mut corridors = corridors.collect::<Result<Vec<_>, _>>()?;
    corridors.sort_by_key(|corridor| (corridor.from, corridor.to));
    Ok(corridors)
}

impl Corridor {
    fn from_json(value: &Value, path: &str) -> Result<Self, FieldError> {
        const RULE: &str = "credential R6";
        let object = Object::new(value, path, &["from", "to", "regimes"], RULE)?;
        let mut regimes: Vec<_> = object.parse_all("regimes")?.unwrap_or_default();
        regimes.sort();
        let from = object.required("from", RULE, Object::parse)?;
        Ok(Self {
            from,
            to: object.required("to", RULE, Object::parse)?,
            regimes,
        })
    }

    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("from".into(), json!(self.from));
        map.insert("to".into(), json!(self.to));
        put(&mut map, "regimes", (!self.regimes.is_empty()).then_some(&self.regimes));
        Value::Object(map)
    }
}
