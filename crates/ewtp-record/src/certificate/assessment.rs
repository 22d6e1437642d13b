//! The duty that an authority assessed: by which edition of a tariff, and what each line comes to.
//!
//! Each line names the duty receipt by which anyone computes its amount again. The receipt itself shows prices, so it travels
//! with the holder; here stands only its hash.
// spec: certificate R18

use super::{Certificate, Document, Goods, Line, Subtype};
use crate::cbor::{Octets, map_form};
use crate::fields::{VERSION, demand, parse, required, understood, within};
use crate::json::Object;
use crate::{DecodeError, FieldError, Money, RecordId};
use serde_json::{Map, Value, json};

const RULE: &str = "certificate R18";

/// What duty comes to, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The edition of the tariff.
    pub edition: Document,
    /// One for each line of the goods, ascending by their numbers.
    pub lines: Vec<AssessedLine>,
    /// What is to be paid for all lines; its currency is that of every amount.
    pub total: Money,
}

/// What duty comes to on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessedLine {
    /// The number of the line of goods.
    pub number: u16,
    /// The sum of its amounts, in minor units of the total's currency; 0 or more.
    pub amount: i64,
    /// Leaf hash of the duty receipt, as a file.
    pub receipt: Octets<32>,
}

type LineForm = (u64, i64, Octets<32>);

map_form! {
    struct AssessmentForm<'de> {
        0 => edition: (&'de str, RecordId),
        1 => lines: Vec<LineForm>,
        2 => total: (i64, &'de str),
    }
}

impl Assessment {
    pub(super) fn from_form(form: &AssessmentForm<'_>) -> Result<Self, DecodeError> {
        understood(Some(VERSION), form.unsupported)?;
        let (hub, id) = required(form.edition, "assessment.edition", RULE)?;
        let (minor, currency) = required(form.total, "assessment.total", RULE)?;
        let lines = required(form.lines.as_ref(), "assessment.lines", RULE)?;
        Ok(Self {
            edition: Document {
                hub: parse(hub, "assessment.edition")?,
                id,
            },
            lines: lines.iter().map(AssessedLine::from_form).collect::<Result<_, _>>()?,
            total: Money {
                minor,
                currency: parse(currency, "assessment.total")?,
            },
        })
    }

    pub(super) fn form(&self) -> AssessmentForm<'_> {
        AssessmentForm {
            edition: Some((self.edition.hub.as_str(), self.edition.id)),
            lines: Some(self.lines.iter().map(AssessedLine::form).collect()),
            total: Some((self.total.minor, self.total.currency.as_str())),
            unsupported: None,
        }
    }

    /// What the assessment demands of the certificate that it stands in.
    pub(super) fn inspect(&self, certificate: &Certificate) -> Result<(), FieldError> {
        let is_of_duty = matches!(certificate.subtype, Subtype::ImportRelease | Subtype::DutyAssessment);
        let message = "only an import release or a duty assessment can assess duty";
        demand(is_of_duty, "assessment", RULE, "assessment", message)?;
        let goods: &[Line] = match &certificate.goods {
            Goods::Lines(lines) => lines,
            Goods::Batch(_) => &[],
        };
        let assessed = self.lines.iter().map(|line| line.number);
        let is_whole = !goods.is_empty() && assessed.eq(goods.iter().map(|line| line.number));
        let message = "must assess each line of the goods, in their order";
        demand(is_whole, "assessment.lines", RULE, "assessment", message)?;
        let is_sound = self.total.minor >= 0 && self.lines.iter().all(|line| line.amount >= 0);
        demand(is_sound, "assessment", RULE, "money", "must not be negative")
    }

    // spec: certificate R17
    pub(super) fn from_json(value: &Value) -> Result<Self, FieldError> {
        let object = Object::new(value, "assessment", &["edition", "lines", "total"], RULE)?;
        let edition = object.required("edition", RULE, |object, name| Ok(object.value(name)))?;
        let edition = Object::new(edition, "assessment.edition", &["hub", "id"], RULE)?;
        let total: Money = object.required("total", RULE, Object::parse)?;
        let lines = object.required("lines", RULE, Object::list)?.into_iter().enumerate();
        Ok(Self {
            edition: Document {
                hub: edition.required("hub", RULE, Object::parse)?,
                id: edition.required("id", RULE, Object::parse)?,
            },
            lines: lines
                .map(|(index, (path, value))| AssessedLine::from_json(value, &path, index, &total))
                .collect::<Result<_, _>>()?,
            total,
        })
    }

    /// As a certificate's input says it.
    // spec: certificate R17
    #[must_use]
    pub fn to_json(&self) -> Value {
        let line = |line: &AssessedLine| json!({"number": line.number, "amount": self.money(line.amount), "receipt": line.receipt});
        let mut map = Map::new();
        map.insert(
            "edition".into(),
            json!({"hub": self.edition.hub, "id": self.edition.id}),
        );
        map.insert("lines".into(), self.lines.iter().map(line).collect());
        map.insert("total".into(), json!(self.total));
        Value::Object(map)
    }

    /// Minor units as money of the assessment's currency.
    #[must_use]
    pub const fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.total.currency,
        }
    }
}

impl AssessedLine {
    fn from_form((number, amount, receipt): &LineForm) -> Result<Self, FieldError> {
        Ok(Self {
            number: within(*number, 1..=999, "assessment.lines", RULE)?,
            amount: *amount,
            receipt: *receipt,
        })
    }

    fn form(&self) -> LineForm {
        (self.number.into(), self.amount, self.receipt)
    }

    fn from_json(value: &Value, path: &str, index: usize, total: &Money) -> Result<Self, FieldError> {
        let object = Object::new(value, path, &["number", "amount", "receipt"], RULE)?;
        let amount: Money = object.required("amount", RULE, Object::parse)?;
        let message = "must be in the currency of the total";
        let is_same = amount.currency == total.currency;
        demand(is_same, &object.path_to("amount"), RULE, "money", message)?;
        let next = u16::try_from(index + 1).unwrap_or(u16::MAX);
        Ok(Self {
            number: object.within("number", 1..=999, RULE)?.unwrap_or(next),
            amount: amount.minor,
            receipt: object.required("receipt", RULE, Object::parse)?,
        })
    }
}
