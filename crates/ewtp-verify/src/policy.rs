//! A verifier's policy: its net, its own hub, the hubs it pins, the kinds it accepts on their signature alone, and how new
//! charters and evidence must be.
//!
//! The file is JSON and strict: an unknown or repeated key is refused, naming the nearest known one, because a misspelt
//! key would otherwise silently mean something weaker.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;

use ewtp_record::{CharterId, HubCode, NetName, RecordKind};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

/// Most bytes of a policy file: 256 pins need 20 KiB.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;

/// Most pinned hubs; ISO 3166 has 250 countries.
const PINS_MAX: usize = 512;

const KEYS: [&str; 6] = ["net", "own", "pins", "unlogged", "charter_min", "max_age_seconds"];

/// Whom a verifier trusts, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The net; bundles of any other are refused.
    pub net: NetName,
    /// The verifier's own hub, one of the pins: its word counts in the quorum, unless it issued the record.
    pub own: HubCode,
    /// The genesis id that is accepted for each hub.
    pub pins: BTreeMap<HubCode, CharterId>,
    /// Kinds accepted on their signature alone when no receipt is there.
    pub unlogged: BTreeSet<RecordKind>,
    /// The lowest charter number that a hub's chain in a bundle must reach, for pinned hubs. Whoever makes a bundle may leave
    /// out the newest charters, and with them what they revoke; an older chain is `undecided`. // spec: bundle R19
    pub charter_min: BTreeMap<HubCode, u32>,
    /// The oldest evidence, in seconds, that is enough; at least 1. `None`: any. // spec: bundle R20
    pub max_age_seconds: Option<u64>,
}

/// Why a policy file is refused. Nothing was verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is larger than any policy.
    #[error("the policy has {got} bytes, more than {POLICY_BYTES_MAX}")]
    TooLarge {
        /// Its bytes.
        got: usize,
    },
    /// Not JSON, an unknown or repeated or missing key, or a value of another shape.
    #[error("{message} (line {line}, column {column})")]
    Shape {
        /// What is wrong, with the nearest known name where a name is.
        message: String,
        /// Line of the file, from 1.
        line: usize,
        /// Column of the line, from 1.
        column: usize,
    },
    /// A lowest charter number is given for a hub that has no pin, so it would never be asked for.
    #[error("charter_min names {hub}, which is not among the pins")]
    CharterMinNotPinned {
        /// The hub.
        hub: HubCode,
    },
    /// The own hub has no pin, so its cosignature could never be checked.
    #[error("the own hub {own} is not among the pins")]
    OwnNotPinned {
        /// The own hub.
        own: HubCode,
    },
}

impl PolicyError {
    /// The line of the file that is at fault, when one is.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Shape { line, .. } => Some(*line),
            Self::TooLarge { .. } | Self::OwnNotPinned { .. } | Self::CharterMinNotPinned { .. } => None,
        }
    }
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] when the file is too large, not exactly a policy, or does not pin its own hub. // spec: bundle R5
    pub fn from_json(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge { got: bytes.len() });
        }
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let policy = reader
            .deserialize_map(PolicyVisitor)
            .and_then(|policy| reader.end().map(|()| policy));
        let policy = policy.map_err(|error| shape(&error))?;
        if !policy.pins.contains_key(&policy.own) {
            return Err(PolicyError::OwnNotPinned { own: policy.own });
        }
        match policy.charter_min.keys().find(|hub| !policy.pins.contains_key(hub)) {
            Some(hub) => Err(PolicyError::CharterMinNotPinned { hub: *hub }),
            None => Ok(policy),
        }
    }

    /// Writes the policy as its file has it.
    pub fn to_json(&self) -> String {
        let pins: serde_json::Map<_, _> = self
            .pins
            .iter()
            .map(|(hub, id)| (hub.to_string(), id.to_string().into()))
            .collect();
        let mut file = serde_json::Map::new();
        file.insert("net".to_owned(), self.net.to_string().into());
        file.insert("own".to_owned(), self.own.to_string().into());
        file.insert("pins".to_owned(), pins.into());
        if !self.unlogged.is_empty() {
            let kinds = self.unlogged.iter().map(|kind| kind.name().into()).collect();
            file.insert("unlogged".to_owned(), serde_json::Value::Array(kinds));
        }
        if !self.charter_min.is_empty() {
            let numbers: serde_json::Map<_, _> = self
                .charter_min
                .iter()
                .map(|(hub, number)| (hub.to_string(), (*number).into()))
                .collect();
            file.insert("charter_min".to_owned(), numbers.into());
        }
        if let Some(seconds) = self.max_age_seconds {
            file.insert("max_age_seconds".to_owned(), seconds.into());
        }
        let text = serde_json::to_string_pretty(&file).expect("a map with text keys is JSON");
        text + "\n"
    }
}

