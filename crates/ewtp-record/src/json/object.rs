//! One JSON object, read by the names a kind knows.

use crate::codes::nearest;
use crate::fields::within;
use crate::{FieldError, HsEdition, UnixTime, ValueError};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// An object and the path that leads to it.
pub(crate) struct Object<'json> {
    fields: &'json Map<String, Value>,
    path: String,
}

impl<'json> Object<'json> {
    /// The object at `path`, in which only `names` may occur.
    pub(crate) fn new(value: &'json Value, path: &str, names: &[&str], rule: &'static str) -> Result<Self, FieldError> {
        let fields = value.as_object().ok_or_else(|| {
            let field = if path.is_empty() { "input" } else { path };
            FieldError::new(field, rule, "object", "must be a JSON object")
        })?;
        let object = Self {
            fields,
            path: path.to_owned(),
        };
        match fields.keys().find(|name| !names.contains(&name.as_str())) {
            Some(unknown) => Err(object.unknown(unknown, names, rule)),
            None => Ok(object),
        }
    }

    fn unknown(&self, name: &str, names: &[&str], rule: &'static str) -> FieldError {
        let message = match nearest(name, names.iter().copied()) {
            Some(nearest) => format!("is not known; did you mean \"{nearest}\"?"),
            None => format!("is not known; the names here are {}", names.join(", ")),
        };
        FieldError::new(self.path_to(name), rule, "unknown-field", message)
    }

    /// The path of the field `name` from the top of the input.
    pub(crate) fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The value of a field that must be there, by one of the readers below.
    pub(crate) fn required<T>(
        &self,
        name: &str,
        rule: &'static str,
        read: impl FnOnce(&Self, &str) -> Result<Option<T>, FieldError>,
    ) -> Result<T, FieldError> {
        read(self, name)?.ok_or_else(|| FieldError::missing(self.path_to(name), rule))
    }

    /// The raw value of a field; null counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&'json Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'json str>, FieldError> {
        self.value(name)
            .map(|value| text(value, &self.path_to(name)))
            .transpose()
    }

    pub(crate) fn parse<T: FromStr<Err = ValueError>>(&self, name: &str) -> Result<Option<T>, FieldError> {
        let parse = |text: &str| text.parse().map_err(|error| FieldError::at(self.path_to(name), error));
        self.text(name)?.map(parse).transpose()
    }

    pub(crate) fn uint(&self, name: &str) -> Result<Option<u64>, FieldError> {
        let read = |value: &Value| {
            let error = || {
                FieldError::new(
                    self.path_to(name),
                    "values R1",
                    "number",
                    "must be a whole number without sign or quotes",
                )
            };
            value.as_u64().ok_or_else(error)
        };
        self.value(name).map(read).transpose()
    }

    /// An edition of the Harmonized System, by its year.
    pub(crate) fn hs_edition(&self, name: &str) -> Result<Option<HsEdition>, FieldError> {
        let read = |year| HsEdition::try_from(year).map_err(|error| FieldError::at(self.path_to(name), error));
        self.uint(name)?.map(read).transpose()
    }

    /// True or false; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, FieldError> {
        let error = || {
            FieldError::new(
                self.path_to(name),
                "values R1",
                "flag",
                "must be true or false, without quotes",
            )
        };
        self.value(name)
            .map_or(Ok(false), |value| value.as_bool().ok_or_else(error))
    }

    pub(crate) fn within<T: TryFrom<u64>>(
        &self,
        name: &str,
        bounds: RangeInclusive<u64>,
        rule: &'static str,
    ) -> Result<Option<T>, FieldError> {
        self.uint(name)?
            .map(|value| within(value, bounds, &self.path_to(name), rule))
            .transpose()
    }

    /// A time: seconds since 1970 as a number, or a calendar time as text.
    pub(crate) fn time(&self, name: &str) -> Result<Option<UnixTime>, FieldError> {
        match self.value(name) {
            Some(Value::Number(number)) => {
                let parsed = number
                    .to_string()
                    .parse()
                    .map_err(|error| FieldError::at(self.path_to(name), error));
                parsed.map(Some)
            }
            _ => self.parse(name),
        }
    }

    /// The entries of a list with their paths.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<(String, &'json Value)>>, FieldError> {
        let read = |value: &'json Value| {
            let error = || {
                FieldError::new(
                    self.path_to(name),
                    "values R1",
                    "list",
                    "must be a list in square brackets",
                )
            };
            let entries = value.as_array().ok_or_else(error)?.iter().enumerate();
            Ok(entries
                .map(|(index, entry)| (format!("{}[{index}]", self.path_to(name)), entry))
                .collect())
        };
        self.value(name).map(read).transpose()
    }

    /// A list of texts as they stand.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, FieldError> {
        let Some(entries) = self.list(name)? else {
            return Ok(None);
        };
        let read = |(path, value): (String, &Value)| text(value, &path).map(str::to_owned);
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// A list of texts, each of them a `T`.
    pub(crate) fn parse_all<T: FromStr<Err = ValueError>>(&self, name: &str) -> Result<Option<Vec<T>>, FieldError> {
        let Some(entries) = self.list(name)? else {
            return Ok(None);
        };
        let parse =
            |(path, value): (String, &Value)| text(value, &path)?.parse().map_err(|error| FieldError::at(path, error));
        entries.into_iter().map(parse).collect::<Result<_, _>>().map(Some)
    }
}

/// The text at `path`.
fn text<'json>(value: &'json Value, path: &str) -> Result<&'json str, FieldError> {
    // Numbers would lose zeros and digits: "010121" is a code, "21.60" an amount.
    value
        .as_str()
        .ok_or_else(|| FieldError::new(path, "values R1", "text", "must be a text in quotes"))
}
