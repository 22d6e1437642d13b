//! Why there is no quote, for the one who asked: which field, the reason, and what may stand there.

use super::{Schedule, near};
use crate::problem::Problem;
use ewtp_record::{FieldError, ValueError};
use ewtp_tariff::quote::{QuoteError, Request};
use ewtp_tariff::{ComputeError, LineCode};

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
}

impl QuoteFault {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            field: None,
            example: None,
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

/// The code of a [`Problem`] that is a fault of a question.
const NO_QUOTE: &str = "no-quote";

impl From<QuoteFault> for Problem {
    fn from(fault: QuoteFault) -> Self {
        let QuoteFault {
            code,
            message,
            field,
            example,
        } = fault;
        let next = field
            .as_ref()
            .zip(example)
            .map(|(field, example)| format!("{field}: {example}"));
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
        let begins = format!("{}: ", problem.field.as_deref().unwrap_or_default());
        let example = problem.next.as_ref().and_then(|next| next.strip_prefix(&begins));
        Some(Self {
            code: code.to_owned(),
            message: message.to_owned(),
            field: problem.field.clone(),
            example: example.map(str::to_owned),
        })
    }
}

/// A quantity without a unit that is understood, with the units in which the goods are declared.
pub(super) fn of_unit(schedule: &Schedule<'_>, code: LineCode, fault: QuoteFault) -> QuoteFault {
    let units = near::units(schedule.trees, code);
    if units.is_empty() || !matches!(fault.code.as_str(), "unit" | "unit-code") {
        return fault;
    }
    let message = format!("{fault}; goods of line {code} are declared in {}", units.join(" and "));
    QuoteFault { message, ..fault }
}

/// What the engine refuses, with what the schedule knows about it.
pub(super) fn of_quote(schedule: &Schedule<'_>, request: &Request, error: &QuoteError) -> QuoteFault {
    let edition = schedule.edition;
    let fault = QuoteFault::new(error.code(), error.to_string());
    match error {
        QuoteError::Request(FieldError { message, .. }) => QuoteFault {
            message: message.clone(),
            ..fault
        },
        QuoteError::Territory { edition, .. } => fault.at("to", edition.clone()),
        QuoteError::NotInForce { in_force, .. } => fault.at("on", in_force.to_string()),
        QuoteError::NotPublished { published, .. } => fault.at("known", published.to_calendar()),
        QuoteError::UnknownLine(code) | QuoteError::NotDeclarable(code) => near::fault(schedule, request, *code, fault),
        QuoteError::ExchangeRate(_) => fault.at("value", format!("1000{}", edition.currency)),
        QuoteError::Missing { missing, .. } => of_missing(schedule, request, missing, fault),
        QuoteError::Bounds | QuoteError::TooMuch(_) | QuoteError::Unproven(_) => fault,
    }
}

fn of_missing(schedule: &Schedule<'_>, request: &Request, missing: &ComputeError, fault: QuoteFault) -> QuoteFault {
    let currency = schedule.edition.currency;
    match missing {
        ComputeError::Quantity(measured) if measured.component.is_some() => {
            let name = measured.component.map(|name| name.to_string()).unwrap_or_default();
            fault.at("component", format!("{name}=30{currency},2:{}", measured.unit))
        }
        ComputeError::Quantity(measured) => match measured.on {
            None if measured.unit.as_str() == "KGM" => fault.at("net", "40:KGM"),
            None => fault.at("qty", format!("200:{}", measured.unit)),
            Some(content) => fault.at("qty", format!("200:{}@{content}", measured.unit)),
        },
        ComputeError::Component(name) => fault.at("component", format!("{name}=30{currency}")),
        // The price gives every value but the one at the border, which needs what the carriage costs, and that of shops.
        ComputeError::Basis(basis) => match basis.name() {
            name @ "retail" => fault.at("value", format!("{name}=1500{currency}")),
            "cif" | "customs-value" if schedule.needs_carriage() && request.values.price.is_some() => {
                let message = format!("{fault}: it is the price with freight and insurance to the border");
                let fault = QuoteFault { message, ..fault };
                match request.values.freight {
                    None => fault.at("freight", format!("100{currency}")),
                    Some(_) => fault.at("insurance", format!("10{currency}")),
                }
            }
            _ => fault.at("value", format!("1000{currency}")),
        },
        _ => fault,
    }
}

impl Schedule<'_> {
    /// Whether percentages are of the value at the border of arrival.
    fn needs_carriage(&self) -> bool {
        self.edition.valuation == ewtp_record::edition::Valuation::Cif
    }
}