fn shape(error: &serde_json::Error) -> PolicyError {
    // serde_json ends its message with the place, which has its own fields here.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    PolicyError::Shape {
        message,
        line: error.line(),
        column: error.column(),
    }
}

/// `unknown X "y", did you mean "z"?`, the nearest of the known names.
fn unknown_name<E: de::Error>(what: &str, got: &str, known: &[&str]) -> E {
    let nearest = known.iter().min_by_key(|name| strsim::damerau_levenshtein(name, got));
    let nearest = nearest.expect("there is at least one known name");
    E::custom(format_args!("unknown {what} {got:?}, did you mean {nearest:?}?"))
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy: an object with \"net\", \"own\" and \"pins\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
        let (mut net, mut own, mut pins, mut unlogged) = (None, None, None, None);
        let (mut charter_min, mut max_age) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "net" => once(&mut net, "net", map.next_value()?)?,
                "own" => once(&mut own, "own", map.next_value()?)?,
                "pins" => once(&mut pins, "pins", pinned(map.next_value_seed(ByHub(PhantomData))?)?)?,
                "charter_min" => once(
                    &mut charter_min,
                    "charter_min",
                    map.next_value_seed(ByHub::<u32>(PhantomData))?,
                )?,
                "max_age_seconds" => once(&mut max_age, "max_age_seconds", map.next_value::<NonZeroU64>()?)?,
                "unlogged" => once(&mut unlogged, "unlogged", map.next_value::<Vec<String>>()?)?,
                unknown => return Err(unknown_name("key", unknown, &KEYS)),
            }
        }
        Ok(Policy {
            net: net.ok_or_else(|| de::Error::missing_field("net"))?,
            own: own.ok_or_else(|| de::Error::missing_field("own"))?,
            pins: pins.ok_or_else(|| de::Error::missing_field("pins"))?,
            unlogged: unlogged
                .unwrap_or_default()
                .iter()
                .map(|name| kind_named(name))
                .collect::<Result<_, _>>()?,
            charter_min: charter_min.unwrap_or_default(),
            max_age_seconds: max_age.map(NonZeroU64::get),
        })
    }
}

fn once<T, E: de::Error>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match slot.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}

/// The kinds that a policy may accept unlogged: those that this version can judge at all.
const UNLOGGED: [RecordKind; 5] = [
    RecordKind::MANIFEST,
    RecordKind::CERTIFICATE,
    RecordKind::CREDENTIAL,
    RecordKind::TARIFF_EDITION,
    RecordKind::PULSE,
];

fn kind_named<E: de::Error>(name: &str) -> Result<RecordKind, E> {
    let found = UNLOGGED.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| unknown_name("kind", name, &UNLOGGED.map(RecordKind::name)))
}

/// The pins as ids. Parsed from text: the one spelling of an id is lower-case hex.
fn pinned<E: de::Error>(texts: BTreeMap<HubCode, String>) -> Result<BTreeMap<HubCode, CharterId>, E> {
    let ids = texts
        .into_iter()
        .map(|(hub, text)| Ok((hub, text.parse().map_err(E::custom)?)));
    ids.collect()
}

