//! From words to a request, strictly: what is no number, money, unit or code is refused with an example of one.

use super::{NOT, QuoteFault, QuoteInput, units};
use ewtp_record::{CountryCode, Currency, Date, Money, UnitCode, UnixTime, ValueError};
use ewtp_tariff::quote::{Component, Request, Values};
use ewtp_tariff::{Basis, Exact, LineCode, Quantities, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

const SECONDS_OF_DAY: u64 = 86_400;

impl QuoteInput {
    /// The request; today's law and what is known now, unless it says otherwise.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn request(&self, now: UnixTime) -> Result<Request, QuoteFault> {
        let (to, on, known) = self.request_edition(now)?;
        let from = needed(self.from.as_deref(), "from", "where the goods come from", "CN")?;
        let origin: CountryCode = parse(&from.to_ascii_uppercase(), "from", "CN")?;
        let request = Request::new(&to, self.code()?, origin, on, known);
        let (has, has_not) = self.attributes();
        Ok(Request {
            values: self.values()?,
            quantities: self.quantities()?,
            components: self.components()?,
            regime: one(self.regime.as_deref(), "regime", "EU:4000")?,
            agreements: many(&self.agreement, "agreement", "ATIGA")?,
            documents: many(&self.document, "document", "FORM-D")?,
            additional_code: one(self.additional_code.as_deref(), "additional_code", "C999")?,
            quota: one(self.quota.as_deref(), "quota", "wine-2026")?,
            mode: one(self.mode.as_deref(), "mode", "post")?,
            attributes: many(&has, "attribute", "ioss")?,
            without: many(&has_not, "attribute", "not ioss")?,
            people: one(self.people.as_deref(), "people", "10-29")?,
            received: self
                .received
                .as_deref()
                .map(|text| money(text, "received"))
                .transpose()?,
            ..request
        })
    }

    /// What chooses the edition: the territory, the day, and the time whose knowledge counts.
    ///
    /// # Errors
    /// As [`QuoteInput::request`].
    pub fn request_edition(&self, now: UnixTime) -> Result<(String, Date, UnixTime), QuoteFault> {
        let to = needed(self.to.as_deref(), "to", "where the goods go", "US")?;
        let known = self.known.as_deref().map(|text| time(text, "known")).transpose()?;
        let on = match &self.on {
            Some(text) => parse(text, "on", "2026-07-01")?,
            // A clock beyond the years that dates have.
            None => Date::from_days(now.0 / SECONDS_OF_DAY)
                .map_err(|error| QuoteFault::of_value(&error, "on", "2026-07-01"))?,
        };
        Ok((to.to_ascii_uppercase(), on, known.unwrap_or(now)))
    }

    /// The code of the goods, without its dots and spaces.
    pub(super) fn code(&self) -> Result<LineCode, QuoteFault> {
        let text = needed(self.hs.as_deref(), "hs", "the code of the goods", "6109.10.00.12")?;
        let digits: String = text.chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
        parse(&digits, "hs", "6109.10.00.12")
    }

    /// What the merchant states that it is, and that it is not.
    fn attributes(&self) -> (Vec<String>, Vec<String>) {
        let said = || self.attribute.iter().map(|text| text.trim());
        let has = said().filter(|text| !text.starts_with(NOT)).map(str::to_owned);
        let has_not = said().filter_map(|text| text.strip_prefix(NOT)).map(str::to_owned);
        (has.collect(), has_not.collect())
    }

    fn values(&self) -> Result<Values, QuoteFault> {
        let amount = |text: &Option<String>, field| text.as_deref().map(|text| money(text, field)).transpose();
        let mut values = Values {
            freight: amount(&self.freight, "freight")?,
            insurance: amount(&self.insurance, "insurance")?,
            ..Values::default()
        };
        for text in &self.value {
            let is_twice = match text.split_once('=') {
                None => values.price.replace(money(text, "value")?).is_some(),
                Some((basis, amount)) => {
                    let basis: Basis = parse(basis.trim(), "value", "cif=1100USD")?;
                    values.stated.insert(basis, money(amount, "value")?).is_some()
                }
            };
            refuse_twice(is_twice, text, "value", "1000USD")?;
        }
        Ok(values)
    }

    fn quantities(&self) -> Result<Quantities, QuoteFault> {
        let mut quantities = Quantities::new();
        for text in &self.qty {
            put_quantity(&mut quantities, text, "qty")?;
        }
        if let Some(text) = &self.net {
            let text = if text.contains(':') {
                text.clone()
            } else {
                format!("{text}:KGM")
            };
            put_quantity(&mut quantities, &text, "net")?;
        }
        Ok(quantities)
    }

    fn components(&self) -> Result<BTreeMap<Token, Component>, QuoteFault> {
        const EXAMPLE: &str = "case=30USD";
        let mut components = BTreeMap::new();
        for text in &self.component {
            let form = || QuoteFault::new("component", format!("{text:?} is not name=money")).at("component", EXAMPLE);
            let (name, said) = text.split_once('=').ok_or_else(form)?;
            let name: Token = parse(name.trim(), "component", EXAMPLE)?;
            let mut said = said.split(',');
            let value = money(said.next().unwrap_or_default(), "component")?;
            let mut quantities = Quantities::new();
            for quantity in said {
                put_quantity(&mut quantities, quantity, "component")?;
            }
            let is_twice = components.insert(name, Component { value, quantities }).is_some();
            refuse_twice(is_twice, text, "component", EXAMPLE)?;
        }
        Ok(components)
    }
}

