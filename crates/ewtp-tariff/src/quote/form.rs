//! The request as CBOR, as a duty receipt keeps it.

use super::{Component, OtherLine, Request, Values};
use crate::expression::Quantities;
use crate::{Basis, Exact, Token};
use ewtp_record::cbor::{self, CborError, Limits};
use ewtp_record::fields::{parse, required};
use ewtp_record::{Date, FieldError, Money, Regime, UnixTime, ValueError, map_form};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;
use thiserror::Error;

const RULE: &str = "quote R18";

/// Bytes that are not a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Not deterministic CBOR, or of another form.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// A field breaks its rule.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// It says more than this version understands, or says it in a second spelling.
    #[error("it says more than this version understands, or says it in a second spelling")]
    Spelling,
}

impl RequestError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(error) => error.fault.code(),
            Self::Field(error) => error.code,
            Self::Spelling => "spelling",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Cbor(_) => "record R2",
            Self::Field(error) => error.rule,
            Self::Spelling => RULE,
        }
    }
}

type MoneyForm = (i64, String);
type QuantityForm = (String, Option<String>, String);
type ComponentForm = (String, MoneyForm, Vec<QuantityForm>);

map_form! {
    struct RequestForm {
        0 => to: String,
        1 => code: String,
        2 => origin: String,
        3 => on: u64,
        4 => known: u64,
        5 => values: ValuesForm,
        6 => quantities: Vec<QuantityForm>,
        7 => components: Vec<ComponentForm>,
        8 => regime: String,
        9 => agreements: Vec<String>,
        10 => documents: Vec<String>,
        11 => additional_code: String,
        12 => quota: String,
        13 => mode: String,
        14 => attributes: Vec<String>,
        15 => people: String,
        16 => consignment: Vec<(String, ValuesForm)>,
        17 => received: MoneyForm,
        18 => without: Vec<String>,
    }
}

map_form! {
    struct ValuesForm {
        0 => price: MoneyForm,
        1 => freight: MoneyForm,
        2 => insurance: MoneyForm,
        3 => stated: Vec<(String, MoneyForm)>,
    }
}

impl Request {
    /// How many bytes a request has.
    pub const BYTES_MAX: usize = 256 * 1024; // 998 other lines of some 100 bytes, and as much again

    /// The request as a map.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&self.form())
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Another form, a field that breaks its rule, a second spelling.
    // spec: quote R18
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let request = Self::from_form(cbor::decode(bytes, &Limits::message(Self::BYTES_MAX))?)?;
        request.inspect()?;
        if request.encode() == bytes {
            Ok(request)
        } else {
            Err(RequestError::Spelling)
        }
    }

    fn form(&self) -> RequestForm {
        let component =
            |(name, part): (&Token, &Component)| (name.to_string(), money(&part.value), quantities(&part.quantities));
        RequestForm {
            to: Some(self.to.clone()),
            code: Some(self.code.to_string()),
            origin: Some(self.origin.to_string()),
            on: Some(self.on.days().into()),
            known: Some(self.known.0),
            values: Some(self.values.form()),
            quantities: some(quantities(&self.quantities)),
            components: some(self.components.iter().map(component).collect()),
            regime: self.regime.map(|regime| regime.to_string()),
            agreements: texts(&self.agreements),
            documents: texts(&self.documents),
            additional_code: self.additional_code.map(|code| code.to_string()),
            quota: self.quota.map(|quota| quota.to_string()),
            mode: self.mode.map(|mode| mode.to_string()),
            attributes: texts(&self.attributes),
            people: self.people.map(|people| people.to_string()),
            consignment: some(
                self.consignment
                    .iter()
                    .map(|line| (line.code.to_string(), line.values.form()))
                    .collect(),
            ),
            received: self.received.as_ref().map(money),
            without: texts(&self.without),
            unsupported: None,
        }
    }

    fn from_form(form: RequestForm) -> Result<Self, RequestError> {
        if form.unsupported.is_some() {
            return Err(RequestError::Spelling);
        }
        let component = |(name, value, all): ComponentForm| {
            let part = Component {
                value: read_money(&value, "components")?,
                quantities: read_quantities(all)?,
            };
            Ok::<_, FieldError>((parse(&name, "components")?, part))
        };
        let other = |(code, values): (String, ValuesForm)| {
            Ok::<_, RequestError>(OtherLine {
                code: parse(&code, "consignment")?,
                values: Values::from_form(values)?,
            })
        };
        let on = Date::from_days(required(form.on, "on", RULE)?).map_err(|error| FieldError::at("on", error))?;
        let people = form.people.map(|people| parse(&people, "people"));
        Ok(Self {
            to: required(form.to, "to", RULE)?,
            code: parse(&required(form.code, "code", RULE)?, "code")?,
            origin: parse(&required(form.origin, "origin", RULE)?, "origin")?,
            on,
            known: UnixTime(required(form.known, "known", RULE)?),
            values: Values::from_form(required(form.values, "values", RULE)?)?,
            quantities: read_quantities(form.quantities.unwrap_or_default())?,
            components: form
                .components
                .unwrap_or_default()
                .into_iter()
                .map(component)
                .collect::<Result<_, _>>()?,
            regime: form
                .regime
                .map(|regime| parse::<Regime>(&regime, "regime"))
                .transpose()?,
            agreements: set(form.agreements, "agreements")?,
            documents: set(form.documents, "documents")?,
            additional_code: form
                .additional_code
                .map(|code| parse(&code, "additional_code"))
                .transpose()?,
            quota: form.quota.map(|quota| parse(&quota, "quota")).transpose()?,
            mode: form.mode.map(|mode| parse(&mode, "mode")).transpose()?,
            attributes: set(form.attributes, "attributes")?,
            people: people.transpose()?,
            consignment: form
                .consignment
                .unwrap_or_default()
                .into_iter()
                .map(other)
                .collect::<Result<_, _>>()?,
            received: form
                .received
                .map(|received| read_money(&received, "received"))
                .transpose()?,
            without: set(form.without, "without")?,
        })
    }
}

