//! Small schedules for tests, each a few rows in the words of a tariff office.
#![allow(dead_code, reason = "each test uses some")]

use ewtp_record::edition::{MeasureKind, Rounding, RoundingMode, RoundingScope, Valuation};
use ewtp_record::{Draft, Edition, HsEdition, Record, RecordKind, SecretKey, UnixTime};
use ewtp_tariff::quote::{Quote, QuoteError, Request, Values, quote};
use ewtp_tariff::row::{Condition, Entry, Group, LimitPer, Measure, Member, Relief, TariffLine, Taxes, Validity};
use ewtp_tariff::{Basis, PageTrees, Row, RowKey};

/// What is published at the beginning of every test.
pub(crate) const PUBLISHED: UnixTime = UnixTime(1_700_000_000);
/// When every test asks, if it asks at no other time.
pub(crate) const KNOWN: UnixTime = UnixTime(1_790_000_000);

pub(crate) fn read<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not well formed"))
}

pub(crate) fn measure(kind: MeasureKind, duty: &str) -> Measure {
    Measure::of(kind, Some(read(duty)))
}

/// Words that narrow a measure down.
pub(crate) trait Narrow: Sized {
    fn to(self, areas: &[&str]) -> Self;
    fn but(self, areas: &[&str]) -> Self;
    fn when(self, when: &str, duty: &str) -> Self;
    fn under(self, regime: &str) -> Self;
    fn at(self, stack: u16) -> Self;
    fn papers(self, documents: &[&str]) -> Self;
    fn since(self, from: &str) -> Self;
    fn until(self, to: &str) -> Self;
}

impl Narrow for Measure {
    fn to(mut self, areas: &[&str]) -> Self {
        self.areas = areas.iter().map(|area| read(area)).collect();
        self
    }

    fn but(mut self, areas: &[&str]) -> Self {
        self.except = areas.iter().map(|area| read(area)).collect();
        self
    }

    fn when(mut self, when: &str, duty: &str) -> Self {
        let (when, duty) = (read(when), read(duty));
        self.conditions.push(Condition { when, duty });
        self
    }

    fn under(mut self, regime: &str) -> Self {
        self.regimes.push(read(regime));
        self
    }

    fn at(mut self, stack: u16) -> Self {
        self.stack = Some(stack);
        self
    }

    fn papers(mut self, documents: &[&str]) -> Self {
        self.documents = documents.iter().map(|code| read(code)).collect();
        self
    }

    fn since(mut self, from: &str) -> Self {
        self.validity.from = Some(read(from));
        self
    }

    fn until(mut self, to: &str) -> Self {
        self.validity.to = Some(read(to));
        self
    }
}

/// A line under which goods are declared.
pub(crate) fn line(code: &str, units: &[&str], measures: Vec<Measure>) -> Row {
    let mut line = TariffLine {
        units: units.iter().map(|unit| read(unit)).collect(),
        is_declarable: true,
        measures,
        ..TariffLine::default()
    };
    line.arrange();
    row(RowKey::Line(read(code), 1), Entry::Line(line))
}

pub(crate) fn row(key: RowKey, entry: Entry) -> Row {
    Row::new(key, entry).unwrap_or_else(|error| panic!("{key}: {error}"))
}

/// A group of these countries; of none that the schedule names when there are none.
pub(crate) fn group(id: &str, members: &[&str]) -> Row {
    let members = members.iter().map(|country| Member {
        country: read(country),
        validity: Validity::ALWAYS,
    });
    let members: Vec<_> = members.collect();
    let group = Group {
        title: id.to_owned(),
        members: Some(members).filter(|all| !all.is_empty()),
        agreement: None,
    };
    row(RowKey::Group(read(id)), Entry::Group(group))
}

/// A relief for each consignment of at most `limit`.
pub(crate) fn relief(id: &str, taxes: Taxes, limit: &str, basis: Basis, change: impl FnOnce(&mut Relief)) -> Row {
    let mut relief = Relief {
        taxes,
        limit: Some(read(limit)),
        basis,
        per: LimitPer::Consignment,
        modes: Vec::new(),
        areas: Vec::new(),
        except: Vec::new(),
        goods_except: Vec::new(),
        duty: read("free"),
        regimes: Vec::new(),
        conditions: Vec::new(),
        validity: Validity::ALWAYS,
    };
    change(&mut relief);
    row(RowKey::Relief(read(id)), Entry::Relief(relief))
}