fn needed<'t>(text: Option<&'t str>, field: &'static str, what: &str, example: &str) -> Result<&'t str, QuoteFault> {
    let said = text.map(str::trim).filter(|text| !text.is_empty());
    said.ok_or_else(|| QuoteFault::missing(field, what, example))
}

fn parse<T: FromStr<Err = ValueError>>(text: &str, field: &'static str, example: &str) -> Result<T, QuoteFault> {
    text.parse()
        .map_err(|error| QuoteFault::of_value(&error, field, example))
}

fn one<T: FromStr<Err = ValueError>>(
    text: Option<&str>,
    field: &'static str,
    example: &str,
) -> Result<Option<T>, QuoteFault> {
    text.map(|text| parse(text.trim(), field, example)).transpose()
}

fn many<T: FromStr<Err = ValueError> + Ord>(
    texts: &[String],
    field: &'static str,
    example: &str,
) -> Result<BTreeSet<T>, QuoteFault> {
    texts.iter().map(|text| parse(text.trim(), field, example)).collect()
}

fn refuse_twice(is_twice: bool, text: &str, field: &'static str, example: &str) -> Result<(), QuoteFault> {
    if is_twice {
        let message = format!("{text:?} says again what was said before");
        return Err(QuoteFault::new("twice", message).at(field, example));
    }
    Ok(())
}

/// A day counts from its first second.
fn time(text: &str, field: &'static str) -> Result<UnixTime, QuoteFault> {
    let at = text
        .parse()
        .or_else(|error| format!("{text}T00:00:00Z").parse().map_err(|_| error));
    at.map_err(|error: ValueError| QuoteFault::of_value(&error, field, "2026-07-01"))
}

/// `1000USD`, `1000.50 usd`
fn money(text: &str, field: &'static str) -> Result<Money, QuoteFault> {
    const EXAMPLE: &str = "1000.50USD";
    let text = text.trim();
    let at = text
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (amount, currency) = text.split_at(at);
    let fault = |code: &str, why: &str| QuoteFault::new(code, format!("{text:?} {why}")).at(field, EXAMPLE);
    if currency.is_empty() {
        return Err(fault("currency", "says no currency"));
    }
    if amount.contains(',') {
        return Err(fault(
            "money",
            "has a comma: write no marks between thousands, and a point before cents",
        ));
    }
    let currency: Currency = parse(&currency.to_ascii_uppercase(), field, EXAMPLE)?;
    let money: Result<Money, ValueError> = format!("{} {currency}", amount.trim()).parse();
    match money {
        Ok(money) if money.minor < 0 => Err(fault("bounds", "is below 0")),
        Ok(money) => Ok(money),
        Err(_) => {
            let digits = currency.minor_digits();
            let why = format!("is not an amount of {currency} with at most {digits} digits behind the point");
            Err(fault("money", &why))
        }
    }
}

/// `200:H87`, `12:GRM@lead-content`
fn put_quantity(quantities: &mut Quantities, text: &str, field: &'static str) -> Result<(), QuoteFault> {
    let example = if field == "net" { "40:KGM" } else { "200:H87" };
    let Some((number, unit)) = text.split_once(':') else {
        return Err(without_unit(text, field, example));
    };
    let (unit, content) = unit
        .split_once('@')
        .map_or((unit, None), |(unit, content)| (unit, Some(content)));
    let number = Exact::read(number.trim()).map_err(|error| QuoteFault::of_value(&error, field, example))?;
    if number.is_negative() {
        return Err(QuoteFault::new("bounds", format!("{text:?} is below 0")).at(field, example));
    }
    let unit: UnitCode = unit
        .trim()
        .parse()
        .map_err(|_| unknown_unit(&number.to_string(), unit.trim(), field, example))?;
    let content = content
        .map(|name| parse(name.trim(), field, "12:GRM@lead-content"))
        .transpose()?;
    let is_twice = quantities.insert((unit, content), number).is_some();
    refuse_twice(is_twice, text, field, example)
}

fn without_unit(text: &str, field: &'static str, example: &str) -> QuoteFault {
    let at = text.find(|letter: char| letter.is_ascii_alphabetic());
    // `40kg`: meant as a number with a unit.
    match at.map(|at| text.split_at(at)) {
        Some((number, unit)) if !number.trim().is_empty() => unknown_unit(number.trim(), unit, field, example),
        _ => QuoteFault::new("unit", format!("{text:?} says no unit")).at(field, example),
    }
}

fn unknown_unit(number: &str, unit: &str, field: &'static str, example: &str) -> QuoteFault {
    let known = units::meant(unit).map(str::to_owned);
    let upper = unit
        .to_ascii_uppercase()
        .parse::<UnitCode>()
        .ok()
        .map(|code| code.to_string());
    let message = format!("{unit:?} is not the code of a unit (UN/ECE Recommendation 20)");
    let example = known
        .or(upper)
        .map_or_else(|| example.to_owned(), |code| format!("{number}:{code}"));
    QuoteFault::new("unit-code", message).at(field, example)
}
