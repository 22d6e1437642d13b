//! The first step: what was written. Names and types are checked here; meaning is not.
//!
//! The reader walks the parsed table itself instead of deriving `Deserialize`, because a derived reader stops at its
//! first fault and an operator wants to see all of them, each with its line.

use super::fault::ConfigFault;
use std::cell::RefCell;
use toml::de::{DeTable, DeValue};

/// A value and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written<T> {
    pub(crate) value: T,
    pub(crate) line: usize,
}

/// `ewtp.toml` as written: every setting optional, nothing resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    pub(crate) format: Option<Written<u64>>,
    pub(crate) net: Option<Written<String>>,
    pub(crate) hub: Option<Written<String>>,
    pub(crate) name: Option<Written<String>>,
    pub(crate) network: NetworkSection,
    pub(crate) admin_http: Option<Written<String>>,
    pub(crate) store: StoreSection,
    pub(crate) limits: LimitsSection,
    pub(crate) log_filter: Option<Written<String>>,
    pub(crate) carry: Vec<CarrySection>,
}

/// `[network]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NetworkSection {
    pub(crate) listen: Option<Written<Vec<String>>>,
    pub(crate) addresses: Option<Written<Vec<String>>>,
    pub(crate) admission: Option<Written<String>>,
    pub(crate) guests_max: Option<Written<u64>>,
    pub(crate) connections_max: Option<Written<u64>>,
    pub(crate) memory_mb: Option<Written<u64>>,
}

/// `[store]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreSection {
    pub(crate) engine: Option<Written<String>>,
    pub(crate) cache_mb: Option<Written<u64>>,
    pub(crate) segment_mb: Option<Written<u64>>,
}

/// `[limits]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitsSection {
    pub(crate) carried_hubs_max: Option<Written<u64>>,
    pub(crate) carried_gb_each: Option<Written<u64>>,
    pub(crate) schedules_gb_each: Option<Written<u64>>,
    pub(crate) pulse_s: Option<Written<u64>>,
}

/// One `[[carry]]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CarrySection {
    pub(crate) line: usize,
    pub(crate) hub: Option<Written<String>>,
    pub(crate) genesis: Option<Written<String>>,
    pub(crate) addresses: Option<Written<Vec<String>>>,
}

/// Reads the text; the faults are of syntax, names and types.
pub(crate) fn read(text: &str) -> (ConfigFile, Vec<ConfigFault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let faults = RefCell::new(errors.iter().map(|error| syntax_fault(text, error)).collect());
    let file = ConfigFile::read(Section::new(text, &faults, "", table.into_inner()));
    (file, faults.into_inner())
}

impl ConfigFile {
    fn read(mut root: Section<'_>) -> Self {
        let file = Self {
            format: root.number("format"),
            net: root.text("net"),
            hub: root.text("hub"),
            name: root.text("name"),
            network: root.section("network").map(NetworkSection::read).unwrap_or_default(),
            admin_http: root.section("admin").and_then(read_admin),
            store: root.section("store").map(StoreSection::read).unwrap_or_default(),
            limits: root.section("limits").map(LimitsSection::read).unwrap_or_default(),
            log_filter: root.section("events").and_then(read_events),
            carry: root.sections("carry").into_iter().map(CarrySection::read).collect(),
        };
        root.finish();
        file
    }
}

fn read_admin(mut section: Section<'_>) -> Option<Written<String>> {
    let http = section.text("http");
    section.finish();
    http
}

fn read_events(mut section: Section<'_>) -> Option<Written<String>> {
    let filter = section.text("filter");
    section.finish();
    filter
}

impl NetworkSection {
    fn read(mut section: Section<'_>) -> Self {
        let read = Self {
            listen: section.texts("listen"),
            addresses: section.texts("addresses"),
            admission: section.text("admission"),
            guests_max: section.number("guests_max"),
            connections_max: section.number("connections_max"),
            memory_mb: section.number("memory_mb"),
        };
        section.finish();
        read
    }
}

impl StoreSection {
    fn read(mut section: Section<'_>) -> Self {
        let read = Self {
            engine: section.text("engine"),
            cache_mb: section.number("cache_mb"),
            segment_mb: section.number("segment_mb"),
        };
        section.finish();
        read
    }
}

impl LimitsSection {
    fn read(mut section: Section<'_>) -> Self {
        let read = Self {
            carried_hubs_max: section.number("carried_hubs_max"),
            carried_gb_each: section.number("carried_gb_each"),
            schedules_gb_each: section.number("schedules_gb_each"),
            pulse_s: section.number("pulse_s"),
        };
        section.finish();
        read
    }
}

