//! What a quote is asked for: the goods, and what is known of them.

use super::People;
use crate::expression::Quantities;
use crate::row::{NationalCode, Transport};
use crate::{Basis, Exact, LineCode, Token};
use ewtp_record::edition::Valuation;
use ewtp_record::fields::{count, demand};
use ewtp_record::{CountryCode, Date, FieldError, Money, Regime, UnixTime};
use std::collections::{BTreeMap, BTreeSet};

/// One line of goods on its way into a customs territory. What is not stated is not known, and never guessed.
// spec: quote R2
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The territory of the edition, or a country of it.
    pub to: String,
    /// The code under which the goods are declared.
    pub code: LineCode,
    /// Where they come from.
    pub origin: CountryCode,
    /// The day that decides the law.
    pub on: Date,
    /// As known at this time.
    pub known: UnixTime,
    /// What they are worth.
    pub values: Values,
    /// How much there is of them, by unit and measured content.
    pub quantities: Quantities,
    /// The parts of composite goods.
    pub components: BTreeMap<Token, Component>,
    /// The customs regime that is asked for.
    pub regime: Option<Regime>,
    /// The agreements under which a lower duty is claimed.
    pub agreements: BTreeSet<NationalCode>,
    /// The documents that go with the goods.
    pub documents: BTreeSet<NationalCode>,
    /// The additional code, such as that of a producer.
    pub additional_code: Option<NationalCode>,
    /// The quota on which the goods are to draw.
    pub quota: Option<Token>,
    /// How they travel.
    pub mode: Option<Transport>,
    /// What the merchant disclosed, its registrations with the destination among it: `ioss`.
    pub attributes: BTreeSet<Token>,
    /// What the merchant states that it is not, none of it among the attributes.
    pub without: BTreeSet<Token>,
    /// How many people the merchant's firm has.
    pub people: Option<People>,
    /// The other lines of the consignment.
    pub consignment: Vec<OtherLine>,
    /// What the same person received before in the day, month or year that a relief counts; none is nothing.
    pub received: Option<Money>,
}

/// What goods are worth, as far as it is stated.
// spec: quote R4
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// The price of the goods, without freight, insurance and the taxes of the destination.
    pub price: Option<Money>,
    /// Freight to the border of the destination.
    pub freight: Option<Money>,
    /// Insurance to the border of the destination.
    pub insurance: Option<Money>,
    /// Values that are stated as such; each counts before what would follow from the price.
    pub stated: BTreeMap<Basis, Money>,
}

/// A part of composite goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its value.
    pub value: Money,
    /// How much there is of it.
    pub quantities: Quantities,
}

/// Another line of the same consignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLine {
    /// Its code.
    pub code: LineCode,
    /// What its goods are worth.
    pub values: Values,
}

impl Request {
    /// How many quantities, components, agreements, documents or attributes a request names.
    pub const ENTRIES_MAX: usize = 64;
    /// How many other lines a consignment has: a customs declaration has at most 999 items.
    pub const LINES_MAX: usize = 998;

    /// Goods of which nothing but code, origin and day is known.
    #[must_use]
    pub fn new(to: &str, code: LineCode, origin: CountryCode, on: Date, known: UnixTime) -> Self {
        Self {
            to: to.to_owned(),
            code,
            origin,
            on,
            known,
            values: Values::default(),
            quantities: BTreeMap::new(),
            components: BTreeMap::new(),
            regime: None,
            agreements: BTreeSet::new(),
            documents: BTreeSet::new(),
            additional_code: None,
            quota: None,
            mode: None,
            attributes: BTreeSet::new(),
            without: BTreeSet::new(),
            people: None,
            consignment: Vec::new(),
            received: None,
        }
    }

    /// The part that this line bears of what is due once for its six-digit subheading: the lines of one subheading bear it
    /// together.
    // spec: quote R17
    #[must_use]
    pub fn subheading_share(&self) -> Exact {
        fn subheading(code: &LineCode) -> &str {
            &code.as_str()[..code.as_str().len().min(6)]
        }
        let own = subheading(&self.code);
        let others = self
            .consignment
            .iter()
            .filter(|line| subheading(&line.code) == own)
            .count();
        let lines = i64::try_from(others + 1).expect("a consignment has at most 999 lines");
        Exact::fraction(1, lines).expect("there is at least one line")
    }