impl Values {
    fn form(&self) -> ValuesForm {
        ValuesForm {
            price: self.price.as_ref().map(money),
            freight: self.freight.as_ref().map(money),
            insurance: self.insurance.as_ref().map(money),
            stated: some(
                self.stated
                    .iter()
                    .map(|(basis, value)| (basis.to_string(), money(value)))
                    .collect(),
            ),
            unsupported: None,
        }
    }

    fn from_form(form: ValuesForm) -> Result<Self, RequestError> {
        if form.unsupported.is_some() {
            return Err(RequestError::Spelling);
        }
        let read = |money: Option<MoneyForm>, field: &str| money.map(|money| read_money(&money, field)).transpose();
        let stated = form.stated.unwrap_or_default().into_iter();
        let stated =
            stated.map(|(basis, value)| Ok((parse::<Basis>(&basis, "values")?, read_money(&value, "values")?)));
        Ok(Self {
            price: read(form.price, "price")?,
            freight: read(form.freight, "freight")?,
            insurance: read(form.insurance, "insurance")?,
            stated: stated.collect::<Result<BTreeMap<_, _>, FieldError>>()?,
        })
    }
}

fn money(money: &Money) -> MoneyForm {
    (money.minor, money.currency.to_string())
}

fn read_money((minor, currency): &MoneyForm, field: &str) -> Result<Money, FieldError> {
    Ok(Money {
        minor: *minor,
        currency: parse(currency, field)?,
    })
}

fn quantities(quantities: &Quantities) -> Vec<QuantityForm> {
    let quantity = |((unit, on), number): (&(ewtp_record::UnitCode, Option<Token>), &Exact)| {
        (unit.to_string(), on.map(|on| on.to_string()), number.to_string())
    };
    quantities.iter().map(quantity).collect()
}

fn read_quantities(all: Vec<QuantityForm>) -> Result<Quantities, FieldError> {
    let quantity = |(unit, on, number): QuantityForm| {
        let on = on.map(|on| parse(&on, "quantities")).transpose()?;
        Ok(((parse(&unit, "quantities")?, on), parse(&number, "quantities")?))
    };
    all.into_iter().map(quantity).collect()
}

fn texts<T: Display>(all: &BTreeSet<T>) -> Option<Vec<String>> {
    some(all.iter().map(ToString::to_string).collect())
}

fn set<T: FromStr<Err = ValueError> + Ord>(all: Option<Vec<String>>, field: &str) -> Result<BTreeSet<T>, FieldError> {
    all.unwrap_or_default().iter().map(|text| parse(text, field)).collect()
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
