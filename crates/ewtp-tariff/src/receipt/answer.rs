//! The answer of a quote, as a receipt says it: every step in exact numbers.

use super::ReceiptError;
use crate::quote::{Charge, Quote, QuoteLine};
use ewtp_record::array_form;

/// How much is told of what a receipt says where it differs, in characters.
const SAID_CHARACTERS_MAX: usize = 80;

/// What was answered: each amount with how it came about, the sum, and what is open.
// spec: duty-receipt R4
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The amounts, in the order in which they were computed.
    pub lines: Vec<AnswerLine>,
    /// The sum in minor units.
    pub sum: i64,
    /// Whether it is too little to be collected.
    pub is_waived: bool,
    /// What only a person can decide.
    pub open: Vec<OpenAnswer>,
}
array_form!(Answer {
    lines,
    sum,
    is_waived,
    open
});

/// One amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLine {
    /// The number of the kind that it counts as.
    pub kind: u64,
    /// The relief that it is due for, if it is one.
    pub relief: Option<String>,
    /// The area of the measure that the goods come from.
    pub area: Option<String>,
    /// What was computed.
    pub expression: String,
    /// The amount before rounding.
    pub exact: String,
    /// The amount in minor units.
    pub amount: i64,
    /// What a single percentage is of.
    pub base: Option<String>,
}
array_form!(AnswerLine {
    kind,
    relief,
    area,
    expression,
    exact,
    amount,
    base
});

/// Something that only a person can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAnswer {
    /// The number of the measure's kind; 0 is the line as a whole, or a relief.
    pub kind: u64,
    /// The code of the reason.
    pub reason: String,
}
array_form!(OpenAnswer { kind, reason });

impl Answer {
    /// The answer of a quote.
    #[must_use]
    pub fn of(quote: &Quote) -> Self {
        let open = quote.needs_person.iter().map(|needs| OpenAnswer {
            kind: needs.kind.map_or(0, |kind| kind.number()),
            reason: needs.reason.code().to_owned(),
        });
        Self {
            lines: quote.lines.iter().map(AnswerLine::of).collect(),
            sum: quote.sum,
            is_waived: quote.is_waived,
            open: open.collect(),
        }
    }

    /// The first thing in which `given`, which follows from the rows, differs from this.
    // spec: duty-receipt R6
    pub(super) fn difference(&self, given: &Self) -> Option<ReceiptError> {
        for (index, (said, given)) in self.lines.iter().zip(&given.lines).enumerate() {
            if said != given {
                return Some(said.difference(given, index));
            }
        }
        let counts = [
            ("the number of amounts", self.lines.len(), given.lines.len()),
            ("the number of open questions", self.open.len(), given.open.len()),
        ];
        for (at, said, given) in counts {
            if said != given {
                return Some(differs(at.to_owned(), &said, &given));
            }
        }
        for (index, (said, given)) in self.open.iter().zip(&given.open).enumerate() {
            if said != given {
                return Some(differs(
                    format!("open question {}", index + 1),
                    &said.reason,
                    &given.reason,
                ));
            }
        }
        if self.sum != given.sum {
            return Some(differs("the sum in minor units".to_owned(), &self.sum, &given.sum));
        }
        (self.is_waived != given.is_waived).then(|| {
            differs(
                "whether it is collected".to_owned(),
                &!self.is_waived,
                &!given.is_waived,
            )
        })
    }
}

impl AnswerLine {
    fn of(line: &QuoteLine) -> Self {
        let relief = match line.charge {
            Charge::Relief(id, _) => Some(id.to_string()),
            Charge::Measure(_) => None,
        };
        Self {
            kind: line.charge.kind().number(),
            relief,
            area: line.area.map(|area| area.to_string()),
            expression: line.expression.to_string(),
            exact: line.exact.to_string(),
            amount: line.amount,
            base: line.base.as_ref().map(ToString::to_string),
        }
    }

    /// The first field that differs.
    fn difference(&self, given: &Self, index: usize) -> ReceiptError {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let fields = [
            ("kind", self.kind.to_string(), given.kind.to_string()),
            ("relief", text(&self.relief), text(&given.relief)),
            ("area", text(&self.area), text(&given.area)),
            ("expression", self.expression.clone(), given.expression.clone()),
            ("base", text(&self.base), text(&given.base)),
            ("amount before rounding", self.exact.clone(), given.exact.clone()),
            (
                "amount in minor units",
                self.amount.to_string(),
                given.amount.to_string(),
            ),
        ];
        let field = fields.into_iter().find(|(_, said, given)| said != given);
        let (name, said, given) = field.expect("the lines differ in a field");
        differs(format!("amount {}, {name}", index + 1), &said, &given)
    }
}

fn differs(at: String, said: &impl ToString, given: &impl ToString) -> ReceiptError {
    // A stranger wrote it: as much as a reader compares, and not megabytes.
    let said = said.to_string().chars().take(SAID_CHARACTERS_MAX).collect();
    ReceiptError::Differs {
        at,
        said,
        given: given.to_string(),
    }
}
