//! A quote as it is told: `ewtp.quote/1`.

use super::{NOT, Schedule, near, otherwise};
use crate::schema::QuoteSchema;
use ewtp_log::Hash;
use ewtp_record::edition::MeasureKind;
use ewtp_record::{CountryCode, Currency, Date, HubCode, Record, RecordId, Regime, UnixTime};
use ewtp_tariff::quote::{
    Alternative, Charge, Need, NeedsPerson, Paper, Quote, QuoteDuty, QuoteLine, QuoteOpen, Request, minor_text,
};
use ewtp_tariff::row::{Entry, GroupId, Transport, When};
use ewtp_tariff::{LineCode, PageTrees, RowKey, Token};
use serde::{Deserialize, Serialize};

/// What is due on goods (`ewtp.quote/1`). Amounts are texts in the minor digits of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteAnswer {
    /// `ewtp.quote/1`.
    pub schema: QuoteSchema,
    /// The edition by which it was computed.
    pub edition: QuoteEdition,
    /// The code of the goods, without dots.
    pub hs: LineCode,
    /// Where they come from.
    pub origin: CountryCode,
    /// The day whose law counts.
    pub on: Date,
    /// The time whose knowledge counts.
    pub known: UnixTime,
    /// What is due, in the order in which it was computed.
    pub lines: Vec<QuoteDuty>,
    /// What else would have been possible for less, or for an amount that nobody can say.
    pub alternatives: Vec<QuoteAlternative>,
    /// The papers that the goods need.
    pub requirements: Vec<QuotePaper>,
    /// What only a person can decide; then there is no total.
    pub needs_person: Vec<QuoteOpen>,
    /// What is to be paid; absent when a person must decide something first.
    pub total: Option<String>,
    /// The sum of what could be computed, also beside a total that is absent or waived.
    pub computed: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Where the goods go.
    pub to: String,
    /// What goods of this code are called, from the heading down.
    pub goods: Vec<String>,
    /// Whether the sum is so little that nothing is collected.
    pub waived: bool,
}

/// An edition in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteEdition {
    /// Its record; absent of one that nobody signed yet.
    pub record: Option<RecordId>,
    /// The hub that published it; absent of one that nobody signed yet.
    pub hub: Option<HubCode>,
    /// Its name.
    pub name: String,
    /// Whose schedule it is.
    pub territory: String,
    /// The first day on which it holds.
    pub in_force: Date,
    /// The root of its rates.
    pub rates: Hash,
    /// Whether it is a sample and no law.
    pub test: bool,
}

/// A duty that was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteAlternative {
    /// The kind of measure.
    pub measure: String,
    /// The relief that it is; null when it is none.
    #[serde(default)]
    pub relief: Option<Token>,
    /// The country or group that it is for; absent when it is for all.
    pub area: Option<String>,
    /// What would be computed.
    pub expression: String,
    /// Its amount, if it can be said.
    pub amount: Option<String>,
    /// What would be paid in all if that were there which it needs; absent when nobody can say.
    pub total: Option<String>,
    /// What is lacking for it.
    pub needs: Vec<QuoteNeed>,
    /// The row that says so.
    pub row: String,
}

/// Something that must be there: a field of the question and what it must say, or `regime`, `condition`, `person` with words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteNeed {
    /// `agreement`, `document`, `additional_code`, `quota`, `mode`, `regime`, `attribute`, `people`, `condition`, `person`.
    pub kind: String,
    /// Which.
    pub name: String,
}

/// A paper that the goods need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotePaper {
    /// Which; absent when a licence is needed that the schedule does not name.
    pub document: Option<String>,
    /// Whether it is given.
    pub given: bool,
    /// Whether it is needed only if the goods come from a group of which the schedule names no countries.
    pub unsure: bool,
    /// Of a licence that the schedule does not name: what lifts the need for it, each as a condition (tariff-row R8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted_by: Vec<String>,
    /// The text of the note that explains it.
    pub note: Option<String>,
    /// The row that asks for it.
    pub row: String,
}

impl QuoteAnswer {
    pub(super) fn of(schedule: &Schedule<'_>, request: &Request, quote: &Quote) -> Self {
        let teller = Teller {
            schedule,
            request,
            currency: quote.currency,
        };
        Self {
            schema: QuoteSchema,
            edition: QuoteEdition {
                record: schedule.record.map(Record::id),
                hub: schedule.record.map(|record| record.header().issuer),
                name: schedule.name.to_owned(),
                territory: schedule.edition.territory.clone(),
                in_force: schedule.edition.in_force,
                rates: Hash(schedule.edition.trees.rates.root.0),
                test: schedule.edition.is_test,
            },
            hs: request.code,
            origin: request.origin,
            on: request.on,
            known: request.known,
            lines: quote.lines.iter().map(|line| teller.duty(line)).collect(),
            alternatives: quote
                .alternatives
                .iter()
                .map(|other| teller.alternative(other))
                .collect(),
            requirements: quote.requirements.iter().map(|paper| teller.paper(paper)).collect(),
            needs_person: quote.needs_person.iter().map(|open| teller.open(open)).collect(),
            total: quote.total().map(|total| teller.minor(total.minor)),
            computed: teller.minor(quote.sum),
            currency: quote.currency,
            to: request.to.clone(),
            goods: near::described(schedule.trees, request.code, request.on),
            waived: quote.is_waived,
        }
    }
}