/// Reads an object with a value for each hub; a hub named twice is refused, where a plain map would keep the last.
struct ByHub<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ByHub<T> {
    type Value = BTreeMap<HubCode, T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ByHub<T> {
    type Value = BTreeMap<HubCode, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one value for each hub code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((hub, value)) = map.next_entry::<HubCode, T>()? {
            if values.insert(hub, value).is_some() {
                return Err(de::Error::custom(format_args!("hub {hub} is named twice")));
            }
            if values.len() > PINS_MAX {
                return Err(de::Error::custom(format_args!("more than {PINS_MAX} hubs")));
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: &str = "11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa";

    fn read(text: &str) -> Result<Policy, String> {
        Policy::from_json(text.as_bytes()).map_err(|error| error.to_string())
    }

    fn with_pins(rest: &str) -> String {
        format!(r#"{{"net":"test:lab","own":"MY","pins":{{"MY":"{GENESIS}"}}{rest}}}"#)
    }

    #[test]
    fn a_policy_reads_back_as_written() {
        let policy = read(&with_pins(r#","unlogged":["pulse","tariff-edition"]"#)).unwrap();
        assert_eq!(Policy::from_json(policy.to_json().as_bytes()), Ok(policy));
    }

    #[test]
    fn how_new_charters_and_evidence_must_be_reads_back_as_written() {
        let policy = read(&with_pins(r#","charter_min":{"MY":3},"max_age_seconds":86400"#)).unwrap();
        assert_eq!(policy.charter_min, BTreeMap::from([("MY".parse().unwrap(), 3)]));
        assert_eq!(policy.max_age_seconds, Some(86_400));
        assert_eq!(Policy::from_json(policy.to_json().as_bytes()), Ok(policy));
    }

    #[test]
    fn how_new_they_must_be_is_refused_where_it_would_mean_nothing() {
        for (rest, why) in [
            (r#","charter_min":{"SG":3}"#, "SG, which is not among the pins"),
            (r#","charter_min":{"MY":3,"MY":4}"#, "hub MY is named twice"),
            (r#","charter_min":{"MY":-1}"#, "invalid value"),
            (r#","charter_min":3"#, "one value for each hub"),
            (r#","max_age_seconds":0"#, "nonzero"),
            (r#","max_age_seconds":"1 d""#, "invalid type"),
            (r#","max_age_second":86400"#, r#"did you mean "max_age_seconds"?"#),
            (r#","charters_min":{}"#, r#"did you mean "charter_min"?"#),
        ] {
            let error = read(&with_pins(rest)).unwrap_err();
            assert!(error.contains(why), "{rest}: {error}");
        }
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_nearest_name() {
        let error = read(&with_pins(r#","unloged":[]"#)).unwrap_err();
        assert!(
            error.starts_with(r#"unknown key "unloged", did you mean "unlogged"?"#),
            "{error}"
        );
    }

    #[test]
    fn a_misspelt_kind_is_refused_with_the_nearest_name() {
        let error = read(&with_pins(r#","unlogged":["puls"]"#)).unwrap_err();
        assert!(error.contains(r#"did you mean "pulse"?"#), "{error}");
    }

    #[test]
    fn a_key_or_hub_given_twice_is_refused() {
        assert!(
            read(&with_pins(r#","own":"MY""#))
                .unwrap_err()
                .contains("duplicate field `own`")
        );
        let twice = format!(r#"{{"net":"test:lab","own":"MY","pins":{{"MY":"{GENESIS}","MY":"{GENESIS}"}}}}"#);
        assert!(read(&twice).unwrap_err().contains("hub MY is named twice"));
    }

    #[test]
    fn an_own_hub_without_a_pin_is_refused() {
        let text = with_pins("").replace(r#""own":"MY""#, r#""own":"SG""#);
        assert!(read(&text).unwrap_err().contains("SG is not among the pins"));
    }

    #[test]
    fn what_follows_the_policy_is_refused() {
        assert!(
            read(&format!("{} 1", with_pins("")))
                .unwrap_err()
                .contains("trailing characters")
        );
        assert!(
            read(&" ".repeat(POLICY_BYTES_MAX + 1))
                .unwrap_err()
                .contains("more than")
        );
    }

    #[test]
    fn a_genesis_id_that_is_not_64_hex_digits_is_refused_with_its_line() {
        let error = Policy::from_json(with_pins("").replace("11aa11", "11aa1").as_bytes()).unwrap_err();
        assert_eq!(error.line(), Some(1));
    }
}
