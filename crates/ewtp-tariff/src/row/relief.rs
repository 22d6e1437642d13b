//! Reliefs: what small parcels and simplified regimes pay instead, dated as the law is.

use super::fields::{Validity, days, expression, set, texts, written};
use super::measure::Measure;
use super::names::{Area, choice};
use super::when::When;
use super::{RowError, understood};
use crate::{Basis, Expression, LineCode};
use ewtp_record::fields::{demand, parse, required};
use ewtp_record::{FieldError, Money, Regime, map_form};

/// A relief: below a limit, duties or taxes are replaced by something else.
// spec: tariff-row R10
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relief {
    /// What is replaced.
    pub taxes: Taxes,
    /// Up to and including which amount; none means any.
    pub limit: Option<Money>,
    /// The value that is held against the limit.
    pub basis: Basis,
    /// What the limit counts.
    pub per: LimitPer,
    /// The modes of transport it is for, ascending; none means all.
    pub modes: Vec<Transport>,
    /// The origins it is for, ascending; none means all.
    pub areas: Vec<Area>,
    /// Origins within these that it is not for, ascending.
    pub except: Vec<Area>,
    /// Goods that it is not for, by the beginning of their codes, ascending.
    pub goods_except: Vec<LineCode>,
    /// What is due instead.
    pub duty: Expression,
    /// The regimes it is for, ascending; none means all.
    pub regimes: Vec<Regime>,
    /// What must be true as well, ascending.
    pub conditions: Vec<When>,
    /// On which days.
    pub validity: Validity,
}

choice! {
    /// What a relief replaces.
    // spec: tariff-row R10
    Taxes, "tariff-row R10", "choice" {
        /// The duties of customs.
        Duty = "duty",
        /// Sales tax, VAT or GST.
        Vat = "vat",
        /// All of them.
        Both = "both",
    }
}

choice! {
    /// What the limit of a relief counts.
    // spec: tariff-row R10
    LimitPer, "tariff-row R10", "choice" {
        /// One item.
        Item = "item",
        /// One consignment.
        Consignment = "consignment",
        /// What a person gets in a day.
        PersonDay = "person-day",
        /// What a person gets in a month.
        PersonMonth = "person-month",
        /// What a person gets in a year.
        PersonYear = "person-year",
    }
}

choice! {
    /// How goods travel to the buyer.
    // spec: tariff-row R10
    Transport, "tariff-row R10", "choice" {
        /// By the post.
        Post = "post",
        /// By a courier.
        Courier = "courier",
        /// As cargo.
        Cargo = "cargo",
    }
}

map_form! {
    struct ReliefForm {
        0 => taxes: String,
        1 => limit: (i64, String),
        2 => basis: String,
        3 => per: String,
        4 => modes: Vec<String>,
        5 => areas: Vec<String>,
        6 => except: Vec<String>,
        7 => goods_except: Vec<String>,
        8 => duty: String,
        9 => regimes: Vec<String>,
        10 => conditions: Vec<String>,
        11 => from: u64,
        12 => to: u64,
    }
}

impl Relief {
    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        let is_sound = self.limit.is_none_or(|limit| limit.minor >= 0);
        demand(is_sound, "limit", "tariff-row R10", "bounds", "must be 0 or more")?;
        set(&self.modes, Measure::NAMES_MAX, "modes")?;
        set(&self.areas, Measure::NAMES_MAX, "areas")?;
        set(&self.except, Measure::NAMES_MAX, "except")?;
        set(&self.goods_except, Measure::NAMES_MAX, "goods_except")?;
        set(&self.regimes, Measure::NAMES_MAX, "regimes")?;
        let conditions: Vec<_> = self.conditions.iter().map(ToString::to_string).collect();
        set(&conditions, Measure::CONDITIONS_MAX, "conditions")?;
        self.validity.inspect()
    }

    pub(super) fn form(&self) -> ReliefForm {
        ReliefForm {
            taxes: Some(self.taxes.to_string()),
            limit: self.limit.map(|limit| (limit.minor, limit.currency.to_string())),
            basis: Some(self.basis.to_string()),
            per: Some(self.per.to_string()),
            modes: written(&self.modes),
            areas: written(&self.areas),
            except: written(&self.except),
            goods_except: written(&self.goods_except),
            duty: Some(self.duty.to_string()),
            regimes: written(&self.regimes),
            conditions: written(&self.conditions),
            from: days(self.validity.from),
            to: days(self.validity.to),
            unsupported: None,
        }
    }

    pub(super) fn from_form(form: ReliefForm) -> Result<Self, RowError> {
        const RULE: &str = "tariff-row R10";
        understood(form.unsupported)?;
        let money = |(minor, currency): (i64, String)| {
            let currency = parse(&currency, "limit")?;
            Ok::<_, FieldError>(Money { minor, currency })
        };
        Ok(Self {
            taxes: parse(&required(form.taxes, "taxes", RULE)?, "taxes")?,
            limit: form.limit.map(money).transpose()?,
            basis: parse(&required(form.basis, "basis", RULE)?, "basis")?,
            per: parse(&required(form.per, "per", RULE)?, "per")?,
            modes: texts(form.modes, "modes")?,
            areas: texts(form.areas, "areas")?,
            except: texts(form.except, "except")?,
            goods_except: texts(form.goods_except, "goods_except")?,
            duty: expression(&required(form.duty, "duty", RULE)?, "duty")?,
            regimes: texts(form.regimes, "regimes")?,
            conditions: texts(form.conditions, "conditions")?,
            validity: Validity::read(form.from, form.to)?,
        })
    }
}