/// Puts the parts of a quote into words.
struct Teller<'a> {
    schedule: &'a Schedule<'a>,
    request: &'a Request,
    currency: Currency,
}

impl Teller<'_> {
    fn duty(&self, line: &QuoteLine) -> QuoteDuty {
        QuoteDuty::of(line, self.currency, |id| self.title(id))
    }

    /// What the schedule calls a group.
    fn title(&self, id: GroupId) -> Option<&str> {
        match self.schedule.trees.get(&RowKey::Group(id))?.entry() {
            Entry::Group(group) => Some(&group.title),
            _ => None,
        }
    }

    fn alternative(&self, other: &Alternative) -> QuoteAlternative {
        let (measure, relief) = charge(other.charge);
        let total = otherwise::total(self.schedule, self.request, other);
        QuoteAlternative {
            measure,
            relief,
            area: other.area.map(|area| area.to_string()),
            expression: other.expression.to_string(),
            amount: other.amount.map(|minor| self.minor(minor)),
            total: total.map(|total| self.minor(total.minor)),
            needs: other.needs.iter().map(need).collect(),
            row: other.row.to_string(),
        }
    }

    fn paper(&self, paper: &Paper) -> QuotePaper {
        QuotePaper {
            document: paper.document.map(|document| document.to_string()),
            given: paper.is_given,
            unsure: paper.is_unsure,
            lifted_by: match paper.document {
                Some(_) => Vec::new(),
                None => self.lifted_by(&paper.row),
            },
            note: paper.note.and_then(|note| note_text(self.schedule.trees, note)),
            row: paper.row.to_string(),
        }
    }

    /// What lifts the need for a licence.
    fn lifted_by(&self, row: &RowKey) -> Vec<String> {
        let Some(Entry::Line(line)) = self.schedule.trees.get(row).map(|row| row.entry()) else {
            return Vec::new();
        };
        let licences = line
            .measures
            .iter()
            .filter(|measure| measure.kind == MeasureKind::Licence);
        let conditions = licences.flat_map(|licence| &licence.conditions);
        conditions.map(|condition| condition.when.to_string()).collect()
    }

    fn open(&self, open: &NeedsPerson) -> QuoteOpen {
        QuoteOpen::of(open, |note| note_text(self.schedule.trees, note))
    }

    fn minor(&self, minor: i64) -> String {
        minor_text(minor, self.currency)
    }
}

fn charge(charge: Charge) -> (String, Option<Token>) {
    let relief = match charge {
        Charge::Measure(_) => None,
        Charge::Relief(id, _) => Some(id),
    };
    (charge.kind().name().to_owned(), relief)
}

fn need(need: &Need) -> QuoteNeed {
    let (kind, name) = match need {
        Need::Agreement(code) => ("agreement", code.to_string()),
        Need::Document(code) => ("document", code.to_string()),
        Need::AdditionalCode(code) => ("additional_code", code.to_string()),
        Need::Quota(quota) => ("quota", quota.to_string()),
        Need::Mode(modes) => ("mode", list(modes, Transport::to_string)),
        Need::Regime(regimes) => ("regime", list(regimes, Regime::to_string)),
        Need::Condition(When::Document { code, given: true }) => ("document", code.to_string()),
        Need::Condition(When::Attribute { name, disclosed }) => {
            let not = if *disclosed { "" } else { NOT };
            ("attribute", format!("{not}{name}"))
        }
        Need::People(people) => ("people", people.to_string()),
        Need::Condition(when) => ("condition", when.to_string()),
        Need::Person(reason) => ("person", reason.to_string()),
    };
    QuoteNeed {
        kind: kind.to_owned(),
        name,
    }
}

fn list<T>(entries: &[T], text: impl Fn(&T) -> String) -> String {
    entries.iter().map(text).collect::<Vec<_>>().join(" or ")
}

fn note_text(trees: &PageTrees, note: Token) -> Option<String> {
    match trees.get(&RowKey::Note(note))?.entry() {
        Entry::Note(text) => Some(text.clone()),
        _ => None,
    }
}
