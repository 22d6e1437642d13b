//! Why there is no quote, for the one who asked: which field, the reason, and what may stand there.

use super::{Schedule, near, units};
use crate::problem::Problem;
use ewtp_record::{Currency, FieldError, Money, ValueError};
use ewtp_tariff::quote::{QuoteError, Request};
use ewtp_tariff::{Basis, ComputeError, LineCode, Measured};

/// What is missing or wrong in a question, or what the schedule cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QuoteFault {
    /// The stable code of the rule: `no-quantity`, `unknown-line`.
    pub code: String,
    /// What is wrong, with the values.
    pub message: String,
    /// The field at fault, or the one that is missing, by its name in [`QuoteInput`](super::QuoteInput).
    pub field: Option<String>,
    /// What may stand there: `40:KGM`.
    pub example: Option<String>,
    /// The other fields that are missing with it, each with what may stand there.
    pub also: Vec<(String, String)>,
}

impl QuoteFault {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            field: None,
            example: None,
            also: Vec::new(),
        }
    }

    pub(super) fn at(self, field: &'static str, example: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            example: Some(example.into()),
            ..self
        }
    }

    /// A text of this field that is none of its values.
    pub(super) fn of_value(error: &ValueError, field: &'static str, example: &str) -> Self {
        Self::new(error.code, error.message.clone()).at(field, example)
    }

    /// Something that is needed for every quote.
    pub(super) fn missing(field: &'static str, what: &str, example: &str) -> Self {
        Self::new("missing", format!("{what} is not said")).at(field, example)
    }

    /// A row that was not quoted, because another of its consignment is wrong.
    #[must_use]
    pub fn of_consignment(line: u64) -> Self {
        Self::new(
            "consignment",
            format!("not quoted, for line {line} of the same consignment is wrong"),
        )
    }

    pub(super) fn unsigned() -> Self {
        let message = "a receipt rests on a signed edition, and nobody signed this schedule: publish it first";
        Self::new("not-signed", message)
    }
}

/// What parts the fields that are missing.
const BETWEEN: &str = "; ";

/// The code of a [`Problem`] that is a fault of a question.
const NO_QUOTE: &str = "no-quote";

impl From<QuoteFault> for Problem {
    fn from(fault: QuoteFault) -> Self {
        let QuoteFault {
            code,
            message,
            field,
            example,
            also,
        } = fault;
        let first = field.clone().zip(example);
        let next: Vec<_> = first
            .into_iter()
            .chain(also)
            .map(|(field, example)| format!("{field}: {example}"))
            .collect();
        let next = Some(next.join(BETWEEN)).filter(|next| !next.is_empty());
        let problem = Self::new(NO_QUOTE, format!("{message} ({code})"));
        Self { field, next, ..problem }
    }
}

impl QuoteFault {
    /// The fault that a node told as this problem; none if it is another problem.
    #[must_use]
    pub fn of_problem(problem: &Problem) -> Option<Self> {
        let told = (problem.code == NO_QUOTE).then_some(&problem.message)?;
        let (message, code) = told.strip_suffix(')')?.rsplit_once(" (")?;
        let next = problem.next.as_deref().unwrap_or_default().split(BETWEEN);
        let told = next.filter_map(|next| next.split_once(": "));
        let mut told = told.map(|(field, example)| (field.to_owned(), example.to_owned()));
        Some(Self {
            code: code.to_owned(),
            message: message.to_owned(),
            field: problem.field.clone(),
            example: told.next().map(|(_, example)| example),
            also: told.collect(),
        })
    }
}

/// A quantity without a unit that is understood, with the units in which the goods are declared.
pub(super) fn of_unit(schedule: &Schedule<'_>, code: LineCode, fault: QuoteFault) -> QuoteFault {
    let units: Vec<_> = near::units(schedule.trees, code)
        .into_iter()
        .map(units::called)
        .collect();
    if units.is_empty() || !matches!(fault.code.as_str(), "unit" | "unit-code") {
        return fault;
    }
    let message = format!("{fault}; goods of line {code} are declared in {}", units.join(" and "));
    QuoteFault { message, ..fault }
}