impl CarrySection {
    fn read(mut section: Section<'_>) -> Self {
        let read = Self {
            line: section.line,
            hub: section.text("hub"),
            genesis: section.text("genesis"),
            addresses: section.texts("addresses"),
        };
        section.finish();
        read
    }
}

/// A table being read: each `text`, `number` … takes one key out, and [`Section::finish`] refuses what is left.
struct Section<'t> {
    source: &'t str,
    faults: &'t RefCell<Vec<ConfigFault>>,
    name: &'static str,
    line: usize,
    table: DeTable<'t>,
    known: Vec<&'static str>,
}

impl<'t> Section<'t> {
    fn new(source: &'t str, faults: &'t RefCell<Vec<ConfigFault>>, name: &'static str, table: DeTable<'t>) -> Self {
        Self {
            source,
            faults,
            name,
            line: 1,
            table,
            known: Vec::new(),
        }
    }

    fn child(&self, name: &'static str, line: usize, table: DeTable<'t>) -> Self {
        Self {
            line,
            ..Self::new(self.source, self.faults, name, table)
        }
    }

    fn take(&mut self, key: &'static str) -> Option<(usize, DeValue<'t>)> {
        self.known.push(key);
        let value = self.table.remove(key)?;
        Some((line_of(self.source, value.span().start), value.into_inner()))
    }

    fn text(&mut self, key: &'static str) -> Option<Written<String>> {
        match self.take(key)? {
            (line, DeValue::String(text)) => Some(Written {
                value: text.into_owned(),
                line,
            }),
            (line, other) => self.mistyped(key, line, &other, "text in double quotes"),
        }
    }

    fn number(&mut self, key: &'static str) -> Option<Written<u64>> {
        let (line, value) = self.take(key)?;
        let number = value
            .as_integer()
            .and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        match number {
            Some(value) => Some(Written { value, line }),
            None => self.mistyped(key, line, &value, "a whole number from 0"),
        }
    }

    fn texts(&mut self, key: &'static str) -> Option<Written<Vec<String>>> {
        let (line, value) = self.take(key)?;
        let DeValue::Array(items) = value else {
            return self.mistyped(key, line, &value, "a list of texts: [\"…\", \"…\"]");
        };
        let mut texts = Vec::new();
        for item in items {
            match item.into_inner() {
                DeValue::String(text) => texts.push(text.into_owned()),
                other => return self.mistyped(key, line, &other, "a list of texts: [\"…\", \"…\"]"),
            }
        }
        Some(Written { value: texts, line })
    }

    fn section(&mut self, key: &'static str) -> Option<Self> {
        match self.take(key)? {
            (line, DeValue::Table(table)) => Some(self.child(key, line, table)),
            (line, other) => self.mistyped(key, line, &other, "a section: [name] on its own line"),
        }
    }

    fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let Some((line, value)) = self.take(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            let _: Option<()> = self.mistyped(key, line, &value, "one [[name]] block each");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            let line = line_of(self.source, item.span().start);
            match item.into_inner() {
                DeValue::Table(table) => sections.push(self.child(key, line, table)),
                other => _ = self.mistyped::<()>(key, line, &other, "one [[name]] block each"),
            }
        }
        sections
    }

    fn mistyped<T>(&self, key: &str, line: usize, value: &DeValue<'_>, wanted: &str) -> Option<T> {
        self.fault(
            line,
            key,
            format!("is {}, not {wanted}", with_article(value)),
            format!("write {wanted}"),
        );
        None
    }

    fn fault(&self, line: usize, key: &str, message: String, remedy: String) {
        let field = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        self.faults.borrow_mut().push(ConfigFault {
            line: Some(line),
            field,
            message,
            remedy,
        });
    }

    /// Whatever was not taken is unknown: refused, with the nearest name.
    fn finish(self) {
        for key in self.table.keys() {
            let line = line_of(self.source, key.span().start);
            let unknown = key.get_ref();
            let remedy = match nearest(unknown, &self.known) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            self.fault(line, unknown, "no such setting".to_owned(), remedy);
        }
    }
}

/// The known name closest to a misspelt one, if any is close.
pub(crate) fn nearest<'n>(unknown: &str, known: &[&'n str]) -> Option<&'n str> {
    known
        .iter()
        .map(|name| (strsim::jaro_winkler(unknown, name), *name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// The type of a value as people name it.
fn with_article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

fn syntax_fault(text: &str, error: &toml::de::Error) -> ConfigFault {
    ConfigFault {
        line: error.span().map(|span| line_of(text, span.start)),
        field: String::new(),
        message: error.message().to_owned(),
        remedy: "write `key = value`, text in double quotes; sections as [name]".to_owned(),
    }
}

/// The line, counted from 1, of a byte offset.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