    /// Refuses what breaks a bound.
    ///
    /// # Errors
    /// The field and its rule.
    // spec: quote R2
    pub fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "quote R2";
        let is_territory = (2..=8).contains(&self.to.len()) && self.to.bytes().all(|byte| byte.is_ascii_uppercase());
        demand(is_territory, "to", RULE, "territory", "must be 2 to 8 of A-Z")?;
        for (name, length) in [
            ("quantities", self.quantities.len()),
            ("components", self.components.len()),
            ("agreements", self.agreements.len()),
            ("documents", self.documents.len()),
            ("attributes", self.attributes.len()),
            ("without", self.without.len()),
        ] {
            count(length, 0..=Self::ENTRIES_MAX, name, RULE)?;
        }
        let is_plain = self.attributes.is_disjoint(&self.without);
        let message = "an attribute is there or not, never both";
        demand(is_plain, "without", RULE, "contradiction", message)?;
        count(self.consignment.len(), 0..=Self::LINES_MAX, "consignment", RULE)?;
        self.values.inspect("values")?;
        quantities_within("quantities", &self.quantities)?;
        for (name, part) in &self.components {
            not_negative(&format!("components.{name}"), &part.value)?;
            count(part.quantities.len(), 0..=Self::ENTRIES_MAX, "components", RULE)?;
            quantities_within(&format!("components.{name}"), &part.quantities)?;
        }
        for (index, line) in self.consignment.iter().enumerate() {
            line.values.inspect(&format!("consignment[{index}]"))?;
        }
        self.received
            .iter()
            .try_for_each(|money| not_negative("received", money))
    }
}

impl Values {
    /// Goods of this price, and nothing else known.
    #[must_use]
    pub fn of_price(price: Money) -> Self {
        Self {
            price: Some(price),
            ..Self::default()
        }
    }

    fn inspect(&self, field: &str) -> Result<(), FieldError> {
        let mut all = [self.price, self.freight, self.insurance]
            .into_iter()
            .flatten()
            .chain(self.stated.values().copied());
        all.try_for_each(|money| not_negative(field, &money))
    }

    /// Every value that is stated or follows, in the currency that `exchanged` gives.
    // spec: quote R4
    pub(super) fn known<E>(
        &self,
        valuation: Valuation,
        mut exchanged: impl FnMut(&Money) -> Result<Exact, E>,
    ) -> Result<BTreeMap<Basis, Exact>, E> {
        let mut known = BTreeMap::new();
        for (basis, money) in &self.stated {
            known.insert(*basis, exchanged(money)?);
        }
        if let Some(price) = &self.price {
            let price = exchanged(price)?;
            for basis in [Basis::Fob, Basis::ItemPrice, Basis::Intrinsic] {
                known.entry(basis).or_insert_with(|| price.clone());
            }
        }
        if let (Some(freight), Some(insurance)) = (&self.freight, &self.insurance) {
            let carried = &exchanged(freight)? + &exchanged(insurance)?;
            if let Some(fob) = known.get(&Basis::Fob).cloned() {
                known.entry(Basis::Cif).or_insert_with(|| &fob + &carried);
            }
        }
        let by_rule = match valuation {
            Valuation::Fob => Basis::Fob,
            Valuation::Cif => Basis::Cif,
        };
        if let Some(value) = known.get(&by_rule).cloned() {
            known.entry(Basis::CustomsValue).or_insert(value);
        }
        Ok(known)
    }
}

fn quantities_within(field: &str, quantities: &Quantities) -> Result<(), FieldError> {
    let is_sound = quantities
        .values()
        .all(|number| !number.is_negative() && number.is_within_bounds());
    demand(
        is_sound,
        field,
        "quote R2",
        "bounds",
        "must be 0 or more, of at most 15 digits",
    )
}

fn not_negative(field: &str, money: &Money) -> Result<(), FieldError> {
    demand(money.minor >= 0, field, "quote R2", "bounds", "must be 0 or more")
}
