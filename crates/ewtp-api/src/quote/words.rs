//! What is asked, as an exporter writes it: the flags of `ewtp tariff quote`, the columns of a basket and the JSON of
//! `POST /v1/quotes` have the same names.

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A question in words; what is not said is not known, and never guessed.
///
/// ```
/// use ewtp_api::quote::QuoteInput;
///
/// let asked: QuoteInput = serde_json::from_str(
///     r#"{"to": "US", "from": "CN", "hs": "6109.10.00.12", "value": "1000USD", "qty": ["200:H87"], "net": "40:KGM"}"#,
/// )?;
/// let request = asked.request(ewtp_record::UnixTime(1_783_000_000)).expect("it says all that is needed");
/// assert_eq!((request.code.as_str(), request.quantities.len()), ("6109100012", 2));
///
/// let fault = QuoteInput { value: vec!["1,000USD".into()], ..asked }.request(ewtp_record::UnixTime(0)).unwrap_err();
/// assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("money", Some("value")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuoteInput {
    /// The territory where the goods go: `US`, `EU`, or a country of a union.
    pub to: Option<String>,
    /// The country where they come from.
    pub from: Option<String>,
    /// The code under which they are declared, with dots or without.
    pub hs: Option<String>,
    /// The price, `1000USD`; or a value that is stated as such, `cif=1100USD`.
    #[serde(deserialize_with = "one_or_more")]
    pub value: Vec<String>,
    /// Freight to the border of the destination.
    pub freight: Option<String>,
    /// Insurance to the border of the destination.
    pub insurance: Option<String>,
    /// How much there is, by unit: `200:H87`; of a measured content, `12:GRM@lead-content`.
    #[serde(deserialize_with = "one_or_more")]
    pub qty: Vec<String>,
    /// The net weight: `40:KGM`; in kilograms if no unit is given.
    pub net: Option<String>,
    /// Parts of composite goods: `case=30USD`, with quantities `case=30USD,1:H87`.
    #[serde(deserialize_with = "one_or_more")]
    pub component: Vec<String>,
    /// The day whose law counts; today if it is not said.
    pub on: Option<String>,
    /// The time whose knowledge counts; now if it is not said.
    pub known: Option<String>,
    /// The customs regime.
    pub regime: Option<String>,
    /// Agreements under which a lower duty is claimed.
    #[serde(deserialize_with = "one_or_more")]
    pub agreement: Vec<String>,
    /// Documents that go with the goods.
    #[serde(deserialize_with = "one_or_more")]
    pub document: Vec<String>,
    /// The additional code, such as that of a producer.
    pub additional_code: Option<String>,
    /// The quota on which the goods are to draw.
    pub quota: Option<String>,
    /// How they travel: `post`, `courier`, `cargo`.
    pub mode: Option<String>,
    /// What the merchant discloses, `ioss`; or states that it is not, `not ioss`.
    #[serde(deserialize_with = "one_or_more")]
    pub attribute: Vec<String>,
    /// How many people the merchant's firm has: `12`, or a band of its credential, `10-29`, `250+`.
    #[serde(deserialize_with = "number_or_band")]
    pub people: Option<String>,
    /// What the same person received before in the day, month or year that a relief counts.
    pub received: Option<String>,
}

/// A number as a number, or a text.
fn number_or_band<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Number(u32),
        Band(String),
    }

    let said = Option::<Said>::deserialize(deserializer)?;
    Ok(said.map(|said| match said {
        Said::Number(number) => number.to_string(),
        Said::Band(band) => band,
    }))
}

/// A list, or one text that is meant as a list of one.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text, or a list of texts")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = list.next_element()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(Texts)
}
