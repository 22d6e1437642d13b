//! The edition as JSON, in the names a tariff office reads.

use super::{Edition, MeasureKind, PatchSummary, Rounding, TreeSummary, Trees};
use crate::certificate::put;
use crate::json::{Envelope, Object, Submission, Terms};
use crate::{FieldError, RecordKind};
use serde_json::{Map, Value, json};

pub(super) const RULE: &str = "edition R14";

/// What an office states of an edition, beside its name.
// spec: edition R16
pub(super) const STATED: [&str; 13] = [
    "territory",
    "members",
    "hs_edition",
    "nomenclature",
    "digits",
    "in_force",
    "legal",
    "valuation",
    "currency",
    "rounding",
    "collected_from",
    "languages",
    "test",
];

/// What follows from the rows and from the editions before.
const PLACE: [&str; 5] = ["number", "previous", "trees", "patch", "corrects"];

impl Edition {
    /// Reads an input and makes it a submission of the hub of `terms`.
    ///
    /// # Errors
    /// The first field that is missing, unknown or breaks its rule.
    // spec: edition R14
    pub fn from_json(input: &Value, terms: &Terms) -> Result<Submission, FieldError> {
        let names = [&["name"], &Envelope::TIMES[..], &STATED[..], &PLACE[..]].concat();
        let object = Object::new(input, "", &names, RULE)?;
        let envelope = Envelope::read_unrevised(&object, "name")?;
        let edition = Self::read(&object)?;
        edition.inspect()?;
        envelope.submit(RecordKind::TARIFF_EDITION, terms, edition.encode())
    }

    fn read(object: &Object<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            number: whole(object, "number", "edition R4")?,
            previous: object.parse("previous")?,
            trees: Trees::from_json(object)?,
            patch: object.value("patch").map(PatchSummary::from_json).transpose()?,
            corrects: object.parse("corrects")?,
            ..Self::stated(object)?
        })
    }

    /// What an office states, as the first edition of a schedule without rows.
    pub(super) fn stated(object: &Object<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            territory: object.required("territory", "edition R2", Object::text)?.to_owned(),
            members: object.parse_all("members")?.unwrap_or_default(),
            hs_edition: object.required("hs_edition", "edition R3", Object::hs_edition)?,
            nomenclature: object.required("nomenclature", "edition R3", Object::text)?.to_owned(),
            digits: object.required("digits", "edition R3", |object, name| {
                object.within(name, 6..=12, "edition R3")
            })?,
            number: 1,
            previous: None,
            in_force: object.required("in_force", "edition R5", Object::parse)?,
            legal: object.texts("legal")?.unwrap_or_default(),
            trees: Trees::EMPTY,
            valuation: object.required("valuation", "edition R3", Object::parse)?,
            currency: object.required("currency", "edition R3", Object::parse)?,
            rounding: rounding(object)?,
            collected_from: object.parse("collected_from")?,
            languages: object.required("languages", "edition R11", Object::texts)?,
            patch: None,
            corrects: None,
            is_test: object.flag("test")?,
        })
    }

    /// What it says, in the names of the input, without its name and times.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("territory".into(), json!(self.territory));
        put(&mut map, "members", (!self.members.is_empty()).then_some(&self.members));
        map.insert("hs_edition".into(), self.hs_edition.year().into());
        map.insert("nomenclature".into(), json!(self.nomenclature));
        map.insert("digits".into(), self.digits.into());
        map.insert("number".into(), self.number.into());
        put(&mut map, "previous", self.previous);
        map.insert("in_force".into(), json!(self.in_force));
        put(&mut map, "legal", (!self.legal.is_empty()).then_some(&self.legal));
        map.insert(
            "trees".into(),
            json!({
                "rates": self.trees.rates.to_json(),
                "texts": self.trees.texts.to_json(),
                "notes": self.trees.notes.to_json(),
            }),
        );
        map.insert("valuation".into(), self.valuation.name().into());
        map.insert("currency".into(), json!(self.currency));
        map.insert(
            "rounding".into(),
            self.rounding.iter().copied().map(Rounding::to_json).collect(),
        );
        put(&mut map, "collected_from", self.collected_from);
        map.insert("languages".into(), json!(self.languages));
        put(&mut map, "patch", self.patch.map(PatchSummary::to_json));
        put(&mut map, "corrects", self.corrects);
        put(&mut map, "test", self.is_test.then_some(true));
        map
    }
}

