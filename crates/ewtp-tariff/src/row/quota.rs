//! Quotas: how much may come in at a lower duty.

use super::fields::{Validity, days, flag};
use super::names::choice;
use super::{RowError, understood};
use crate::Exact;
use ewtp_record::fields::{demand, parse, required};
use ewtp_record::{Date, FieldError, UnitCode, map_form};

/// A quota on which measures draw.
// spec: tariff-row R11
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// How much in a period, 0 or more.
    pub volume: Exact,
    /// In which unit.
    pub unit: UnitCode,
    /// How long a period is.
    pub period: QuotaPeriod,
    /// How it is given out.
    pub method: QuotaMethod,
    /// Whether it is nearly used up, so that security may be asked for.
    pub is_critical: bool,
    /// What is left, and on which day that was counted; none means that a person must ask.
    pub balance: Option<(Exact, Date)>,
    /// On which days.
    pub validity: Validity,
}

choice! {
    /// How long the volume of a quota lasts.
    // spec: tariff-row R11
    QuotaPeriod, "tariff-row R11", "choice" {
        /// As long as the quota itself.
        Whole = "whole",
        /// A year.
        Year = "year",
        /// A quarter of a year.
        Quarter = "quarter",
        /// A month.
        Month = "month",
    }
}

choice! {
    /// How a quota is given out.
    // spec: tariff-row R11
    QuotaMethod, "tariff-row R11", "choice" {
        /// To whoever declares first.
        FirstCome = "first-come",
        /// To whoever has a licence.
        Licence = "licence",
    }
}

impl QuotaPeriod {
    /// Whether both days lie in one period; periods are those of the calendar.
    // spec: tariff-row R11
    #[must_use]
    pub fn holds_both(self, one: Date, other: Date) -> bool {
        let period = |day: Date| {
            let (year, month) = day.month();
            match self {
                Self::Whole => (0, 0),
                Self::Year => (year, 0),
                Self::Quarter => (year, (month - 1) / 3),
                Self::Month => (year, month),
            }
        };
        period(one) == period(other)
    }
}

map_form! {
    struct QuotaForm {
        0 => volume: String,
        1 => unit: String,
        2 => period: String,
        3 => method: String,
        4 => is_critical: bool,
        5 => balance: (String, u64),
        6 => from: u64,
        7 => to: u64,
    }
}

impl Quota {
    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        let amounts = std::iter::once(&self.volume).chain(self.balance.iter().map(|(amount, _)| amount));
        for amount in amounts {
            let is_sound = !amount.is_negative() && amount.is_within_bounds();
            demand(
                is_sound,
                "volume",
                "tariff-row R11",
                "bounds",
                "volume and balance must be 0 or more",
            )?;
        }
        let is_within = self.balance.as_ref().is_none_or(|(left, _)| *left <= self.volume);
        demand(
            is_within,
            "balance",
            "tariff-row R11",
            "bounds",
            "must be at most the volume",
        )?;
        self.validity.inspect()
    }

    pub(super) fn form(&self) -> QuotaForm {
        QuotaForm {
            volume: Some(self.volume.to_string()),
            unit: Some(self.unit.to_string()),
            period: Some(self.period.to_string()),
            method: Some(self.method.to_string()),
            is_critical: self.is_critical.then_some(true),
            balance: self
                .balance
                .as_ref()
                .map(|(amount, day)| (amount.to_string(), day.days().into())),
            from: days(self.validity.from),
            to: days(self.validity.to),
            unsupported: None,
        }
    }

    pub(super) fn from_form(form: QuotaForm) -> Result<Self, RowError> {
        const RULE: &str = "tariff-row R11";
        understood(form.unsupported)?;
        let balance = |(amount, day): (String, u64)| {
            let day = Date::from_days(day).map_err(|error| FieldError::at("balance", error))?;
            Ok::<_, FieldError>((parse(&amount, "balance")?, day))
        };
        Ok(Self {
            volume: parse(&required(form.volume, "volume", RULE)?, "volume")?,
            unit: parse(&required(form.unit, "unit", RULE)?, "unit")?,
            period: parse(&required(form.period, "period", RULE)?, "period")?,
            method: parse(&required(form.method, "method", RULE)?, "method")?,
            is_critical: flag(form.is_critical, "critical")?,
            balance: form.balance.map(balance).transpose()?,
            validity: Validity::read(form.from, form.to)?,
        })
    }
}
