//! What an office says of an edition beside its rows: the part that it writes by hand.

use super::input::{RULE, STATED};
use super::{Edition, Trees};
use crate::json::Object;
use crate::{FieldError, Subject};
use serde_json::{Map, Value, json};

/// Name, territory, valuation, currency, rounding and the like of an edition; not its rows, and not its place behind the
/// editions before it, which follow from a schedule and a log.
///
/// It lies as `about.json` beside the pages of a schedule.
// spec: edition R16
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name of the edition, such as `2026-rev-5`: the subject of its record.
    pub name: Subject,
    /// What is said, as the first edition of a schedule without rows.
    stated: Edition,
}

impl About {
    /// Reads what an office wrote.
    ///
    /// # Errors
    /// The first field that is missing, unknown or breaks its rule.
    pub fn from_json(input: &Value) -> Result<Self, FieldError> {
        let object = Object::new(input, "", &[&["name"], &STATED[..]].concat(), RULE)?;
        let about = Self {
            name: object.required("name", "record R9", Object::parse)?,
            stated: Edition::stated(&object)?,
        };
        about.stated.inspect().map(|()| about)
    }

    /// What the edition of this name says beside its rows.
    #[must_use]
    pub fn of(name: Subject, edition: &Edition) -> Self {
        let stated = Edition {
            number: 1,
            previous: None,
            trees: Trees::EMPTY,
            patch: None,
            corrects: None,
            ..edition.clone()
        };
        Self { name, stated }
    }

    /// The edition of these rows, as the first of its territory. Who publishes a later one adds number, previous, patch and
    /// what it corrects.
    #[must_use]
    pub fn edition(&self, trees: Trees) -> Edition {
        Edition {
            trees,
            ..self.stated.clone()
        }
    }

    /// What it says, in the names of the input.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::from_iter([("name".to_owned(), json!(self.name))]);
        let stated = self.stated.to_json().into_iter();
        map.extend(stated.filter(|(name, _)| STATED.contains(&name.as_str())));
        map
    }
}