fn whole(object: &Object<'_>, name: &str, rule: &'static str) -> Result<u32, FieldError> {
    object.required(name, rule, |object, name| {
        object.within(name, 0..=u64::from(u32::MAX), rule)
    })
}

// spec: edition R8
fn rounding(object: &Object<'_>) -> Result<Vec<Rounding>, FieldError> {
    let entries = object.required("rounding", "edition R8", Object::list)?;
    let rules = entries
        .into_iter()
        .map(|(path, value)| Rounding::from_json(value, &path));
    let mut rules = rules.collect::<Result<Vec<_>, _>>()?;
    rules.sort_by_key(|rule| rule.kind);
    Ok(rules)
}

impl Rounding {
    fn from_json(value: &Value, path: &str) -> Result<Self, FieldError> {
        const RULE: &str = "edition R8";
        let object = Object::new(value, path, &["measure", "mode", "step", "per"], RULE)?;
        Ok(Self {
            kind: object.parse::<MeasureKind>("measure")?,
            mode: object.required("mode", RULE, Object::parse)?,
            step: whole(&object, "step", RULE)?,
            scope: object.required("per", RULE, Object::parse)?,
        })
    }

    fn to_json(self) -> Value {
        let mut map = Map::new();
        put(&mut map, "measure", self.kind.map(MeasureKind::name));
        map.insert("mode".into(), self.mode.name().into());
        map.insert("step".into(), self.step.into());
        map.insert("per".into(), self.scope.name().into());
        Value::Object(map)
    }
}

impl Trees {
    // spec: edition R7
    fn from_json(parent: &Object<'_>) -> Result<Self, FieldError> {
        const RULE: &str = "edition R7";
        let value = parent.required("trees", RULE, |object, name| Ok(object.value(name)))?;
        let object = Object::new(value, &parent.path_to("trees"), &["rates", "texts", "notes"], RULE)?;
        let tree = |name: &str| {
            let value = object.required(name, RULE, |object, name| Ok(object.value(name)))?;
            TreeSummary::from_json(value, &object.path_to(name))
        };
        Ok(Self {
            rates: tree("rates")?,
            texts: tree("texts")?,
            notes: tree("notes")?,
        })
    }
}

impl TreeSummary {
    fn from_json(value: &Value, path: &str) -> Result<Self, FieldError> {
        const RULE: &str = "edition R7";
        let object = Object::new(value, path, &["root", "pages", "rows", "bytes"], RULE)?;
        Ok(Self {
            root: object.required("root", RULE, Object::parse)?,
            pages: whole(&object, "pages", RULE)?,
            rows: whole(&object, "rows", RULE)?,
            bytes: object.required("bytes", RULE, Object::uint)?,
        })
    }

    fn to_json(self) -> Value {
        json!({ "root": self.root, "pages": self.pages, "rows": self.rows, "bytes": self.bytes })
    }
}

impl PatchSummary {
    // spec: edition R9
    fn from_json(value: &Value) -> Result<Self, FieldError> {
        const RULE: &str = "edition R9";
        let object = Object::new(value, "patch", &["id", "bytes", "rows"], RULE)?;
        Ok(Self {
            id: object.required("id", RULE, Object::parse)?,
            bytes: object.required("bytes", RULE, Object::uint)?,
            rows: whole(&object, "rows", RULE)?,
        })
    }

    fn to_json(self) -> Value {
        json!({ "id": self.id, "bytes": self.bytes, "rows": self.rows })
    }
}