/// A schedule with its edition.
pub(crate) struct Schedule {
    pub(crate) edition: Edition,
    pub(crate) trees: PageTrees,
}

/// The schedule of these rows, sound as a whole; half up to the minor unit, line by line.
pub(crate) fn schedule(territory: &str, valuation: Valuation, currency: &str, rows: Vec<Row>) -> Schedule {
    let trees = PageTrees::of(rows).expect("few rows");
    ewtp_tariff::schedule::check(&trees).expect("a sound schedule");
    let members = if territory == "EU" {
        vec![read("BE"), read("DE")]
    } else {
        Vec::new()
    };
    let rounding = Rounding {
        kind: None,
        mode: RoundingMode::HalfUp,
        step: 1,
        scope: RoundingScope::Line,
    };
    let edition = Edition {
        territory: territory.to_owned(),
        members,
        hs_edition: HsEdition::try_from(2022).expect("an edition"),
        nomenclature: "TEST".to_owned(),
        digits: 8,
        number: 1,
        previous: None,
        in_force: read("2018-01-01"),
        legal: Vec::new(),
        trees: trees.summary(),
        valuation,
        currency: read(currency),
        rounding: vec![rounding],
        collected_from: None,
        languages: vec!["en".to_owned()],
        patch: None,
        corrects: None,
        is_test: true,
    };
    edition.inspect().expect("a sound edition");
    Schedule { edition, trees }
}

impl Schedule {
    pub(crate) fn quote(&self, request: &Request) -> Result<Quote, QuoteError> {
        quote(&self.edition, PUBLISHED, &self.trees, request)
    }

    /// The amounts of a quote that needs nothing more, by the names of their measures, and the total.
    pub(crate) fn due(&self, request: &Request) -> (Vec<(String, String)>, String) {
        let quote = self.quote(request).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(quote.needs_person, []);
        let money = |minor| {
            let text = ewtp_record::Money {
                minor,
                currency: quote.currency,
            }
            .to_string();
            text.split_once(' ').expect("an amount and a currency").0.to_owned()
        };
        let lines = quote
            .lines
            .iter()
            .map(|line| (line.charge.kind().name().to_owned(), money(line.amount)));
        (lines.collect(), money(quote.total().expect("nothing is open").minor))
    }

    /// The total alone.
    pub(crate) fn total(&self, request: &Request) -> String {
        self.due(request).1
    }
}

/// Goods of this price on that day.
pub(crate) fn request(to: &str, code: &str, origin: &str, on: &str, price: &str) -> Request {
    let mut request = Request::new(to, read(code), read(origin), read(on), KNOWN);
    request.values = Values::of_price(read(price));
    request
}

/// The same goods, this much of them.
pub(crate) fn with_quantity(mut request: Request, quantity: &str) -> Request {
    let (number, unit) = quantity.split_once(' ').expect("a number and a unit");
    request.quantities.insert((read(unit), None), read(number));
    request
}

/// The same goods, whose value is stated as such.
pub(crate) fn with_value(mut request: Request, basis: Basis, money: &str) -> Request {
    request.values.stated.insert(basis, read(money));
    request
}

/// The record of an edition, by a key that nobody vouches for.
pub(crate) fn record(edition: &Edition) -> Record {
    record_of("US", edition)
}

/// The same, of another hub.
pub(crate) fn record_of(hub: &str, edition: &Edition) -> Record {
    let draft = Draft {
        kind: RecordKind::TARIFF_EDITION,
        issuer: read(hub),
        subject: read("2026-rev-1"),
        issued_at: PUBLISHED,
        expires_at: UnixTime(PUBLISHED.0 + 400 * 86_400),
        not_before: None,
        payload: edition.encode(),
    };
    draft.sign(&SecretKey::from_seed(&[7; 32])).expect("a sound record")
}
