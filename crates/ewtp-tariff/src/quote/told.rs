//! An amount, and what only a person can decide, as they are told in JSON: in a quote and in the verdict on its receipt alike.

use super::{Charge, NeedsPerson, QuoteLine, Reason};
use crate::row::{Area, GroupId};
use crate::{Exact, Token};
use ewtp_record::Currency;
use ewtp_record::edition::MeasureKind;
use serde::{Deserialize, Serialize};

/// One amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteDuty {
    /// The kind of measure that it is, or that it counts as.
    pub measure: String,
    /// The relief that stands in for the measure; null when none does.
    #[serde(default)]
    pub relief: Option<Token>,
    /// The country or group that the goods come from; absent when it is for all.
    pub area: Option<String>,
    /// What was computed.
    pub expression: String,
    /// Of a duty that is one percentage, or leads to one by references: what it is of.
    pub base: Option<String>,
    /// Of such a duty: how many hundredths.
    pub rate: Option<String>,
    /// What is due, in the minor digits of the currency.
    pub amount: String,
    /// The rows that it rests on.
    pub rows: Vec<String>,
    /// Why it is due, for a person.
    pub why: String,
}

impl QuoteDuty {
    /// A line of a quote; `title` is what the schedule calls a group.
    pub fn of<'t>(line: &QuoteLine, currency: Currency, title: impl Fn(GroupId) -> Option<&'t str>) -> Self {
        let relief = match line.charge {
            Charge::Measure(_) => None,
            Charge::Relief(id, _) => Some(id),
        };
        Self {
            measure: line.charge.kind().name().to_owned(),
            relief,
            area: line.area.map(|area| area.to_string()),
            expression: line.expression.to_string(),
            base: line.base.as_ref().map(|base| decimal_text(base, currency)),
            rate: line.rate.as_ref().map(ToString::to_string),
            amount: minor_text(line.amount, currency),
            rows: line.rows.iter().map(ToString::to_string).collect(),
            why: why(line, title),
        }
    }
}

/// What only a person can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteOpen {
    /// The kind of measure; absent for the line as a whole, or a relief.
    pub measure: Option<String>,
    /// The stable code of the reason.
    pub reason: String,
    /// The reason, for a person.
    pub message: String,
    /// The text of the note that is to be read; absent where it is not at hand.
    pub note: Option<String>,
    /// The row that says so.
    pub row: String,
}

impl QuoteOpen {
    /// What is open in a quote; `text` is what the schedule has under the name of a note.
    pub fn of(open: &NeedsPerson, text: impl FnOnce(Token) -> Option<String>) -> Self {
        Self {
            measure: open.kind.map(|kind| kind.name().to_owned()),
            reason: open.reason.code().to_owned(),
            message: open.reason.to_string(),
            note: match &open.reason {
                Reason::Note(note) => text(*note),
                _ => None,
            },
            row: open.row.to_string(),
        }
    }
}

fn why<'t>(line: &QuoteLine, title: impl Fn(GroupId) -> Option<&'t str>) -> String {
    use MeasureKind::{Gsp, InQuota, Mfn, Preference, Suspension};
    // What people call an area.
    let titled = |area: Area| match area {
        Area::Group(id) => match title(id).filter(|title| *title != id.as_str()) {
            Some(title) => format!("{id} ({title})"),
            None => id.to_string(),
        },
        Area::Country(country) => country.to_string(),
    };
    match (line.charge, line.area) {
        (Charge::Relief(id, _), _) => format!("the relief {id} stands in for other duties"),
        (Charge::Measure(Mfn), None) => "the duty for every origin".to_owned(),
        (Charge::Measure(Mfn), Some(area)) => format!("the duty for goods from {}", titled(area)),
        (Charge::Measure(Preference | Gsp | InQuota | Suspension), Some(area)) => {
            format!("the least you have a right to, for goods from {}", titled(area))
        }
        (Charge::Measure(Preference | Gsp | InQuota | Suspension), None) => "the least you have a right to".to_owned(),
        (Charge::Measure(_), Some(area)) => format!("on goods from {}", titled(area)),
        (Charge::Measure(_), None) => "on these goods from everywhere".to_owned(),
    }
}

/// An amount in minor units, with all its digits: `165.00`.
#[must_use]
pub fn minor_text(minor: i64, currency: Currency) -> String {
    decimal_text(&Exact::decimal(minor, currency.minor_digits()), currency)
}

/// A number with at least the minor digits of a currency: `165.00`; a fraction where no decimal ends.
#[must_use]
pub fn decimal_text(number: &Exact, currency: Currency) -> String {
    let (mut text, digits) = (number.to_string(), usize::from(currency.minor_digits()));
    if digits == 0 || text.contains('/') {
        return text;
    }
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    if places == 0 {
        text.push('.');
    }
    text.push_str(&"0".repeat(digits.saturating_sub(places)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_minor_digits_of_their_currency() {
        let text = |number: &Exact, currency: &str| decimal_text(number, currency.parse().unwrap());
        assert_eq!(text(&165.into(), "USD"), "165.00");
        assert_eq!(text(&Exact::decimal(1_655, 1), "BHD"), "165.500");
        assert_eq!(text(&Exact::decimal(1_655_555, 4), "USD"), "165.5555");
        assert_eq!(text(&Exact::fraction(100, 3).unwrap(), "USD"), "100/3");
        assert_eq!(text(&500.into(), "JPY"), "500");
    }
}