/// What the engine refuses, with what the schedule knows about it.
pub(super) fn of_quote(schedule: &Schedule<'_>, request: &Request, error: &QuoteError) -> QuoteFault {
    let fault = QuoteFault::new(error.code(), error.to_string());
    match error {
        QuoteError::Request(FieldError { message, .. }) => QuoteFault {
            message: message.clone(),
            ..fault
        },
        QuoteError::Territory { edition, .. } => fault.at("to", edition.clone()),
        QuoteError::NoImport { .. } => fault.at("from", "CN"),
        QuoteError::NotInForce { in_force, .. } => fault.at("on", in_force.to_string()),
        QuoteError::NotPublished { published, .. } => fault.at("known", published.to_calendar()),
        QuoteError::UnknownLine(code) | QuoteError::NotDeclarable(code) => near::fault(schedule, request, *code, fault),
        QuoteError::ExchangeRate(currency) => of_exchange(schedule, request, *currency, fault),
        QuoteError::Missing { missing, .. } => of_missing(schedule, request, missing, fault),
        QuoteError::Items => fault.at("qty", "12:H87"),
        QuoteError::Bounds | QuoteError::TooMuch(_) | QuoteError::Unproven(_) => fault,
    }
}

/// The field that is in a currency without a rate, in that of the edition.
fn of_exchange(schedule: &Schedule<'_>, request: &Request, currency: Currency, fault: QuoteFault) -> QuoteFault {
    let (values, own) = (&request.values, schedule.edition.currency);
    let is_in = |money: &Option<Money>| money.is_some_and(|money| money.currency == currency);
    let stated = values.stated.iter().find(|(_, money)| money.currency == currency);
    let part = request
        .components
        .iter()
        .find(|(_, part)| part.value.currency == currency);
    match (stated, part) {
        _ if is_in(&values.price) => fault.at("value", format!("1000{own}")),
        (Some((basis, _)), _) => fault.at("value", format!("{}=1000{own}", basis.name())),
        _ if is_in(&values.freight) => fault.at("freight", format!("100{own}")),
        _ if is_in(&values.insurance) => fault.at("insurance", format!("10{own}")),
        (None, Some((name, _))) => fault.at("component", format!("{name}=30{own}")),
        (None, None) if is_in(&request.received) => fault.at("received", format!("100{own}")),
        // Another line of the consignment.
        (None, None) => fault,
    }
}

fn of_missing(schedule: &Schedule<'_>, request: &Request, missing: &ComputeError, fault: QuoteFault) -> QuoteFault {
    let currency = schedule.edition.currency;
    match missing {
        ComputeError::Quantity(measured) => of_quantity(measured, currency, fault),
        ComputeError::Component(name) => fault.at("component", format!("{name}=30{currency}")),
        // The price gives every value but the one at the border, which needs what the carriage costs, and that of shops.
        ComputeError::Basis(basis) => match basis.name() {
            name @ "retail" => fault.at("value", format!("{name}=1500{currency}")),
            "cif" => of_border(request, currency, fault),
            "customs-value" if schedule.needs_carriage() => of_border(request, currency, fault),
            _ => fault.at("value", format!("1000{currency}")),
        },
        _ => fault,
    }
}

fn of_quantity(measured: &Measured, currency: Currency, fault: QuoteFault) -> QuoteFault {
    let Measured { component, unit, on } = measured;
    let called = units::called(*unit);
    let message = fault.message.replacen(&unit.to_string(), &called, 1);
    let fault = QuoteFault { message, ..fault };
    match (component, on) {
        (Some(name), _) => fault.at("component", format!("{name}=30{currency},2:{unit}")),
        (None, None) if unit.as_str() == "KGM" => fault.at("net", "40:KGM"),
        (None, None) => fault.at("qty", format!("200:{unit}")),
        (None, Some(content)) => fault.at("qty", format!("200:{unit}@{content}")),
    }
}

/// The value at the border: everything that is missing of the price, the freight and the insurance.
fn of_border(request: &Request, currency: Currency, fault: QuoteFault) -> QuoteFault {
    let message = format!("{fault}: it is the price with freight and insurance to the border");
    let values = &request.values;
    // A value that is stated as such stands for the price.
    let has_price = values.price.is_some() || values.stated.contains_key(&Basis::Fob);
    let parts = [
        (has_price, "value", 1000),
        (values.freight.is_some(), "freight", 100),
        (values.insurance.is_some(), "insurance", 10),
    ];
    let missing = parts.into_iter().filter(|(is_said, ..)| !is_said);
    let mut missing = missing.map(|(_, field, amount)| (field.to_owned(), format!("{amount}{currency}")));
    let (field, example) = missing.next().unzip();
    QuoteFault {
        message,
        field,
        example,
        also: missing.collect(),
        ..fault
    }
}

impl Schedule<'_> {
    /// Whether percentages are of the value at the border of arrival.
    fn needs_carriage(&self) -> bool {
        self.edition.valuation == ewtp_record::edition::Valuation::Cif
    }
}
